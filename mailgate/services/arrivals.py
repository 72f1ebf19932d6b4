"""What has arrived and what is under way, for whoever examines the installation: counts, and the newest mails.

Only looks. Not here: the lists that people work with (`history.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mailgate.domain.message import IncomingMessage
from mailgate.inbound.parse import parse
from mailgate.store import inbox, outbox
from mailgate.store.database import Transaction

#: Enough to see what the mail server in front does with each mail.
RECENT_MAILS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A mail that was received: when, for which envelope recipients, and what it says."""

    received_at: datetime
    rcpt_to: tuple[str, ...]
    message: IncomingMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """How many mails are in which state, and how many to deliver have been tried in vain."""

    inbox: Mapping[str, int]
    outbox: Mapping[str, int]
    deferred: int


def workload(tx: Transaction) -> Workload:
    """Count received mail and mail to be delivered."""
    return Workload(
        inbox=inbox.count_by_state(tx), outbox=outbox.count_by_state(tx), deferred=outbox.count_deferred(tx)
    )


def recent(tx: Transaction, limit: int = RECENT_MAILS) -> list[Arrival]:
    """Return the newest mails, newest first."""
    return [_arrival(tx, line) for line in inbox.listing(tx, limit=limit)]


def arrived(tx: Transaction, message_id: str) -> Arrival | None:
    """Return the mail of that Message-ID, None where none has come."""
    line = inbox.first_with_message_id(tx, message_id)
    return None if line is None else _arrival(tx, line)


def _arrival(tx: Transaction, line: inbox.InboxLine) -> Arrival:
    return Arrival(received_at=line.received_at, rcpt_to=line.rcpt_to, message=parse(inbox.raw(tx, line.id)))
