"""When mail is tried again, and what replies mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.outbound.retry import LIFETIME, Status, next_attempt, verdict

QUEUED = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 240), (8, 240), (100, 240)],
)
def test_the_delay_doubles_from_five_minutes_to_four_hours(attempts: int, minutes: int) -> None:
    assert next_attempt(attempts, QUEUED, QUEUED) == QUEUED + timedelta(minutes=minutes)


def test_mail_is_given_up_after_five_days_and_no_sooner() -> None:
    now, attempts = QUEUED, 0
    instants = [now]
    while (following := next_attempt(attempts := attempts + 1, QUEUED, now, seed=7)) is not None:
        now = following
        instants.append(now)

    assert instants[-1] == QUEUED + LIFETIME == QUEUED + timedelta(days=5)
    assert all(earlier < later for earlier, later in pairwise(instants))
    assert 30 < len(instants) < 40


def test_the_lifetime_is_the_operators_choice() -> None:
    assert next_attempt(1, QUEUED, QUEUED + timedelta(hours=1), lifetime=timedelta(hours=1)) is None


@given(st.integers(1, 20), st.integers(0, 10**9))
def test_mails_spread_by_a_tenth_at_most_and_always_in_the_same_way(attempts: int, seed: int) -> None:
    plain = next_attempt(attempts, QUEUED, QUEUED)
    spread = next_attempt(attempts, QUEUED, QUEUED, seed=seed)

    assert plain is not None
    assert spread is not None
    assert timedelta(0) <= spread - plain <= (plain - QUEUED) / 10
    assert spread == next_attempt(attempts, QUEUED, QUEUED, seed=seed)


def test_mails_that_were_deferred_together_do_not_come_back_together() -> None:
    assert len({next_attempt(3, QUEUED, QUEUED, seed=seed) for seed in range(100)}) > 50


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        *((code, Status.SENT) for code in (200, 220, 221, 235, 250, 251, 252)),
        *((code, Status.DEFERRED) for code in (400, 421, 422, 431, 432, 441, 442, 450, 451, 452, 454, 455, 471)),
        *((code, Status.FAILED) for code in (500, 501, 502, 503, 504, 510, 511, 515, 521, 523, 530, 541)),
        *((code, Status.FAILED) for code in (550, 551, 552, 553, 554, 555, 556, 571)),
        *((code, Status.DEFERRED) for code in (-1, 0, 100, 354, 600, 999)),
    ],
)
def test_only_a_reply_of_five_hundred_is_final(code: int, expected: Status) -> None:
    assert verdict(code) is expected
