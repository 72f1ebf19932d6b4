"""Desks on PostgreSQL: one of them, and two on one database, of which one is killed."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from mailgate.store.inbox import InboxLine
from tests.entrypoints.serving import ServedDesk, installed_desk, question, served_desk
from tests.servers.postgresql import PostgreSql
from tests.servers.programs import await_condition

pytestmark = pytest.mark.timeout(240)

MAILS = 20


def storage(url: str) -> str:
    return f'[storage]\ndatabase = "{url}"\n'


def done(desk: ServedDesk) -> list[InboxLine]:
    return [line for line in desk.inbox() if line.state == "done"]


def test_a_desk_works_on_postgresql(postgresql: PostgreSql, tmp_path: Path) -> None:
    with postgresql.empty_database() as url, served_desk(tmp_path, storage(url)) as desk:
        desk.send(question(1))
        await_condition(lambda: len(done(desk)) == 1, "the mail is processed")
        desk.await_settled()

        assert Counter(row.kind for row in desk.outbox()) == {"acknowledgement": 1, "question": 1}
        assert desk.terminate() == 0


def test_two_desks_on_one_database_do_nothing_twice_and_one_goes_on_when_the_other_is_killed(
    postgresql: PostgreSql, tmp_path: Path
) -> None:
    with (
        postgresql.empty_database() as url,
        served_desk(tmp_path / "first", storage(url)) as first,
        second_desk(tmp_path, url) as second,
    ):
        second.start()
        for number in range(MAILS):
            (first if number % 2 else second).send(question(number))
        await_condition(lambda: len(second.inbox()) == MAILS, "all mails are stored")
        first.kill()
        with second.app.database.transaction() as tx:  # as if the minute were over that a mail in hand waits
            tx.exec_driver_sql("UPDATE inbox SET next_attempt_at = received_at WHERE state = 'received'")
        second.send(question(MAILS))
        await_condition(lambda: len(done(second)) == MAILS + 1, "all mails are processed")

        kinds = Counter(row.kind for row in second.outbox())
        assert kinds == {"acknowledgement": MAILS + 1, "question": MAILS + 1}
        assert len({line.ticket_id for line in second.inbox()}) == MAILS + 1
        assert second.terminate() == 0


def second_desk(folder: Path, url: str) -> AbstractContextManager[ServedDesk]:
    """Another node: it has the key of the first one, and finds the people in the database."""
    other = folder / "second"
    (other / "var").mkdir(parents=True)
    key = (folder / "first/var/address.key").read_bytes()
    (other / "var/address.key").write_bytes(key)
    (other / "var/address.key").chmod(0o600)
    return installed_desk(other, storage(url), with_people=False)
