"""Received mail that waits for the operator: tried again, let in, exported or given up, each time on record.

Nothing is ever deleted here: a mail that is dropped stays with its octets and the reason.
"""

from __future__ import annotations

from datetime import datetime

from mailgate.errors import PermanentError
from mailgate.services.accounts import record_act
from mailgate.store import inbox
from mailgate.store.database import Transaction
from mailgate.store.tables import InboxState

WAITING = (InboxState.PARKED, InboxState.HELD)
WHY_NOT = {
    InboxState.RECEIVED: "it waits to be processed already",
    InboxState.WITHHELD: "its writer corrects or releases it, by a reply to the receipt",
}


def retry(tx: Transaction, number: int, now: datetime) -> None:
    """Let a parked or held mail be processed anew, with all its attempts; raises PermanentError for any other."""
    _waiting(tx, number)
    inbox.retry(tx, number, at=now)
    record_act(tx, "inbox", f"mail {number} is tried again", now)


def drop(tx: Transaction, number: int, reason: str, now: datetime) -> None:
    """Give a parked or held mail up for a reason; raises PermanentError for any other."""
    line = _waiting(tx, number)
    inbox.finish(
        tx,
        number,
        state=InboxState.DISCARDED,
        rule="dropped",
        reason=f"dropped: {reason}",
        ticket_id=line.ticket_id,
        person_id=line.person_id,
        authentication=line.authentication,
        at=now,
    )
    record_act(tx, "inbox", f"mail {number} is dropped: {reason}", now)


def record_release(tx: Transaction, number: int, now: datetime) -> None:
    """Write down that the operator let a held mail in."""
    record_act(tx, "inbox", f"mail {number} is let in", now)


def octets(tx: Transaction, number: int) -> bytes:
    """Return a mail as it was received; raises PermanentError where there is none of that number."""
    return inbox.raw(tx, number)


def _waiting(tx: Transaction, number: int) -> inbox.InboxLine:
    line = inbox.summary(tx, number)
    if line.state not in WAITING:
        why = WHY_NOT.get(InboxState(line.state), f"it is {line.state}: {line.reason}")
        raise PermanentError(f"mail {number} does not wait for the operator: {why}")
    return line
