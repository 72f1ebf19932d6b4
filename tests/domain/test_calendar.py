"""Deadlines and elapsed time in business hours, over clock changes, holidays and year ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.domain.calendar import BusinessCalendar, ClosedDays, Span

PARIS = ZoneInfo("Europe/Paris")
MONTREAL = "America/Montreal" if "America/Montreal" in available_timezones() else "America/Toronto"
ZONES = ("Europe/Paris", MONTREAL, "Australia/Sydney", "Australia/Lord_Howe", "Africa/Cairo", "UTC")

OFFICE_HOURS = Span(opens_minute=9 * 60, closes_minute=18 * 60)
ALL_DAY = Span(opens_minute=0, closes_minute=24 * 60)
TWELVE_HOURS = 12 * 60

FRENCH_HOLIDAYS = frozenset({date(2026, 11, 11), date(2026, 12, 25), date(2027, 1, 1), date(2027, 3, 29)})


def office(zone: str = "Europe/Paris", closed_days: ClosedDays = FRENCH_HOLIDAYS) -> BusinessCalendar:
    """Monday to Friday, 9 to 18: the offer's hours."""
    return BusinessCalendar(zone=zone, hours=dict.fromkeys(range(5), (OFFICE_HOURS,)), closed_days=closed_days)


def daily(*spans: tuple[float, float], zone: str = "Europe/Paris") -> BusinessCalendar:
    """Every day the same spans, in hours."""
    hours = tuple(Span(opens_minute=int(opens * 60), closes_minute=int(closes * 60)) for opens, closes in spans)
    return BusinessCalendar(zone=zone, hours=dict.fromkeys(range(7), hours))


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-09-22T10:00:00+02:00", "2026-09-23T13:00:00+02:00"),
        ("2026-09-22T15:00:00+02:00", "2026-09-23T18:00:00+02:00"),
        ("2026-09-22T06:30:00+02:00", "2026-09-23T12:00:00+02:00"),
        ("2026-09-22T18:00:00+02:00", "2026-09-24T12:00:00+02:00"),
        ("2026-09-25T17:59:00+02:00", "2026-09-29T11:59:00+02:00"),
        ("2026-10-23T16:00:00+02:00", "2026-10-27T10:00:00+01:00"),
        ("2026-11-10T17:00:00+01:00", "2026-11-13T11:00:00+01:00"),
        ("2026-12-24T14:00:00+01:00", "2026-12-28T17:00:00+01:00"),
        ("2027-03-26T16:00:00+01:00", "2027-03-31T10:00:00+02:00"),
    ],
)
def test_a_ticket_is_taken_in_charge_within_twelve_business_hours(received: str, due: str) -> None:
    deadline = office().due(datetime.fromisoformat(received), TWELVE_HOURS)

    assert deadline == datetime.fromisoformat(due)
    assert deadline.tzinfo is UTC


def test_seconds_count_to_the_deadline() -> None:
    assert office().due(paris("2026-09-25T17:59:30"), 2) == paris("2026-09-28T09:01:30")
    assert office().due(paris("2026-09-25T17:59:59.999999"), 1) == paris("2026-09-28T09:00:59.999999")


def test_time_used_up_at_closing_ends_there() -> None:
    assert office().due(paris("2026-09-25T17:00"), 60) == paris("2026-09-25T18:00")


def test_a_day_may_have_a_break() -> None:
    calendar = daily((9, 12), (13.5, 18))

    assert calendar.due(paris("2026-09-22T11:30"), 60) == paris("2026-09-22T14:00")
    assert calendar.elapsed(paris("2026-09-22T11:30"), paris("2026-09-22T14:00")) == 60
    assert not calendar.is_open(paris("2026-09-22T12:00"))
    assert calendar.next_opening(paris("2026-09-22T12:00")) == paris("2026-09-22T13:30")


def test_a_holiday_at_the_year_end_is_left_out() -> None:
    assert office().due(paris("2026-12-31T17:00"), 120) == paris("2027-01-04T10:00")
    assert office().elapsed(paris("2026-12-24T09:00"), paris("2027-01-04T18:00")) == 6 * 9 * 60


