"""Durations: read as people write them, never guessed."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.domain.durations import DurationError, parse_duration, split_duration, write_duration
from mailgate.domain.outcome import Problem


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("4h", 240),
        ("1h30", 90),
        ("1h05", 65),
        ("1 h 30 min", 90),
        ("1 h 30", 90),
        ("1h5min", 65),
        ("90m", 90),
        ("90min", 90),
        ("90 mn", 90),
        ("1:30", 90),
        ("0:05", 5),
        ("1,5h", 90),
        ("1.5h", 90),
        ("1,25 heures", 75),
        ("0.1h", 6),
        ("PT4H", 240),
        ("pt1h30m", 90),
        ("PT90M", 90),
        ("2 hours", 120),
        ("2 heures", 120),
        ("1 heure et 30 minutes", 90),
        ("2 horas", 120),
        ("2 horas y 5 minutos", 125),
        ("1 hour and 1 minute", 61),
        ("30 minutes", 30),
        ("30 minutos", 30),
        ("4 H", 240),
        ("1\u00a0h\u202f30\u00a0min", 90),
        ("  45m ", 45),
        ("-30m", -30),
        ("−1h30", -90),
        ("- 15 min", -15),
        ("0m", 0),
        ("100h", 6000),
    ],
)
def test_a_duration_is_read_as_people_write_it(text: str, minutes: int) -> None:
    assert parse_duration(text) == minutes


@pytest.mark.parametrize("text", ["4", "30", "1.5", "1,5", "-2", "007"])
def test_a_bare_number_is_refused_for_it_is_hours_here_and_minutes_there(text: str) -> None:
    assert _problem(text) is Problem.BARE_NUMBER


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "four hours",
        "4hx",
        "1h5",  # 1 h 05, or an hour and a half?
        "1h90",
        "1h 90m",
        "1:75",
        "1,33h",  # 79.8 minutes
        "1,500h",
        "4h 30 layers",
        "2h 2h",
        "PT",
        "PT1.5H",
        "h",
        "99999h",
        "1.5 min",
        "٤h",  # ARABIC-INDIC DIGIT FOUR
        "--4h",
    ],
)
def test_what_is_no_sure_duration_is_refused(text: str) -> None:
    assert _problem(text) is Problem.BAD_DURATION


def test_nothing_is_no_duration() -> None:
    assert _problem(" \u00a0") is Problem.NO_DURATION


@pytest.mark.parametrize(
    ("text", "minutes", "rest"),
    [
        ("30m looked at the plan", 30, "looked at the plan"),
        ("1 h 30 min réunion", 90, "réunion"),
        ("1h30 réunion", 90, "réunion"),
        ("1h 2026-11-20 tiles", 60, "2026-11-20 tiles"),
        ("1 h 30 2026-11-20", 90, "2026-11-20"),
        ("1h 3D tiles", 60, "3D tiles"),
        ("45m, call", 45, "call"),
    ],
)
def test_a_duration_is_split_from_what_follows_it(text: str, minutes: int, rest: str) -> None:
    assert split_duration(text) == (minutes, rest)


@pytest.mark.parametrize("text", ["1h 30 layers", "2h 3 layers", "1h 90m call"])
def test_figures_after_a_duration_are_not_guessed(text: str) -> None:
    with pytest.raises(DurationError):
        split_duration(text)


@given(st.integers(min_value=-599_999, max_value=599_999))
def test_what_is_written_is_read_back(minutes: int) -> None:
    assert parse_duration(write_duration(minutes)) == minutes


@given(st.integers(0, 9999), st.integers(0, 59), st.sampled_from(["{}h{:02}", "{}:{:02}", "{} h {} min", "PT{}H{}M"]))
def test_every_form_of_hours_and_minutes_says_the_same(hours: int, minutes: int, form: str) -> None:
    assert parse_duration(form.format(hours, minutes)) == hours * 60 + minutes


@given(st.text() | st.text(alphabet="0123456789 hm:,.-PTetmin"))
def test_any_other_text_is_a_problem_and_never_another_error(text: str) -> None:
    with contextlib.suppress(DurationError):
        assert abs(parse_duration(text)) <= 9999 * 60 + 99_999


def _problem(text: str) -> Problem:
    with pytest.raises(DurationError) as caught:
        parse_duration(text)
    return caught.value.problem
