"""Business time: opening hours in a time zone, less closed days; deadlines and elapsed minutes in it.

All arithmetic is in UTC: every opening is converted by itself, so that a day on which clocks change has the length
it really has. Not here: which days are public holidays (the caller hands them in), what a deadline is for, the clock.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TypeAlias
from zoneinfo import ZoneInfo

#: Local days on which nobody works: a frozenset of dates, or anything that can tell for any day (`day in closed_days`).
ClosedDays: TypeAlias = Container[date]

MINUTES_A_DAY = 24 * 60
ONE_DAY = timedelta(days=1)
ONE_MINUTE = timedelta(minutes=1)

#: A calendar that stays closed for so many days in a row is taken for one that never opens again.
LONGEST_CLOSURE_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Opening hours within one day, half-open: at `closes_minute` it is closed.

    Both count the minutes of wall-clock time since midnight; 1440 is 24:00.
    """

    opens_minute: int
    closes_minute: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens_minute < self.closes_minute <= MINUTES_A_DAY:
            raise ValueError(f"impossible opening hours: minute {self.opens_minute} to {self.closes_minute}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessCalendar:
    """When somebody is there («heures ouvrées, Lu-Ve, 9h-18h»), and deadlines in that time.

    A boundary in the hour that spring skips is read with the offset before the change, a boundary in the hour that
    autumn repeats is its first occurrence (`fold=0`); that may be midnight itself, which is why the neighbours of a day
    are asked too. Moments are aware; what is returned is in UTC.
    """

    zone: str  # IANA name
    hours: Mapping[int, tuple[Span, ...]]  # by day of the week, 0 = Monday; in order, without overlap
    closed_days: ClosedDays = frozenset()

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"unknown time zone {self.zone!r}") from error
        if not set(self.hours) <= set(range(7)) or not any(self.hours.values()):
            raise ValueError("a calendar needs opening hours on at least one day from 0 (Monday) to 6")
        for spans in self.hours.values():
            if any(later.opens_minute < earlier.closes_minute for earlier, later in pairwise(spans)):
                raise ValueError("the opening hours of a day must be in order and must not overlap")

    def due(self, start: datetime, minutes: int) -> datetime:
        """Return the moment at which that many minutes of business time have passed since the start.

        The clock starts at the next opening where the start is outside business hours: Monday to Friday 09:00-18:00,
        12 h from Tuesday 18:00:00 end on Thursday 12:00. Time that is used up at closing ends there, not at the next
        opening. Raises ValueError for negative minutes, a naive start, or a calendar that never opens again.
        """
        if minutes < 0:
            raise ValueError("a deadline cannot lie before its start")
        remaining = minutes * ONE_MINUTE
        day, closed_in_a_row = self.day_of(start) - ONE_DAY, 0
        while closed_in_a_row <= LONGEST_CLOSURE_DAYS:
            closed_in_a_row += 1
            for opens, closes in self._openings(day, since=start):
                if remaining <= closes - opens:
                    return opens + remaining
                remaining -= closes - opens
                closed_in_a_row = 0
            day += ONE_DAY
        raise ValueError(f"no opening hours within {LONGEST_CLOSURE_DAYS} days before {day}")

    def elapsed(self, start: datetime, end: datetime) -> int:
        """Return the whole minutes of business time between the two moments; 0 where the end is not after the start.

        A started minute does not count, and only the sum is rounded, so that `elapsed(start, due(start, n)) == n`
        for every start, also within a minute. Raises ValueError for a naive moment.
        """
        passed = timedelta()
        day, last_day = self.day_of(start) - ONE_DAY, self.day_of(end) + ONE_DAY
        while day <= last_day:
            for opens, closes in self._openings(day, since=start):
                passed += max(timedelta(), min(closes, end) - opens)
            day += ONE_DAY
        return passed // ONE_MINUTE

    def is_open(self, moment: datetime) -> bool:
        """Tell whether it is business time at that moment; at closing time it is not."""
        today = self.day_of(moment)
        return any(
            opens <= moment
            for day in (today - ONE_DAY, today, today + ONE_DAY)
            for opens, _ in self._openings(day, since=moment)
        )

    def next_opening(self, moment: datetime) -> datetime:
        """Return the moment itself where it is business time, otherwise the next opening; raises as `due`."""
        return self.due(moment, 0)

    def day_of(self, moment: datetime) -> date:
        """Return the calendar day on which that moment falls in the calendar's zone."""
        if moment.tzinfo is None:
            raise ValueError("a moment must be aware")
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def _openings(self, day: date, *, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield what is left of the day's opening hours: in UTC, in order, disjoint, none of them empty."""
        if day in self.closed_days:
            return
        free_from = max(self._instant(day, 0), since.astimezone(UTC))
        midnight = self._instant(day, MINUTES_A_DAY)
        for span in self.hours.get(day.weekday(), ()):
            opens = max(self._instant(day, span.opens_minute), free_from)
            closes = min(self._instant(day, span.closes_minute), midnight)
            if opens < closes:
                yield opens, closes
                free_from = closes

    def _instant(self, day: date, minute: int) -> datetime:
        # adding to an aware datetime is wall-clock arithmetic, with fold=0: minute 1440 is the next day's midnight
        local = datetime.combine(day, time(tzinfo=ZoneInfo(self.zone))) + minute * ONE_MINUTE
        return local.astimezone(UTC)
