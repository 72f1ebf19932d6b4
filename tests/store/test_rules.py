"""What the database itself refuses, whoever asks: no program that can open it can break these rules by mistake."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from mailgate.domain.ledger import Cause, EntryKind, Posting
from mailgate.errors import TemporaryError
from mailgate.store import contracts, ledger, tickets
from mailgate.store.database import Database, Transaction
from mailgate.store.tables import CONTRACT, ENTRY, METADATA, PERSON
from tests.store.examples import NOW, TODAY, Desk, contact, mail, pack, post, work

APPEND_ONLY = ["entry", "event", "intervention", "message", "pack"]


def fill(tx: Transaction, desk: Desk) -> None:
    """See to it that each table that only grows has a row."""
    post(tx, desk, Posting(minutes=-15, pack_id=desk.pack_id), intervention_id=work(tx, desk, 10))
    tickets.add_message(
        tx,
        ticket_id=desk.ticket_id,
        inbox_id=None,
        person_id=desk.contact_id,
        text="white",
        is_internal=False,
        is_verified=True,
        written_at=NOW,
        message_id="",
    )
    tickets.record_event(
        tx,
        ticket_id=desk.ticket_id,
        inbox_id=None,
        person_id=None,
        verb="open",
        detail="",
        authenticated_by="",
        at=NOW,
    )


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_was_written_down_is_never_changed(database: Database, desk: Desk, table: str) -> None:
    with database.transaction() as tx:
        fill(tx, desk)

    with pytest.raises(TemporaryError) as refusal, database.transaction() as tx:
        tx.execute(sa.update(METADATA.tables[table]).values(id=METADATA.tables[table].c.id + 1000))
    assert f"{table} is append-only" in str(refusal.value.__cause__)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_was_written_down_is_never_removed(database: Database, desk: Desk, table: str) -> None:
    with database.transaction() as tx:
        fill(tx, desk)

    with pytest.raises(TemporaryError) as refusal, database.transaction() as tx:
        tx.execute(sa.delete(METADATA.tables[table]))
    assert f"{table} is append-only" in str(refusal.value.__cause__)


def test_replacing_a_row_is_removing_it(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        entry_id = post(tx, desk, Posting(minutes=-15, pack_id=desk.pack_id))

    with pytest.raises(TemporaryError), database.transaction() as tx:
        tx.execute(
            sa.insert(ENTRY)
            .prefix_with("OR REPLACE", dialect="sqlite")
            .from_select(
                [column.name for column in ENTRY.c],
                sa.select(*[sa.literal(-1) if column.name == "minutes" else column for column in ENTRY.c]).where(
                    ENTRY.c.id == entry_id
                ),
            )
        )


def test_no_posting_takes_a_pack_below_zero(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        post(tx, desk, Posting(minutes=-590, pack_id=desk.pack_id))

    with pytest.raises(TemporaryError) as refusal, database.transaction() as tx:
        post(tx, desk, Posting(minutes=-11, pack_id=desk.pack_id))
    assert "no pack below zero" in str(refusal.value.__cause__)
    with database.transaction() as tx:
        post(tx, desk, Posting(minutes=-10, pack_id=desk.pack_id))
        assert ledger.account(tx, desk.contract_id, today=TODAY).remaining_by_pack == {desk.pack_id: 0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": 0},
        {"cause": Cause.EXHAUSTED},
        {"pack_id": None},
        {"kind": EntryKind.PURCHASE},
        {"kind": EntryKind.DONATION, "minutes": 1},
    ],
    ids=str,
)
def test_an_impossible_entry_is_refused(database: Database, desk: Desk, wrong: dict[str, object]) -> None:
    right: dict[str, object] = {
        "contract_id": desk.contract_id,
        "kind": EntryKind.INTERVENTION,
        "pack_id": desk.pack_id,
        "minutes": -15,
        "day": TODAY,
        "recorded_at": NOW,
        "person_id": desk.engineer_id,
        "authenticated_by": "",
        "mail_digest": "",
        "ordinal": 0,
        "reason": "",
    }
    with database.transaction() as tx:
        tx.execute(sa.insert(ENTRY).values(**right))

    with pytest.raises(TemporaryError), database.transaction() as tx:
        tx.execute(sa.insert(ENTRY).values(**right | wrong))


def test_a_pack_is_bought_once(database: Database, desk: Desk) -> None:
    with pytest.raises(TemporaryError), database.transaction() as tx:
        post(tx, desk, Posting(minutes=600, pack_id=desk.pack_id), kind=EntryKind.PURCHASE)


def test_a_posting_is_on_a_pack_of_its_own_contract(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        contract = contracts.by_id(tx, desk.contract_id)
        assert contract is not None
        tx.execute(sa.update(CONTRACT).values(is_active=False))
        other = contracts.add(
            tx,
            organisation_id=contract.organisation_id,
            referent_id=contract.referent_id,
            language=contract.language,
            currency="EUR",
            zone=contract.zone,
            group=contract.group,
            response_minutes=720,
        )
        others = pack(tx, other, desk.engineer_id)

    with pytest.raises(TemporaryError), database.transaction() as tx:
        post(tx, desk, Posting(minutes=-15, pack_id=others))


def test_one_mail_posts_each_of_its_entries_once(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        post(tx, desk, Posting(minutes=-15, pack_id=desk.pack_id), digest="a mail", ordinal=0)
        post(tx, desk, Posting(minutes=-15, pack_id=desk.pack_id), digest="a mail", ordinal=1)

    with pytest.raises(TemporaryError), database.transaction() as tx:
        post(tx, desk, Posting(minutes=-15, pack_id=desk.pack_id), digest="a mail", ordinal=1)


def test_the_command_line_posts_as_often_as_it_is_told(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        post(tx, desk, Posting(minutes=-15, pack_id=desk.pack_id), digest="", ordinal=0)
        post(tx, desk, Posting(minutes=-15, pack_id=desk.pack_id), digest="", ordinal=0)


def test_only_a_correction_has_negative_minutes(database: Database, desk: Desk) -> None:
    with pytest.raises(TemporaryError), database.transaction() as tx:
        work(tx, desk, -15)


def test_a_mail_opens_one_ticket(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        first = tickets.load(tx, desk.ticket_id)
        assert first is not None
        known = mail(tx, "first")
        assert not known.is_new

    with pytest.raises(TemporaryError), database.transaction() as tx:
        tickets.insert(tx, first, opened_by_inbox_id=known.id)


def test_a_referent_stays_a_contact_of_the_organisation(database: Database, desk: Desk) -> None:
    with pytest.raises(TemporaryError), database.transaction() as tx:
        tx.execute(sa.update(PERSON).where(PERSON.c.id == desk.referent_id).values(organisation_id=999))


def test_a_number_is_never_given_twice(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        gone = contact(tx, desk.organisation_id, "Gone", "gone@example.org")
        tx.exec_driver_sql(f"DELETE FROM address WHERE person_id = {gone}")
        tx.exec_driver_sql(f"DELETE FROM person WHERE id = {gone}")

    with database.transaction() as tx:
        assert contact(tx, desk.organisation_id, "Next", "next@example.org") > gone
