"""The commands of a mail: which count by their place and their writer, and which are only close to counting.

A command counts when its line holds nothing else but commands, or when it opens a paragraph. Anywhere else nothing is
executed: a person who writes «please do not yet [close]» means what the sentence says. What a command does, and
whether the mail proves its writer, is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from mailgate.domain.brackets import Bracket, find_brackets
from mailgate.domain.command_syntax import Command, Malformed, NearMiss, read_bracket
from mailgate.domain.outcome import Problem
from mailgate.domain.people import Role
from mailgate.domain.unwrapping import Line, LineKind, logical_lines
from mailgate.domain.vocabulary import ENGINEERS, REFERENTS, Verb

__all__ = [
    "MAX_COMMANDS",
    "Command",
    "Malformed",
    "NearMiss",
    "Reading",
    "command_spans",
    "parse_commands",
    "without_commands",
]

#: In one mail; nobody writes so many, and each costs a line of a receipt.
MAX_COMMANDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text says, by the rules of place and role; each group in the order of the text.

    `malformed` stood where a command counts, `misplaced` are right but stand inside a sentence. `text` is what remains
    without the first three; what is misplaced stays in it, and is listed once however often it is written.
    """

    commands: tuple[Command, ...] = ()
    malformed: tuple[Malformed, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    misplaced: tuple[Command, ...] = ()
    text: str = ""


def parse_commands(text: str, *, role: Role | None, today: date, is_wrapped: bool) -> Reading:
    """Return the commands of a text that somebody of that role wrote, in any of the three languages.

    `role` None stands for anybody: every verb is read. `today` is the day on which the mail was received, in the
    contract's zone; work cannot be of a later day. `is_wrapped` says that line ends may be hard wraps.
    Runs in linear time and never raises.
    """
    found = list(_findings(text, role, today, is_wrapped=is_wrapped))
    counting = [finding.value for finding in found if finding.counts]
    values = counting[:MAX_COMMANDS]
    malformed = [value for value in values if isinstance(value, Malformed)]
    if len(counting) > MAX_COMMANDS:
        surplus = counting[MAX_COMMANDS]
        malformed.append(Malformed(verb=surplus.verb, written=surplus.written, problem=Problem.TOO_MANY))
    misplaced = {
        finding.value.written: finding.value
        for finding in found
        if not finding.counts and isinstance(finding.value, Command)
    }
    return Reading(
        commands=tuple(value for value in values if isinstance(value, Command)),
        malformed=tuple(malformed),
        near_misses=tuple(value for value in values if isinstance(value, NearMiss)),
        misplaced=tuple(misplaced.values())[:MAX_COMMANDS],
        text=_without(text, [(finding.start, finding.end) for finding in found if finding.counts]),
    )


_INNERMOST = re.compile(r"\[([^\[\]]*)\]")
_EMPHASIS = re.compile(r"[*_~`\\]")


def command_spans(text: str) -> list[tuple[int, int]]:
    """Return every place of a text, brackets included, that anybody's program could turn into a command.

    Wider than `parse_commands` on purpose: inside code and quotations, clinging to a word, nested, with a mark of
    emphasis or quotation inside, broken over lines. What is respelled at these places can be quoted, unquoted and
    wrapped anew, and still holds nothing that would be executed or complained about.
    """
    return [match.span() for match in _INNERMOST.finditer(text) if _could_command(match[1])]


def without_commands(text: str, commands: Iterable[Command]) -> str:
    """Return the text without these commands, wherever in it they stand: for what is misplaced and yet was meant."""
    written = {command.written for command in commands}
    spans = [
        (start, end) for start, end in command_spans(text) if " ".join(text[start + 1 : end - 1].split()) in written
    ]
    return _without(text, spans)


def _could_command(content: str) -> bool:
    lines = [line.strip(" \t\r>|") for line in content.split("\n")]
    readings = {content, " ".join(lines), _EMPHASIS.sub("", " ".join(lines)), _EMPHASIS.sub("", "".join(lines))}
    return any(read_bracket(" ".join(reading.split()), today=date.max) is not None for reading in readings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """Something to act on or to tell the writer, and its place. What does not count is misplaced."""

    start: int
    end: int
    value: Command | Malformed | NearMiss
    counts: bool


_Token = tuple[Bracket, Command | Malformed | NearMiss | None]
_Spoken = tuple[Bracket, Command | Malformed | NearMiss]

_BETWEEN = re.compile(r"[\s,;+&]*")
_FINAL = re.compile(r"[\s.,;:!…]*")
_JOINT = re.compile(r"^[,;:]?\s+")
_QUESTION = re.compile(r"\s*\?")


def _findings(text: str, role: Role | None, today: date, *, is_wrapped: bool) -> Iterator[_Finding]:
    if "[" not in text:  # as in most mails
        return
    opens = False
    for line in logical_lines(text, is_wrapped=is_wrapped):
        if line.kind not in (LineKind.TEXT, LineKind.ITEM):
            continue
        opens = line.opens or opens
        tokens = _tokens(text, line, today)
        spoken = [(bracket, value) for bracket, value in tokens if value is not None]
        is_lone = _is_lone(text, line, tokens)
        if line.kind is LineKind.ITEM:
            yield from _misplaced(spoken, role)
        elif is_lone:
            yield from _lone(spoken, role)
        else:
            run = _opening_run(text, line, tokens, role) if opens else []
            yield from (_finding(bracket, value, counts=True) for bracket, value in run)
            yield from _misplaced(spoken[len(run) :], role)
        # A line of commands alone is part of the opening: what follows it still opens the paragraph.
        opens = opens and is_lone and line.kind is LineKind.TEXT


def _tokens(text: str, line: Line, today: date) -> list[_Token]:
    brackets = find_brackets(text, line.start, line.end)
    tokens = [(bracket, read_bracket(bracket.content, today=today)) for bracket in brackets]
    speaking = {bracket.start for bracket, value in tokens if value is not None}
    ending = {bracket.end for bracket, value in tokens if value is not None}
    return [(bracket, value if _is_link_free(text, bracket, speaking, ending) else None) for bracket, value in tokens]


def _is_link_free(text: str, bracket: Bracket, speaking: set[int], ending: set[int]) -> bool:
    """Tell whether the brackets that touch this one are commands too; otherwise they are a link of Markdown."""
    if not bracket.is_chained:
        return True
    follows_other = text[bracket.start - 1 : bracket.start] == "]" and bracket.start not in ending
    precedes_other = text[bracket.end : bracket.end + 1] == "[" and bracket.end not in speaking
    return not (follows_other or precedes_other)


def _is_lone(text: str, line: Line, tokens: list[_Token]) -> bool:
    """Tell whether a line holds nothing else but commands of anybody, right or nearly so."""
    if not tokens or any(value is None for _, value in tokens):
        return False
    place = line.start
    for bracket, _ in tokens:
        if not _BETWEEN.fullmatch(text, place, bracket.start):
            return False
        place = bracket.end
    return _FINAL.fullmatch(text, place, line.end) is not None


def _lone(spoken: list[_Spoken], role: Role | None) -> Iterator[_Finding]:
    """Yield what a line of nothing but commands says to its writer's role; here alone a foreign verb is answered."""
    for bracket, value in spoken:
        if isinstance(value, NearMiss):
            if _may(role, value.verb) or _is_referents(role, value.verb):
                yield _finding(bracket, value, counts=True)
        elif _may(role, value.verb):
            yield _finding(bracket, value, counts=True)
        elif isinstance(value, Command):
            yield _finding(bracket, _of_another_role(value, role), counts=True)


def _of_another_role(command: Command, role: Role | None) -> Malformed:
    problem = Problem.REFERENT_ONLY if _is_referents(role, command.verb) else Problem.WRONG_ROLE
    return Malformed(verb=command.verb, written=command.written, problem=problem, minutes=command.minutes)


def _opening_run(text: str, line: Line, tokens: list[_Token], role: Role | None) -> list[_Spoken]:
    """Return the commands that the line begins with, one after the other."""
    run: list[_Spoken] = []
    place = line.start
    for bracket, value in tokens:
        if value is None or not _BETWEEN.fullmatch(text, place, bracket.start) or not _opens(value, role):
            break
        run.append((bracket, value))
        place = bracket.end
    return [] if _QUESTION.match(text, place, line.end) else run


def _opens(value: Command | Malformed | NearMiss, role: Role | None) -> bool:
    """Tell whether a text may open with it.

    A near miss of an engineer's own verb does: `[nte] he never pays` must not reach the client. What a client writes
    in brackets before a sentence is nearly always meant as a title.
    """
    if isinstance(value, NearMiss):
        return role in ENGINEERS and value.verb.roles == ENGINEERS
    return _may(role, value.verb)


def _misplaced(spoken: list[_Spoken], role: Role | None) -> Iterator[_Finding]:
    for bracket, value in spoken:
        if isinstance(value, Command) and _may(role, value.verb):
            yield _finding(bracket, value, counts=False)


def _may(role: Role | None, verb: Verb) -> bool:
    return role is None or role in verb.roles


def _is_referents(role: Role | None, verb: Verb) -> bool:
    """Tell whether a contact uses the referent's verb: it is then put before the referent."""
    return role is Role.CONTACT and verb.roles == REFERENTS


def _finding(bracket: Bracket, value: Command | Malformed | NearMiss, *, counts: bool) -> _Finding:
    return _Finding(start=bracket.start, end=bracket.end, value=value, counts=counts)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """Return the text without these places, the lines that held nothing else, and the blank lines they leave."""
    kept: list[str] = []
    has_gap = False
    for line, is_cut in _cut_lines(text, spans):
        is_blank = not line.strip()
        if is_cut and _FINAL.fullmatch(line):
            has_gap = not kept or not kept[-1].strip()
        elif not (is_blank and has_gap):
            kept.append(line)
            has_gap = False
    return "\n".join(kept).strip("\n").rstrip()


def _cut_lines(text: str, spans: list[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """Yield each line, what stands before the last place to cut left out too, and whether there was such a place.

    Before it stand only other commands and their spacing, by the rule of what counts.
    """
    start, at = 0, 0
    for line in text.split("\n"):
        end = start + len(line)
        place = start
        while at < len(spans) and spans[at][0] < end:
            place = min(spans[at][1], end)
            if spans[at][1] > end:
                break
            at += 1
        yield (line if place == start else _JOINT.sub("", text[place:end], count=1)), place > start
        start = end + 1
