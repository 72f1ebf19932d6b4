"""Borders between what is new and what is old in a text: a rule for each way in which programs and writers mark them.

Each rule looks at one line and its neighbours and says what stands there, or nothing. Not here: what becomes of the
lines around a border (`new_text.py`), and the words themselves (`languages.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from mailgate.domain.commands import command_spans
from mailgate.inbound.quotation_marks import (
    BANNERS,
    CLOSINGS,
    DISCLAIMERS,
    FOOTERS,
    FORWARDED,
    OPENERS,
    ORIGINAL_MESSAGE,
    REPLY_ABOVE,
)
from mailgate.inbound.text_line import INTRODUCTION_CHARACTERS, TextLine

_DASHES = re.compile(r"[-_=~*—–─\s]{2,90}(?P<words>[^\s].{2,80}?)[\s:]{0,9}[-_=~*—–─]{2}")
_RULE = re.compile(r"(?:[_]{5,}|[-]{8,}|[=]{8,}|[*]{8,}|[─—]{5,}|(?:[*] ){2,}[*])$")
_WRAPPED_END = re.compile(r">\s?(?:[^\s>][^>]{0,30})?[:：]$")
_POSTSCRIPT = ("p.s", "ps ", "ps:", "p.-s", "post-scriptum", "pd:", "p.d", "nb", "n.b")
_SIGNATURE = re.compile(r"(?:--|—|--=20|-- ?\*)$")
_SIGNED = "-----begin pgp signed message-----"
_SIGNATURE_BEGINS, _SIGNATURE_ENDS = "-----begin pgp signature-----", "-----end pgp signature-----"
_ARMOUR_LINES = 100
_FOOTER_CHARACTERS = 90
_CLOSING_NAMES = 3  # words that may follow on the line
_NAME_WORDS = 4
_NAME_CHARACTERS = 40
_LINES_ABOVE = 100  # among which a close or an attribution looks for the letter
_LINES_TO_THE_CLOSE = 5  # from what stands below a name
_SIGNATURE_LINES = 20  # with empty ones
_SIGNATURE_CHARACTERS = 80  # of one line
_ATTRIBUTION_LINES = 4
_FORWARDED_AND_COLON = tuple(f"{words}:" for words in FORWARDED)


class Border(Enum):
    """What stands at a line."""

    OLD_TO_THE_END = "old to the end"  # all that follows is old
    ATTRIBUTION = "attribution"  # old, and so are the marked lines that follow
    ARMOUR = "armour"  # no text; what follows is as new and as sure as it was before
    FOOTER = "footer"  # this line is no text; what follows may be a signature
    PERHAPS = "perhaps"  # it resembles a border, or closes a letter: what follows may be old, or a signature


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found, beginning at a line."""

    border: Border
    lines: int = 1  # how many it takes
    rule: str = ""  # which one has found it


def border(lines: Sequence[TextLine], at: int) -> Found | None:
    """Return what the first rule that knows a line says of it; None for one that is new, or quoted."""
    line = lines[at]
    if line.is_blank or line.is_quoted:
        return None
    for rule in _RULES if line.has_sign else _RULES_OF_WORDS:
        if (found := rule(lines, at)) is not None:
            return replace(found, rule=rule.__name__.removeprefix("_"))
    return None


def _armour(lines: Sequence[TextLine], at: int) -> Found | None:
    """Know what OpenPGP lays around a text that is signed in place (RFC 9580 section 7), and its signature."""
    plain = lines[at].plain
    if plain == _SIGNED:
        end = next((i for i in range(at + 1, min(at + _ARMOUR_LINES, len(lines))) if lines[i].is_blank), at + 1)
        return Found(Border.ARMOUR, end - at)
    if plain == _SIGNATURE_BEGINS:
        last = min(at + _ARMOUR_LINES, len(lines) - 1)
        end = next((i for i in range(at + 1, last + 1) if lines[i].plain == _SIGNATURE_ENDS), last)
        return Found(Border.ARMOUR, end - at + 1)
    return None


def _reply_above(lines: Sequence[TextLine], at: int) -> Found | None:
    plain = lines[at].plain
    return Found(Border.OLD_TO_THE_END) if len(plain) < 200 and any(words in plain for words in REPLY_ABOVE) else None


def _original_message(lines: Sequence[TextLine], at: int) -> Found | None:
    dashed = _DASHES.match(lines[at].plain)
    if dashed is None:
        return None
    following = _next(lines, at + 1)
    is_known = any(words in dashed["words"] for words in (*ORIGINAL_MESSAGE, *FORWARDED))
    is_border = is_known or lines[at].has_address or (following is not None and following.label)
    return Found(Border.OLD_TO_THE_END if is_border else Border.PERHAPS)


def _forwarded(lines: Sequence[TextLine], at: int) -> Found | None:
    plain = lines[at].plain.strip("-–—_ ")
    is_marker = plain.startswith(_FORWARDED_AND_COLON) or plain.removesuffix(":").strip() in FORWARDED
    return Found(Border.OLD_TO_THE_END) if is_marker else None


