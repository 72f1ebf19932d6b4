"""The stored ledger equals the domain's: its sums are folds, its interventions net, its reservations the tickets'."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailgate.domain.ledger import Cause, EntryKind, Posting, debit, fold, reverse
from mailgate.domain.ticket import State
from mailgate.store import ledger, tickets
from mailgate.store.database import Database
from tests.store.examples import NOW, TODAY, Desk, mail, pack, post, work


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(1, 400), st.booleans()), max_size=12))
def test_the_sums_of_the_database_equal_the_fold_of_the_entries(
    database: Database, desk: Desk, steps: list[tuple[int, bool]]
) -> None:
    """Whatever was posted by the examples before; each adds two packs that expire one after the other."""
    with database.transaction() as tx:
        for first_day in (TODAY - timedelta(days=30), TODAY):
            pack(tx, desk.contract_id, desk.engineer_id, minutes=300, first_day=first_day)
        for minutes, is_undone in steps:
            account = ledger.account(tx, desk.contract_id, today=TODAY)
            postings = debit(minutes, account, TODAY, limit=minutes)
            for posting in [*postings, *(reverse(postings) if is_undone else ())]:
                post(tx, desk, posting, kind=EntryKind.CORRECTION)
            expected = account if is_undone else account.post(postings)
            assert ledger.account(tx, desk.contract_id, today=TODAY).remaining_by_pack == expected.remaining_by_pack
        entries = ledger.entries(tx, desk.contract_id)
        remaining = ledger.account(tx, desk.contract_id, today=TODAY).remaining_by_pack
        uncovered = ledger.uncovered(tx, desk.contract_id)[Cause.EXHAUSTED]

    assert remaining == fold(entries)
    assert min(remaining.values()) >= 0
    assert uncovered == sum(entry.posting.minutes for entry in entries if entry.posting.cause is Cause.EXHAUSTED)


def test_a_new_pack_is_all_there(database: Database, desk: Desk) -> None:
    with database.reading() as tx:
        account = ledger.account(tx, desk.contract_id, today=TODAY)

    assert account.remaining_by_pack == {desk.pack_id: 600}
    assert account.reserved_by_ticket == {}
    assert account.balance(TODAY).available == 600


def test_a_contract_without_packs_has_nothing(database: Database) -> None:
    with database.reading() as tx:
        account = ledger.account(tx, 999, today=TODAY)
        assert account.packs == ()
        assert ledger.uncovered(tx, 999) == {Cause.EXHAUSTED: 0, Cause.UNAPPROVED: 0}


def test_a_pack_can_be_used_seven_days_after_its_end_and_no_longer(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        settled = pack(tx, desk.contract_id, desk.engineer_id, first_day=date(2025, 9, 15))  # until 14 September 2026
        expired = pack(tx, desk.contract_id, desk.engineer_id, first_day=date(2025, 9, 16))  # until 15 September 2026
        known = ledger.account(tx, desk.contract_id, today=TODAY).remaining_by_pack

    assert settled not in known
    assert known[expired] == 600


def test_what_an_open_ticket_may_still_use_is_reserved(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        ticket = tickets.load(tx, desk.ticket_id)
        assert ticket is not None
        tickets.save(tx, replace(ticket, allowance_minutes=240, approved_minutes=240))
        post(tx, desk, Posting(minutes=-60, pack_id=desk.pack_id))
        post(tx, desk, Posting(minutes=30, cause=Cause.EXHAUSTED))
        used = tickets.load(tx, desk.ticket_id)
        account = ledger.account(tx, desk.contract_id, today=TODAY)

    assert used is not None
    assert account.reserved_by_ticket == {desk.ticket_id: 180} == {desk.ticket_id: used.reserved_minutes}


def test_a_ticket_that_used_its_allowance_or_was_closed_reserves_nothing(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        ticket = tickets.load(tx, desk.ticket_id)
        assert ticket is not None
        tickets.save(tx, replace(ticket, allowance_minutes=60))
        closed = replace(ticket, state=State.CLOSED, closed_at=NOW, allowance_minutes=300)
        tickets.insert(tx, closed, opened_by_inbox_id=None)
        post(tx, desk, Posting(minutes=-60, pack_id=desk.pack_id))
        assert ledger.account(tx, desk.contract_id, today=TODAY).reserved_by_ticket == {}


def test_an_entry_comes_back_with_who_how_and_why(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        entry_id = post(tx, desk, Posting(minutes=-15, pack_id=desk.pack_id), digest="of the mail", ordinal=3)
        *_, entry = ledger.entries(tx, desk.contract_id)

    assert (entry.id, entry.ticket_id, entry.day, entry.recorded_at) == (entry_id, desk.ticket_id, TODAY, NOW)
    assert entry.authorship.mail_digest == "of the mail"
    assert entry.authorship.authenticated_by == "dmarc pass"


def test_entries_are_oldest_first_and_a_limit_keeps_the_newest(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        ids = [post(tx, desk, Posting(minutes=-15, pack_id=desk.pack_id)) for _ in range(3)]
        assert [entry.id for entry in ledger.entries(tx, desk.contract_id)][1:] == ids
        assert [entry.id for entry in ledger.entries(tx, desk.contract_id, limit=2)] == ids[1:]
        assert [entry.id for entry in ledger.entries(tx, desk.contract_id, ticket_id=desk.ticket_id)] == ids
        assert ledger.entries(tx, desk.contract_id, ticket_id=999) == []


def test_work_is_net_of_what_corrected_and_reversed_it(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        by_mail = mail(tx, "work").id
        first = work(tx, desk, 60, inbox_id=by_mail)
        post(tx, desk, Posting(minutes=-45, pack_id=desk.pack_id), intervention_id=first)
        post(tx, desk, Posting(minutes=15, cause=Cause.UNAPPROVED), intervention_id=first)
        correction = work(tx, desk, -30, corrects_id=first, inbox_id=mail(tx, "correction").id)
        reversal = EntryKind.REVERSAL
        post(tx, desk, Posting(minutes=-15, cause=Cause.UNAPPROVED), kind=reversal, intervention_id=first)
        post(tx, desk, Posting(minutes=15, pack_id=desk.pack_id), kind=reversal, intervention_id=correction)
        (net,) = ledger.of_mail(tx, by_mail)
        assert ledger.of_engineer(tx, desk.ticket_id, desk.engineer_id) == [net]
        assert ledger.unapproved(tx, desk.ticket_id) == []

    assert (net.id, net.worked_minutes, net.counted_minutes) == (first, 30, 30)
    assert net.postings == (Posting(minutes=-30, pack_id=desk.pack_id),)


def test_a_mail_that_only_corrected_reported_no_work_of_its_own(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        correcting = mail(tx, "correction").id
        work(tx, desk, -30, corrects_id=work(tx, desk, 60), inbox_id=correcting)
        assert ledger.of_mail(tx, correcting) == []


def test_a_correction_of_a_correction_counts_for_the_work_itself(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        first = work(tx, desk, 60)
        work(tx, desk, 30, corrects_id=work(tx, desk, -30, corrects_id=first))
        (net,) = ledger.of_engineer(tx, desk.ticket_id, desk.engineer_id)

    assert (net.id, net.worked_minutes) == (first, 60)


def test_undone_work_has_no_minutes_left(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        by_mail = mail(tx, "work").id
        first = work(tx, desk, 60, inbox_id=by_mail)
        posting = Posting(minutes=-60, pack_id=desk.pack_id)
        post(tx, desk, posting, intervention_id=first)
        undone = work(tx, desk, -60, corrects_id=first)
        for reversal in reverse([posting]):
            post(tx, desk, reversal, kind=EntryKind.REVERSAL, intervention_id=undone)
        (net,) = ledger.of_mail(tx, by_mail)

    assert (net.worked_minutes, net.counted_minutes, net.postings) == (0, 0, ())


def test_unapproved_work_is_listed_oldest_first_until_it_is_approved(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        first, second, covered = work(tx, desk, 30), work(tx, desk, 45), work(tx, desk, 15)
        post(tx, desk, Posting(minutes=30, cause=Cause.UNAPPROVED), intervention_id=first)
        post(tx, desk, Posting(minutes=45, cause=Cause.UNAPPROVED), intervention_id=second)
        post(tx, desk, Posting(minutes=-15, pack_id=desk.pack_id), intervention_id=covered)
        assert [found.id for found in ledger.unapproved(tx, desk.ticket_id)] == [first, second]
        assert ledger.uncovered(tx, desk.contract_id)[Cause.UNAPPROVED] == 75
        post(tx, desk, Posting(minutes=-30, cause=Cause.UNAPPROVED), kind=EntryKind.REVERSAL, intervention_id=first)
        assert [found.id for found in ledger.unapproved(tx, desk.ticket_id)] == [second]