def test_a_deadline_may_be_years_ahead() -> None:
    days = 5 * 52 * 3

    assert office(closed_days=frozenset()).due(paris("2026-09-21T09:00"), days * 9 * 60) == paris("2029-09-14T18:00")


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Paris", "2026-03-29", 23),
        ("Europe/Paris", "2026-10-25", 25),
        (MONTREAL, "2026-03-08", 23),
        (MONTREAL, "2026-11-01", 25),
        ("Australia/Sydney", "2026-04-05", 25),
        ("Australia/Sydney", "2026-10-04", 23),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Africa/Cairo", "2026-04-24", 23),  # midnight itself is skipped
    ],
)
def test_the_day_of_a_clock_change_has_its_real_length(zone: str, day: str, hours: float) -> None:
    calendar = daily((0, 24), zone=zone)
    midnight = datetime.combine(date.fromisoformat(day), time(tzinfo=ZoneInfo(zone)))

    assert calendar.elapsed(midnight, midnight + timedelta(days=1)) == hours * 60
    assert calendar.due(midnight, int(hours * 60)) == (midnight + timedelta(days=1)).astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "friday", "monday"),
    [
        ("Europe/Paris", "2026-03-27T17:00+01:00", "2026-03-30T10:00+02:00"),
        ("Europe/Paris", "2026-10-23T17:00+02:00", "2026-10-26T10:00+01:00"),
        (MONTREAL, "2026-03-06T17:00-05:00", "2026-03-09T10:00-04:00"),
        (MONTREAL, "2026-10-30T17:00-04:00", "2026-11-02T10:00-05:00"),
        ("Australia/Sydney", "2026-04-03T17:00+11:00", "2026-04-06T10:00+10:00"),
        ("Australia/Sydney", "2026-10-02T17:00+10:00", "2026-10-05T10:00+11:00"),
    ],
)
def test_a_clock_change_at_the_week_end_does_not_move_the_opening(zone: str, friday: str, monday: str) -> None:
    assert office(zone).due(datetime.fromisoformat(friday), 120) == datetime.fromisoformat(monday)


def test_a_boundary_in_the_missing_hour_is_read_with_the_offset_before_the_change() -> None:
    night = paris("2026-03-29T00:00")  # 02:00 +01:00 becomes 03:00 +02:00 at 01:00 UTC

    assert daily((2.5, 12)).next_opening(night) == utc("2026-03-29T01:30")
    assert daily((0, 2.5)).elapsed(night, paris("2026-03-29T23:00")) == 150
    assert daily((1, 2.5), (3, 4)).elapsed(night, paris("2026-03-29T23:00")) == 120  # no minute twice


def test_hours_that_lie_in_the_missing_hour_alone_do_not_fail() -> None:
    assert daily((2.5, 3)).next_opening(paris("2026-03-29T00:00")) == paris("2026-03-30T02:30")


def test_a_boundary_in_the_repeated_hour_is_its_first_occurrence() -> None:
    calendar = daily((0, 2.5), (2.5, 12))
    night = paris("2026-10-25T00:00")  # 03:00 +02:00 becomes 02:00 +01:00 at 01:00 UTC

    assert daily((2.5, 12)).next_opening(night) == utc("2026-10-25T00:30")
    assert calendar.elapsed(night, paris("2026-10-25T12:00")) == 13 * 60


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/Toronto", "1919-03-30", 47),  # 23:30 became 00:30 of the next day
        ("America/St_Johns", "2010-11-06", 49),  # 00:01 became 23:01 of the day before
    ],
)
def test_a_clock_change_across_midnight_loses_no_minute(zone: str, day: str, hours: int) -> None:
    calendar = daily((0, 24), zone=zone)
    midnight = datetime.combine(date.fromisoformat(day), time(tzinfo=ZoneInfo(zone)))
    start = midnight.astimezone(UTC)

    assert calendar.elapsed(midnight, midnight + timedelta(days=2)) == hours * 60
    for minute in range(0, hours * 60, 7):
        moment = start + timedelta(minutes=minute)
        assert calendar.is_open(moment)
        assert calendar.elapsed(start, moment) == minute
        assert calendar.elapsed(moment, start + timedelta(hours=hours)) == hours * 60 - minute
        assert calendar.due(moment, 1) == moment + timedelta(minutes=1)


