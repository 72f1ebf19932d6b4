"""What a mail leads to, as values: its fate, the words to keep, the work to record, the notices to send.

`decision.py` makes them, `services/desk.py` carries them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mailgate.domain.notice import Notice
from mailgate.domain.progress import Happening, Work
from mailgate.domain.ticket import Ticket


class Fate(Enum):
    """Where a mail ends up in the inbox."""

    DONE = "done"  # it had its effects
    NOTED = "noted"  # automatic mail, kept with its ticket
    HELD = "held"  # waits for the administrator; nobody was answered
    WITHHELD = "withheld"  # an engineer's mail that waits for its corrected commands
    DISCARDED = "discarded"  # our own mail coming back
    PARKED = "parked"  # it could not be processed; waits for the administrator


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text to be kept with the ticket."""

    person_id: int | None
    text: str
    is_internal: bool
    is_verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """A line of the audit trail: what was commanded or happened; who and how is the mail's."""

    verb: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The fate of a mail and all its effects. `ticket` is the ticket as it shall be; id 0 opens it."""

    fate: Fate
    reason: str
    ticket: Ticket | None = None
    words: tuple[Words, ...] = ()
    works: tuple[Work, ...] = ()
    happenings: tuple[Happening, ...] = ()
    events: tuple[AuditEvent, ...] = ()
    notices: tuple[Notice, ...] = ()
    used_action_id: int | None = None
    released_inbox_id: int | None = None
