"""Durations as people write them, in integer minutes.

Nothing here rounds: how worked minutes become counted slices is the ledger's business. A bare number is never read,
because it is hours in one system and minutes in the next.
"""

from __future__ import annotations

import re

from mailgate.domain.outcome import Problem

_HOURS = r"(?:heures?|hours?|horas?|hrs?|h)"
_MINUTES = r"(?:minutes?|minutos?|mins?|mn|m)"
_END = r"(?= |$|[,;:.](?: |$))"
_FLAGS = re.ASCII | re.IGNORECASE

#: Every form; the groups are hours, decimals of an hour and minutes. The digits are bounded, so the sums are.
_FORMS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(form + _END, _FLAGS)
    for form in (
        r"(?P<h>\d{1,4}):(?P<m>[0-5]\d)",  # 1:30
        r"pt(?=\d)(?:(?P<h>\d{1,4})h)?(?:(?P<m>\d{1,5})m)?",  # PT1H30M, ISO 8601
        rf"(?P<h>\d{{1,4}})[.,](?P<part>\d{{1,2}}) ?{_HOURS}",  # 1,5h
        rf"(?P<h>\d{{1,4}}) ?{_HOURS}(?: (?:et|and|y))? ?(?P<m>[0-5]?\d) ?{_MINUTES}",  # 1 h 30 min
        rf"(?P<h>\d{{1,4}}) ?{_HOURS} ?(?P<m>[0-5]\d)",  # 1h30
        rf"(?P<h>\d{{1,4}}) ?{_HOURS}",  # 4h
        rf"(?P<m>\d{{1,5}}) ?{_MINUTES}",  # 90m
    )
)
_SIGN = re.compile(r"[-−–] ?")
_NUMBER = re.compile(rf"\d+(?:[.,]\d+)?{_END}(?! (?:{_HOURS}|{_MINUTES}){_END})", _FLAGS)
_MORE_DIGITS = re.compile(rf"\d+ ?(?:{_HOURS}|{_MINUTES})?{_END}", _FLAGS)
_SPACED_MINUTES = re.compile(r"[^\W\d] \d\d\Z", re.ASCII)


class DurationError(ValueError):
    """A text is not a duration; `problem` says in what way."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def parse_duration(text: str) -> int:
    """Return the minutes of a duration such as `4h`, `1h30`, `1 h 30 min`, `90m`, `1:30`, `1,5h`, `PT4H`, `2 horas`.

    Spaces may be no-break spaces, letter case is free. A leading minus is read; whether it is welcome is the caller's
    decision. Raises DurationError with NO_DURATION, BARE_NUMBER or BAD_DURATION; a fraction that is no whole number
    of minutes is BAD_DURATION.
    """
    minutes, rest = split_duration(text)
    if rest:
        raise DurationError(Problem.BAD_DURATION)
    return minutes


def split_duration(text: str) -> tuple[int, str]:
    """Return the minutes of the duration that a text begins with, and what follows it, its spacing made single.

    What follows must not look like more of the duration: `1h 90m` and `1h 30 layers` are refused, not guessed.
    Raises DurationError as `parse_duration` does.
    """
    text = " ".join(text.split())
    if not text:
        raise DurationError(Problem.NO_DURATION)
    sign = _SIGN.match(text)
    begin = sign.end() if sign else 0
    found = next((match for form in _FORMS if (match := form.match(text, begin))), None)
    if found is None:
        raise DurationError(Problem.BARE_NUMBER if _NUMBER.match(text, begin) else Problem.BAD_DURATION)
    rest = text[found.end() :].lstrip(" ,;:.")
    if _MORE_DIGITS.match(rest) or (_SPACED_MINUTES.search(found[0]) and _is_words(rest)):
        raise DurationError(Problem.BAD_DURATION)
    minutes = _minutes(found.groupdict())
    return (-minutes if sign else minutes), rest


def _is_words(rest: str) -> bool:
    """Tell a text from a date: `1 h 30 2026-11-20` is clear, in `1 h 30 layers` the layers may be thirty."""
    return rest != "" and not rest[0].isdigit()


def _minutes(groups: dict[str, str | None]) -> int:
    minutes = int(groups.get("h") or 0) * 60 + int(groups.get("m") or 0)
    part = groups.get("part")
    if part:
        whole, remainder = divmod(int(part) * 60, 10 ** len(part))
        if remainder:
            raise DurationError(Problem.BAD_DURATION)
        minutes += whole
    return minutes


def write_duration(minutes: int) -> str:
    """Return the form in which a command carries a duration: `4h`, `1h30`, `45m`, `-30m`. It is read back as it was."""
    sign = "-" if minutes < 0 else ""
    hours, rest = divmod(abs(minutes), 60)
    if not hours:
        return f"{sign}{rest}m"
    return f"{sign}{hours}h{rest:02d}" if rest else f"{sign}{hours}h"
