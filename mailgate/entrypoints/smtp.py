"""The SMTP door (RFC 5321): takes mail in, and answers 250 only when it is committed.

The door is thin: protocol in, use case out, errors → reply codes. Whose mail it takes and how it is stored, it is
told by two callables. What the peer did wrong is refused for good (5yz) and in the dialogue, so that nothing is ever
bounced later; what we did wrong is temporary (4yz) and shows nothing of the error, so that the sender keeps the mail.

The door must not read what a mail says, relay anything, offer AUTH, or look a name up. It does no TLS either: it
stands behind the organisation's MTA.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import structlog
from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as SmtpEnvelope

from mailgate.domain.message import Envelope
from mailgate.services.receiving import StorageFullError, kind_and_place
from mailgate.store.inbox import Stored

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

NULL_REVERSE_PATH = "<>"
COMMAND_LINE_LIMIT = 512  # octets, RFC 5321 section 4.5.3.1.4
ADDRESS_LIMIT = 320  # characters; the RFC asks for 256
LINGER_SECONDS = 5  # for a peer that does not read our last reply

TEMPORARY_FAULT = "451 4.3.0 Temporary internal error, try again later"
FAULT_CLOSING = "421 4.3.0 Temporary internal error, closing"
STORAGE_FULL = "452 4.3.1 Insufficient storage, try again later"
SHUTTING_DOWN = "421 4.3.2 Shutting down, try again later"
TOO_MANY_CONNECTIONS = "421 4.3.2 Too many connections, try again later"
TIMED_OUT = "421 4.4.2 Timeout, closing"
TOO_MANY_COMMANDS = "421 4.7.0 Too many commands, closing"
TOO_MANY_ERRORS = "421 4.7.0 Too many errors, closing"
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients"
UNKNOWN_RECIPIENT = "550 5.1.1 Unknown recipient"
MALFORMED_ADDRESS = "553 5.1.3 Malformed address"
TOO_BIG = "552 5.3.4 Message size exceeds the limit"
NOT_VERIFIED = "252 2.1.5 Not verified; send the mail and see"

# What the library says by itself, by how it begins → our words: an enhanced code (RFC 3463), nothing echoed.
REWORDED = (
    ("552 Error:", TOO_BIG),
    ("553 5.1.3", MALFORMED_ADDRESS),
    ("500 Line too long", "500 5.5.2 Line too long"),
    ("500 Command line too long", "500 5.5.2 Command line too long"),
    ("500 Error: command", "500 5.5.1 Command not recognized"),
    ("500 Error:", "500 5.5.2 Syntax error"),
    ("502 5.5.1 Too many", TOO_MANY_ERRORS),
    ("502 ", "502 5.5.1 Command not implemented"),
)
# What the standard library's address parser, used by aiosmtpd, raises on input such as `<`, `.@[` and `a@[ `.
MALFORMED_BEYOND_THE_PARSER = (LookupError, AttributeError, NameError, RecursionError, ValueError)

UNCOUNTED = ("220", "354", "250-")  # replies that do not complete a command


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpLimits:
    """What one peer may use of us. A message beyond `max_octets` is refused for good; all else is for now."""

    max_octets: int = 36 * 1024 * 1024  # of a message on the wire: 25 MB of attachments in base64
    max_connections: int = 50
    max_per_host: int = 10
    max_recipients: int = 100  # of one message
    max_commands: int = 100  # since the last mail that was stored; `max_recipients` more for RCPT
    max_bad_commands: int = 20  # since the last mail that was stored; refused recipients count
    timeout_seconds: int = 600  # from one command to the next, the message itself included
    relays: frozenset[str] = frozenset({"127.0.0.1", "::1"})  # hosts in front of us, which `max_per_host` spares


class SmtpDoor:
    """The listener, and what all its connections share."""

    def __init__(
        self,
        *,
        receive: Callable[[bytes, Envelope], Awaitable[Stored]],
        accepts: Callable[[str], bool],
        now: Callable[[], datetime],
        limits: SmtpLimits,
        hostname: str,
    ) -> None:
        """Take how to store a mail, whose mail to take, the clock, and the name to greet with.

        `receive` returns when the mail is committed and raises `TemporaryError`; `accepts` must not block.
        """
        self.limits = limits
        self.hostname = hostname
        self.is_stopping = False
        self.hooks = _Hooks(self, accepts=accepts, now=now)
        self.connections: set[_Connection] = set()
        self._receive = receive
        self._stores: set[asyncio.Future[Stored]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port: the one given, or a free one for 0. Raises OSError if it is taken."""
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd logs addresses, and at DEBUG bodies
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self, loop), host, port)
        bound = int(self._server.sockets[0].getsockname()[1])
        _log.info("smtp_listening", host=host, port=bound)
        return bound

    async def stop(self, grace_seconds: float = 30) -> None:
        """Stop listening, answer the mails that are being stored, close all connections; within the grace."""
        if self._server is None:
            return
        self.is_stopping = True
        self._server.close()
        for connection in tuple(self.connections):
            if not connection.is_storing:
                connection.hang_up(SHUTTING_DOWN)
        pending: set[asyncio.Future[Stored] | asyncio.Future[None]] = {*self._stores}
        pending.update(connection.closed for connection in self.connections)
        if pending:
            await asyncio.wait(pending, timeout=grace_seconds)
        for connection in tuple(self.connections):
            connection.wire.abort()
        await asyncio.gather(*(connection.closed for connection in self.connections))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), LINGER_SECONDS)
        _log.info("smtp_stopped")

    async def store(self, raw: bytes, envelope: Envelope) -> Stored:
        """Have a mail stored; once begun it is carried through, even when the client goes away meanwhile."""
        store = asyncio.ensure_future(self._receive(raw, envelope))
        self._stores.add(store)
        store.add_done_callback(self._stores.discard)
        store.add_done_callback(_retrieve)
        return await asyncio.shield(store)

    def refusal(self, host: str) -> str:
        """Return the reply with which a new connection is turned away; empty to let it in."""
        if self.is_stopping:
            return SHUTTING_DOWN
        of_host = sum(connection.host == host for connection in self.connections)
        if len(self.connections) >= self.limits.max_connections:
            return TOO_MANY_CONNECTIONS
        return TOO_MANY_CONNECTIONS if of_host >= self.limits.max_per_host and host not in self.limits.relays else ""


