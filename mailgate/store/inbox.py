"""Received mail and its life: stored before the sender is answered, processed once, kept with the reason.

The octets are kept whole and compressed under their own digest; the key of a mail is a digest that leaves out what
servers on the way add, so that one mail over two ways is one row. Not here: what a mail means.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.dml import ReturningUpdate

from mailgate.domain.message import Authentication, Envelope
from mailgate.errors import PermanentError, TemporaryError
from mailgate.store.database import Transaction
from mailgate.store.raw_mail import PackedMail, pack, unpack
from mailgate.store.statements import insert_new, update
from mailgate.store.tables import INBOX, RAW_MAIL, InboxState

#: States that nothing follows.
FINAL = (InboxState.DONE, InboxState.NOTED, InboxState.DISCARDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A mail that came: the digest by which it is known, its octets as they are kept, and its envelope."""

    digest: str  # without trace fields
    packed: PackedMail
    message_id: str
    envelope: Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The number of a stored mail, and whether it was unknown until now."""

    id: int
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxLine:
    """What is known of a mail without reading it."""

    id: int
    digest: str  # without trace fields
    raw_digest: str  # of all octets
    message_id: str
    envelope: Envelope
    is_repeated_id: bool  # an earlier mail had this Message-ID and other content
    state: InboxState
    rule: str
    reason: str
    attempts: int
    next_attempt_at: datetime
    last_error: str  # private: for the operator
    ticket_id: int | None
    person_id: int | None
    authentication: Authentication | None
    processed_at: datetime | None

    @property
    def received_at(self) -> datetime:
        """When the server received it."""
        return self.envelope.received_at

    @property
    def mail_from(self) -> str:
        """The envelope sender; empty for the null reverse-path."""
        return self.envelope.mail_from

    @property
    def rcpt_to(self) -> tuple[str, ...]:
        """The envelope recipients, over all ways by which it came."""
        return self.envelope.rcpt_to

    @property
    def authentication_summary(self) -> str:
        """The verdict on its origin in one line, such as `pass (dmarc): …`; empty before it was processed."""
        known = self.authentication
        if known is None:
            return ""
        method = f" ({known.method})" if known.method else ""
        return (
            f"{known.verdict.value}{method}: {known.evidence}" if known.evidence else f"{known.verdict.value}{method}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxMail(InboxLine):
    """A mail with its octets as they were received."""

    raw: bytes


def store(tx: Transaction, *, digest: str, raw: bytes, message_id: str, envelope: Envelope) -> Stored:
    """Store a mail that comes alone; see `store_one`."""
    return store_one(tx, Arrival(digest=digest, packed=pack(raw), message_id=message_id, envelope=envelope))


def store_one(tx: Transaction, arrival: Arrival) -> Stored:
    """Store a mail, or add the recipients to the mail of that digest where it is known.

    A known non-empty Message-ID with another digest marks the new row: its commands need a confirmation.
    """
    known = _add_recipients(tx, arrival)
    if known is not None:
        return Stored(id=known, is_new=False)
    insert_new(tx, RAW_MAIL, **raw_row(arrival))
    is_repeated_id = arrival.message_id != "" and _is_known(tx, arrival.message_id)
    inbox_id = insert_new(tx, INBOX, **new_row(arrival, is_repeated_id=is_repeated_id))
    if inbox_id is not None:
        return Stored(id=inbox_id, is_new=True)
    known = _add_recipients(tx, arrival)  # another node was quicker
    if known is None:
        raise TemporaryError("the mail cannot be stored now")
    return Stored(id=known, is_new=False)


def raw_row(arrival: Arrival) -> dict[str, object]:
    """Return the row of a mail's octets."""
    packed = arrival.packed
    return {"digest": packed.digest, "content": packed.content, "size_octets": packed.size_octets}


def new_row(arrival: Arrival, *, is_repeated_id: bool) -> dict[str, object]:
    """Return the row of a mail that waits to be processed."""
    envelope = arrival.envelope
    return {
        "digest": arrival.digest,
        "raw_digest": arrival.packed.digest,
        "message_id": arrival.message_id,
        "mail_from": envelope.mail_from,
        "rcpt_to": list(dict.fromkeys(envelope.rcpt_to)),
        "received_at": envelope.received_at,
        "is_repeated_id": is_repeated_id,
        "state": InboxState.RECEIVED,
        "rule": "",
        "reason": "",
        "attempts": 0,
        "next_attempt_at": envelope.received_at,
        "last_error": "",
        "method": "",
        "evidence": "",
    }


def _add_recipients(tx: Transaction, arrival: Arrival) -> int | None:
    known = sa.select(INBOX.c.id, INBOX.c.rcpt_to).where(INBOX.c.digest == arrival.digest).with_for_update()
    row = tx.execute(known).first()
    if row is None:
        return None
    union = list(dict.fromkeys([*row.rcpt_to, *arrival.envelope.rcpt_to]))
    if union != row.rcpt_to:
        update(tx, INBOX, INBOX.c.id == row.id, rcpt_to=union)
    return int(row.id)


