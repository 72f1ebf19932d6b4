"""What a person wrote this time: the text without quotations, forwarded mails, footers and signature.

A scanner of lines, linear in their number. It errs on the side of leaving text out: all that follows the first border
between new and old is old, unless the old lines are marked by `>`. Where something resembles a border without being
surely one, the result is not sure, and no command in it may take effect by itself. The scanner knows nothing of
commands, and never the whole mail is judged by a word of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from mailgate.domain.message import NewText
from mailgate.inbound.quotation_marks import (
    FOOTERS,
    FORWARDED,
    HEADER_LABELS,
    OPENERS,
    ORIGINAL_MESSAGE,
    REPLY_ABOVE,
    WROTE,
)

SCANNED_CHARACTERS = 1 << 16

_QUOTE = re.compile(r"[ \t]{0,3}(?:>|\|[ \t>|]|\|$|&gt;|¦|＞)")
_BOLD = re.compile(r"[*_]{1,2}(?=\S)|(?<=\S)[*_]{1,2}")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SPACE = re.compile(r"\s+")
_ADDRESS = re.compile(r"[^\s@<>\[\](),;:]{1,64}@[^\s@<>\[\](),;:]{1,190}")
_TIME = re.compile(r"\d{1,2}[:.h]\d{2}|\d{1,2} ?[ap]\.?m\b")
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\d年|\d{1,2}\.? \w{3,}|\w{3,} \d{1,2}\b")
_COLON = re.compile(r"[:：]\s*$")
_WROTE = re.compile(
    "|".join(
        rf"(?<!\w){re.escape(verb)}(?!\w)" if verb.isascii() or verb[0] < "\u0500" else re.escape(verb)
        for verb in WROTE
    )
)
_LABEL = re.compile(r"([^\s:：][^:：]{0,20}?)\s?[:：](?:\s|$)(.*)")
_DASHES = re.compile(r"[-_=~*—–─\s]{2,}(?P<words>[^\s].{2,80}?)[\s:]*[-_=~*—–─]{2,}\s*$")
_RULE = re.compile(r"(?:[_]{5,}|[-]{8,}|[=]{8,}|[*]{8,}|[─—]{5,})$")
_SIGNATURE = re.compile(r"(?:--|—|--=20|-- ?\*)$")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_FOOTER_CHARACTERS = 90
_ATTRIBUTION_LINES = 4
_ATTRIBUTION_CHARACTERS = 400


class _Border(Enum):
    """What stands at a line."""

    OLD_TO_THE_END = "old to the end"  # all that follows is old
    ATTRIBUTION = "attribution"  # old, and so are the marked lines that follow
    FOOTER = "footer"  # this line only
    PERHAPS = "perhaps"  # it resembles a border


@dataclass(frozen=True, slots=True)
class _Found:
    border: _Border
    lines: int = 1  # how many it takes


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as written, and in the form in which the tables have it."""

    written: str
    plain: str
    is_quoted: bool

    @property
    def is_blank(self) -> bool:
        return not self.plain


def extract(text: str, *, is_wrapped: bool) -> NewText:
    """Return the new text of a plain text whose quotations are marked by `>` or introduced as mail programs do.

    `is_wrapped` is handed on: whether the line ends may be hard wraps. A text of more than 64 Ki characters is cut.
    """
    lines = [_line(written) for written in text[:SCANNED_CHARACTERS].split("\n")]
    if len(text) > SCANNED_CHARACTERS:
        lines.pop()
    kept, is_sure = _scan(lines)
    return NewText(text="\n".join(kept).strip("\n"), is_wrapped=is_wrapped, is_sure=is_sure)


def _line(written: str) -> _Line:
    spaced = _INVISIBLE.sub("", written.replace("\xa0", " ").replace("\u202f", " "))
    plain = _SPACE.sub(" ", _BOLD.sub("", spaced)).strip().casefold()
    return _Line(written.rstrip(), plain, _QUOTE.match(spaced) is not None)


