"""What the values in a mail look like: `text_of` in the text part, `html_of`, escaped, in the HTML part.

Both say the same words. Not here: which words the desk writes (the templates), but for those beside a bar.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from mailgate.domain.people import Language
from mailgate.outbound.formats import NO_BREAK, duration
from mailgate.outbound.pieces import Bar, Button, Piece, Quotation, Words

BAR_CELLS = 20

#: What is said beside a bar: used, reserved, available.
BAR_WORDS: dict[Language, tuple[str, str, str]] = {
    Language.FR: ("utilisé", "réservé", "disponible"),
    Language.EN: ("used", "reserved", "available"),
    Language.ES: ("usado", "reservado", "disponible"),
}


@dataclass(frozen=True, slots=True)
class Scenery:
    """What a piece needs to know of the mail that it is in."""

    language: Language
    subject: str
    style: Callable[[str], str]  # the style attribute of an element or class, with its leading space


def text_of(piece: Piece, scenery: Scenery) -> str:
    """Return the piece as plain text."""
    match piece:
        case Words(value):
            return re.sub(r"\s*[\r\n\t]\s*", " ", value)
        case Quotation(value):
            return value
        case Button(label, address):
            colon = f"{NO_BREAK}:" if scenery.language is Language.FR else ":"
            return f"{label}{colon} {address}"
        case Bar():
            used, reserved, available = _cells(piece)
            drawn = "█" * used + "▒" * reserved + "░" * available
            return f"{drawn}\n{_legend(piece, scenery.language)}".lstrip("\n")


def html_of(piece: Piece, scenery: Scenery) -> str:
    """Return the piece as HTML."""
    match piece:
        case Words():
            return html.escape(text_of(piece, scenery), quote=False)
        case Quotation(value):
            lines = html.escape(value, quote=False).split("\n")
            return f'<div class="quote"{scenery.style("quote")}>{"<br>".join(lines)}</div>'
        case Button():
            return _button(piece, scenery)
        case Bar():
            return f"{_drawn_bar(piece, scenery)}<p{scenery.style('p')}>{_legend(piece, scenery.language)}</p>"


def _button(button: Button, scenery: Scenery) -> str:
    """A link for those whose mail program opens it, and the address for all others."""
    label, address = html.escape(button.label), html.escape(button.address)
    target = f"mailto:{quote(button.address, safe='@+')}?subject={quote(scenery.subject, safe='')}"
    link = f'<a class="button" href="{target}"{scenery.style("button")}>{label}</a>'
    return (
        f'<div class="offer"{scenery.style("offer")}>{link}<br>'
        f'<span class="address"{scenery.style("address")}>{address}</span></div>'
    )


def _drawn_bar(bar: Bar, scenery: Scenery) -> str:
    if not any(cells := _cells(bar)):
        return ""
    drawn = "".join(
        f'<td class="{name}" width="{100 * count // BAR_CELLS}%"{scenery.style(name)}>&nbsp;</td>'
        for name, count in zip(("used", "reserved", "available"), cells, strict=True)
        if count
    )
    attributes = 'role="presentation" aria-hidden="true" width="100%" cellpadding="0" cellspacing="0"'
    return f'<table class="bar" {attributes}{scenery.style("bar")}><tr>{drawn}</tr></table>'


def _cells(bar: Bar) -> tuple[int, int, int]:
    whole = bar.used + bar.reserved + bar.available
    if not whole:
        return 0, 0, 0
    used = (bar.used * BAR_CELLS + whole // 2) // whole
    reserved = ((bar.used + bar.reserved) * BAR_CELLS + whole // 2) // whole - used
    return used, reserved, BAR_CELLS - used - reserved


def _legend(bar: Bar, language: Language) -> str:
    amounts = zip(BAR_WORDS[language], (bar.used, bar.reserved, bar.available), strict=True)
    return " · ".join(f"{word} {duration(minutes, language)}" for word, minutes in amounts)