def _retrieve(done: asyncio.Future[Stored]) -> None:
    """Look at the outcome of what nobody may wait for any more, or asyncio complains about it."""
    if not done.cancelled():
        done.exception()


class _Hooks:
    """What aiosmtpd calls in the dialogue; each returns the reply."""

    def __init__(self, door: SmtpDoor, *, accepts: Callable[[str], bool], now: Callable[[], datetime]) -> None:
        self._door = door
        self._accepts = accepts
        self._now = now

    async def handle_MAIL(  # noqa: N802 - aiosmtpd finds the hook by the name of its verb
        self, _server: _Connection, _session: Session, envelope: SmtpEnvelope, address: str, options: list[str]
    ) -> str:
        if not _is_sound(address):
            return MALFORMED_ADDRESS
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802 - as above
        self, server: _Connection, _session: Session, envelope: SmtpEnvelope, address: str, _options: list[str]
    ) -> str:
        if not _is_sound(address):
            return MALFORMED_ADDRESS
        try:
            is_ours = address != NULL_REVERSE_PATH and self._accepts(address)
        except Exception as error:  # noqa: BLE001 - the edge where whatever was not foreseen becomes temporary
            _log.error("recipient_not_judged", host=server.host, error=kind_and_place(error))
            return TEMPORARY_FAULT
        if not is_ours:
            return UNKNOWN_RECIPIENT
        if address.lower() not in {known.lower() for known in envelope.rcpt_tos}:
            if len(envelope.rcpt_tos) >= self._door.limits.max_recipients:
                return TOO_MANY_RECIPIENTS
            envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802 - as above
        self, server: _Connection, _session: Session, envelope: SmtpEnvelope
    ) -> str:
        raw = envelope.original_content or b""
        server.is_storing = True
        try:
            stored = await self._door.store(raw, self._envelope(envelope))
        except StorageFullError:
            return STORAGE_FULL
        except Exception as error:  # noqa: BLE001 - the edge where whatever was not foreseen becomes temporary
            _log.error("mail_not_stored", host=server.host, error=kind_and_place(error))
            return TEMPORARY_FAULT
        finally:
            server.is_storing = False
        server.count_anew()
        _log.info("mail_received", inbox=stored.id, is_new=stored.is_new, octets=len(raw), host=server.host)
        return f"250 2.0.0 Ok: queued as {stored.id}"

    def _envelope(self, envelope: SmtpEnvelope) -> Envelope:
        mail_from = envelope.mail_from or ""
        return Envelope(
            mail_from="" if mail_from == NULL_REVERSE_PATH else mail_from,
            rcpt_to=tuple(envelope.rcpt_tos),
            received_at=self._now(),
        )

    async def handle_VRFY(  # noqa: N802 - as above
        self, _server: _Connection, _session: Session, _envelope: SmtpEnvelope, _address: str
    ) -> str:
        return NOT_VERIFIED


