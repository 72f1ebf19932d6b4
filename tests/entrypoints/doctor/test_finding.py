"""Findings: a trouble comes with advice, and only a problem makes the examination fail."""

from __future__ import annotations

import pytest

from mailgate.entrypoints.doctor.finding import Finding, Level, has_problem


@pytest.mark.parametrize("level", [Level.WARNING, Level.PROBLEM])
def test_a_trouble_without_advice_is_an_error_of_the_check(level: Level) -> None:
    with pytest.raises(ValueError, match="what to do about it"):
        Finding(level=level, check="disk", says="full")


def test_only_a_problem_makes_the_examination_fail() -> None:
    failing = [level for level in Level if has_problem([Finding(level=level, check="disk", says="…", advice="…")])]

    assert failing == [Level.PROBLEM]
