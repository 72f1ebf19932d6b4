"""What a person wrote this time: the text without quotations, forwarded mails, footers and signature.

A scanner of lines, linear in their number. It errs on the side of leaving text out: all that follows the first border
between new and old is old, unless the old lines are marked by `>`. Where a line resembles a border without being surely
one, what follows is doubtful: it stays in the text, and if any of it could be read as a command the result is not sure.
What a command means, and who may give it, is not known here, nor how a border looks (`borders.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from mailgate.domain.commands import command_spans
from mailgate.domain.message import NewText
from mailgate.inbound.borders import Border, Found, border, is_rule_line
from mailgate.inbound.text_line import TextLine, text_line

SCANNED_CHARACTERS = 1 << 16
SCANNED_LINES = 10_000

_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_INTRODUCTION_LINES = 12
_WRAPPED_CHARACTERS = 60  # from which on a program wraps a quoted line


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a line: new where `rule` is empty, else old by that rule.

    A line that is quoted from an earlier mail leaves an empty one; one that the writer cites, by hand or between
    answers, stays with its mark.
    """

    written: str
    rule: str = ""
    is_quoted: bool = False
    is_cited: bool = False

    @property
    def shown(self) -> str:
        """What of the line stands in the new text."""
        return "" if self.is_quoted and not self.is_cited else self.written


def extract(text: str, *, is_wrapped: bool) -> NewText:
    """Return the new text of a plain text whose quotations are marked by `>` or introduced as mail programs do.

    `is_wrapped` is handed on: whether the line ends may be hard wraps. A text of more than 64 Ki characters or 10,000
    lines is cut.
    """
    lines, is_cut = _lines(text)
    verdicts, is_sure = _scan(lines)
    kept = [verdict.shown for verdict in verdicts if not verdict.rule]
    return NewText(text="\n".join(kept).strip("\n"), is_wrapped=is_wrapped, is_sure=is_sure, is_cut=is_cut)


def explain(text: str) -> list[Verdict]:
    """Return for each line of a text whether it is new, and the rule by which it is not."""
    return _scan(_lines(text)[0])[0]


def _lines(text: str) -> tuple[list[TextLine], bool]:
    """Return the lines that are looked at, and whether there are more; the last one is left out if it is not whole."""
    written = text[:SCANNED_CHARACTERS].split("\n")
    is_cut = len(text) > SCANNED_CHARACTERS or len(written) > SCANNED_LINES
    return [text_line(line) for line in (written[:-1] if is_cut else written)[:SCANNED_LINES]], is_cut


def _scan(lines: Sequence[TextLine]) -> tuple[list[Verdict], bool]:
    """Judge each line, and whether the new ones are sure: nothing below a doubt could be read as a command."""
    verdicts: list[Verdict] = []
    is_doubtful, is_sure, is_introduced = False, True, False
    at, fence_end = 0, -1
    while at < len(lines):
        line = lines[at]
        if at > fence_end and _FENCE.match(line.written):
            fence_end = _fence_end(lines, at)
        found = None if at <= fence_end else border(lines, at)
        if found is None and is_introduced and _is_wrapped_quote(lines, at):
            found = Found(Border.FOOTER, rule="wrapped_quotation")
        if found is not None and found.border is Border.OLD_TO_THE_END:
            verdicts += [Verdict(old.written, rule=found.rule) for old in lines[at:]]
            break
        is_doubtful = is_doubtful or _is_doubt(found) or _may_continue_quote(lines, at)
        if found is None or found.border is Border.PERHAPS:
            is_sure = is_sure and not (is_doubtful and not line.is_quoted and command_spans(line.written))
            is_introduced = is_introduced or _introduces_itself(lines, at)
            verdicts.append(Verdict(line.written, is_quoted=line.is_quoted, is_cited=not is_introduced))
            at += 1
            continue
        is_introduced = is_introduced or found.border is Border.ATTRIBUTION
        verdicts += [Verdict(old.written, rule=found.rule) for old in lines[at : at + found.lines]]
        at += found.lines
    return _without_end(_with_context(verdicts)), is_sure


def _with_context(verdicts: list[Verdict]) -> list[Verdict]:
    """Keep the quotations between which the writer answers: without the questions, nobody understands the answers."""
    judged = [verdict for verdict in verdicts if verdict.written.strip() and (verdict.is_quoted or not verdict.rule)]
    answers = sum(above.is_quoted and not below.is_quoted for above, below in pairwise(judged))
    return [replace(verdict, is_cited=True) for verdict in verdicts] if answers > 1 else verdicts


def _without_end(verdicts: list[Verdict]) -> list[Verdict]:
    """Leave out what stands below the last words: empty lines, quotations and lines of dashes.

    A mail that is nothing but what its writer cites is left as it is.
    """
    written = [verdict for verdict in verdicts if verdict.written.strip()]
    if all(verdict.is_quoted and verdict.is_cited and not verdict.rule for verdict in written):
        return verdicts
    for at in range(len(verdicts) - 1, -1, -1):
        verdict = verdicts[at]
        if verdict.rule:
            continue
        if verdict.shown.strip() and not verdict.is_quoted and not is_rule_line(verdict.shown):
            break
        verdicts[at] = replace(verdict, rule="quotation" if verdict.is_quoted else "end")
    return verdicts


def _is_doubt(found: Found | None) -> bool:
    return found is not None and found.border in {Border.PERHAPS, Border.FOOTER}


def _fence_end(lines: Sequence[TextLine], begin: int) -> int:
    """Return the line that closes a fenced block of code; -1 where none does, or where old text begins before it."""
    for at in range(begin + 1, len(lines)):
        if _FENCE.match(lines[at].written):
            return at
        found = border(lines, at)
        if lines[at].is_quoted or (found is not None and found.border is not Border.PERHAPS):
            return -1
    return -1


def _may_continue_quote(lines: Sequence[TextLine], at: int) -> bool:
    """Tell whether an unmarked line may be the end of a marked one that a program wrapped."""
    if at == 0 or lines[at].is_quoted or lines[at].is_blank or not lines[at - 1].is_quoted:
        return False
    return len(lines[at - 1].written) >= _WRAPPED_CHARACTERS or (at + 1 < len(lines) and lines[at + 1].is_quoted)


def _is_wrapped_quote(lines: Sequence[TextLine], at: int) -> bool:
    """Tell whether an unmarked line is surely the end of the quoted one above, which is long and breaks off."""
    if not 0 < at < len(lines) - 1 or lines[at].is_quoted or lines[at].is_blank or not lines[at + 1].is_quoted:
        return False
    above = lines[at - 1]
    is_broken_off = len(above.written) >= _WRAPPED_CHARACTERS and not above.plain.endswith((".", "?", "!", ":", ";"))
    return above.is_quoted and is_broken_off and not command_spans(lines[at].written)


def _introduces_itself(lines: Sequence[TextLine], at: int) -> bool:
    """Tell whether a quotation begins here with what introduces it: some programs put that behind the first `>`."""
    if not lines[at].is_quoted or (at > 0 and lines[at - 1].is_quoted):
        return False
    inner = [line.unquoted() for line in lines[at : at + _INTRODUCTION_LINES] if line.is_quoted]
    begin = next((place for place, line in enumerate(inner) if not line.is_blank), None)
    found = None if begin is None else border(inner, begin)
    return found is not None and found.border is not Border.PERHAPS