def _scan(lines: Sequence[_Line]) -> tuple[list[str], bool]:
    """Return the new lines, and whether they are surely new."""
    kept: list[str] = []
    is_sure = True
    at, fence_end = 0, -1
    while at < len(lines):
        line = lines[at]
        if at > fence_end and _FENCE.match(line.written):
            fence_end = _fence_end(lines, at)
        found = None if at <= fence_end else _border(lines, at)
        if found is None:
            is_sure = is_sure and not _may_continue_quote(lines, at)
            kept.append("" if line.is_quoted else line.written)
            at += 1
        elif found.border is _Border.OLD_TO_THE_END:
            break
        elif found.border is _Border.PERHAPS:
            is_sure = False
            kept.append(line.written)
            at += 1
        else:
            at += found.lines
    return kept, is_sure


def _fence_end(lines: Sequence[_Line], begin: int) -> int:
    """Return the line that closes a fenced block of code; -1 where none does, or where old text begins before it."""
    for at in range(begin + 1, len(lines)):
        if _FENCE.match(lines[at].written):
            return at
        found = _border(lines, at)
        if lines[at].is_quoted or (found is not None and found.border is not _Border.PERHAPS):
            return -1
    return -1


def _may_continue_quote(lines: Sequence[_Line], at: int) -> bool:
    """Tell whether an unmarked line may be the end of a marked one that a program wrapped."""
    if at == 0 or lines[at].is_quoted or lines[at].is_blank:
        return False
    return lines[at - 1].is_quoted and len(lines[at - 1].written) >= 60


def _border(lines: Sequence[_Line], at: int) -> _Found | None:
    """Return what the first rule that knows the line says of it."""
    if lines[at].is_blank or lines[at].is_quoted:
        return None
    return next((found for rule in _RULES if (found := rule(lines, at)) is not None), None)


def _reply_above(lines: Sequence[_Line], at: int) -> _Found | None:
    plain = lines[at].plain
    return _Found(_Border.OLD_TO_THE_END) if len(plain) < 200 and any(words in plain for words in REPLY_ABOVE) else None


def _original_message(lines: Sequence[_Line], at: int) -> _Found | None:
    dashed = _DASHES.match(lines[at].plain)
    if dashed is None:
        return None
    is_known = any(words in dashed["words"] for words in (*ORIGINAL_MESSAGE, *FORWARDED))
    if is_known or _ADDRESS.search(dashed["words"]) or (following := _next(lines, at + 1)) and _meaning(following):
        return _Found(_Border.OLD_TO_THE_END)
    return _Found(_Border.PERHAPS)


def _forwarded(lines: Sequence[_Line], at: int) -> _Found | None:
    plain = lines[at].plain.strip("-–—_ ")
    is_marker = any(plain.removesuffix(":").strip() == words or plain.startswith(f"{words}:") for words in FORWARDED)
    return _Found(_Border.OLD_TO_THE_END) if is_marker else None


def _header_block(lines: Sequence[_Line], at: int) -> _Found | None:
    """Know a block of at least three of the labels From, Sent, To, Subject, Cc; two of them are a doubt."""
    if not _meaning(lines[at]):
        return None
    block = [line for line in lines[at : at + 12] if not line.is_blank][:8]
    meanings = {meaning for line in block if (meaning := _meaning(line))}
    if len(meanings) >= 3:
        return _Found(_Border.OLD_TO_THE_END)
    following = {meaning for line in block[:2] if (meaning := _meaning(line))}
    if len(following) == 2 and "from" in following:
        return _Found(_Border.OLD_TO_THE_END)
    is_doubtful = len(following) == 2 or (_meaning(lines[at]) == "from" and bool(_ADDRESS.search(lines[at].plain)))
    return _Found(_Border.PERHAPS) if is_doubtful else None


def _meaning(line: _Line) -> str:
    found = _LABEL.match(line.plain)
    return HEADER_LABELS.get(found[1].strip(), "") if found else ""


