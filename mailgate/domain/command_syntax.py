"""What one pair of brackets says: a command, a command with a wrong argument, something close to one, or nothing.

Whether it counts depends on where it stands and who wrote it, which only `commands.py` knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from mailgate.domain.durations import DurationError, split_duration, write_duration
from mailgate.domain.outcome import Problem
from mailgate.domain.resemblance import distance, resembling
from mailgate.domain.vocabulary import ABANDONED, ENGINEERS, Arguments, Verb, find_verb, is_abandoned_word, word_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command as it was written, and what it says."""

    verb: Verb
    written: str  # inside the brackets, its spacing made single
    minutes: int | None = None
    day: date | None = None  # of the work; None: the day on which the mail was received
    note: str = ""  # free text: a note on the work, a reason
    is_abandoned: bool = False

    @property
    def arguments(self) -> str:
        """What follows the verb."""
        return self.written.partition(" ")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A command that cannot be carried out as it is written, or not by this writer. `minutes` are those it names."""

    verb: Verb
    written: str
    problem: Problem
    minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """Something that resembles a command. `suggestion` is what was probably meant, in the same language."""

    verb: Verb
    written: str
    suggestion: str


#: Longer than any note on a piece of work.
MAX_LENGTH = 500
DAY = 24 * 60

_DEFUSED = frozenset("⟦⟧")
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_LIKE_A_DATE = re.compile(r"\d{1,4}[-/]\d{1,2}(?:[-/]\d{1,4})?|\d{1,2}\.\d{1,2}\.\d{4}", re.ASCII)
#: A verb with something between it and its arguments that does not belong there: [time30m], [time : 30m], [close!].
_LOOSE = re.compile(r"([^\W\d_]+)( ?[:;,.!?=]+)?(?= |$|[-−]?\d)( ?)(.*)")
#: So many words after a verb that takes none are still a slip in `[close please]`; more are a sentence in brackets.
_SLIP_WORDS = 4


def read_bracket(content: str, *, today: date) -> Command | Malformed | NearMiss | None:
    """Return what the content of a pair of brackets says, its spacing being single; None for ordinary text."""
    if not content or len(content) > MAX_LENGTH or not _DEFUSED.isdisjoint(content):
        return None
    word, _, rest = content.partition(" ")
    verb = find_verb(word)
    if verb is None or rest.startswith(tuple(":;,.!?=")):
        return _near_miss(content, today)
    read = _read_arguments(verb, rest, today)
    if isinstance(read, Problem):
        return Malformed(verb=verb, written=content, problem=read)
    if read.is_surplus:
        return _slip(verb, content, f"{word} {read.kept}".strip(), rest)
    return Command(
        verb=verb,
        written=content,
        minutes=read.minutes,
        day=read.day,
        note=read.note,
        is_abandoned=read.is_abandoned,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """Arguments as they were read. `kept` are those that the verb takes, where others are surplus."""

    minutes: int | None = None
    day: date | None = None
    note: str = ""
    is_abandoned: bool = False
    is_surplus: bool = False
    kept: str = ""


def _read_arguments(verb: Verb, rest: str, today: date) -> _Read | Problem:
    try:
        return _READERS[verb.arguments](rest, today)
    except DurationError as error:
        return error.problem


def _nothing(rest: str, _today: date) -> _Read:
    return _Read(is_surplus=bool(rest))


def _work(rest: str, today: date) -> _Read | Problem:
    """Read `30m`, `1h 2026-11-20`, `1h 20/11/2026 moved the tiles`, `-30m wrong ticket`."""
    minutes, rest = _worked(rest)
    first, _, after = rest.partition(" ")
    day = _read_date(first)
    if isinstance(day, Problem):
        return day
    note = after if day else rest
    if day and day > today:
        return Problem.FUTURE
    if minutes < 0 and not note:
        return Problem.NO_REASON
    return _Read(minutes=minutes, day=day, note=note)


def _free_work(rest: str, _today: date) -> _Read | Problem:
    minutes, note = _worked(rest)
    return Problem.NEGATIVE if minutes < 0 else _Read(minutes=minutes, note=note)


def _worked(rest: str) -> tuple[int, str]:
    """Return the minutes of work that lasted at most a day, and what follows; raise DurationError."""
    if not any("0" <= char <= "9" for char in rest.partition(" ")[0]) and not rest.startswith(("-", "−")):
        raise DurationError(Problem.NO_DURATION)
    minutes, rest = split_duration(rest)
    if minutes == 0:
        raise DurationError(Problem.ZERO)
    if abs(minutes) > DAY:
        raise DurationError(Problem.OVER_A_DAY)
    return minutes, rest


def _read_date(word: str) -> date | Problem | None:
    """Return the date that a word is, None where it is none, BAD_DATE where it only looks like one."""
    word = word.rstrip(",;:")
    if iso := _ISO_DATE.fullmatch(word):
        year, month, day = iso.groups()
    elif day_first := _DAY_FIRST.fullmatch(word):
        day, month, year = day_first.groups()
    else:
        return Problem.BAD_DATE if _LIKE_A_DATE.fullmatch(word) else None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return Problem.BAD_DATE


def _duration(rest: str, _today: date) -> _Read | Problem:
    minutes, surplus = split_duration(rest)
    if minutes <= 0:
        return Problem.NEGATIVE if minutes else Problem.ZERO
    return _Read(minutes=minutes, is_surplus=bool(surplus), kept=write_duration(minutes))


def _duration_or_nothing(rest: str, today: date) -> _Read | Problem:
    return _duration(rest, today) if rest else _Read()


def _reason(rest: str, _today: date) -> _Read:
    return _Read(note=rest)


def _abandoned(rest: str, _today: date) -> _Read:
    if not rest or is_abandoned_word(rest):
        return _Read(is_abandoned=bool(rest))
    key = word_key(rest.rstrip(" .,;:!?"))
    kept = next((word for word in ABANDONED.values() if _is_inflected(key, word_key(word))), "")
    return _Read(is_surplus=True, kept=kept)


def _is_inflected(key: str, word: str) -> bool:
    """Tell whether a word is close to «abandoned»: abandonnée, abandonados, abandoned!"""
    return len(key) <= len(word) + 2 and distance(key, word) <= 2


_READERS: Mapping[Arguments, Callable[[str, date], _Read | Problem]] = {
    Arguments.NONE: _nothing,
    Arguments.WORK: _work,
    Arguments.FREE_WORK: _free_work,
    Arguments.DURATION: _duration,
    Arguments.DURATION_OR_NOTHING: _duration_or_nothing,
    Arguments.REASON: _reason,
    Arguments.ABANDONED: _abandoned,
}


def _near_miss(content: str, today: date) -> NearMiss | None:
    """Return what was meant by `[time30m]`, `[close!]` or, the first word being a slip, by `[aprove 4h]`, `[nte]`."""
    loose = _LOOSE.fullmatch(content)
    if loose is None:
        return None
    word, mark, gap, rest = loose.groups()
    is_label = bool(rest) and (bool(mark) or not gap)
    verb = find_verb(word)
    if verb is not None:
        return _corrected(verb, word, rest, content, today, is_label=is_label)
    like = resembling(word, has_duration=_begins_with_duration(rest))
    return _corrected(like.verb, like.word, rest, content, today, is_label=is_label) if like else None


def _begins_with_duration(rest: str) -> bool:
    try:
        return bool(split_duration(rest))
    except DurationError:
        return False


def _corrected(verb: Verb, word: str, rest: str, content: str, today: date, *, is_label: bool) -> NearMiss | None:
    """Return the near miss whose suggestion is the right word with what was written after it, as far as it fits.

    `[Status: open]` and `[status2]` are labels, not slips; what only engineers write is held back all the same.
    """
    read = _read_arguments(verb, rest, today)
    whole = NearMiss(verb=verb, written=content, suggestion=f"{word} {rest}".strip())
    if isinstance(read, Problem):
        return whole if any("0" <= char <= "9" for char in rest.partition(" ")[0]) else None
    if read.is_surplus:
        is_guarded = verb.roles == ENGINEERS
        return _slip(verb, content, f"{word} {read.kept}".strip(), rest) if is_guarded or not is_label else None
    is_sentence = verb.arguments is Arguments.REASON and not content.startswith(word)
    return _slip(verb, content, whole.suggestion, rest) if is_sentence else whole


def _slip(verb: Verb, content: str, suggestion: str, rest: str) -> NearMiss | None:
    """Return the near miss, unless so much follows the verb that it is a sentence; engineers' verbs take no chance."""
    if verb.roles != ENGINEERS and len(rest.split()) > _SLIP_WORDS:
        return None
    return NearMiss(verb=verb, written=content, suggestion=suggestion)
