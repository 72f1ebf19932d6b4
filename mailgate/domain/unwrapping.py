"""The lines that a person wrote, out of the lines that a mail program made of them.

A hard wrap must not move a word to the edge of a line, because a command counts only there. Where it cannot be told
whether a line end is a wrap, it is taken for one: the command then counts for nothing, and its writer is offered a
link. Nothing here looks into brackets, but for one that a wrap has broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class LineKind(Enum):
    """What a line is to the parser of commands."""

    TEXT = "text"
    ITEM = "item"  # of a list, with its continuation
    QUOTED = "quoted"  # somebody else's words
    CODE = "code"  # fenced, or indented by a tab or four spaces
    BLANK = "blank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line as it was written: the text from `start` to `end`, in which line ends are wraps.

    `opens` is true for the first line of a paragraph.
    """

    kind: LineKind
    start: int
    end: int
    opens: bool


#: No mail program wraps narrower by itself (they use 65 to 78 columns) …
NARROWEST = 60
#: … or wider (what Outlook admits). A longer line was not wrapped at all.
WIDEST = 132
#: A word of this length, an address mostly, stands where no wrapper would have put it: its line proves nothing.
_OVERLONG = 40
#: By hand or for a small screen a paragraph may be wrapped narrower: so many line ends that fit one width show it.
_NARROW_BREAKS = 3
_NARROW_WIDTH = 30

_QUOTED = re.compile(r"\s*(?:[^\W\d_]{0,4}>|\|)")
_ITEM = re.compile(r"\s{0,3}(?:[-*+•·–—‣◦]|\d{1,3}[.)]|[a-zA-Z][.)])\s")
_INDENTED = re.compile(r" {0,3}\t|[^\S\n]{4}")
#: Of Markdown; longer rows of tildes are drawn under titles.
_FENCE = re.compile(r"\s{0,3}(?:(`{3,})[^`]*|(~{3,4})(?!~).*)$")


def logical_lines(text: str, *, is_wrapped: bool) -> list[Line]:
    """Return the lines of a text, wrapped ones joined where `is_wrapped` says that line ends may be wraps.

    Joined or not, a line's text is `text[line.start:line.end]`, so that places in the text stay what they are.
    """
    lines: list[Line] = []
    before = LineKind.BLANK
    for kind, group in _paragraphs(_physical_lines(text)):
        opens = before not in (LineKind.TEXT, LineKind.ITEM)
        own = kind
        for part in _parts(text, group, kind, is_wrapped=is_wrapped):
            lines.append(Line(kind=own, start=part[0][0], end=part[-1][1], opens=opens))
            own, opens = LineKind.TEXT if kind is LineKind.ITEM else kind, False
        before = kind
    return lines


_Span = tuple[int, int]


def _physical_lines(text: str) -> Iterator[tuple[LineKind, _Span]]:
    """Yield each line with its kind. An unclosed fence of backticks holds the rest, one of tildes is a rule."""
    lines = text.split("\n")
    last_tildes = max((i for i, line in enumerate(lines) if line.strip() in ("~~~", "~~~~")), default=-1)
    start, fence = 0, ""
    for i, line in enumerate(lines):
        span = (start, start + len(line))
        start = span[1] + 1
        mark = _FENCE.match(line)
        own = (mark[1] or mark[2]) if mark else ""
        if fence:
            yield LineKind.CODE, span
            fence = "" if own.startswith(fence) and line.strip() == own else fence
        elif own.startswith("`") or (own and i < last_tildes):
            yield LineKind.CODE, span
            fence = own
        else:
            yield _kind(line), span


def _kind(line: str) -> LineKind:
    if not line.strip():
        return LineKind.BLANK
    if _INDENTED.match(line):
        return LineKind.CODE
    if _QUOTED.match(line):
        return LineKind.QUOTED
    return LineKind.ITEM if _ITEM.match(line) else LineKind.TEXT


def _paragraphs(lines: Iterator[tuple[LineKind, _Span]]) -> Iterator[tuple[LineKind, list[_Span]]]:
    """Group the lines of a paragraph, an item of a list being one of its own; other lines stand for themselves."""
    kind, group = LineKind.BLANK, list[_Span]()
    for own, span in lines:
        if own is LineKind.TEXT and group and kind in (LineKind.TEXT, LineKind.ITEM):
            group.append(span)
            continue
        if group:
            yield kind, group
        kind, group = own, [span]
    if group:
        yield kind, group


def _parts(text: str, group: list[_Span], kind: LineKind, *, is_wrapped: bool) -> Iterator[list[_Span]]:
    """Split a paragraph at the line ends that are no wraps. A line that is indented under an item belongs to it."""
    lines = [text[start:end] for start, end in group]
    wraps = _wraps(lines) if is_wrapped else [False] * (len(lines) - 1)
    part = [group[0]]
    is_item = kind is LineKind.ITEM
    for span, line, is_wrap in zip(group[1:], lines[1:], wraps, strict=True):
        if is_wrap or (is_item and line[0].isspace()):
            part.append(span)
        else:
            yield part
            part, is_item = [span], False
    yield part


def _wraps(lines: list[str]) -> list[bool]:
    """Tell for each line end of a paragraph whether it may be a wrap.

    It may, if the next word would not have fitted: in the narrowest plausible width, or in that of the paragraph's
    longest line, which the wrapper has evidently granted.
    """
    lengths = [len(line.rstrip()) for line in lines]
    needed = [length + 1 + len(line.split(maxsplit=1)[0]) for length, line in zip(lengths[:-1], lines[1:], strict=True)]
    is_odd = [any(len(word) > _OVERLONG for word in line.split()) for line in lines]
    granted = [length for length, odd in zip(lengths, is_odd, strict=True) if length <= WIDEST and not odd]
    width = max([NARROWEST, *granted])
    return [
        (needed[i] > width and (lengths[i] <= WIDEST or is_odd[i]))
        or _is_narrow(lengths, needed, i)
        or _is_broken(lines[i], lines[i + 1])
        for i in range(len(needed))
    ]


def _is_narrow(lengths: list[int], needed: list[int], i: int) -> bool:
    """Tell whether this line end and those just before it all fit one width below the usual ones."""
    first = i + 1 - _NARROW_BREAKS
    if first < 0:
        return False
    width = max(lengths[first : i + 2])
    return width >= _NARROW_WIDTH and min(needed[first : i + 1]) > width


def _is_broken(line: str, following: str) -> bool:
    """Tell whether a bracket opens in one line and closes in the next."""
    closing, opening = following.find("]"), following.find("[")
    return line.rfind("[") > line.rfind("]") and closing >= 0 and not 0 <= opening < closing