def _rule_line(lines: Sequence[_Line], at: int) -> _Found | None:
    if not _RULE.match(lines[at].written.strip()):
        return None
    following = _next(lines, at + 1)
    if following is None or _meaning(following) or lines[at].written.strip().startswith("_____"):
        return _Found(_Border.OLD_TO_THE_END)
    return _Found(_Border.PERHAPS)


def _attribution(lines: Sequence[_Line], at: int) -> _Found | None:
    """Know «On 5 October, X <x@example.org> wrote:», on one to four lines, in the languages of the tables."""
    for count, joined in _joined(lines, at):
        has_colon = _COLON.search(joined) is not None
        has_verb = _WROTE.search(joined) is not None
        has_address, has_moment = _ADDRESS.search(joined) is not None, _has_moment(joined)
        opens = joined.startswith(OPENERS)
        if has_verb and (has_colon or (opens and _ends_with_verb(joined))) and (has_address or has_moment):
            return _attributed(lines, at, count)
        if has_colon and has_address and has_moment:
            return _attributed(lines, at, count)
        if has_colon and (has_verb or has_address or has_moment) and _is_quote(_next(lines, at + count)):
            return _attributed(lines, at, count)
        if not (opens or has_address):
            return None  # only what looks like the beginning of an attribution is joined with what follows
    return None


def _joined(lines: Sequence[_Line], at: int) -> list[tuple[int, str]]:
    """Return the line, then the line joined with the one, two and three that follow without a gap."""
    joined: list[tuple[int, str]] = []
    text = ""
    for count, line in enumerate(lines[at : at + _ATTRIBUTION_LINES], start=1):
        text = f"{text} {line.plain}".strip()
        if line.is_blank or line.is_quoted or len(text) > _ATTRIBUTION_CHARACTERS:
            break
        joined.append((count, text))
    return joined


def _has_moment(text: str) -> bool:
    return _DATE.search(text) is not None or _TIME.search(text) is not None


def _ends_with_verb(text: str) -> bool:
    return any(found.end() >= len(text.rstrip(" .")) for found in _WROTE.finditer(text))


def _attributed(lines: Sequence[_Line], at: int, count: int) -> _Found:
    following = _next(lines, at + count)
    if following is None or following.is_quoted:
        return _Found(_Border.ATTRIBUTION, count)
    return _Found(_Border.OLD_TO_THE_END)


def _signature(lines: Sequence[_Line], at: int) -> _Found | None:
    return _Found(_Border.OLD_TO_THE_END) if _SIGNATURE.match(lines[at].written.strip()) else None


def _footer(lines: Sequence[_Line], at: int) -> _Found | None:
    is_last = at + 1 >= len(lines) or lines[at + 1].is_blank or lines[at + 1].is_quoted
    is_footer = lines[at].plain.lstrip("-–—<[( ").startswith(FOOTERS) and len(lines[at].plain) <= _FOOTER_CHARACTERS
    return _Found(_Border.FOOTER) if is_last and is_footer else None


def _perhaps(lines: Sequence[_Line], at: int) -> _Found | None:
    """Doubt a line that ends in a colon and names an address, or a day and a time, or says that somebody wrote."""
    plain = lines[at].plain
    if not _COLON.search(plain) or len(plain) > _ATTRIBUTION_CHARACTERS:
        return None
    has_both = _DATE.search(plain) is not None and _TIME.search(plain) is not None
    return _Found(_Border.PERHAPS) if has_both or _ADDRESS.search(plain) or _WROTE.search(plain) else None


_RULES: tuple[Callable[[Sequence[_Line], int], _Found | None], ...] = (
    _reply_above,
    _original_message,
    _forwarded,
    _header_block,
    _rule_line,
    _attribution,
    _signature,
    _footer,
    _perhaps,
)


def _next(lines: Sequence[_Line], at: int) -> _Line | None:
    """Return the first line from there on that is not blank, looking ten lines ahead."""
    return next((line for line in lines[at : at + 10] if not line.is_blank), None)


def _is_quote(line: _Line | None) -> bool:
    return line is not None and line.is_quoted
