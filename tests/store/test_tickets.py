"""Tickets come back as they were saved, with their minutes; a mail finds its ticket by what it refers to."""

from __future__ import annotations

from dataclasses import replace

from mailgate.domain.ledger import Cause, EntryKind, Posting
from mailgate.domain.ticket import State, Ticket
from mailgate.store import outbox, tickets
from mailgate.store.database import Database, Transaction
from tests.store.examples import MINUTE, NOW, Desk, contact, outgoing, post, ticket, work


def load(tx: Transaction, ticket_id: int) -> Ticket:
    found = tickets.load(tx, ticket_id)
    assert found is not None
    return found


def write(tx: Transaction, desk: Desk, message_id: str, *, person_id: int, minutes: int = 0) -> int:
    return tickets.add_message(
        tx,
        ticket_id=desk.ticket_id,
        inbox_id=None,
        person_id=person_id,
        text=message_id,
        is_internal=False,
        is_verified=True,
        written_at=NOW + minutes * MINUTE,
        message_id=message_id,
    )


def test_a_ticket_comes_back_as_it_was_opened(database: Database, desk: Desk) -> None:
    with database.reading() as tx:
        opened = ticket(desk.organisation_id, desk.contract_id, desk.contact_id)
        assert load(tx, desk.ticket_id) == replace(opened, id=desk.ticket_id)
        assert tickets.load(tx, 999) is None


