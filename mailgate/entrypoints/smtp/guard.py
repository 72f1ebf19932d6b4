"""One connection before any mail: who is let in, TLS, the limits that aiosmtpd's protocol lacks, and how it ends.

Not here: the mail (`connection.py`), what is done with it (`hooks.py`), and what connections share (`door.py`).
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, cast

import structlog
from aiosmtpd.smtp import SMTP, syntax

from mailgate.entrypoints.smtp import replies
from mailgate.entrypoints.smtp.tls import HANDSHAKE_SECONDS
from mailgate.services.receiving import kind_and_place

if TYPE_CHECKING:
    import ssl

    from mailgate.entrypoints.smtp.door import SmtpDoor

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

COMMAND_LINE_LIMIT = 512  # octets, RFC 5321 section 4.5.3.1.4
LINGER_SECONDS = 5  # for a peer that does not read our last reply

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
PLAIN_PATH = re.compile(
    rf"[ ]*<(?P<address>(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>"
    r"[ ]*(?P<parameters>(?:[A-Za-z][^()]*)?)"
)

# What the standard library's address parser, used by aiosmtpd, raises on input such as `<`, `.@[` and `a@[ `.
MALFORMED_BEYOND_THE_PARSER = (LookupError, AttributeError, NameError, RecursionError, ValueError)


class GuardedConnection(SMTP):
    """A connection whose peer may use no more of us than the limits say."""

    protocol = "ESMTP"
    greeting = "HELO"

    def __init__(self, door: SmtpDoor, loop: asyncio.AbstractEventLoop) -> None:
        # A table of its own: aiosmtpd keeps one for all connections, and each EHLO of any of them widens it.
        self.command_size_limits = defaultdict(lambda: COMMAND_LINE_LIMIT)
        super().__init__(
            door.hooks,
            data_size_limit=door.limits.max_octets,
            hostname=door.hostname,  # otherwise it asks the DNS, and waits for it
            ident=self.protocol,
            timeout=door.limits.timeout_seconds,
            tls_context=door.starttls_context,
            loop=loop,
        )
        for verb in ("AUTH",) if door.starttls_context else ("AUTH", "STARTTLS"):
            del self._smtp_methods[verb]
        self._door = door
        self.host = ""
        self.is_trusted = False
        self.is_storing = False
        self._is_in_handshake = False
        self.closed: asyncio.Future[None] = loop.create_future()
        self._has_left = False
        self.count_anew()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the peer in, or turn it away; before its TLS, or handshakes without end would be beyond all limits."""
        self.wire = cast("asyncio.Transport", transport)
        self._socket = cast("socket.socket", transport.get_extra_info("socket"))
        peer = transport.get_extra_info("peername")
        self.host = str(peer[0]) if peer else ""
        self.is_trusted = self._door.limits.trusts(self.host)
        if refusal := self._door.refusal(self):
            self._turn_away(refusal)
            return
        self._door.connections.add(self)
        if self._door.tls_context is None:
            super().connection_made(transport)
        else:
            self.wire.pause_reading()  # whatever comes is for the handshake
            self._beginning = self.loop.create_task(self._begin_with_tls(self._door.tls_context))

    def _turn_away(self, refusal: str) -> None:
        _log.warning("smtp_refused", host=self.host, reply=refusal)
        self.wire.set_protocol(asyncio.Protocol())  # deaf: nothing of the dialogue begins
        if self._door.tls_context is None:
            self.wire.write(refusal.encode("ascii") + b"\r\n")
        self.wire.close()

    def eof_received(self) -> bool | None:
        """End the dialogue, which over TLS may not have begun yet."""
        if self._has_begun:
            return super().eof_received()
        self._has_left = True
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the connection."""
        if self._has_begun:
            super().connection_lost(error)
        self._door.connections.discard(self)
        if not self.closed.done():
            self.closed.set_result(None)

    # --- TLS ---------------------------------------------------------------------------------------------------------

    @property
    def _has_begun(self) -> bool:
        return self._handler_coroutine is not None

    async def _begin_with_tls(self, context: ssl.SSLContext) -> None:
        secured = await self._secured(context)
        if secured is None or self._has_left or self.closed.done():
            return
        self.wire = secured
        super().connection_made(secured)

    async def _secured(self, context: ssl.SSLContext) -> asyncio.Transport | None:
        """Return the transport with TLS; None where the handshake failed, which has ended the connection."""
        self._is_in_handshake = True
        try:
            secured = await self.loop.start_tls(
                self.wire, self, context, server_side=True, ssl_handshake_timeout=HANDSHAKE_SECONDS
            )
            if secured is None:  # the connection was lost meanwhile
                raise ConnectionResetError
        except OSError as error:
            _log.info("tls_failed", host=self.host, error=type(error).__name__)
            self.abort()
            if not self.closed.done():  # asyncio tells nobody of a connection that ends in its handshake
                self.connection_lost(error)
            return None
        finally:
            self._is_in_handshake = False
        return secured

    @syntax("STARTTLS", when="tls_context")
    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802 - as above
        """Begin TLS; what came before the handshake is forgotten (RFC 3207 sections 4.2 and 5)."""
        if arg:
            await self.push("501 5.5.4 Syntax: STARTTLS")
            return
        if self.tls_context is None or self._tls_protocol is not None:
            await self.push("503 5.5.1 TLS is active already")
            return
        await self.push(replies.READY_FOR_TLS)
        self._reader._buffer.clear()  # type: ignore[attr-defined]  # noqa: SLF001 - commands injected in clear text
        secured = await self._secured(self.tls_context)
        if secured is None:
            return
        self._clear_writer = self._writer  # kept: it would close the connection when it is forgotten
        self._writer = asyncio.StreamWriter(secured, self, self._reader, self.loop)
        self.transport = self.wire = secured
        self._reader._transport = secured  # type: ignore[attr-defined]  # noqa: SLF001 - for its flow control
        self._tls_protocol = cast("asyncio.sslproto.SSLProtocol", secured.get_protocol())
        self._set_rset_state()  # type: ignore[no-untyped-call]
        self.session = self._create_session()
        self.session.peer = self.wire.get_extra_info("peername")
        self.session.ssl = self.wire.get_extra_info("ssl_object")

    # --- limits ------------------------------------------------------------------------------------------------------

    def count_anew(self) -> None:
        """Begin to count commands and time: at the start, and whenever a mail was stored."""
        self.counted_since = self.loop.time()
        self._commands = 0
        self._bad_commands = 0

    async def push(self, status: str | bytes) -> None:
        """Send a reply, and close after one that ends the session."""
        reply = replies.reworded(status if isinstance(status, str) else status.decode("ascii", "replace"))
        if not self.is_trusted and not reply.startswith(replies.UNCOUNTED):
            reply = self._counted(reply)
        await super().push(reply)
        if reply.startswith("421") or self._door.is_stopping:
            self._close()

    def _counted(self, reply: str) -> str:
        limits = self._door.limits
        self._commands += 1
        self._bad_commands += reply.startswith("5")
        if self._bad_commands > limits.max_bad_commands:
            return replies.TOO_MANY_ERRORS
        if self._commands > limits.max_commands + limits.max_recipients:
            return replies.TOO_MANY_COMMANDS
        return reply

    async def handle_exception(self, error: Exception) -> str:
        """Answer a fault of the protocol's own code; the hooks catch theirs, after which the session goes on.

        The state of the dialogue is unknown then. To go on without it would answer the client's next command with
        503, for good; to close makes it try again.
        """
        if not isinstance(error, ConnectionError):
            _log.error("smtp_fault", host=self.host, error=kind_and_place(error))
        return replies.FAULT_CLOSING

    def hang_up(self, reply: str) -> None:
        """Say why, and close, whatever the client is about."""
        _log.info("smtp_hung_up", host=self.host, reply=reply)
        if self._is_in_handshake:  # no place for a word in clear text
            self.abort()
            return
        if not self.wire.is_closing():
            self.wire.write(reply.encode("ascii") + b"\r\n")
        self._close()

    def _close(self) -> None:
        if not self.wire.is_closing():  # a second time, a TLS transport of Python 3.11 forgets what it has to close
            self.wire.close()
        self.loop.call_later(LINGER_SECONDS, self.abort)

    def abort(self) -> None:
        """End the connection at once; one whose TLS hangs too, which its transport alone would not."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self.wire.abort()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Return the address of a path and what follows it; the plain form without the library, which takes longest."""
        if plain := PLAIN_PATH.fullmatch(arg):
            return plain["address"], plain["parameters"]
        try:
            return super()._getaddr(arg)
        except MALFORMED_BEYOND_THE_PARSER:
            return None, None

    def _timeout_cb(self) -> None:
        if self.is_storing:  # it is we who are slow, and the mail may be stored any moment
            self._reset_timeout()
        else:
            self.hang_up(replies.TIMED_OUT)