def _is_known(tx: Transaction, message_id: str) -> bool:
    return tx.execute(sa.select(INBOX.c.id).where(INBOX.c.message_id == message_id).limit(1)).first() is not None


def waiting(tx: Transaction, now: datetime, limit: int = 50) -> list[int]:
    """Return the mails whose processing is due, those that wait longest first."""
    due = (INBOX.c.state == InboxState.RECEIVED) & (INBOX.c.next_attempt_at <= now)
    order = (INBOX.c.next_attempt_at, INBOX.c.id)
    return list(tx.execute(sa.select(INBOX.c.id).where(due).order_by(*order).limit(limit)).scalars())


def forget_delays(tx: Transaction, now: datetime) -> int:
    """Make all mail that waits for its next processing due now; return how many mails there were."""
    delayed = (INBOX.c.state == InboxState.RECEIVED, INBOX.c.next_attempt_at > now)
    return update(tx, INBOX, *delayed, next_attempt_at=now)


def count_attempt(tx: Transaction, inbox_id: int, next_attempt_at: datetime) -> None:
    """Count an attempt before it is made, so that one which kills the process counts as well."""
    update(tx, INBOX, *_received(inbox_id), attempts=INBOX.c.attempts + 1, next_attempt_at=next_attempt_at)


def count_first_attempts(tx: Transaction, ids: Iterable[int], next_attempt_at: datetime) -> set[int]:
    """Count an attempt at those of these mails that nobody has tried yet, and return their ids."""
    values = {"ids": list(ids), "next_at": next_attempt_at}
    return set(tx.execute(_first_attempts(), values).scalars())


@cache
def _first_attempts() -> ReturningUpdate[tuple[Any]]:
    untried = (INBOX.c.state == InboxState.RECEIVED) & (INBOX.c.attempts == 0)
    these = sa.update(INBOX).where(INBOX.c.id.in_(sa.bindparam("ids", expanding=True)), untried)
    return these.values(attempts=1, next_attempt_at=sa.bindparam("next_at")).returning(INBOX.c.id)


def uncount_attempt(tx: Transaction, inbox_id: int, next_attempt_at: datetime) -> None:
    """Take an attempt back that failed for reasons which have nothing to do with the mail."""
    update(tx, INBOX, *_received(inbox_id), attempts=INBOX.c.attempts - 1, next_attempt_at=next_attempt_at)


def load(tx: Transaction, inbox_id: int) -> InboxMail:
    """Return a mail with its octets; raises PermanentError where there is none of that number."""
    mail = find(tx, inbox_id)
    if mail is None:
        raise _unknown(inbox_id)
    return mail


def find(tx: Transaction, inbox_id: int) -> InboxMail | None:
    """Return a mail with its octets, or None where there is none of that number."""
    row = tx.execute(_whole(), {"inbox_id": inbox_id}).first()
    return InboxMail(**_fields(row), raw=unpack(row.content)) if row is not None else None


@cache
def _line() -> sa.Select[tuple[Any, ...]]:
    return sa.select(INBOX).where(INBOX.c.id == sa.bindparam("inbox_id"))


@cache
def _whole() -> sa.Select[tuple[Any, ...]]:
    return _line().add_columns(RAW_MAIL.c.content).join(RAW_MAIL)


def raw(tx: Transaction, inbox_id: int) -> bytes:
    """Return the octets of a mail as they were received; raises PermanentError where there is no such mail."""
    content = tx.execute(sa.select(RAW_MAIL.c.content).join(INBOX).where(INBOX.c.id == inbox_id)).scalar_one_or_none()
    if content is None:
        raise _unknown(inbox_id)
    return unpack(content)


def is_waiting(tx: Transaction, inbox_id: int) -> bool:
    """Tell whether a mail still waits to be processed."""
    return bool(tx.execute(_state(), {"inbox_id": inbox_id}).scalar_one_or_none() is InboxState.RECEIVED)


@cache
def _state() -> sa.Select[Any]:
    return sa.select(INBOX.c.state).where(INBOX.c.id == sa.bindparam("inbox_id"))


def summary(tx: Transaction, inbox_id: int) -> InboxLine:
    """Return what is known of a mail; raises PermanentError where there is none of that number."""
    row = tx.execute(_line(), {"inbox_id": inbox_id}).first()
    if row is None:
        raise _unknown(inbox_id)
    return InboxLine(**_fields(row))


def listing(tx: Transaction, *, states: Iterable[str] | None = None, limit: int = 50) -> list[InboxLine]:
    """Return the newest mails, newest first, of these states or of all."""
    query = sa.select(INBOX).order_by(INBOX.c.id.desc()).limit(limit)
    if states is not None:
        query = query.where(INBOX.c.state.in_([InboxState(state) for state in states]))
    return [InboxLine(**_fields(row)) for row in tx.execute(query)]


def first_with_message_id(tx: Transaction, message_id: str) -> InboxLine | None:
    """Return the oldest mail of that Message-ID, None where there is none."""
    row = tx.execute(sa.select(INBOX).where(INBOX.c.message_id == message_id).order_by(INBOX.c.id).limit(1)).first()
    return None if row is None else InboxLine(**_fields(row))