def _is_sound(address: str) -> bool:
    """Tell whether an address can be kept and shown: printable, and not absurdly long."""
    return address.isprintable() and len(address) <= ADDRESS_LIMIT


class _Connection(SMTP):
    """One connection: aiosmtpd's protocol, with the limits it lacks and our words in its replies."""

    def __init__(self, door: SmtpDoor, loop: asyncio.AbstractEventLoop) -> None:
        # A line may be as long as a mail: what ends its lines with LF alone is one line here, and must not be lost.
        self.line_length_limit = door.limits.max_octets
        # A table of its own: aiosmtpd keeps one for all connections, and each EHLO of any of them widens it.
        self.command_size_limits = defaultdict(lambda: COMMAND_LINE_LIMIT)
        super().__init__(
            door.hooks,
            data_size_limit=door.limits.max_octets,
            hostname=door.hostname,  # otherwise it asks the DNS, and waits for it
            ident="ESMTP",
            timeout=door.limits.timeout_seconds,
            loop=loop,
        )
        for verb in ("AUTH", "STARTTLS"):
            del self._smtp_methods[verb]
        self._door = door
        self.host = ""
        self.is_storing = False
        self.closed: asyncio.Future[None] = loop.create_future()
        self._line_octets = 0
        self.count_anew()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.wire = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self.host = str(peer[0]) if peer else ""
        if refusal := self._door.refusal(self.host):
            _log.warning("smtp_refused", host=self.host, reply=refusal)
            transport.set_protocol(asyncio.Protocol())  # deaf: nothing of the dialogue begins
            self.wire.write(refusal.encode("ascii") + b"\r\n")
            self.wire.close()
            return
        super().connection_made(transport)
        self._door.connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._door.connections.discard(self)
        self.closed.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Hang up on a line without end, whose pieces aiosmtpd would gather beyond every limit."""
        line_end = data.rfind(b"\r\n")
        self._line_octets = len(data) - line_end if line_end >= 0 else self._line_octets + len(data)
        if self._line_octets > self._door.limits.max_octets:
            self.hang_up(TOO_BIG)
        else:
            super().data_received(data)

    def count_anew(self) -> None:
        """Begin to count commands: at the start, and whenever a mail was stored."""
        self._commands = 0
        self._bad_commands = 0

    async def push(self, status: str | bytes) -> None:
        """Send a reply, and close after one that ends the session."""
        reply = _reworded(status if isinstance(status, str) else status.decode("ascii", "replace"))
        if not reply.startswith(UNCOUNTED):
            reply = self._counted(reply)
        await super().push(reply)
        if reply.startswith("421") or self._door.is_stopping:
            self._close()

    def _counted(self, reply: str) -> str:
        limits = self._door.limits
        self._commands += 1
        self._bad_commands += reply.startswith("5")
        if self._bad_commands > limits.max_bad_commands:
            return TOO_MANY_ERRORS
        if self._commands > limits.max_commands + limits.max_recipients:
            return TOO_MANY_COMMANDS
        return reply

    async def handle_exception(self, error: Exception) -> str:
        """Answer a fault of the protocol's own code; the hooks catch theirs, after which the session goes on.

        The state of the dialogue is unknown then. To go on without it would answer the client's next command with
        503, for good; to close makes it try again.
        """
        if not isinstance(error, ConnectionError):
            _log.error("smtp_fault", host=self.host, error=kind_and_place(error))
        return FAULT_CLOSING

    def hang_up(self, reply: str) -> None:
        """Say why, and close, whatever the client is about."""
        _log.info("smtp_hung_up", host=self.host, reply=reply)
        self.wire.write(reply.encode("ascii") + b"\r\n")
        self._close()

    def _close(self) -> None:
        self.wire.close()
        self.loop.call_later(LINGER_SECONDS, self.wire.abort)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        try:
            return super()._getaddr(arg)
        except MALFORMED_BEYOND_THE_PARSER:
            return None, None

    def _timeout_cb(self) -> None:
        self.hang_up(TIMED_OUT)


def _reworded(reply: str) -> str:
    return next((ours for theirs, ours in REWORDED if reply.startswith(theirs)), reply)
