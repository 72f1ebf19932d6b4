"""The stage: a temporary installation, mails that go in by SMTP, and the mails that come out of its outbox.

Knows how to send as a mail server in front of the desk would and how to read an answer as its recipient would; what is
said, the script knows.
"""

from __future__ import annotations

import asyncio
import email.policy
import re
import smtplib
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime, make_msgid, parseaddr

from mailgate.app import App
from mailgate.store import inbox, outbox

BORDER = "mx.example.org"  # the mail server in front, whose word about a sender the desk takes
PATIENCE_SECONDS = 30

CONFIGURATION = """\
[desk]
name = "Assistance SIG"
address = "support@example.org"
reply_template = "support+{{token}}@example.org"

[smtp]
port = 0

[trust]
authentication_servers = ["{border}"]

[log]
level = "warning"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A mail that left the desk, as its recipient reads it."""

    kind: str
    to: str
    subject: str
    text: str
    reply_to: str
    message_id: str
    references: str
    content: bytes

    def addresses(self) -> list[str]:
        """Return the signed addresses that the mail offers in its text, in their order."""
        return re.findall(r"[\w.]+\+[a-z0-9-]+@[\w.-]+", self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail that somebody writes: a new one, or the answer to one that was received."""

    name: str
    address: str
    body: str
    to: str
    subject: str = ""
    answers: Sent | None = None
    attachment: tuple[str, bytes] | None = None  # file name and content of a text file


def configuration() -> str:
    """Return the settings of the temporary installation; all others have their defaults."""
    return CONFIGURATION.format(border=BORDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A running daemon: where its listener is, where its outgoing mail lies."""

    app: App
    port: int

    async def deliver(self, letter: Letter) -> list[Sent]:
        """Hand a mail to the listener and return what the desk sent because of it, once all of it has left."""
        before = self._sent_ids()
        message = compose(letter, self.app)
        await asyncio.to_thread(self._transmit, letter, message)
        await self.settled()
        return self._sent(after=before)

    def _transmit(self, letter: Letter, message: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.port, local_hostname="localhost", timeout=PATIENCE_SECONDS) as client:
            content = message.as_bytes(policy=email.policy.SMTP)
            client.sendmail(letter.address, [letter.to], authenticated(content, letter.address))

    async def settled(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until every mail is processed and every notice has left."""
        async with asyncio.timeout(patience_seconds):
            while self._is_busy():  # noqa: ASYNC110 - the condition lies in the database, which sets no event
                await asyncio.sleep(0.01)

    def _is_busy(self) -> bool:
        with self.app.database.reading() as tx:
            waiting = inbox.listing(tx, states=["received"], limit=1)
            return bool(waiting) or any(row.state == "queued" for row in outbox.listing(tx, limit=100))

    def _sent_ids(self) -> frozenset[int]:
        with self.app.database.reading() as tx:
            return frozenset(row.id for row in outbox.listing(tx, limit=1000))

    def _sent(self, *, after: frozenset[int]) -> list[Sent]:
        """Read from the folder, as files, what has left since."""
        with self.app.database.reading() as tx:
            rows = [row for row in outbox.listing(tx, limit=1000) if row.id not in after]
        files = {sent.message_id: sent for sent in self.outgoing()}
        return [replace(files[row.message_id], kind=row.kind) for row in sorted(rows, key=lambda row: row.id)]

    def outgoing(self) -> list[Sent]:
        """Read all mails that were written into the folder."""
        return [read_mail(path.read_bytes()) for path in sorted(self.app.config.outgoing.folder.glob("*.eml"))]


def compose(letter: Letter, app: App) -> EmailMessage:
    """Write the mail as a mail program does; an answer quotes what it answers below."""
    message = EmailMessage()
    message["From"] = f'"{letter.name}" <{letter.address}>'
    message["To"] = letter.to
    message["Date"] = format_datetime(app.now())
    message["Message-ID"] = make_msgid(domain=letter.address.rpartition("@")[2])
    answered = letter.answers
    message["Subject"] = letter.subject if answered is None else answered.subject
    body = letter.body
    if answered is not None:
        message["In-Reply-To"] = answered.message_id
        message["References"] = f"{answered.references} {answered.message_id}".strip()
        quoted = "\n".join(f"> {line}".rstrip() for line in answered.text.splitlines())
        body = f"{body}\n\nOn {format_datetime(app.now())}, {app.config.desk.name} wrote:\n{quoted}\n"
    message.set_content(body, cte="quoted-printable")
    if letter.attachment is not None:
        filename, content = letter.attachment
        message.add_attachment(content, maintype="text", subtype="plain", filename=filename)
    return message


def authenticated(content: bytes, address: str) -> bytes:
    """Add what a mail server in front adds: its trace field, and what it found out about the sender's domain."""
    domain = address.rpartition("@")[2]
    result = f"Authentication-Results: {BORDER}; dmarc=pass header.from={domain}\r\n"
    trace = f"Received: from mail.{domain} by {BORDER} with ESMTPS; Mon, 23 Nov 2026 09:00:00 +0100\r\n"
    return (result + trace).encode() + content


def read_mail(content: bytes) -> Sent:
    """Read one mail as its recipient's program does: the text part, and where an answer goes."""
    message = BytesParser(policy=email.policy.default).parsebytes(content)
    body = message.get_body(preferencelist=("plain",))
    return Sent(
        kind="",
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=body.get_content().replace("\r\n", "\n") if body else "",
        reply_to=parseaddr(str(message["Reply-To"]))[1],
        message_id=str(message["Message-ID"]).strip(),
        references=" ".join(str(message["References"] or "").split()),
        content=content,
    )
