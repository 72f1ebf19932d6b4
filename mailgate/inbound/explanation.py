"""Which lines of a mail count as new, and by which rule the others do not: for people who wonder what was read.

The same rules as in `new_text.py` say so; of a mail in HTML, what stood in the quotation of its program was left out
before its text was looked at, and that is a rule of its own here.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.domain.message import IncomingMessage
from mailgate.inbound.new_text import explain

IN_A_QUOTATION_OF_HTML = "quotation of html"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedLine:
    """A line of a mail; new where `rule` is empty."""

    text: str
    rule: str = ""


def explained(message: IncomingMessage) -> list[ExplainedLine]:
    """Return the lines of the readable text, in their order, each with the rule that leaves it out of the new text."""
    new = [line.rstrip() for line in message.new_text.text.split("\n")]
    at = 0
    lines: list[ExplainedLine] = []
    for verdict in explain(message.text):
        is_new = not verdict.rule and not verdict.is_quoted
        rule = verdict.rule or ("quotation" if verdict.is_quoted else "")
        if is_new and verdict.written.strip():
            found = next((place for place in range(at, len(new)) if new[place] == verdict.written.rstrip()), None)
            if found is None:
                rule = IN_A_QUOTATION_OF_HTML
            else:
                at = found + 1
        lines.append(ExplainedLine(text=verdict.written, rule=rule))
    return lines
