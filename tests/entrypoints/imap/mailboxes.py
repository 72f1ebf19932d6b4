"""A door to a mailbox of Dovecot, with an inbox that keeps what it is given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from mailgate.domain.message import Envelope
from mailgate.entrypoints.imap import ImapDoor, ImapTls, MailboxAccount
from mailgate.errors import TemporaryError
from mailgate.services.made_up_envelope import made_up_envelope
from mailgate.services.receiving import content_digest
from mailgate.store.inbox import Stored
from tests.servers.dovecot import PASSWORD, USER, Dovecot
from tests.servers.programs import PATIENCE_SECONDS

DESK = "support@example.org"


@dataclass
class FakeInbox:
    """Keeps each mail once; `fault` set, it fails; `gate` closed, it takes its time."""

    mails: dict[str, tuple[bytes, Envelope]] = field(default_factory=dict)
    calls: int = 0
    fault: Callable[[bytes], bool] = lambda _raw: False
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def receive(self, raw: bytes, envelope: Envelope) -> Stored:
        """Keep a mail."""
        await self.gate.wait()
        self.calls += 1
        if self.fault(raw):
            raise TemporaryError("not now")
        digest = content_digest(raw)
        is_new = digest not in self.mails
        self.mails.setdefault(digest, (raw, envelope))
        return Stored(id=list(self.mails).index(digest) + 1, is_new=is_new)

    def subjects(self) -> list[str]:
        """Return the subjects of the mails, in the order of their arrival."""
        return [subject_of(raw) for raw, _ in self.mails.values()]


def subject_of(raw: bytes) -> str:
    """Return what stands in the Subject field."""
    (line,) = [line for line in raw.splitlines() if line.startswith(b"Subject: ")]
    return line.removeprefix(b"Subject: ").decode()


def mail(subject: object, *, to: str = DESK, headers: str = "", body: str = "Hello") -> bytes:
    """Return a mail as it lies in a mailbox."""
    return (
        f"{headers}From: Ana <ana@client.example.com>\r\nTo: {to}\r\nSubject: {subject}\r\n"
        f"Message-ID: <{subject}@client.example.com>\r\n\r\n{body}\r\n"
    ).encode()


def account(dovecot: Dovecot, **changes: Any) -> MailboxAccount:
    """Return how to reach the mailbox, in clear text unless told otherwise."""
    usual: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": dovecot.port,
        "tls": ImapTls.NONE,
        "username": USER,
        "secret": lambda: PASSWORD,
        "has_token": False,
        "max_octets": 36 * 1024 * 1024,
        "ca_file": dovecot.certificate.certificate_file,
    }
    return MailboxAccount(**{**usual, **changes})


@asynccontextmanager
async def reading(*accounts: MailboxAccount, inbox: FakeInbox | None = None) -> AsyncIterator[FakeInbox]:
    """Read the mailboxes."""
    kept = inbox or FakeInbox()
    envelope_of = partial(made_up_envelope, accepts=lambda address: address.startswith("support"), desk=DESK)
    door = ImapDoor(accounts, receive=kept.receive, envelope_of=envelope_of, now=lambda: datetime.now(UTC))
    await door.start()
    try:
        yield kept
    finally:
        kept.gate.set()
        await door.stop()


async def eventually(is_true: Callable[[], object]) -> None:
    """Return once the condition holds; it is asked for in a thread, since it may ask a server."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await asyncio.to_thread(is_true):  # noqa: ASYNC110 - the condition lies in a server
            await asyncio.sleep(0.02)
