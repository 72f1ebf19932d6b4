"""A full disk and a locked database: the sender keeps the mail meanwhile, and all goes on by itself afterwards."""

from __future__ import annotations

import smtplib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.entrypoints.serving import ServedDesk, installed_desk, question
from tests.servers import programs
from tests.servers.programs import await_condition

pytestmark = pytest.mark.timeout(240)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a disk of that size."""
    programs.need_root("mounting a small disk")
    folder.mkdir(parents=True)
    try:
        programs.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder])
    except programs.FAILED:
        programs.missing("no file system can be mounted here")
    try:
        yield folder
    finally:
        programs.run(["umount", "--lazy", folder])


def reply_to(desk: ServedDesk, raw: bytes) -> str:
    """What the listener answers to a mail."""
    try:
        desk.send(raw)
    except smtplib.SMTPDataError as error:
        said = error.smtp_error
        return f"{error.smtp_code} {said.decode() if isinstance(said, bytes) else said}"
    return "250"


def big(number: int) -> bytes:
    noise = bytes(range(33, 126)) * 3_000
    return question(number, body="\r\n".join(noise[at : at + 70].decode() for at in range(0, len(noise), 70)))


def test_on_a_full_disk_mail_is_put_off_and_taken_when_there_is_room_again(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 40) as disk, installed_desk(disk) as desk:
        ballast = disk / "ballast"
        desk.start()
        desk.send(question(1))
        desk.await_settled()
        fill(ballast)

        replies = [reply_to(desk, big(number)) for number in range(10, 60)]
        refused = next(reply for reply in replies if reply != "250")
        assert refused.startswith("452 4.3.1 Insufficient storage")
        taken = replies.count("250")

        ballast.unlink()
        await_condition(lambda: reply_to(desk, big(100)) == "250", "mail is taken again")
        await_condition(lambda: all(line.state == "done" for line in desk.inbox()), "all that was taken is processed")

        assert len(desk.inbox()) == 1 + taken + 1
        desk.await_settled()
        assert {row.state.value for row in desk.outbox()} == {"sent"}
        assert len(desk.outbox()) == 2 * len(desk.inbox())
        assert desk.is_running


def fill(ballast: Path) -> None:
    with ballast.open("wb") as file:
        try:
            while True:
                file.write(b"x" * 65_536)
                file.flush()
        except OSError:
            pass


def test_while_another_program_locks_the_database_mail_is_put_off_and_then_taken(tmp_path: Path) -> None:
    with installed_desk(tmp_path) as desk:
        desk.start()
        with closing(sqlite3.connect(tmp_path / "var/mailgate.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert reply_to(desk, question(1)).startswith("451 4.3.0")
            other.execute("ROLLBACK")

        await_condition(lambda: reply_to(desk, question(1)) == "250", "mail is taken again")
        await_condition(lambda: [line.state for line in desk.inbox()] == ["done"], "it is processed once")
        desk.await_settled()
        assert len(desk.outbox()) == 2
