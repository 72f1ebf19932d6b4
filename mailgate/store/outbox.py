"""Mail to be delivered: a row per recipient, whose bytes and Message-ID never change, claimed before it is sent.

The key of a notice is unique, so that nothing is told twice, whatever crashes or runs twice. Not here: when to try
again (`outbound/retry.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from mailgate.store.database import Transaction
from mailgate.store.statements import insert_new, update
from mailgate.store.tables import OUTBOX, OutboxState


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A mail to one recipient, as it is queued."""

    notice_key: str  # what makes the notice the same one
    kind: str  # of the notice
    ticket_id: int | None
    inbox_id: int | None  # the mail that caused it
    person_id: int | None  # the recipient
    mail_from: str
    rcpt_to: str
    message_id: str
    content: bytes
    queued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMail(Outgoing):
    """A mail to one recipient, and how far its delivery is."""

    id: int
    state: OutboxState
    attempts: int
    next_attempt_at: datetime
    claimed_until: datetime | None
    last_reply: str
    done_at: datetime | None


def known_keys(tx: Transaction, notice_keys: Iterable[str]) -> set[str]:
    """Return those of these keys whose notices were queued once."""
    return set(tx.execute(_with_keys(), {"notice_keys": list(notice_keys)}).scalars())


@cache
def _with_keys() -> sa.Select[tuple[Any]]:
    return sa.select(OUTBOX.c.notice_key).where(OUTBOX.c.notice_key.in_(sa.bindparam("notice_keys", expanding=True)))


def count_since(tx: Transaction, *, kind: str, person_id: int, since: datetime) -> int:
    """Return how many notices of a kind were queued for a person from that moment on."""
    mine = (OUTBOX.c.kind == kind, OUTBOX.c.person_id == person_id, OUTBOX.c.queued_at >= since)
    return int(tx.execute(sa.select(sa.func.count()).select_from(OUTBOX).where(*mine)).scalar_one())


def enqueue(tx: Transaction, row: Outgoing) -> int | None:
    """Queue a mail and return its id, or None where the notice was queued before."""
    outbox_id: int | None = insert_new(
        tx,
        OUTBOX,
        notice_key=row.notice_key,
        kind=row.kind,
        ticket_id=row.ticket_id,
        inbox_id=row.inbox_id,
        person_id=row.person_id,
        mail_from=row.mail_from,
        rcpt_to=row.rcpt_to,
        message_id=row.message_id,
        content=row.content,
        queued_at=row.queued_at,
        state=OutboxState.QUEUED,
        attempts=0,
        next_attempt_at=row.queued_at,
        last_reply="",
    )
    return outbox_id


def claim(tx: Transaction, now: datetime, lease: timedelta, limit: int) -> list[OutboxMail]:
    """Count an attempt at mails that are due, and return them; nobody else gets them until the lease ends.

    The caller commits before it connects, so that an attempt which kills the process counts as well.
    """
    due = (OUTBOX.c.state == OutboxState.QUEUED) & (OUTBOX.c.next_attempt_at <= now)
    free = OUTBOX.c.claimed_until.is_(None) | (OUTBOX.c.claimed_until <= now)
    chosen = sa.select(OUTBOX.c.id).where(due, free).order_by(OUTBOX.c.next_attempt_at, OUTBOX.c.id).limit(limit)
    ids = list(tx.execute(chosen.with_for_update(skip_locked=True)).scalars())
    update(tx, OUTBOX, OUTBOX.c.id.in_(ids), attempts=OUTBOX.c.attempts + 1, claimed_until=now + lease)
    claimed = sa.select(OUTBOX).where(OUTBOX.c.id.in_(ids)).order_by(OUTBOX.c.next_attempt_at, OUTBOX.c.id)
    return [_to_mail(row) for row in tx.execute(claimed)]