def test_a_day_that_a_zone_left_out_has_no_business_hours() -> None:
    apia = office("Pacific/Apia", closed_days=frozenset())  # there, Friday 2011-12-30 never was
    thursday = datetime(2011, 12, 29, 17, tzinfo=ZoneInfo("Pacific/Apia"))

    assert apia.due(thursday, 120) == datetime(2012, 1, 2, 10, tzinfo=ZoneInfo("Pacific/Apia"))


def test_closing_time_is_outside_business_hours() -> None:
    assert office().is_open(paris("2026-09-22T09:00"))
    assert office().is_open(paris("2026-09-22T17:59:59"))
    assert not office().is_open(paris("2026-09-22T18:00"))
    assert not office().is_open(paris("2026-09-22T08:59:59"))
    assert not office().is_open(paris("2026-11-11T12:00"))
    assert not office().is_open(paris("2026-09-26T12:00"))


def test_the_next_opening_is_now_during_business_hours() -> None:
    assert office().next_opening(paris("2026-09-22T17:59:59")) == paris("2026-09-22T17:59:59")
    assert office().next_opening(paris("2026-09-25T18:00")) == paris("2026-09-28T09:00")


def test_a_moment_belongs_to_the_day_of_the_zone() -> None:
    late = utc("2026-12-31T23:30")

    assert office("Europe/Paris").day_of(late) == date(2027, 1, 1)
    assert office(MONTREAL).day_of(late) == date(2026, 12, 31)


def test_closed_days_are_days_of_the_zone() -> None:
    calendar = daily((0, 24), zone="Australia/Sydney")
    closed = BusinessCalendar(zone=calendar.zone, hours=calendar.hours, closed_days={date(2026, 12, 25)})

    assert not closed.is_open(utc("2026-12-24T13:00"))
    assert closed.is_open(utc("2026-12-25T13:00"))


def test_elapsed_time_counts_whole_minutes_of_the_sum() -> None:
    assert office().elapsed(paris("2026-09-22T10:00:00"), paris("2026-09-22T10:00:59")) == 0
    assert office().elapsed(paris("2026-09-22T17:59:30"), paris("2026-09-23T09:00:30")) == 1


def test_no_time_has_elapsed_before_the_start() -> None:
    assert office().elapsed(paris("2026-09-22T12:00"), paris("2026-09-22T10:00")) == 0
    assert office().elapsed(paris("2026-09-22T12:00"), paris("2026-09-01T10:00")) == 0


class EveryDay:
    """Closed for ever."""

    def __contains__(self, day: object) -> bool:
        return True


def test_a_calendar_that_never_opens_again_is_an_error_not_an_endless_search() -> None:
    never = office(closed_days=EveryDay())

    with pytest.raises(ValueError, match="no opening hours"):
        never.due(paris("2026-09-22T10:00"), 1)
    with pytest.raises(ValueError, match="no opening hours"):
        never.next_opening(paris("2026-09-22T10:00"))
    assert not never.is_open(paris("2026-09-22T10:00"))
    assert never.elapsed(paris("2026-09-22T10:00"), paris("2026-09-29T10:00")) == 0


@pytest.mark.parametrize(
    "hours",
    [
        {},
        {0: ()},
        {7: (OFFICE_HOURS,)},
        {0: (OFFICE_HOURS, OFFICE_HOURS)},
        {0: (Span(opens_minute=600, closes_minute=660), Span(opens_minute=540, closes_minute=600))},
    ],
    ids=["none", "an empty day", "an eighth day", "twice the same", "out of order"],
)
def test_impossible_hours_are_refused(hours: Mapping[int, tuple[Span, ...]]) -> None:
    with pytest.raises(ValueError, match="opening hours"):
        BusinessCalendar(zone="Europe/Paris", hours=hours)


@pytest.mark.parametrize(("opens", "closes"), [(540, 540), (600, 540), (-1, 60), (0, 1441)])
def test_an_impossible_span_is_refused(opens: int, closes: int) -> None:
    with pytest.raises(ValueError, match="opening hours"):
        Span(opens_minute=opens, closes_minute=closes)


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd", "/etc/passwd", "Europe"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        daily((9, 18), zone=zone)


