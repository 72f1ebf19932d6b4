"""Pairs of brackets in a line that stand for themselves.

Left out are brackets inside brackets, Markdown's links and inline code, and what clings to a word (`a[0]`). What
stands in a pair is not looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARK = re.compile(r"[\[\]]|`+")
_CLINGS_BEFORE = re.compile(r"[\w\\!)]")
_CLINGS_AFTER = re.compile(r"[\w(<]|:\s*(?:<|https?://|ftp://|mailto:|www\.|[/#])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """A pair of brackets: the place with the brackets, and what is between them, its spacing made single.

    `is_chained` is true where another bracket touches it: `[text][reference]` is a link of Markdown, unless both
    are commands.
    """

    start: int
    end: int
    content: str
    is_chained: bool


def find_brackets(text: str, start: int, end: int) -> list[Bracket]:
    """Return the pairs of brackets in one line of a text, in their order; in linear time."""
    marks = list(_MARK.finditer(text, start, end))
    ticks_left = sum(mark[0][0] == "`" for mark in marks)
    ticks, depth, opened, is_flat = 0, 0, 0, True
    found: list[Bracket] = []
    for mark in marks:
        if mark[0][0] == "`":
            ticks, ticks_left = ticks + 1, ticks_left - 1
        elif mark[0] == "[":
            opened, is_flat = (mark.start(), True) if depth == 0 else (opened, False)
            depth += 1
        elif depth:
            depth -= 1
            is_code = ticks % 2 == 1 and ticks_left > 0
            if depth == 0 and is_flat and not is_code and not _clings(text, opened, mark.end(), start, end):
                found.append(_bracket(text, opened, mark.end(), start, end))
    return found


def _clings(text: str, opened: int, closed: int, start: int, end: int) -> bool:
    if opened > start and _CLINGS_BEFORE.match(text, opened - 1):
        return True
    return _CLINGS_AFTER.match(text, closed, end) is not None


def _bracket(text: str, opened: int, closed: int, start: int, end: int) -> Bracket:
    return Bracket(
        start=opened,
        end=closed,
        content=" ".join(text[opened + 1 : closed - 1].split()),
        is_chained=(opened > start and text[opened - 1] == "]") or (closed < end and text[closed] == "["),
    )
