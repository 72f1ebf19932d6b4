"""The values in a template's output, kept out of the way of Markdown: each travels as an opaque mark.

Jinja writes `mark(piece)` where a value stands; `collect` takes the marks out of the finished source; Markdown sees
only private-use characters and a number, so no name, subject or mail can act as Markdown or HTML. At the end every mark
is replaced by what its piece looks like. Not here: what it looks like (`appearance.py`).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

from markupsafe import Markup

from mailgate.domain.ledger import Balance

INLINE, BLOCK, END = "\ue000", "\ue001", "\ue002"
#: Between the cells of a table row in text, until the columns are aligned.
CELL = "\ue003"

_RAW_MARK = re.compile(f"([{INLINE}{BLOCK}])([a-z])([0-9a-f]*){END}")
_MARK = re.compile(f"[{INLINE}{BLOCK}]([0-9]+){END}")
#: Our own marks and control characters, which HTML and mail programs handle each in its way, are not passed on.
_DROPPED = dict.fromkeys([*map(ord, (INLINE, BLOCK, END, CELL)), *range(9), 11, 12, *range(14, 32), *range(127, 160)])


@dataclass(frozen=True, slots=True)
class Words:
    """A short string within a sentence."""

    value: str


@dataclass(frozen=True, slots=True)
class Quotation:
    """Somebody else's text, word for word, line for line."""

    value: str


@dataclass(frozen=True, slots=True)
class Button:
    """A signed address that is itself the command: an empty mail to it is enough."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The consumption of prepaid minutes: drawn, and said beneath."""

    used: int
    reserved: int
    available: int


Piece = Words | Quotation | Button | Bar

_LETTERS: dict[str, type[Piece]] = {"w": Words, "q": Quotation, "l": Button, "b": Bar}
_BY_TYPE = {piece: letter for letter, piece in _LETTERS.items()}


def bar_of(balance: Balance) -> Bar:
    """Return the bar of a balance; minutes that are promised beyond what remains are not drawn."""
    available = min(balance.available, max(0, balance.remaining))
    return Bar(max(0, balance.used), max(0, balance.remaining) - available, available)


def mark(piece: Piece) -> Markup:
    """Return the mark under which a piece travels through Jinja; it needs no memory but itself."""
    values = [getattr(piece, field.name) for field in fields(piece)]
    kept = [value.translate(_DROPPED) if isinstance(value, str) else value for value in values]
    opening = INLINE if isinstance(piece, Words) else BLOCK
    return Markup(f"{opening}{_BY_TYPE[type(piece)]}{json.dumps(kept).encode().hex()}{END}")  # noqa: S704 - hex digits


def collect(source: str) -> tuple[str, list[Piece]]:
    """Return the source with numbers for its marks, and the pieces in that order.

    Two mails of one template then have the same source, which therefore is read as Markdown but once.
    """
    pieces: list[Piece] = []

    def numbered(found: re.Match[str]) -> str:
        opening, letter, payload = found.groups()
        pieces.append(_LETTERS[letter](*json.loads(bytes.fromhex(payload))))
        return f"{opening}{len(pieces) - 1}{END}"

    return _RAW_MARK.sub(numbered, source), pieces


def place(skeleton: str, pieces: Sequence[Piece], show: Callable[[Piece], str]) -> str:
    """Return the skeleton with every mark replaced by what `show` makes of its piece."""
    return _MARK.sub(lambda found: show(pieces[int(found[1])]), skeleton)


def unmarked(value: str) -> str:
    """Return a string that a template has put together, as the reader is to see it, for use inside another piece."""
    if not isinstance(value, Markup):
        return value
    skeleton, pieces = collect(value)
    return place(html.unescape(skeleton), pieces, lambda piece: piece.value if isinstance(piece, Words) else "")
