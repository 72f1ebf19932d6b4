"""Commands that were offered to one person as a signed address, each of which works once.

Not here: the address and its signature (`domain/reply_address.py`), and how long an offer stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mailgate.store.database import Transaction
from mailgate.store.statements import insert, update
from mailgate.store.tables import ACTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A command that was offered; `about_inbox_id` is the mail that it would release or undo."""

    id: int
    person_id: int
    ticket_id: int | None
    command: str
    about_inbox_id: int | None
    created_at: datetime
    used_at: datetime | None  # taken up, or superseded


def offer(
    tx: Transaction,
    *,
    person_id: int,
    ticket_id: int | None,
    command: str,
    about_inbox_id: int | None,
    at: datetime,
) -> int:
    """Offer a command and return the id that its address carries."""
    return insert(
        tx,
        ACTION,
        person_id=person_id,
        ticket_id=ticket_id,
        command=command,
        about_inbox_id=about_inbox_id,
        created_at=at,
    )


def load(tx: Transaction, action_id: int) -> Action | None:
    """Return an offer."""
    row = tx.execute(sa.select(ACTION).where(ACTION.c.id == action_id)).first()
    return Action(**row._asdict()) if row is not None else None


def use(tx: Transaction, action_id: int, at: datetime) -> bool:
    """Take an offer up; False where it was taken up or superseded before."""
    return update(tx, ACTION, ACTION.c.id == action_id, ACTION.c.used_at.is_(None), used_at=at) == 1


def supersede(tx: Transaction, *, ticket_id: int, at: datetime) -> None:
    """Withdraw what was offered on a ticket and no longer fits; what is about one mail (release, undo) still fits."""
    update(
        tx,
        ACTION,
        ACTION.c.ticket_id == ticket_id,
        ACTION.c.about_inbox_id.is_(None),
        ACTION.c.used_at.is_(None),
        used_at=at,
    )


def withdraw(tx: Transaction, *, about_inbox_id: int, at: datetime) -> None:
    """End what was offered about a mail that was withheld and is now released."""
    update(tx, ACTION, ACTION.c.about_inbox_id == about_inbox_id, ACTION.c.used_at.is_(None), used_at=at)