def _header_block(lines: Sequence[TextLine], at: int) -> Found | None:
    """Know a block of at least three of the labels From, Sent, To, Subject, Cc, or of two with an author or a day."""
    if not lines[at].is_labelled:
        return None
    block = [line for line in lines[at : at + 12] if not line.is_blank][:8]
    labels = {line.label for line in block if line.label}
    first = {line.label for line in block[:2] if line.label}
    is_dated = "date" in first and any(line.has_moment for line in block[:2])
    if len(labels) >= 3 or (len(first) == 2 and ("from" in first or is_dated)):
        return Found(Border.OLD_TO_THE_END)
    is_unknown = len(block) >= 3 and all(line.is_labelled for line in block[:3])  # perhaps in another language
    has_address = any(line.has_address for line in (block[:3] if is_unknown else lines[at : at + 1]))
    is_doubtful = len(first) == 2 or (has_address and (is_unknown or lines[at].label == "from"))
    return Found(Border.PERHAPS) if is_doubtful else None


def is_rule_line(written: str) -> bool:
    """Tell whether a line is nothing but a stroke."""
    return _RULE.match(written.strip()) is not None


def _rule_line(lines: Sequence[TextLine], at: int) -> Found | None:
    if not is_rule_line(lines[at].written):
        return None
    following = _next(lines, at + 1)
    if following is None or following.label or lines[at].written.strip().startswith("_____"):
        return Found(Border.OLD_TO_THE_END)
    return Found(Border.PERHAPS)


def _attribution(lines: Sequence[TextLine], at: int) -> Found | None:
    """Know «On 5 October, X <x@example.org> wrote:», on one to four lines, in the languages of the tables."""
    joinable = _joinable(lines, at)
    for count in range(1, joinable + 1):
        is_before_quote = count == joinable and _is_quote(_next(lines, at + count))
        if _is_attribution(lines[at : at + count], is_before_quote=is_before_quote):
            begins_later = count > 1 and not lines[at].has_day and _attribution(lines, at + 1)
            return None if begins_later else _attributed(lines, at, count)
        if not lines[at].begins_attribution:
            return None  # only what looks like the beginning of an attribution is joined with what follows
    return _broken_attribution(lines, at)


def _joinable(lines: Sequence[TextLine], at: int) -> int:
    """Return how many lines, at most four, can be read as one.

    A `>` that begins a line may be the end of an address that was wrapped before it: «<x@example.org», «> wrote:».
    """
    count = 1
    for line in lines[at + 1 : at + _ATTRIBUTION_LINES]:
        is_wrapped_end = _WRAPPED_END.match(line.plain) is not None and "<" in lines[at + count - 1].plain
        if line.is_blank or (line.is_quoted and not is_wrapped_end):
            break
        count += 1
    return count


def _is_attribution(lines: Sequence[TextLine], *, is_before_quote: bool) -> bool:
    has_colon = lines[-1].has_colon
    opens = lines[0].plain.startswith(OPENERS)
    has_address, has_moment = any(line.has_address for line in lines), any(line.has_moment for line in lines)
    if any(line.has_verb for line in lines) and (has_colon or (opens and lines[-1].ends_with_verb)):
        return has_address or has_moment or (has_colon and is_before_quote)
    if has_colon:
        return (has_address and has_moment) or (is_before_quote and (has_address or has_moment))
    is_moment = opens and lines[0].has_day and lines[0].has_time and len(lines[0].plain) < INTRODUCTION_CHARACTERS // 2
    return is_before_quote and is_moment and len(lines) == 1


def _broken_attribution(lines: Sequence[TextLine], at: int) -> Found | None:
    """Know a day and a time behind an opening word, the verb and the colon some lines below with blank ones between."""
    first = lines[at]
    if not (first.plain.startswith(OPENERS) and first.has_day and first.has_time):
        return None
    is_broken = any(line.has_verb and line.has_colon for line in lines[at + 1 : at + 9])
    return Found(Border.OLD_TO_THE_END) if is_broken else None


def _attributed(lines: Sequence[TextLine], at: int, count: int) -> Found:
    following = _next(lines, at + count)
    if following is None or following.is_quoted:
        return Found(Border.ATTRIBUTION, count)
    is_first = all(line.is_blank for line in lines[max(0, at - _LINES_ABOVE) : at])
    return Found(Border.FOOTER if is_first else Border.OLD_TO_THE_END, count)  # else nothing at all would be new


def _signature(lines: Sequence[TextLine], at: int) -> Found | None:
    return Found(Border.OLD_TO_THE_END) if _SIGNATURE.match(lines[at].written.strip()) else None


