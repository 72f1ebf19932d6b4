"""The commands `backup` and `restored`: a sound copy of a desk at work, and an older state that tells nothing twice."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from mailgate.domain.message import Envelope
from mailgate.services.restoration import SKIPPED_NUMBERS
from mailgate.store import inbox, outbox
from mailgate.store.database import Database
from tests.entrypoints.command_line import CommandLine
from tests.store.examples import NOW


def database_of(desk: CommandLine) -> Path:
    return next(desk.folder.glob("**/mailgate.db"))


def store(database: Database, number: int) -> int:
    raw = f"Subject: {number}\r\nMessage-ID: <{number}@town.example.com>\r\n\r\n{number}\r\n".encode()
    envelope = Envelope(mail_from="x@town.example.com", rcpt_to=("support@example.org",), received_at=NOW)
    with database.transaction() as tx:
        return inbox.store(tx, digest=f"{number:064}", raw=raw, message_id=f"<{number}@x>", envelope=envelope).id


def test_a_copy_is_sound_and_of_one_moment_while_others_write(desk: CommandLine) -> None:
    database = Database.open(f"sqlite:///{database_of(desk)}")
    is_over = threading.Event()

    def write() -> None:
        for number in range(10_000):
            if is_over.is_set():
                return
            store(database, number)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        desk.done("backup", "copy.db")
    finally:
        is_over.set()
        writer.join()
        database.close()

    copy = desk.folder / "copy.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert not list(desk.folder.glob("copy.db.*"))
    with closing(sqlite3.connect(copy)) as rows:
        ids = [number for (number,) in rows.execute("SELECT id FROM inbox ORDER BY id")]
        assert ids == list(range(1, len(ids) + 1))
        assert rows.execute("SELECT count(*) FROM raw_mail").fetchone() == (len(ids),)


def test_a_backup_is_never_written_over_another_file(desk: CommandLine) -> None:
    (desk.folder / "copy.db").write_bytes(b"the last one")

    outcome = desk("backup", "copy.db")

    assert (outcome.status, outcome.out) == (1, "")
    assert "copy.db exists" in outcome.err
    assert (desk.folder / "copy.db").read_bytes() == b"the last one"


def test_a_copy_that_is_not_in_order_is_no_backup(desk: CommandLine) -> None:
    with closing(sqlite3.connect(database_of(desk), isolation_level=None)) as rows:
        rows.execute("INSERT INTO event VALUES (99, 99, NULL, NULL, 'open', '', '', '2026-09-22')")

    outcome = desk("backup", "copy.db")

    assert outcome.status == 75
    assert "not in order" in outcome.err
    assert not list(desk.folder.glob("copy.db*"))


def test_after_a_restore_nothing_that_was_queued_is_sent_and_no_number_is_given_again(desk: CommandLine) -> None:
    database = Database.open(f"sqlite:///{database_of(desk)}")
    waiting = store(database, 1)
    with database.transaction() as tx:
        outbox.enqueue(
            tx,
            outbox.Outgoing(
                notice_key="answer/mail 1/0/person 1",
                kind="answer",
                ticket_id=None,
                inbox_id=waiting,
                person_id=1,
                mail_from="bounces@example.org",
                rcpt_to="x@town.example.com",
                message_id="<m@example.org>",
                content=b"Subject: x\r\nMessage-ID: <m@example.org>\r\n\r\n",
                queued_at=NOW,
            ),
        )

    record = desk("restored", "--json").json

    assert record == {"notices_held_back": 1, "mails_to_be_processed": 1}
    with database.transaction() as tx:
        assert outbox.count_by_state(tx) == {"failed": 1}
        (line,) = outbox.listing(tx)
        assert line.last_reply.startswith("held back after a restore")
    assert store(database, 2) == waiting + SKIPPED_NUMBERS + 1
    with database.transaction() as tx:
        tx.exec_driver_sql("UPDATE inbox SET next_attempt_at = received_at")
    database.close()
    assert "none broken" in desk.done("fsck")


def test_a_desk_that_is_served_is_not_prepared(desk: CommandLine) -> None:
    database = Database.open(f"sqlite:///{database_of(desk)}")
    with database.claim_daemon():
        outcome = desk("restored")
    database.close()

    assert outcome.status == 75
    assert "stop it first" in outcome.err
