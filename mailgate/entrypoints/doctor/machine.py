"""The machine: its clock, which deadlines and tokens depend on, and the room on its disks."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from mailgate.config import Config
from mailgate.entrypoints.doctor.finding import Finding, Level

#: Below the first, mail is refused soon; below the second, somebody should look.
SHORT_OCTETS = 256 * 1024 * 1024
LOW_OCTETS = 2 * 1024 * 1024 * 1024

CLOCK_TOLERANCE = timedelta(minutes=2)

_TIME_ERROR = 5  # what adjtimex(2) returns for a clock that nothing synchronises
_TIMEX_OCTETS = 512  # more than struct timex has on any architecture


def check_clock() -> Iterator[Finding]:
    """Ask the kernel whether something keeps the clock right (adjtimex(2)); elsewhere nobody can be asked."""
    state = _kernel_clock_state()
    if state is None:
        yield Finding(level=Level.NOTE, check="clock", says="this system does not say whether its clock is kept right")
    elif state == _TIME_ERROR:
        yield Finding(
            level=Level.WARNING,
            check="clock",
            says="the kernel knows of nothing that keeps the clock right",
            advice="deadlines follow this clock: run a time service, such as systemd-timesyncd or chrony",
        )
    else:
        yield Finding(level=Level.OK, check="clock", says="the clock is kept right")


def _kernel_clock_state() -> int | None:
    try:
        adjtimex = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):
        return None
    state = int(adjtimex(ctypes.create_string_buffer(_TIMEX_OCTETS)))  # all zero: asks, and sets nothing
    return state if state >= 0 else None


def compare_clocks(ahead: timedelta, source: str) -> Finding:
    """Return what the clock of another server says of ours; `ahead` is how far ours is before it."""
    if abs(ahead) <= CLOCK_TOLERANCE:
        return Finding(level=Level.OK, check="clock", says=f"the clock agrees with {source}")
    minutes = round(abs(ahead) / timedelta(minutes=1))
    return Finding(
        level=Level.WARNING,
        check="clock",
        says=f"the clock is {minutes} minutes {'ahead of' if ahead > timedelta() else 'behind'} {source}",
        advice="one of the two is wrong: compare this machine's with `date -u` elsewhere",
    )


def check_disks(config: Config) -> Iterator[Finding]:
    """Look at the room where the database lies, and at the folder for outgoing mail where it is used."""
    for what, folder in _folders(config):
        yield _room(what, folder)


def _folders(config: Config) -> Iterator[tuple[str, Path]]:
    kind, _, file = config.storage.database.partition(":///")
    if kind == "sqlite" and file:
        yield "the database", Path(file).absolute().parent
    if not config.outgoing.smarthost:
        yield "outgoing mail", config.outgoing.folder


def _room(what: str, folder: Path) -> Finding:
    present = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
    if not os.access(present, os.W_OK | os.X_OK):
        return Finding(
            level=Level.PROBLEM,
            check="disk",
            says=f"the folder of {what}, {present}, cannot be written",
            advice=f"give it to the user that runs mailgate: chown it, or run this as that user ({folder})",
        )
    return judge_room(what, present, shutil.disk_usage(present).free)


def judge_room(what: str, folder: Path, free: int) -> Finding:
    """Return what so many free octets mean for what lies in that folder."""
    says = f"{free / 1024**3:.1f} GiB are free for {what}"
    if free < LOW_OCTETS:
        level = Level.PROBLEM if free < SHORT_OCTETS else Level.WARNING
        advice = f"make room in {folder}: on a full disk mail is refused for the time being (452), and none is lost"
        return Finding(level=level, check="disk", says=says, advice=advice)
    return Finding(level=Level.OK, check="disk", says=says)
