"""The outcome of a run as a table, printed or written into docs/reliability.md between two comments."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from tests.programmes.torture.run import Outcome

PAGE = Path(__file__).parents[3] / "docs/reliability.md"
BEGIN, END = "<!-- written by make torture -->", "<!-- end of what make torture wrote -->"


def table(outcome: Outcome) -> str:
    """Return the figures as a Markdown table."""
    doors = ", ".join(f"{number:,} by {door.upper()}" for door, number in sorted(outcome.handed_over.items()))
    kinds = ", ".join(f"{number:,} × {kind}" for kind, number in outcome.kinds.most_common())
    places = ", ".join(f"{number} {place}" for place, number in outcome.kills.most_common())
    extra, lives = (outcome.copies.extra, outcome.copies.lives) if outcome.copies else (0, 0)
    rows = [
        ("mails accepted", f"{sum(outcome.handed_over.values()):,} ({doors})"),
        ("of them", kinds),
        ("dialogues that a kill ended before the 250; the mail was handed over again", f"{outcome.unanswered:,}"),
        ("mails that came twice, by another way", f"{outcome.duplicates:,}"),
        ("kills", f"{sum(outcome.kills.values())} ({places})"),
        ("notices delivered", f"{outcome.notices:,}"),
        ("extra copies of them, in the one window, octet by octet the same", f"{extra} after {lives} kills"),
        ("mails that three kills hit, parked, and tried again by the operator", f"{outcome.parked}"),
        ("checks of all promises by fsck", f"{outcome.checks}"),
        ("median start of the desk", f"{outcome.start_seconds:.1f} s"),
        ("the whole run", f"{outcome.seconds:,.0f} s"),
        ("**lost, doubled, or otherwise wrong**", f"**{len(outcome.wrong)}**"),
    ]
    return "\n".join(["| figure | measured |", "| --- | --- |", *(f"| {name} | {figure} |" for name, figure in rows)])


def write(outcome: Outcome) -> None:
    """Replace what the page says about the last run."""
    heading = f"{_machine()}, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}, commit {_commit()}"
    text = f"{BEGIN}\n{heading}, seed {outcome.seed}.\n\n{table(outcome)}\n{END}"
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(re.sub(f"{BEGIN}.*?{END}", lambda _: text, page, flags=re.DOTALL), encoding="utf-8")


def _machine() -> str:
    try:
        known = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        known = None
    return f"{os.cpu_count()} cores of {known[1] if known else platform.machine()}, {platform.system()}"


def _commit() -> str:
    asked = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