def count_by_state(tx: Transaction) -> dict[str, int]:
    """Return how many mails there are in each state in which there are any."""
    rows = tx.execute(sa.select(INBOX.c.state, sa.func.count()).group_by(INBOX.c.state))
    return {state.value: count for state, count in rows}


def untold(tx: Transaction) -> list[InboxLine]:
    """Return the held and parked mails of which the administrators have not heard yet, oldest first."""
    attended = INBOX.c.state.in_([InboxState.HELD, InboxState.PARKED])
    query = sa.select(INBOX).where(attended, INBOX.c.told_at.is_(None)).order_by(INBOX.c.id)
    return [InboxLine(**_fields(row)) for row in tx.execute(query)]


def last_told_at(tx: Transaction) -> datetime | None:
    """Return when the administrators were last told of waiting mail."""
    newest = sa.select(INBOX.c.told_at).order_by(INBOX.c.told_at.desc()).limit(1)
    told_at: datetime | None = tx.execute(newest.where(INBOX.c.told_at.is_not(None))).scalar()
    return told_at


def told(tx: Transaction, ids: Iterable[int], at: datetime) -> None:
    """Write down that the administrators were told of these mails."""
    for inbox_id in ids:
        update(tx, INBOX, INBOX.c.id == inbox_id, told_at=at)


def finish(
    tx: Transaction,
    inbox_id: int,
    *,
    state: str,
    rule: str,
    reason: str,
    ticket_id: int | None,
    person_id: int | None,
    authentication: Authentication | None,
    at: datetime,
) -> None:
    """Write down what became of a mail, and why.

    Raises TemporaryError where another node has finished it meanwhile: whatever this one did must be rolled back.
    """
    values = {
        "state": InboxState(state),
        "rule": rule,
        "reason": reason,
        "ticket_id": ticket_id,
        "person_id": person_id,
        "verdict": authentication.verdict if authentication else None,
        "method": authentication.method if authentication else "",
        "evidence": authentication.evidence if authentication else "",
        "last_error": "",
        "processed_at": at,
    }
    if not tx.execute(_finish(tuple(values)), {**values, "inbox_id": inbox_id}).rowcount:
        raise TemporaryError(f"mail {inbox_id} is finished already")


@cache
def _finish(names: tuple[str, ...]) -> sa.Update:
    unfinished = sa.update(INBOX).where(INBOX.c.id == sa.bindparam("inbox_id"), INBOX.c.state.not_in(FINAL))
    return unfinished.values({name: sa.bindparam(name) for name in names})


def release(tx: Transaction, inbox_id: int, *, by_inbox_id: int, at: datetime) -> None:
    """Write down that a withheld mail had its effects through another one; raises TemporaryError if it had before."""
    is_withheld = (INBOX.c.id == inbox_id) & (INBOX.c.state == InboxState.WITHHELD)
    reason = f"released by mail {by_inbox_id}"
    if not update(tx, INBOX, is_withheld, state=InboxState.DONE, reason=reason, processed_at=at):
        raise TemporaryError(f"mail {inbox_id} is not withheld any more")


def defer(tx: Transaction, inbox_id: int, *, error: str, next_attempt_at: datetime) -> None:
    """Let a mail wait for its next attempt; `error` is private."""
    update(tx, INBOX, *_received(inbox_id), last_error=error, next_attempt_at=next_attempt_at)


def park(tx: Transaction, inbox_id: int, *, reason: str, error: str, at: datetime) -> None:
    """Give up processing a mail and leave it to the operator, so that it cannot hold up the others."""
    update(tx, INBOX, *_received(inbox_id), state=InboxState.PARKED, reason=reason, last_error=error, processed_at=at)


def retry(tx: Transaction, inbox_id: int, *, at: datetime) -> bool:
    """Let a parked or held mail be processed anew; tell whether it was one."""
    is_waiting = (INBOX.c.id == inbox_id) & INBOX.c.state.in_([InboxState.PARKED, InboxState.HELD])
    changed = update(
        tx,
        INBOX,
        is_waiting,
        state=InboxState.RECEIVED,
        attempts=0,
        next_attempt_at=at,
        processed_at=None,
        told_at=None,
    )
    return changed == 1


def _received(inbox_id: int) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return INBOX.c.id == inbox_id, INBOX.c.state == InboxState.RECEIVED


def _fields(row: sa.Row[tuple[object, ...]]) -> dict[str, Any]:
    known = row._asdict()
    envelope = Envelope(mail_from=row.mail_from, rcpt_to=tuple(row.rcpt_to), received_at=row.received_at)
    authentication = None
    if row.verdict is not None:
        authentication = Authentication(verdict=row.verdict, method=row.method, evidence=row.evidence)
    fields = {name: known[name] for name in InboxLine.__dataclass_fields__ if name in known}
    return {**fields, "envelope": envelope, "authentication": authentication}


def _unknown(inbox_id: int) -> PermanentError:
    return PermanentError(f"there is no mail {inbox_id} in the inbox")
