"""Public holidays and closures, as the calendar asks for them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from mailgate.domain.calendar import BusinessCalendar, Span
from mailgate.errors import ConfigurationError
from mailgate.services.holidays import PublicHolidays


@pytest.mark.parametrize(
    "day", ["2026-11-11", "2026-12-25", "2027-03-29", "2027-05-06", "2031-07-14", "1999-05-01", "2050-01-01"]
)
def test_public_holidays_are_known_for_any_year(day: str) -> None:
    assert date.fromisoformat(day) in PublicHolidays(country="FR")


def test_other_days_are_open() -> None:
    france = PublicHolidays(country="FR")

    assert date(2026, 9, 22) not in france
    assert date(2026, 12, 26) not in france


def test_a_region_has_holidays_of_its_own() -> None:
    assert date(2026, 12, 26) in PublicHolidays(country="FR", subdivision="57")
    assert date(2026, 5, 2) in PublicHolidays(country="ES", subdivision="MD")
    assert date(2026, 5, 2) not in PublicHolidays(country="ES")


def test_a_holiday_that_is_kept_in_the_year_before_is_found() -> None:
    assert date(2021, 12, 31) in PublicHolidays(country="US")  # New Year's Day 2022 is a Saturday


def test_the_company_s_own_closures_are_closed_days() -> None:
    bridge = date(2027, 5, 7)

    assert bridge in PublicHolidays(country="FR", closures=[bridge])
    assert bridge not in PublicHolidays(country="FR")


def test_a_moment_is_refused_because_its_day_depends_on_the_zone() -> None:
    with pytest.raises(TypeError, match="calendar day"):
        assert datetime(2026, 12, 25, 12, tzinfo=UTC) in PublicHolidays(country="FR")


@pytest.mark.parametrize(("country", "subdivision"), [("XX", ""), ("fr", ""), ("FR", "ZZ"), ("", "")])
def test_an_unknown_country_or_region_is_an_error_of_the_configuration(country: str, subdivision: str) -> None:
    with pytest.raises(ConfigurationError, match="ISO 3166"):
        PublicHolidays(country=country, subdivision=subdivision)


def test_deadlines_leave_out_the_computed_holidays() -> None:
    office_hours = (Span(opens_minute=540, closes_minute=1080),)
    calendar = BusinessCalendar(
        zone="Europe/Paris",
        hours=dict.fromkeys(range(5), office_hours),
        closed_days=PublicHolidays(country="FR", closures=[date(2027, 1, 4)]),
    )
    paris = ZoneInfo("Europe/Paris")

    assert calendar.due(datetime(2026, 11, 10, 17, tzinfo=paris), 720) == datetime(2026, 11, 13, 11, tzinfo=paris)
    assert calendar.due(datetime(2027, 3, 26, 16, tzinfo=paris), 720) == datetime(2027, 3, 31, 10, tzinfo=paris)
    assert calendar.due(datetime(2026, 12, 31, 17, tzinfo=paris), 120) == datetime(2027, 1, 5, 10, tzinfo=paris)
