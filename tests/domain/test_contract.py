"""Packs: how long they are valid, and in which order they are used."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.domain.contract import Pack, in_order_of_use, last_day_of_validity


def pack(
    pack_id: int, *, first: str = "2026-09-22", last: str = "2027-09-21", bought: str = "2026-09-20", minutes: int = 600
) -> Pack:
    return Pack(
        id=pack_id,
        contract_id=1,
        name="10 h",
        minutes=minutes,
        price_cents=180_000,
        bought_on=date.fromisoformat(bought),
        first_day=date.fromisoformat(first),
        last_day=date.fromisoformat(last),
    )


@pytest.mark.parametrize(
    ("first_day", "last_day"),
    [
        ("2026-09-22", "2027-09-21"),
        ("2026-01-01", "2026-12-31"),
        ("2028-02-29", "2029-02-28"),
        ("2028-02-28", "2029-02-27"),
        ("2028-03-01", "2029-02-28"),
        ("2027-03-01", "2028-02-29"),
        ("2027-02-28", "2028-02-27"),
    ],
)
def test_a_pack_is_valid_one_year_its_last_day_included(first_day: str, last_day: str) -> None:
    assert last_day_of_validity(date.fromisoformat(first_day)) == date.fromisoformat(last_day)


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_the_day_after_a_pack_is_the_same_day_of_the_next_year(first_day: date) -> None:
    following = last_day_of_validity(first_day) + timedelta(days=1)
    is_leap_day = (first_day.month, first_day.day) == (2, 29)

    assert following.year == first_day.year + 1
    assert (following.month, following.day) == ((3, 1) if is_leap_day else (first_day.month, first_day.day))


def test_a_pack_is_valid_on_its_first_and_on_its_last_day() -> None:
    bought = pack(1)

    assert not bought.is_valid_on(date(2026, 9, 21))
    assert bought.is_valid_on(date(2026, 9, 22))
    assert bought.is_valid_on(date(2027, 9, 21))
    assert not bought.is_valid_on(date(2027, 9, 22))


def test_the_pack_that_expires_first_is_used_first_then_the_one_bought_first() -> None:
    expires_first = pack(4, last="2027-08-31", bought="2026-09-21")
    bought_first = pack(3, bought="2026-09-18")
    bought_later = pack(1, bought="2026-09-19")
    same_day = pack(2, bought="2026-09-19")

    for packs in permutations((expires_first, bought_first, bought_later, same_day)):
        assert in_order_of_use(packs, date(2026, 10, 1)) == (expires_first, bought_first, bought_later, same_day)


def test_only_packs_valid_on_the_day_of_the_work_are_used() -> None:
    older = pack(1, first="2025-09-22", last="2026-09-21")
    current = pack(2)

    assert in_order_of_use((current, older), date(2026, 9, 21)) == (older,)
    assert in_order_of_use((current, older), date(2026, 9, 22)) == (current,)
    assert in_order_of_use((current, older), date(2027, 9, 22)) == ()


def test_an_impossible_pack_is_refused() -> None:
    with pytest.raises(ValueError, match="impossible"):
        pack(1, minutes=0)
    with pytest.raises(ValueError, match="impossible"):
        pack(1, first="2026-09-22", last="2026-09-21")