def test_a_naive_moment_is_refused() -> None:
    naive = paris("2026-09-22T10:00").replace(tzinfo=None)

    with pytest.raises(ValueError, match="aware"):
        office().due(naive, 60)
    with pytest.raises(ValueError, match="aware"):
        office().elapsed(paris("2026-09-22T10:00"), naive)
    with pytest.raises(ValueError, match="aware"):
        office().is_open(naive)


def test_a_deadline_before_its_start_is_refused() -> None:
    with pytest.raises(ValueError, match="before its start"):
        office().due(paris("2026-09-22T10:00"), -1)


moments = st.datetimes(
    min_value=utc("2026-01-01").replace(tzinfo=None),
    max_value=utc("2028-01-01").replace(tzinfo=None),
    timezones=st.just(UTC),
)


@st.composite
def calendars(draw: st.DrawFn) -> BusinessCalendar:
    """Any zone, any spans, also ones that begin or end in a missing or repeated hour, and some closed days."""
    hours: dict[int, tuple[Span, ...]] = {}
    for day in draw(st.sets(st.integers(0, 6), min_size=1)):
        bounds = sorted(draw(st.lists(st.integers(0, 1440), unique=True, min_size=2, max_size=6)))
        pairs = zip(bounds[::2], bounds[1::2], strict=False)
        hours[day] = tuple(Span(opens_minute=opens, closes_minute=closes) for opens, closes in pairs)
    closed = draw(st.frozensets(st.dates(date(2026, 1, 1), date(2028, 12, 31)), max_size=20))
    return BusinessCalendar(zone=draw(st.sampled_from(ZONES)), hours=hours, closed_days=closed)


@settings(deadline=None)
@given(calendar=calendars(), start=moments, minutes=st.integers(0, 3_000))
def test_a_deadline_is_due_when_its_minutes_have_elapsed(
    calendar: BusinessCalendar, start: datetime, minutes: int
) -> None:
    due = calendar.due(start, minutes)

    assert due >= start
    assert calendar.elapsed(start, due) == minutes
    if minutes:
        assert calendar.elapsed(start, due - timedelta(microseconds=1)) == minutes - 1


@settings(deadline=None)
@given(calendar=calendars(), start=moments, first=st.integers(0, 3_000), second=st.integers(1, 3_000))
def test_a_deadline_can_be_paused_and_resumed(
    calendar: BusinessCalendar, start: datetime, first: int, second: int
) -> None:
    assert calendar.due(calendar.due(start, first), second) == calendar.due(start, first + second)


CLOCK_CHANGES = {
    "Europe/Paris": ("2026-03-29", "2026-10-25"),
    MONTREAL: ("2026-03-08", "2026-11-01"),
    "Australia/Sydney": ("2026-04-05", "2026-10-04"),
}


@settings(deadline=None, max_examples=30)
@given(
    change=st.sampled_from([(zone, day) for zone, days in CLOCK_CHANGES.items() for day in days]),
    offset=st.integers(-2_000, 2_000),
    length=st.integers(0, 3_000),
    spans=st.sampled_from([((0, 24),), ((9, 18),), ((0, 8), (20, 24)), ((6, 12), (13.5, 23))]),
)
def test_elapsed_time_is_what_a_clock_on_the_wall_shows(
    change: tuple[str, str], offset: int, length: int, spans: tuple[tuple[float, float], ...]
) -> None:
    zone, day = change
    calendar = daily(*spans, zone=zone)
    start = utc(day) + timedelta(minutes=offset)
    minutes = [(start + timedelta(minutes=minute)).astimezone(ZoneInfo(zone)) for minute in range(length)]
    seen = sum(any(opens <= wall.hour + wall.minute / 60 < closes for opens, closes in spans) for wall in minutes)

    assert calendar.elapsed(start, start + timedelta(minutes=length)) == seen
    assert all(
        calendar.is_open(wall) == any(opens <= wall.hour + wall.minute / 60 < closes for opens, closes in spans)
        for wall in minutes[::97]
    )
