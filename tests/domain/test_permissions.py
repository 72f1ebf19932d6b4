"""What a mail may do: the policy, written a second time."""

from __future__ import annotations

from itertools import product

import pytest

from mailgate.domain.message import Verdict
from mailgate.domain.outcome import Problem
from mailgate.domain.permissions import POLICY, Authority, Ruling, may_relay, ruling
from mailgate.domain.vocabulary import VOCABULARY

ORDINARY = [verb.name for verb in VOCABULARY if verb.name != "approve"]


@pytest.mark.parametrize(
    ("verdict", "has_own_token", "ordinary", "approve"),
    [
        (Verdict.PASS, True, None, None),
        (Verdict.PASS, False, None, Problem.NOT_BY_REPLY),
        (Verdict.NONE, True, None, Problem.UNVERIFIED),
        (Verdict.NONE, False, Problem.UNVERIFIED, Problem.UNVERIFIED),
        (Verdict.FAIL, True, Problem.UNVERIFIED, Problem.UNVERIFIED),
        (Verdict.FAIL, False, Problem.UNVERIFIED, Problem.UNVERIFIED),
    ],
)
def test_a_command_needs_its_proof(
    verdict: Verdict, *, has_own_token: bool, ordinary: Problem | None, approve: Problem | None
) -> None:
    authority = Authority(verdict=verdict, has_own_token=has_own_token)

    assert {ruling(verb, authority) for verb in ORDINARY} == {_expected(ordinary)}
    assert ruling("approve", authority) == _expected(approve)


def test_every_combination_of_proofs_has_its_row() -> None:
    assert set(POLICY) == set(product(Verdict, (True, False)))


@pytest.mark.parametrize(("verdict", "has_own_token"), list(product(Verdict, (True, False))))
def test_a_mail_that_repeats_an_id_with_other_content_does_nothing_by_itself(
    verdict: Verdict, *, has_own_token: bool
) -> None:
    authority = Authority(verdict=verdict, has_own_token=has_own_token, is_repeated_id=True)

    assert {ruling(verb.name, authority) for verb in VOCABULARY} == {(Ruling.REFUSE, Problem.REPEATED_ID)}


@pytest.mark.parametrize(
    ("verdict", "has_own_token", "may"),
    [
        (Verdict.PASS, True, True),
        (Verdict.PASS, False, True),
        (Verdict.NONE, True, True),
        (Verdict.NONE, False, False),
        (Verdict.FAIL, True, False),
        (Verdict.FAIL, False, False),
    ],
)
def test_an_engineers_words_reach_the_client_only_when_they_are_proven(
    verdict: Verdict, *, has_own_token: bool, may: bool
) -> None:
    assert may_relay(Authority(verdict=verdict, has_own_token=has_own_token)) is may


def _expected(problem: Problem | None) -> tuple[Ruling, Problem | None]:
    return (Ruling.REFUSE, problem) if problem else (Ruling.DO, None)