def _footer(lines: Sequence[TextLine], at: int) -> Found | None:
    plain = lines[at].plain.lstrip("-–—<[( ")
    is_sentence = ", " in plain and plain.endswith(".")
    if len(plain) > _FOOTER_CHARACTERS or is_sentence or not plain.startswith(FOOTERS):
        return None
    return Found(Border.FOOTER if _ends_at(lines, at + 1) else Border.PERHAPS)


def _ends_at(lines: Sequence[TextLine], at: int) -> bool:
    """Tell whether a paragraph ends before a line: there is none, or an empty one, or old text begins with it."""
    if at >= len(lines) or lines[at].is_blank or lines[at].is_quoted or is_rule_line(lines[at].written):
        return True
    return _begins_old_text(lines, at)


def _begins_old_text(lines: Sequence[TextLine], at: int) -> bool:
    if lines[at].is_blank:
        return False
    return any(find(lines, at) is not None for find in (_attribution, _original_message, _forwarded, _header_block))


def _disclaimer(lines: Sequence[TextLine], at: int) -> Found | None:
    return Found(Border.OLD_TO_THE_END) if lines[at].plain.startswith(DISCLAIMERS) else None


def _closing(lines: Sequence[TextLine], at: int) -> Found | None:
    if not _closes(lines[at]):
        return None
    if not any(line.plain for line in lines[max(0, at - _LINES_ABOVE) : at]):
        return None  # a letter does not begin with its close
    return Found(Border.PERHAPS)


def _closes(line: TextLine) -> bool:
    """Tell whether a line is the close of a letter, perhaps with the writer's name."""
    plain = line.plain.replace("’", "'")
    if not plain.startswith(CLOSINGS):
        return False
    rests = (plain.removeprefix(words) for words in CLOSINGS if plain.startswith(words))
    return any(not rest[:1].isalpha() and len(rest.split()) <= _CLOSING_NAMES for rest in rests)


def _signed_off(lines: Sequence[TextLine], at: int) -> Found | None:
    """Know what stands below the close of a letter and a name: a signature, unless it speaks to somebody."""
    above = [line for line in lines[max(0, at - _LINES_TO_THE_CLOSE) : at] if not line.is_blank][-2:]
    if len(above) < 2 or above[-1].is_quoted or not _closes(above[0]) or not _is_name(above[1]):
        return None
    end = at
    while end < len(lines) and not lines[end].is_quoted and not _begins_old_text(lines, end):
        if end - at > _SIGNATURE_LINES or _speaks(lines[end]) or _closes(lines[end]):
            return None
        end += 1
    return Found(Border.FOOTER, end - at) if end > at else None


def _is_name(line: TextLine) -> bool:
    plain = line.plain.rstrip(".")
    return (
        len(plain) <= _NAME_CHARACTERS
        and len(plain.split()) <= _NAME_WORDS
        and not line.is_labelled
        and not any(character in "?!@:;[]" or character.isdigit() for character in plain)
    )


def _speaks(line: TextLine) -> bool:
    """Tell whether a line is a sentence, a postscript or a command: nothing that stands in a signature."""
    is_sentence = line.plain.endswith((".", "?", "!", "…")) and len(line.plain.split()) > _NAME_WORDS
    is_postscript = line.plain.startswith(_POSTSCRIPT)
    return is_sentence or is_postscript or len(line.plain) > _SIGNATURE_CHARACTERS or bool(command_spans(line.written))


def _banner(lines: Sequence[TextLine], at: int) -> Found | None:
    """Know the warning that an organisation's server puts above a mail from outside."""
    plain = lines[at].plain.lstrip("[*!⚠️ ")
    return Found(Border.FOOTER) if plain.startswith(BANNERS) and not any(line.plain for line in lines[:at]) else None


def _perhaps(lines: Sequence[TextLine], at: int) -> Found | None:
    """Doubt a line that ends in a colon and names an address, or a day and a time, or says that somebody wrote."""
    line = lines[at]
    is_doubtful = line.has_colon and (line.has_address or line.has_verb or (line.has_day and line.has_time))
    return Found(Border.PERHAPS) if is_doubtful else None


_RULES: tuple[Callable[[Sequence[TextLine], int], Found | None], ...] = (
    _banner,
    _armour,
    _reply_above,
    _signed_off,
    _original_message,
    _forwarded,
    _header_block,
    _rule_line,
    _attribution,
    _signature,
    _footer,
    _disclaimer,
    _closing,
    _perhaps,
)
#: Those that may know a line of nothing but words: most lines are such.
_RULES_OF_WORDS = tuple(
    rule for rule in _RULES if rule in {_banner, _reply_above, _signed_off, _forwarded, _footer, _disclaimer, _closing}
)


def _next(lines: Sequence[TextLine], at: int) -> TextLine | None:
    """Return the first line from there on that is not blank."""
    return next((lines[i] for i in range(at, len(lines)) if not lines[i].is_blank), None)


def _is_quote(line: TextLine | None) -> bool:
    return line is not None and line.is_quoted