def sent(tx: Transaction, outbox_id: int, reply: str, at: datetime) -> None:
    """Write down that the smarthost took the mail; that holds even if somebody had given it up."""
    tx.execute(_sent(), {"outbox_id": outbox_id, "reply": reply, "at": at})


@cache
def _sent() -> sa.Update:
    row = sa.update(OUTBOX).where(OUTBOX.c.id == sa.bindparam("outbox_id"))
    said: dict[str, Any] = {"last_reply": sa.bindparam("reply"), "done_at": sa.bindparam("at")}
    return row.values(state=OutboxState.SENT, claimed_until=None, **said)


def deferred(tx: Transaction, outbox_id: int, reply: str, next_attempt_at: datetime) -> None:
    """Let a mail wait for its next attempt."""
    update(tx, OUTBOX, *_queued(outbox_id), claimed_until=None, last_reply=reply, next_attempt_at=next_attempt_at)


def failed(tx: Transaction, outbox_id: int, reply: str, at: datetime) -> None:
    """Give a mail up."""
    update(tx, OUTBOX, *_queued(outbox_id), state=OutboxState.FAILED, claimed_until=None, last_reply=reply, done_at=at)


def give_up_queued(tx: Transaction, reply: str, at: datetime) -> int:
    """Give up all mail that waits, with that reason; return how many mails there were."""
    waiting = OUTBOX.c.state == OutboxState.QUEUED
    return update(tx, OUTBOX, waiting, state=OutboxState.FAILED, claimed_until=None, last_reply=reply, done_at=at)


def forget_claims(tx: Transaction) -> int:
    """Free all claims, where nobody can hold one any more; return how many there were. Their attempts stay counted."""
    claimed = (OUTBOX.c.state == OutboxState.QUEUED, OUTBOX.c.claimed_until.is_not(None))
    return update(tx, OUTBOX, *claimed, claimed_until=None)


def listing(tx: Transaction, *, states: Iterable[str] | None = None, limit: int = 50) -> list[OutboxMail]:
    """Return the newest mails, newest first, in these states or all."""
    query = sa.select(OUTBOX).order_by(OUTBOX.c.id.desc()).limit(limit)
    if states is not None:
        query = query.where(OUTBOX.c.state.in_([OutboxState(state) for state in states]))
    return [_to_mail(row) for row in tx.execute(query)]


def find(tx: Transaction, outbox_id: int) -> OutboxMail | None:
    """Return a mail, or None where there is none of that number."""
    row = tx.execute(sa.select(OUTBOX).where(OUTBOX.c.id == outbox_id)).first()
    return None if row is None else _to_mail(row)


def retry(tx: Transaction, outbox_id: int, *, at: datetime) -> bool:
    """Let a mail be delivered anew that waits or was given up; tell whether it was one."""
    is_undelivered = (OUTBOX.c.id == outbox_id) & (OUTBOX.c.state != OutboxState.SENT)
    changed = update(
        tx,
        OUTBOX,
        is_undelivered,
        state=OutboxState.QUEUED,
        attempts=0,
        next_attempt_at=at,
        queued_at=at,
        done_at=None,
    )
    return changed == 1


def count_by_state(tx: Transaction) -> dict[str, int]:
    """Return how many mails there are in each state in which there are any."""
    rows = tx.execute(sa.select(OUTBOX.c.state, sa.func.count()).group_by(OUTBOX.c.state))
    return {state.value: count for state, count in rows}


def count_deferred(tx: Transaction) -> int:
    """Return how many mails were tried at least once and still wait."""
    waiting = (OUTBOX.c.state == OutboxState.QUEUED) & (OUTBOX.c.attempts > 0)
    return int(tx.execute(sa.select(sa.func.count()).select_from(OUTBOX).where(waiting)).scalar_one())


def _queued(outbox_id: int) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return OUTBOX.c.id == outbox_id, OUTBOX.c.state == OutboxState.QUEUED


def _to_mail(row: sa.Row[tuple[Any, ...]]) -> OutboxMail:
    return OutboxMail(**row._asdict())
