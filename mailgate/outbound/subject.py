"""The subject line that a ticket's mails keep: `Re: <original subject> [#123]`.

It stays the same through a ticket's life, because Gmail and Outlook thread by it. Not here: subjects of notices about
no ticket, which their templates word; and which ticket a subject names (`inbound/thread.py`).
"""

from __future__ import annotations

import re

from mailgate.domain.ticket import Ticket
from mailgate.outbound.header_fields import clean_text

LONGEST = 240

#: What mail programs of many countries put before a subject that is answered or forwarded; «Re[2]:» and «RE :» too.
_PREFIX = re.compile(r"^(?:re|ref|réf|rép|aw|sv|vs|rv|fwd?|fw|tr|wg|enc|i)(?:\s?[\[(]\d+[\])])?\s?:\s*", re.IGNORECASE)
_REFERENCE = re.compile(r"\s*\[#\d+\]\s*")


def subject_of(ticket: Ticket, fallback: str) -> str:
    """Return the subject of every mail about that ticket; `fallback` where the client gave none."""
    stem = _stem(ticket.subject)
    return f"Re: {stem} [#{ticket.id}]" if stem else f"{_stem(fallback)} [#{ticket.id}]"


def _stem(subject: str) -> str:
    stem = _REFERENCE.sub(" ", clean_text(subject)).strip()
    while (shorter := _PREFIX.sub("", stem)) != stem:
        stem = shorter
    return stem if len(stem) <= LONGEST else f"{stem[: LONGEST - 1].rstrip()}…"
