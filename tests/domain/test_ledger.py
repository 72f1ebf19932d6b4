"""The ledger: whatever happens, minutes are neither made nor lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.domain.contract import Pack
from mailgate.domain.ledger import (
    Account,
    Authorship,
    Balance,
    Cause,
    Entry,
    EntryKind,
    Posting,
    counted,
    debit,
    fold,
    reduce,
    reverse,
)

DAY = date(2026, 10, 1)
TODAY = date(2026, 10, 8)

days = st.dates(date(2026, 9, 25), date(2026, 10, 10))
minutes_of_work = st.integers(0, 2_000)


def pack(pack_id: int, first_day: date, last_day: date, *, bought_on: date = DAY, minutes: int = 600) -> Pack:
    return Pack(
        id=pack_id,
        contract_id=1,
        name="10 h",
        minutes=minutes,
        price_cents=180_000,
        bought_on=bought_on,
        first_day=first_day,
        last_day=last_day,
    )


EXPIRED = pack(1, date(2025, 10, 5), date(2026, 10, 4))
CURRENT = pack(2, date(2026, 9, 1), date(2027, 8, 31))
LATER = pack(3, date(2026, 10, 5), date(2027, 10, 4))


def account(remaining: Mapping[Pack, int], reserved: Mapping[int, int] | None = None) -> Account:
    return Account(
        packs=tuple(remaining),
        remaining_by_pack={pack.id: minutes for pack, minutes in remaining.items()},
        reserved_by_ticket=reserved or {},
    )


def on_packs(postings: Iterable[Posting]) -> dict[int, int]:
    return {posting.pack_id: posting.minutes for posting in postings if posting.pack_id is not None}


def sums(postings: Iterable[Posting]) -> Counter[tuple[int | None, Cause | None]]:
    """Minutes by account, without the accounts where they cancel out."""
    total: Counter[tuple[int | None, Cause | None]] = Counter()
    for posting in postings:
        total[posting.pack_id, posting.cause] += posting.minutes
    return Counter({account: minutes for account, minutes in total.items() if minutes})


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """Up to five packs in any order, some expired, some not yet valid, some used up; some minutes reserved."""
    packs = []
    for pack_id in draw(st.lists(st.integers(1, 9), unique=True, max_size=5)):
        first_day = draw(days)
        last_day = first_day + timedelta(days=draw(st.integers(0, 10)))
        packs.append(pack(pack_id, first_day, last_day, bought_on=draw(days), minutes=draw(st.integers(1, 600))))
    return Account(
        packs=tuple(packs),
        remaining_by_pack={pack.id: draw(st.integers(0, pack.minutes)) for pack in packs},
        reserved_by_ticket=draw(st.dictionaries(st.integers(1, 4), st.integers(1, 600), max_size=4)),
    )


@st.composite
def posted(draw: st.DrawFn) -> tuple[Posting, ...]:
    """What one intervention posted, in any order: losses of several packs, uncovered minutes of either cause."""
    minutes = st.integers(1, 600)
    packs = draw(st.lists(st.integers(1, 9), unique=True, max_size=4))
    causes = draw(st.lists(st.sampled_from(Cause), unique=True))
    losses = [Posting(minutes=-draw(minutes), pack_id=pack_id) for pack_id in packs]
    uncovered = [Posting(minutes=draw(minutes), cause=cause) for cause in causes]
    return tuple(draw(st.permutations(losses + uncovered)))


def entry(posting: Posting, number: int) -> Entry:
    return Entry(
        id=number,
        contract_id=1,
        kind=EntryKind.CORRECTION,
        posting=posting,
        day=DAY,
        recorded_at=datetime(2026, 10, 1, 8, tzinfo=UTC),
        authorship=Authorship(person_id=1, authenticated_by="command line"),
    )


# Debits


@given(before=accounts(), day=days, minutes=minutes_of_work, limit=minutes_of_work)
def test_a_debit_never_takes_a_pack_below_zero(before: Account, day: date, minutes: int, limit: int) -> None:
    left = before.post(debit(minutes, before, day, limit=limit)).remaining_by_pack

    assert all(0 <= left[pack_id] <= had for pack_id, had in before.remaining_by_pack.items())


@given(before=accounts(), day=days, minutes=minutes_of_work, limit=minutes_of_work)
def test_a_debit_takes_only_from_packs_valid_on_the_day_of_the_work(
    before: Account, day: date, minutes: int, limit: int
) -> None:
    valid = {pack.id for pack in before.packs if pack.first_day <= day <= pack.last_day}

    assert set(on_packs(debit(minutes, before, day, limit=limit))) <= valid


@given(before=accounts(), day=days, minutes=minutes_of_work, limit=minutes_of_work)
def test_every_minute_of_work_is_either_debited_or_exhausted(
    before: Account, day: date, minutes: int, limit: int
) -> None:
    postings = debit(minutes, before, day, limit=limit)
    debited = -sum(on_packs(postings).values())
    exhausted = sum(posting.minutes for posting in postings if posting.cause is Cause.EXHAUSTED)
    valid = sum(before.remaining_by_pack[pack.id] for pack in before.packs if pack.first_day <= day <= pack.last_day)

    assert debited + exhausted == minutes
    assert debited == min(minutes, limit, valid)
    assert all(posting.cause is not Cause.UNAPPROVED for posting in postings)


@given(before=accounts(), day=days, minutes=minutes_of_work)
def test_a_debit_takes_the_earliest_expiry_first_then_the_earliest_purchase(
    before: Account, day: date, minutes: int
) -> None:
    taken = on_packs(debit(minutes, before, day, limit=minutes))
    valid = [pack for pack in before.packs if pack.first_day <= day <= pack.last_day]

    for first in valid:
        for second in valid:
            if (first.last_day, first.bought_on) < (second.last_day, second.bought_on) and second.id in taken:
                assert -taken.get(first.id, 0) == before.remaining_by_pack[first.id]


def test_one_intervention_may_span_packs() -> None:
    before = account({LATER: 600, CURRENT: 20, EXPIRED: 10})

    assert debit(45, before, DAY, limit=45) == (
        Posting(minutes=-10, pack_id=EXPIRED.id),
        Posting(minutes=-20, pack_id=CURRENT.id),
        Posting(minutes=15, cause=Cause.EXHAUSTED),
    )
    assert debit(45, before, TODAY, limit=45) == (
        Posting(minutes=-20, pack_id=CURRENT.id),
        Posting(minutes=-25, pack_id=LATER.id),
    )


def test_no_work_posts_nothing() -> None:
    assert debit(0, account({CURRENT: 600}), DAY, limit=600) == ()


def test_work_without_a_pack_is_exhausted() -> None:
    assert debit(15, account({}), DAY, limit=0) == (Posting(minutes=15, cause=Cause.EXHAUSTED),)


# Slices


@pytest.mark.parametrize(("worked", "expected"), [(0, 0), (1, 15), (10, 15), (15, 15), (16, 30), (20, 30), (180, 180)])
def test_any_started_slice_counts(worked: int, expected: int) -> None:
    assert counted(worked, 15) == expected


@given(worked=st.integers(0, 10_000), slice_minutes=st.integers(1, 60))
def test_counted_minutes_are_the_fewest_whole_slices_that_hold_the_work(worked: int, slice_minutes: int) -> None:
    result = counted(worked, slice_minutes)

    assert result % slice_minutes == 0
    assert worked <= result < worked + slice_minutes


# Reversals


@given(before=accounts(), day=days, minutes=minutes_of_work, limit=minutes_of_work)
def test_a_reversal_undoes_exactly_its_postings(before: Account, day: date, minutes: int, limit: int) -> None:
    postings = debit(minutes, before, day, limit=limit)
    undo = reverse(postings)

    assert before.post(postings).post(undo).remaining_by_pack == before.remaining_by_pack
    assert not sums([*postings, *undo])


@given(postings=posted())
def test_a_reversal_posts_to_the_same_accounts(postings: tuple[Posting, ...]) -> None:
    undo = reverse(postings)

    assert [(posting.pack_id, posting.cause) for posting in undo] == [(p.pack_id, p.cause) for p in postings]
    assert reverse(undo) == postings


@given(postings=posted(), data=st.data())
def test_a_reduction_reverses_that_many_minutes_of_these_postings(
    postings: tuple[Posting, ...], data: st.DataObject
) -> None:
    total = sum(abs(posting.minutes) for posting in postings)
    minutes = data.draw(st.integers(0, total))
    reversal = reduce(postings, minutes)
    before, left = sums(postings), sums([*postings, *reversal])

    assert sum(abs(posting.minutes) for posting in reversal) == minutes
    assert sum(map(abs, left.values())) == total - minutes
    assert all(before[account] * minutes >= 0 for account, minutes in left.items())  # nothing changes its sign
    assert set(left) <= set(before)


@given(postings=posted(), data=st.data())
def test_a_reduction_takes_uncovered_minutes_before_any_pack(
    postings: tuple[Posting, ...], data: st.DataObject
) -> None:
    uncovered = sum(posting.minutes for posting in postings if posting.cause)
    minutes = data.draw(st.integers(0, sum(abs(posting.minutes) for posting in postings)))
    reversal = reduce(postings, minutes)

    assert -sum(posting.minutes for posting in reversal if posting.cause) == min(minutes, uncovered)


def test_a_reduction_gives_back_to_the_last_pack_taken_first() -> None:
    postings = (
        Posting(minutes=-10, pack_id=1),
        Posting(minutes=-20, pack_id=2),
        Posting(minutes=15, cause=Cause.EXHAUSTED),
    )

    assert reduce(postings, 15) == (Posting(minutes=-15, cause=Cause.EXHAUSTED),)
    assert reduce(postings, 30) == (Posting(minutes=-15, cause=Cause.EXHAUSTED), Posting(minutes=15, pack_id=2))
    assert reduce(postings, 40) == (
        Posting(minutes=-15, cause=Cause.EXHAUSTED),
        Posting(minutes=20, pack_id=2),
        Posting(minutes=5, pack_id=1),
    )
    assert sums(reduce(postings, 45)) == sums(reverse(postings))


@given(postings=posted(), excess=st.integers(1, 600))
def test_more_than_was_posted_cannot_be_reversed(postings: tuple[Posting, ...], excess: int) -> None:
    with pytest.raises(ValueError, match="more is to be reversed"):
        reduce(postings, sum(abs(posting.minutes) for posting in postings) + excess)


# The fold


@given(history=st.lists(posted(), max_size=8))
def test_the_balance_is_the_fold_of_the_entries(history: list[tuple[Posting, ...]]) -> None:
    running = Account()
    for postings in history:
        running = running.post(postings)
    entries = [entry(posting, number) for number, posting in enumerate(sum(history, ()))]

    assert fold(entries) == running.remaining_by_pack
    assert fold(reversed(entries)) == fold(entries)


@given(before=accounts(), postings=posted())
def test_posting_changes_neither_the_account_before_nor_its_reservations(
    before: Account, postings: tuple[Posting, ...]
) -> None:
    kept = dict(before.remaining_by_pack)
    after = before.post(postings)

    assert before.remaining_by_pack == kept
    assert after.reserved_by_ticket == before.reserved_by_ticket
    assert after.packs == before.packs


def test_uncovered_minutes_are_on_no_pack() -> None:
    before = account({CURRENT: 600})

    assert before.post([Posting(minutes=30, cause=Cause.UNAPPROVED)]).remaining_by_pack == {CURRENT.id: 600}
    assert fold([entry(Posting(minutes=30, cause=Cause.EXHAUSTED), 1)]) == {}


def test_a_posting_is_of_minutes_on_exactly_one_account() -> None:
    with pytest.raises(ValueError, match="never both"):
        Posting(minutes=15)
    with pytest.raises(ValueError, match="never both"):
        Posting(minutes=15, pack_id=1, cause=Cause.EXHAUSTED)
    with pytest.raises(ValueError, match="nothing"):
        Posting(minutes=0, pack_id=1)


# Reservations and what is available


def test_a_ticket_can_use_its_own_reservation_but_not_the_others() -> None:
    shared = account({CURRENT: 600}, {1: 240, 2: 100})

    assert shared.available_to(1, TODAY, TODAY) == 500
    assert shared.available_to(2, TODAY, TODAY) == 360
    assert shared.available_to(3, TODAY, TODAY) == 260


def test_what_others_reserved_is_kept_even_when_more_is_reserved_than_left() -> None:
    assert account({CURRENT: 100}, {1: 240}).available_to(2, TODAY, TODAY) == 0


def test_reservations_of_others_are_kept_on_packs_that_begin_later() -> None:
    both = account({CURRENT: 100, LATER: 600}, {1: 240})

    assert both.available_to(2, DAY, TODAY) == 100
    assert account({CURRENT: 100, LATER: 200}, {1: 240}).available_to(2, DAY, TODAY) == 60
    assert both.available_to(2, TODAY, TODAY) == 460


def test_work_of_the_last_days_may_use_up_an_expired_pack() -> None:
    both = account({EXPIRED: 100, LATER: 240}, {1: 240})

    assert both.available_to(2, DAY, TODAY) == 100
    assert both.available_to(2, TODAY, TODAY) == 0


def test_nothing_is_available_from_an_expired_pack_for_work_of_today() -> None:
    assert account({EXPIRED: 100}).available_to(1, TODAY, TODAY) == 0


@given(before=accounts(), ticket=st.integers(1, 5), day=days, delay=st.integers(0, 10), minutes=minutes_of_work)
def test_no_debit_touches_what_others_have_reserved(
    before: Account, ticket: int, day: date, delay: int, minutes: int
) -> None:
    today = day + timedelta(days=delay)
    others = sum(kept for other, kept in before.reserved_by_ticket.items() if other != ticket)
    limit = before.available_to(ticket, day, today)
    after = before.post(debit(minutes, before, day, limit=limit))

    assert 0 <= limit <= sum(before.remaining_by_pack[pack.id] for pack in before.usable_packs(day))
    assert after.balance(today).remaining >= min(others, before.balance(today).remaining)


@given(before=accounts(), ticket=st.integers(1, 5), day=days, kept=st.integers(1, 600))
def test_without_reservations_of_others_all_valid_time_is_available(
    before: Account, ticket: int, day: date, kept: int
) -> None:
    alone = replace(before, reserved_by_ticket={ticket: kept})

    assert alone.available_to(ticket, day, day) == sum(
        alone.remaining_by_pack[pack.id] for pack in alone.packs if pack.first_day <= day <= pack.last_day
    )


def test_a_reservation_takes_the_place_of_the_former_one() -> None:
    reserved = account({CURRENT: 600}, {1: 240}).reserve(1, 180).reserve(2, 60)

    assert reserved.reserved_by_ticket == {1: 180, 2: 60}
    assert reserved.reserve(1, 0).reserved_by_ticket == {2: 60}
    assert reserved.remaining_by_pack == {CURRENT.id: 600}


def test_the_balance_is_of_the_packs_that_have_not_expired() -> None:
    contract = account({EXPIRED: 30, CURRENT: 100, LATER: 600}, {1: 240})

    assert contract.balance(TODAY) == Balance(purchased=1_200, remaining=700, reserved=240)
    assert contract.balance(TODAY).used == 500
    assert contract.balance(TODAY).available == 460
    assert contract.balance(EXPIRED.last_day).remaining == 730


def test_available_time_is_never_negative() -> None:
    assert Balance(purchased=600, remaining=100, reserved=240).available == 0


def test_a_contract_runs_until_its_last_usable_pack_is_used_up_or_expired() -> None:
    assert account({CURRENT: 1}).is_open_on(CURRENT.last_day)
    assert not account({CURRENT: 1}).is_open_on(CURRENT.last_day + timedelta(days=1))
    assert not account({CURRENT: 0}).is_open_on(TODAY)
    assert account({CURRENT: 0, LATER: 600}).is_open_on(DAY)  # it begins later
    assert not account({}).is_open_on(TODAY)
