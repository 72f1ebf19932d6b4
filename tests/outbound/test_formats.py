"""Durations, dates, money and sizes in the forms that a native writes."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.domain.people import Language
from mailgate.outbound.formats import day, duration, moment, money, size

FR, EN, ES = Language.FR, Language.EN, Language.ES


@pytest.mark.parametrize(
    ("minutes", "french", "english", "spanish"),
    [
        (0, "0 min", "0 min", "0 min"),
        (5, "5 min", "5 min", "5 min"),
        (45, "45 min", "45 min", "45 min"),
        (60, "1 h", "1 h", "1 h"),
        (65, "1 h 05", "1 h 5 min", "1 h 5 min"),
        (135, "2 h 15", "2 h 15 min", "2 h 15 min"),
        (390, "6 h 30", "6 h 30 min", "6 h 30 min"),
        (2400, "40 h", "40 h", "40 h"),
        (-135, "−2 h 15", "−2 h 15 min", "−2 h 15 min"),
        (75_000, "1\u202f250 h", "1,250 h", "1.250 h"),
    ],
)
def test_a_duration_is_hours_and_minutes_and_never_days(minutes: int, french: str, english: str, spanish: str) -> None:
    for language, expected in ((FR, french), (EN, english), (ES, spanish)):
        assert duration(minutes, language) == expected.replace(" ", "\u00a0")


@given(st.integers(-100_000, 100_000), st.sampled_from(Language))
def test_a_duration_never_breaks_over_lines(minutes: int, language: Language) -> None:
    assert " " not in duration(minutes, language)


@pytest.mark.parametrize(
    ("cents", "currency", "language", "expected"),
    [
        (180_000, "EUR", FR, "1\u202f800,00\u00a0€"),
        (1_710_000, "EUR", EN, "€17,100.00"),
        (1_710_000, "EUR", ES, "17.100,00\u00a0€"),
        (-4_275, "EUR", FR, "−42,75\u00a0€"),
        (1, "EUR", EN, "€0.01"),
        (500, "JPY", EN, "JP¥500"),
    ],
)
def test_money_is_written_in_the_way_of_the_language(
    cents: int, currency: str, language: Language, expected: str
) -> None:
    assert money(cents, currency, language) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (FR, "mercredi 25\u00a0novembre 2026"),
        (EN, "Wednesday, 25\u00a0November 2026"),
        (ES, "miércoles, 25\u00a0de noviembre de 2026"),
    ],
)
def test_a_day_has_its_weekday_and_its_month_in_letters(language: Language, expected: str) -> None:
    assert day(date(2026, 11, 25), language) == expected


def test_the_first_of_a_month_is_an_ordinal_in_french_alone() -> None:
    assert day(date(2026, 12, 1), FR) == "mardi 1er\u00a0décembre 2026"
    assert day(date(2026, 12, 11), FR) == "vendredi 11\u00a0décembre 2026"
    assert day(date(2026, 12, 1), ES) == "martes, 1\u00a0de diciembre de 2026"


def test_a_day_is_not_taken_from_a_datetime_whose_zone_nobody_named() -> None:
    with pytest.raises(TypeError):
        day(datetime(2026, 11, 25, 23, 30, tzinfo=UTC), FR)


@pytest.mark.parametrize(
    ("language", "zone", "expected"),
    [
        (FR, "Europe/Paris", "mercredi 25\u00a0novembre 2026 à 13:00 (heure de Paris)"),
        (FR, "Europe/Amsterdam", "mercredi 25\u00a0novembre 2026 à 13:00 (heure d’Amsterdam)"),
        (EN, "Europe/Paris", "Wednesday, 25\u00a0November 2026 at 13:00 (Paris time)"),
        (ES, "Europe/Paris", "miércoles, 25\u00a0de noviembre de 2026 a las 13:00 (hora de París)"),
        (FR, "UTC", "mercredi 25\u00a0novembre 2026 à 12:00 (UTC)"),
    ],
)
def test_a_moment_is_told_in_the_zone_of_the_reader(language: Language, zone: str, expected: str) -> None:
    assert moment(datetime(2026, 11, 25, 12, 0, tzinfo=UTC), language, zone) == expected


def test_a_moment_may_fall_on_another_day_in_its_zone() -> None:
    shown = moment(datetime(2026, 11, 25, 0, 15, tzinfo=UTC), ES, "Atlantic/Azores")

    assert shown.startswith("martes, 24")
    assert moment(datetime(2026, 11, 25, 0, 15, tzinfo=UTC), ES, "Europe/Madrid").endswith(
        "2026 a la 01:15 (hora de Madrid)"
    )


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        moment(datetime(2026, 11, 25, 12, 0), FR, "Europe/Paris")  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("octets", "language", "expected"),
    [
        (0, EN, "0 kB"),
        (1, EN, "1 kB"),
        (512_000, FR, "512\u202fko"),
        (1_500_000, FR, "1,5\u202fMo"),
        (1_500_000, ES, "1,5\u00a0MB"),
        (25_000_000, EN, "25 MB"),
    ],
)
def test_a_size_is_told_in_the_unit_of_a_file_manager(octets: int, language: Language, expected: str) -> None:
    assert size(octets, language) == expected.replace(" ", "\u00a0")
