"""The promises about the stored data are looked at on each kind of database, and beside whoever writes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailgate.domain.ledger import Posting
from mailgate.domain.message import Authentication, Verdict
from mailgate.store import inbox, ledger, outbox, tickets
from mailgate.store.database import Database
from mailgate.store.promises import PROMISES
from tests.store.examples import NOW, TODAY, Desk, mail, outgoing, post, set_up


def broken(database: Database) -> dict[str, list[str]]:
    with database.reading() as tx:
        found = {promise.name: list(promise.find(tx)) for promise in PROMISES}
    return {name: ids for name, ids in found.items() if ids}


def finish(database: Database, desk: Desk) -> None:
    """Do what is still to be done about the mail that opened the example's ticket, and work on it."""
    with database.transaction() as tx:
        inbox.count_attempt(tx, 1, next_attempt_at=NOW)
        inbox.finish(
            tx,
            1,
            state="done",
            rule="default",
            reason="a new question",
            ticket_id=desk.ticket_id,
            person_id=desk.contact_id,
            authentication=Authentication(verdict=Verdict.PASS, method="dmarc", evidence=""),
            at=NOW,
        )
        tickets.record_event(
            tx,
            ticket_id=desk.ticket_id,
            inbox_id=1,
            person_id=desk.contact_id,
            verb="open",
            detail="",
            authenticated_by="dmarc pass",
            at=NOW,
        )
        work = ledger.record_intervention(
            tx,
            ticket_id=desk.ticket_id,
            contract_id=desk.contract_id,
            engineer_id=desk.engineer_id,
            inbox_id=1,
            day=TODAY,
            worked_minutes=10,
            counted_minutes=15,
            is_free=False,
            note="",
            recorded_at=NOW,
        )
        post(tx, desk, Posting(minutes=-15, pack_id=desk.pack_id), digest="digest of first", intervention_id=work)


def test_a_sound_database_breaks_no_promise(database: Database, desk: Desk) -> None:
    finish(database, desk)

    assert broken(database) == {}


@pytest.fixture
def own_database(url: str) -> Iterator[Database]:
    """A migrated database that no other test gets: its rules are broken here."""
    database = Database.open(url)
    database.migrate()
    yield database
    database.close()


def test_damage_is_found_on_each_kind_of_database(own_database: Database) -> None:
    desk = set_up(own_database)
    finish(own_database, desk)
    with own_database.transaction() as tx:
        outbox.enqueue(tx, outgoing(desk, "a key that names no cause"))
        mail(tx, "second")
        tx.exec_driver_sql("UPDATE inbox SET processed_at = received_at WHERE message_id = '<second@example.org>'")
        tx.exec_driver_sql("UPDATE ticket SET approved_minutes = 60")
        tx.exec_driver_sql(
            "DROP TRIGGER entry_keeps_pack_above_zero" + (" ON entry" if tx.dialect.name == "postgresql" else "")
        )
        post(tx, desk, Posting(minutes=-6000, pack_id=desk.pack_id))

    found = broken(own_database)

    assert found == {
        "rules-in-force": ["entry_keeps_pack_above_zero"],
        "mail-dated": ["2"],
        "notices-have-a-cause": ["1"],
        "notices-whole": ["1"],
        "packs-never-negative": [str(desk.pack_id)],
        "entries-name-their-work": ["3"],
        "reservations-approved": [str(desk.ticket_id)],
    }


def test_a_check_sees_one_state_while_others_write(shared_database: Database) -> None:
    finish(shared_database, set_up(shared_database))

    with shared_database.reading() as tx:
        before = {promise.name: list(promise.find(tx)) for promise in PROMISES[:2]}
        with shared_database.transaction() as writer:
            writer.exec_driver_sql("UPDATE ticket SET approved_minutes = 60")
        after = {promise.name: list(promise.find(tx)) for promise in PROMISES}

    assert not any(before.values())
    assert not any(after.values())
    assert list(broken(shared_database)) == ["reservations-approved"]
