"""What a person wrote this time: the text without quotations, forwarded mails, footers and signature.

A scanner of lines, linear in their number. It errs on the side of leaving text out: all that follows the first border
between new and old is old, unless the old lines are marked by `>`. Where a line resembles a border without being surely
one, what follows is doubtful: it stays in the text, and if any of it could be read as a command the result is not sure.
What a command means, and who may give it, is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from mailgate.domain.commands import command_spans
from mailgate.domain.message import NewText
from mailgate.inbound.quotation_marks import (
    CLOSINGS,
    DISCLAIMERS,
    FOOTERS,
    FORWARDED,
    HEADER_LABELS,
    OPENERS,
    ORIGINAL_MESSAGE,
    REPLY_ABOVE,
    WROTE,
)

SCANNED_CHARACTERS = 1 << 16

_QUOTE = re.compile(r"[ \t]{0,3}(?:>|\|(?=[^|]*$)|&gt;|¦|＞)")  # a row of a table has more than one bar
_BOLD = re.compile(r"[*_]{1,2}(?=\S)|(?<=\S)[*_]{1,2}")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SPACE = re.compile(r"\s+")
_ADDRESS = re.compile(r"[^\s@<>\[\](),;:]{1,64}@[^\s@<>\[\](),;:]{1,190}")
_DIGIT = re.compile(r"\d")
_TIME = re.compile(r"\d{1,2}[:.h]\d{2}|\d{1,2} ?[ap]\.?m\b")
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\d年|\d{1,2}\.? \w{3,}|\w{3,} \d{1,2}\b")
_WROTE = re.compile(
    "|".join(
        rf"(?<!\w){re.escape(verb)}(?!\w)" if verb.isascii() or verb[0] < "\u0500" else re.escape(verb)
        for verb in WROTE
    )
)
_LABEL = re.compile(r"([^\s:：][^:：]{0,20}?)\s?[:：](\s|$)?")
_DASHES = re.compile(r"[-_=~*—–─\s]{2,90}(?P<words>[^\s].{2,80}?)[\s:]{0,9}[-_=~*—–─]{2}")
_RULE = re.compile(r"(?:[_]{5,}|[-]{8,}|[=]{8,}|[*]{8,}|[─—]{5,}|(?:[*] ){2,}[*])$")
_WRAPPED_END = re.compile(r">\s?(?:[^\s>][^>]{0,30})?[:：]$")
_SIGNATURE = re.compile(r"(?:--|—|--=20|-- ?\*)$")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_FOOTER_CHARACTERS = 90
_CLOSING_NAMES = 3  # words that may follow on the line
_LINES_ABOVE = 100  # among which a close looks for the letter
_ATTRIBUTION_LINES = 4
_INTRODUCTION_CHARACTERS = 400


_FORWARDED_AND_COLON = tuple(f"{words}:" for words in FORWARDED)


class _Border(Enum):
    """What stands at a line."""

    OLD_TO_THE_END = "old to the end"  # all that follows is old
    ATTRIBUTION = "attribution"  # old, and so are the marked lines that follow
    FOOTER = "footer"  # this line is no text; what follows may be a signature
    PERHAPS = "perhaps"  # it resembles a border, or closes a letter: what follows may be old, or a signature


@dataclass(frozen=True, slots=True)
class _Found:
    border: _Border
    lines: int = 1  # how many it takes
    rule: str = ""  # which one has found it


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a line: new where `rule` is empty, else old by that rule. A quoted line leaves an empty one."""

    written: str
    rule: str = ""
    is_quoted: bool = False

    @property
    def shown(self) -> str:
        """What of the line stands in the new text."""
        return "" if self.is_quoted else self.written


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as written, in the form in which the tables have it, and what it holds of an attribution or a header."""

    written: str
    plain: str = ""
    is_quoted: bool = False
    is_blank: bool = False
    has_verb: bool = False
    has_address: bool = False
    has_day: bool = False
    has_time: bool = False
    is_labelled: bool = False  # it begins like «From:»
    label: str = ""  # what the label means, where it is known

    @property
    def has_colon(self) -> bool:
        return self.plain.endswith((":", "："))

    @property
    def has_moment(self) -> bool:
        return self.has_day or self.has_time

    @property
    def begins_attribution(self) -> bool:
        return self.has_address or (self.has_day and self.has_time) or self.plain.startswith(OPENERS)


def extract(text: str, *, is_wrapped: bool) -> NewText:
    """Return the new text of a plain text whose quotations are marked by `>` or introduced as mail programs do.

    `is_wrapped` is handed on: whether the line ends may be hard wraps. A text of more than 64 Ki characters is cut.
    """
    lines = [_line(written) for written in text[:SCANNED_CHARACTERS].split("\n")]
    if len(text) > SCANNED_CHARACTERS:
        lines.pop()
    verdicts, is_sure = _scan(lines)
    kept = [verdict.shown for verdict in verdicts if not verdict.rule]
    is_cut = len(text) > SCANNED_CHARACTERS
    return NewText(text="\n".join(kept).strip("\n"), is_wrapped=is_wrapped, is_sure=is_sure, is_cut=is_cut)


def _line(written: str) -> _Line:
    spaced = _INVISIBLE.sub("", written.replace("\xa0", " ").replace("\u202f", " "))
    is_quoted = _QUOTE.match(spaced) is not None
    plain = _SPACE.sub(" ", _BOLD.sub("", spaced)).strip().casefold()
    if not plain or len(plain) > _INTRODUCTION_CHARACTERS:
        return _Line(written.rstrip(), plain, is_quoted, is_blank=not spaced.strip())
    label = _LABEL.match(plain)
    meaning = HEADER_LABELS.get(label[1].strip(), "") if label else ""
    has_digit = _DIGIT.search(plain) is not None  # asked first, as the others are: few lines need the slow patterns
    return _Line(
        written=written.rstrip(),
        plain=plain,
        is_quoted=is_quoted,
        has_verb=any(map(plain.__contains__, WROTE)) and _WROTE.search(plain) is not None,
        has_address="@" in plain and _ADDRESS.search(plain) is not None,
        has_day=has_digit and _DATE.search(plain) is not None,
        has_time=has_digit and _TIME.search(plain) is not None,
        is_labelled=label is not None and (label[2] is not None or meaning != ""),
        label=meaning,
    )


def explain(text: str) -> list[Verdict]:
    """Return for each line of a text whether it is new, and the rule by which it is not."""
    return _scan([_line(written) for written in text[:SCANNED_CHARACTERS].split("\n")])[0]


def _scan(lines: Sequence[_Line]) -> tuple[list[Verdict], bool]:
    """Judge each line, and whether the new ones are sure: nothing below a doubt could be read as a command."""
    verdicts: list[Verdict] = []
    is_doubtful, is_sure = False, True
    at, fence_end = 0, -1
    while at < len(lines):
        line = lines[at]
        if at > fence_end and _FENCE.match(line.written):
            fence_end = _fence_end(lines, at)
        found = None if at <= fence_end else _border(lines, at)
        if found is not None and found.border is _Border.OLD_TO_THE_END:
            verdicts += [Verdict(old.written, rule=found.rule) for old in lines[at:]]
            break
        is_doubtful = is_doubtful or _is_doubt(found) or _may_continue_quote(lines, at)
        if found is None or found.border is _Border.PERHAPS:
            is_sure = is_sure and not (is_doubtful and not line.is_quoted and command_spans(line.written))
            verdicts.append(Verdict(line.written, is_quoted=line.is_quoted))
            at += 1
            continue
        verdicts += [Verdict(old.written, rule=found.rule) for old in lines[at : at + found.lines]]
        at += found.lines
    return _without_end(verdicts), is_sure


def _without_end(verdicts: list[Verdict]) -> list[Verdict]:
    """Leave out what stands below the last words: empty lines, quotations and lines of dashes."""
    for at in range(len(verdicts) - 1, -1, -1):
        verdict = verdicts[at]
        if verdict.rule:
            continue
        if verdict.shown.strip() and not _RULE.match(verdict.shown.strip()):
            break
        verdicts[at] = replace(verdict, rule="quotation" if verdict.is_quoted else "end")
    return verdicts


def _is_doubt(found: _Found | None) -> bool:
    return found is not None and found.border in {_Border.PERHAPS, _Border.FOOTER}


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
    if at == 0 or lines[at].is_quoted or lines[at].is_blank or not lines[at - 1].is_quoted:
        return False
    return len(lines[at - 1].written) >= 60 or (at + 1 < len(lines) and lines[at + 1].is_quoted)


def _border(lines: Sequence[_Line], at: int) -> _Found | None:
    """Return what the first rule that knows the line says of it."""
    if lines[at].is_blank or lines[at].is_quoted:
        return None
    for rule in _RULES:
        if (found := rule(lines, at)) is not None:
            return replace(found, rule=rule.__name__.removeprefix("_"))
    return None


def _reply_above(lines: Sequence[_Line], at: int) -> _Found | None:
    plain = lines[at].plain
    return _Found(_Border.OLD_TO_THE_END) if len(plain) < 200 and any(words in plain for words in REPLY_ABOVE) else None


def _original_message(lines: Sequence[_Line], at: int) -> _Found | None:
    dashed = _DASHES.match(lines[at].plain)
    if dashed is None:
        return None
    following = _next(lines, at + 1)
    is_known = any(words in dashed["words"] for words in (*ORIGINAL_MESSAGE, *FORWARDED))
    is_border = is_known or lines[at].has_address or (following is not None and following.label)
    return _Found(_Border.OLD_TO_THE_END if is_border else _Border.PERHAPS)


def _forwarded(lines: Sequence[_Line], at: int) -> _Found | None:
    plain = lines[at].plain.strip("-–—_ ")
    is_marker = plain.startswith(_FORWARDED_AND_COLON) or plain.removesuffix(":").strip() in FORWARDED
    return _Found(_Border.OLD_TO_THE_END) if is_marker else None


def _header_block(lines: Sequence[_Line], at: int) -> _Found | None:
    """Know a block of at least three of the labels From, Sent, To, Subject, Cc, or of two with an author or a day."""
    if not lines[at].is_labelled:
        return None
    block = [line for line in lines[at : at + 12] if not line.is_blank][:8]
    labels = {line.label for line in block if line.label}
    first = {line.label for line in block[:2] if line.label}
    is_dated = "date" in first and any(line.has_moment for line in block[:2])
    if len(labels) >= 3 or (len(first) == 2 and ("from" in first or is_dated)):
        return _Found(_Border.OLD_TO_THE_END)
    is_unknown = len(block) >= 3 and all(line.is_labelled for line in block[:3])  # perhaps in another language
    has_address = any(line.has_address for line in (block[:3] if is_unknown else lines[at : at + 1]))
    is_doubtful = len(first) == 2 or (has_address and (is_unknown or lines[at].label == "from"))
    return _Found(_Border.PERHAPS) if is_doubtful else None


def _rule_line(lines: Sequence[_Line], at: int) -> _Found | None:
    if not _RULE.match(lines[at].written.strip()):
        return None
    following = _next(lines, at + 1)
    if following is None or following.label or lines[at].written.strip().startswith("_____"):
        return _Found(_Border.OLD_TO_THE_END)
    return _Found(_Border.PERHAPS)


def _attribution(lines: Sequence[_Line], at: int) -> _Found | None:
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


def _joinable(lines: Sequence[_Line], at: int) -> int:
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


def _is_attribution(lines: Sequence[_Line], *, is_before_quote: bool) -> bool:
    has_colon = lines[-1].has_colon
    opens = lines[0].plain.startswith(OPENERS)
    has_address, has_moment = any(line.has_address for line in lines), any(line.has_moment for line in lines)
    if any(line.has_verb for line in lines) and (has_colon or (opens and _ends_with_verb(lines[-1]))):
        return has_address or has_moment or (has_colon and is_before_quote)
    if has_colon:
        return (has_address and has_moment) or (is_before_quote and (has_address or has_moment))
    is_moment = opens and lines[0].has_day and lines[0].has_time and len(lines[0].plain) < _INTRODUCTION_CHARACTERS // 2
    return is_before_quote and is_moment and len(lines) == 1


def _ends_with_verb(line: _Line) -> bool:
    return line.has_verb and any(found.end() == len(line.plain.rstrip(" .")) for found in _WROTE.finditer(line.plain))


def _broken_attribution(lines: Sequence[_Line], at: int) -> _Found | None:
    """Know a day and a time behind an opening word, the verb and the colon some lines below with blank ones between."""
    first = lines[at]
    if not (first.plain.startswith(OPENERS) and first.has_day and first.has_time):
        return None
    is_broken = any(line.has_verb and line.has_colon for line in lines[at + 1 : at + 9])
    return _Found(_Border.OLD_TO_THE_END) if is_broken else None


def _attributed(lines: Sequence[_Line], at: int, count: int) -> _Found:
    following = _next(lines, at + count)
    if following is None or following.is_quoted:
        return _Found(_Border.ATTRIBUTION, count)
    return _Found(_Border.OLD_TO_THE_END)


def _signature(lines: Sequence[_Line], at: int) -> _Found | None:
    return _Found(_Border.OLD_TO_THE_END) if _SIGNATURE.match(lines[at].written.strip()) else None


def _footer(lines: Sequence[_Line], at: int) -> _Found | None:
    plain = lines[at].plain.lstrip("-–—<[( ")
    is_sentence = ", " in plain and plain.endswith(".")
    if len(plain) > _FOOTER_CHARACTERS or is_sentence or not plain.startswith(FOOTERS):
        return None
    return _Found(_Border.FOOTER if _ends_at(lines, at + 1) else _Border.PERHAPS)


def _ends_at(lines: Sequence[_Line], at: int) -> bool:
    """Tell whether a paragraph ends before a line: there is none, or an empty one, or old text begins with it."""
    if at >= len(lines) or lines[at].is_blank or lines[at].is_quoted:
        return True
    return any(find(lines, at) is not None for find in (_attribution, _original_message, _forwarded, _header_block))


def _disclaimer(lines: Sequence[_Line], at: int) -> _Found | None:
    return _Found(_Border.OLD_TO_THE_END) if lines[at].plain.startswith(DISCLAIMERS) else None


def _closing(lines: Sequence[_Line], at: int) -> _Found | None:
    plain = lines[at].plain.replace("’", "'")
    if not plain.startswith(CLOSINGS):
        return None
    if not any(line.plain for line in lines[max(0, at - _LINES_ABOVE) : at]):
        return None  # a letter does not begin with its close
    closing = next(words for words in CLOSINGS if plain.startswith(words))
    if plain.removeprefix(closing)[:1].isalpha():
        return None
    if len(plain.removeprefix(closing).split()) > _CLOSING_NAMES:
        return None
    return _Found(_Border.PERHAPS)


def _perhaps(lines: Sequence[_Line], at: int) -> _Found | None:
    """Doubt a line that ends in a colon and names an address, or a day and a time, or says that somebody wrote."""
    line = lines[at]
    is_doubtful = line.has_colon and (line.has_address or line.has_verb or (line.has_day and line.has_time))
    return _Found(_Border.PERHAPS) if is_doubtful else None


_RULES: tuple[Callable[[Sequence[_Line], int], _Found | None], ...] = (
    _reply_above,
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


def _next(lines: Sequence[_Line], at: int) -> _Line | None:
    """Return the first line from there on that is not blank."""
    return next((lines[i] for i in range(at, len(lines)) if not lines[i].is_blank), None)


def _is_quote(line: _Line | None) -> bool:
    return line is not None and line.is_quoted
