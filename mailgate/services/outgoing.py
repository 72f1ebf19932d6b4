"""Mail to be delivered, as the operator sees it: what waits or was given up, tried again or dropped, on record."""

from __future__ import annotations

from datetime import datetime
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser

from mailgate.errors import PermanentError
from mailgate.services.accounts import record_act
from mailgate.services.reports import Row
from mailgate.store import outbox
from mailgate.store.database import Transaction
from mailgate.store.outbox import OutboxMail
from mailgate.store.tables import OutboxState


def outgoing_rows(tx: Transaction, state: str | None, limit: int) -> list[Row]:
    """Return the newest mails to deliver, newest first, in that state or all."""
    return [_row(mail) for mail in outbox.listing(tx, states=[state] if state else None, limit=limit)]


def outgoing_sheet(tx: Transaction, number: int) -> Row:
    """Return one mail to deliver; raises PermanentError where there is none of that number."""
    mail = _found(tx, number)
    return {**_row(mail), "subject": _subject(mail.content), "message_id": mail.message_id, "done_at": mail.done_at}


def retry(tx: Transaction, number: int, now: datetime) -> None:
    """Let a mail be delivered now, with all its attempts, whether it waits or was given up.

    Raises PermanentError for one that was delivered.
    """
    if not outbox.retry(tx, _found(tx, number).id, at=now):
        raise PermanentError(f"mail {number} was delivered; it is not sent twice")
    record_act(tx, "outbox", f"mail {number} is tried again", now)


def drop(tx: Transaction, number: int, reason: str, now: datetime) -> None:
    """Give up a mail that waits; raises PermanentError for one that does not."""
    mail = _found(tx, number)
    if mail.state is not OutboxState.QUEUED:
        raise PermanentError(f"mail {number} does not wait: it is {mail.state}")
    outbox.failed(tx, number, f"dropped: {reason}", now)
    record_act(tx, "outbox", f"mail {number} is dropped: {reason}", now)


def _found(tx: Transaction, number: int) -> OutboxMail:
    mail = outbox.find(tx, number)
    if mail is None:
        raise PermanentError(f"there is no outgoing mail {number}; see: mailgate outbox list")
    return mail


def _row(mail: OutboxMail) -> Row:
    return {
        "id": mail.id,
        "queued_at": mail.queued_at,
        "to": mail.rcpt_to,
        "kind": mail.kind,
        "ticket": mail.ticket_id,
        "state": mail.state,
        "attempts": mail.attempts,
        "next_attempt_at": mail.next_attempt_at if mail.state is OutboxState.QUEUED else None,
        "last_reply": mail.last_reply,
    }


def _subject(content: bytes) -> str:
    written = BytesHeaderParser().parsebytes(content)["Subject"]
    return str(make_header(decode_header(written or "")))