def test_a_ticket_comes_back_as_it_was_saved(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        zoe = contact(tx, desk.organisation_id, "Zoe", "zoe@example.org")
        changed = replace(
            load(tx, desk.ticket_id),
            subject="Another subject",
            state=State.CLOSED,
            assignee_id=desk.engineer_id,
            participant_ids=frozenset({desk.referent_id, zoe}),
            follower_ids=frozenset({desk.engineer_id}),
            deadline=NOW + MINUTE,
            taken_at=NOW,
            answered_at=NOW,
            closed_at=NOW,
            estimate_minutes=240,
            allowance_minutes=300,
            is_out_of_contract=True,
        )
        tickets.save(tx, changed)
        assert load(tx, desk.ticket_id) == changed
        left = replace(changed, participant_ids=frozenset({zoe}), follower_ids=frozenset())
        tickets.save(tx, left)
        assert load(tx, desk.ticket_id) == left


def test_the_minutes_of_a_ticket_are_the_sums_of_its_entries(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        first, second = work(tx, desk, 150), work(tx, desk, 30)
        post(tx, desk, Posting(minutes=-120, pack_id=desk.pack_id), intervention_id=first)
        post(tx, desk, Posting(minutes=30, cause=Cause.UNAPPROVED), intervention_id=first)
        post(tx, desk, Posting(minutes=30, cause=Cause.EXHAUSTED), intervention_id=second)
        work(tx, desk, -15, corrects_id=second)
        post(tx, desk, Posting(minutes=20, pack_id=desk.pack_id), kind=EntryKind.REVERSAL, intervention_id=first)
        found = load(tx, desk.ticket_id)

    assert (found.covered_minutes, found.uncovered_minutes, found.counted_minutes) == (100, 30, 165)


def test_saving_a_ticket_leaves_its_minutes_to_the_ledger(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        tickets.save(tx, replace(load(tx, desk.ticket_id), covered_minutes=500, counted_minutes=500))
        assert load(tx, desk.ticket_id).covered_minutes == 0


def test_open_tickets_are_found_by_client_and_by_engineer(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        first = load(tx, desk.ticket_id)
        taken = tickets.insert(tx, replace(first, assignee_id=desk.engineer_id), opened_by_inbox_id=None)
        tickets.insert(tx, replace(first, state=State.CLOSED, closed_at=NOW), opened_by_inbox_id=None)
        assert [found.id for found in tickets.open_of(tx, organisation_id=desk.organisation_id)] == [taken, first.id]
        assert [found.id for found in tickets.open_of(tx, assignee_id=desk.engineer_id)] == [taken]
        assert [found.id for found in tickets.open_of(tx, limit=1)] == [taken]
        assert tickets.open_of(tx, organisation_id=999) == []


def test_open_tickets_that_concern_somebody_are_those_asked_or_taken_part_in(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        first = load(tx, desk.ticket_id)
        follows = replace(first, requester_id=desk.engineer_id, participant_ids=frozenset({first.requester_id}))
        joined = tickets.insert(tx, follows, opened_by_inbox_id=None)
        tickets.insert(tx, replace(first, requester_id=desk.engineer_id), opened_by_inbox_id=None)
        found = tickets.open_of(tx, organisation_id=desk.organisation_id, concerned_id=first.requester_id)

    assert [ticket.id for ticket in found] == [joined, first.id]


def test_tickets_are_listed_newest_first(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        first = load(tx, desk.ticket_id)
        closed = tickets.insert(tx, replace(first, state=State.CLOSED, closed_at=NOW), opened_by_inbox_id=None)
        assert [found.id for found in tickets.listing(tx)] == [closed, first.id]
        assert [found.id for found in tickets.listing(tx, limit=1)] == [closed]
        assert [found.id for found in tickets.listing(tx, state=State.CLOSED)] == [closed]


def test_a_mail_finds_its_ticket_by_what_the_desk_sent_what_opened_it_and_what_was_added(
    database: Database, desk: Desk
) -> None:
    with database.transaction() as tx:
        outbox.enqueue(tx, outgoing(desk, "sent"))
        write(tx, desk, "<added@example.org>", person_id=desk.contact_id)
        for known in ("<sent@example.com>", "<first@example.org>", "<added@example.org>"):
            assert tickets.by_message_ids(tx, ["<unknown@example.org>", known, ""]) == desk.ticket_id
        assert tickets.by_message_ids(tx, ["<unknown@example.org>"]) is None
        assert tickets.by_message_ids(tx, []) is None
        assert tickets.by_message_ids(tx, [""]) is None


def test_the_last_reference_wins(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        second = replace(load(tx, desk.ticket_id), root_message_id="<second@example.org>")
        other = tickets.insert(tx, second, opened_by_inbox_id=None)
        assert tickets.by_message_ids(tx, ["<first@example.org>", "<second@example.org>"]) == other
        assert tickets.by_message_ids(tx, ["<second@example.org>", "<first@example.org>"]) == desk.ticket_id


def test_a_repeated_message_id_does_not_take_a_thread_over(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        tickets.insert(tx, load(tx, desk.ticket_id), opened_by_inbox_id=None)
        assert tickets.by_message_ids(tx, ["<first@example.org>"]) == desk.ticket_id


def test_ten_thousand_references_are_no_burden(database: Database, desk: Desk) -> None:
    with database.reading() as tx:
        ids = [f"<{number}@example.net>" for number in range(10_000)]
        assert tickets.by_message_ids(tx, [*ids, "<first@example.org>"]) == desk.ticket_id


def test_a_thread_names_the_root_and_then_the_readers_own_mails_in_their_order(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        write(tx, desk, "<first@example.org>", person_id=desk.contact_id)
        outbox.enqueue(tx, outgoing(desk, "sent", at=NOW + MINUTE))
        write(tx, desk, "<engineer@example.com>", person_id=desk.engineer_id, minutes=2)
        write(tx, desk, "<reply@example.org>", person_id=desk.contact_id, minutes=3)
        assert tickets.thread_ids(tx, desk.ticket_id, desk.contact_id) == [
            "<first@example.org>",
            "<sent@example.com>",
            "<reply@example.org>",
        ]
        assert tickets.thread_ids(tx, desk.ticket_id, desk.referent_id) == ["<first@example.org>"]


def test_a_long_thread_keeps_the_root_and_the_last_mails(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        for number in range(50):
            write(tx, desk, f"<{number}@example.org>", person_id=desk.contact_id, minutes=number)
        thread = tickets.thread_ids(tx, desk.ticket_id, desk.contact_id)

    assert thread[0] == "<first@example.org>"
    assert thread[1:] == [f"<{number}@example.org>" for number in range(42, 50)]


def test_a_conversation_is_read_from_its_beginning(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        write(tx, desk, "<a@example.org>", person_id=desk.contact_id)
        write(tx, desk, "<b@example.com>", person_id=desk.engineer_id, minutes=1)
        conversation = tickets.conversation(tx, desk.ticket_id)

    assert [(line.message_id, line.person_id) for line in conversation] == [
        ("<a@example.org>", desk.contact_id),
        ("<b@example.com>", desk.engineer_id),
    ]
    assert conversation[1].written_at == NOW + MINUTE


def test_the_audit_trail_says_who_did_what_and_how_that_was_proven(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        event_id = tickets.record_event(
            tx,
            ticket_id=desk.ticket_id,
            inbox_id=None,
            person_id=desk.referent_id,
            verb="close",
            detail="abandoned",
            authenticated_by="dmarc pass",
            at=NOW,
        )
        assert tickets.events(tx, desk.ticket_id) == [
            tickets.EventLine(
                id=event_id,
                ticket_id=desk.ticket_id,
                inbox_id=None,
                person_id=desk.referent_id,
                verb="close",
                detail="abandoned",
                authenticated_by="dmarc pass",
                at=NOW,
            )
        ]
