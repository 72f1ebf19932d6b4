"""Small mails for the tests of this folder."""

from __future__ import annotations

from datetime import UTC, datetime

from mailgate.domain.message import Envelope, IncomingMessage, Mailbox
from mailgate.inbound.parse import parse

RECEIVED_AT = datetime(2026, 9, 22, 8, 0, tzinfo=UTC)


def mail(body: str | bytes = "Bonjour", *, headers: str = "", sender: str = "Ana <ana@example.org>") -> bytes:
    """Return a mail from Ana with further header fields, which may hold a Content-Type."""
    head = f"From: {sender}\nTo: support@example.net\nSubject: Question\nMessage-ID: <m1@example.org>\n{headers}"
    return head.encode() + b"\n" + (body.encode() if isinstance(body, str) else body)


def multipart(*parts: str, subtype: str = "mixed", headers: str = "") -> bytes:
    """Return a mail of several parts, each given with its own header fields."""
    body = "".join(f"--b\n{part}\n" for part in parts) + "--b--\n"
    return mail(body, headers=f"{headers}Content-Type: multipart/{subtype}; boundary=b\n")


def read(body: str = "Bonjour", *, headers: str = "", sender: str = "Ana <ana@example.org>") -> IncomingMessage:
    """Return such a mail as values."""
    return parse(mail(body, headers=headers, sender=sender))


def envelope(mail_from: str = "ana@example.org") -> Envelope:
    """Return an envelope of that reverse-path."""
    return Envelope(mail_from=mail_from, rcpt_to=("support@example.net",), received_at=RECEIVED_AT)


def message(*headers: tuple[str, str], address: str = "ana@example.org", is_plain: bool = True) -> IncomingMessage:
    """Return a message with no more than header fields."""
    return IncomingMessage(
        message_id="<m1@example.org>",
        subject="Question",
        from_=(Mailbox(address=address),),
        has_plain_from=is_plain,
        headers=headers,
    )
