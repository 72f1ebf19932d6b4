"""The database as the doctor sees it: its schema, its file, and the mail that waits for somebody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from mailgate.domain.message import Envelope
from mailgate.entrypoints.doctor.finding import Level
from mailgate.entrypoints.doctor.records import check_database, check_queues
from mailgate.store import inbox, outbox
from mailgate.store.database import Database
from mailgate.store.outbox import Outgoing

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(f"sqlite:///{tmp_path}/desk.db")
    yield opened
    opened.close()


def test_a_database_without_the_schema_is_a_problem_and_its_queues_are_left_alone(database: Database) -> None:
    (finding,) = check_database(database)

    assert finding.level is Level.PROBLEM
    assert "mailgate init" in finding.advice
    assert list(check_queues(database)) == []


def test_a_new_database_is_well(database: Database) -> None:
    database.migrate()

    assert [finding.level for finding in (*check_database(database), *check_queues(database))] == [Level.OK, Level.OK]


def test_a_damaged_file_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    whole = Database.open(f"sqlite:///{path}")
    whole.migrate()
    with whole.transaction() as tx:
        envelope = Envelope(mail_from="a@example.org", rcpt_to=("desk@example.org",), received_at=NOW)
        mails = Random(1)  # they cannot be packed, so that the end of the file is mail
        for number in range(50):
            raw = mails.randbytes(4000)
            inbox.store(tx, digest=f"{number:064d}", raw=raw, message_id=f"<{number}@a.example>", envelope=envelope)
    whole.close()
    octets = bytearray(path.read_bytes())
    place = len(octets) * 9 // 10
    octets[place : place + 8192] = b"\xff" * 8192
    path.write_bytes(octets)

    damaged = Database.open(f"sqlite:///{path}")
    findings = list(check_database(damaged))
    damaged.close()

    assert [finding.level for finding in findings] == [Level.PROBLEM]
    assert "restore the newest backup" in findings[0].advice


def test_mail_that_waits_for_somebody_is_counted_with_the_command_that_shows_it(database: Database) -> None:
    database.migrate()
    envelope = Envelope(mail_from="a@example.org", rcpt_to=("desk@example.org",), received_at=NOW)
    with database.transaction() as tx:
        parked = inbox.store(tx, digest="0" * 64, raw=b"x", message_id="", envelope=envelope)
        inbox.park(tx, parked.id, reason="it could not be processed", error="", at=NOW)
        for number in range(3):
            outbox.enqueue(tx, outgoing(number))
        first, second, _ = outbox.claim(tx, NOW, lease=NOW - NOW, limit=3)
        outbox.failed(tx, first.id, "550 no", NOW)
        outbox.sent(tx, second.id, "250 ok", NOW)

    found = {finding.says: finding for finding in check_queues(database)}

    assert [finding.level for finding in found.values()] == [Level.WARNING, Level.WARNING, Level.NOTE]
    assert "inbox list --state parked" in found["1 received mails could not be processed"].advice
    assert "outbox list" in found["1 mails were refused by the smarthost for the time being"].advice
    assert "1 mails could not be delivered and were given up" in found


def outgoing(number: int) -> Outgoing:
    return Outgoing(
        notice_key=f"notice {number}",
        kind="receipt",
        ticket_id=None,
        inbox_id=None,
        person_id=None,
        mail_from="desk@example.org",
        rcpt_to="a@example.org",
        message_id=f"<{number}@example.org>",
        content=b"x",
        queued_at=NOW,
    )
