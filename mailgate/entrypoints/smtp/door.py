"""A listener, and what its connections share: the limits, the room for mail, and the mails that are being stored."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from enum import Enum

import structlog

from mailgate.domain.message import Envelope
from mailgate.entrypoints.smtp import replies
from mailgate.entrypoints.smtp.connection import Connection, LmtpConnection
from mailgate.entrypoints.smtp.data import DataCollector
from mailgate.entrypoints.smtp.guard import LINGER_SECONDS, GuardedConnection
from mailgate.entrypoints.smtp.hooks import Hooks
from mailgate.entrypoints.smtp.limits import SmtpLimits
from mailgate.entrypoints.smtp.tls import RenewedContext, ServerTls, TlsMode
from mailgate.errors import ConfigurationError
from mailgate.store.inbox import Stored

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Dialect(Enum):
    """The protocol that a listener speaks."""

    SMTP = "smtp"
    LMTP = "lmtp"


class SmtpDoor:
    """One listener."""

    def __init__(
        self,
        *,
        receive: Callable[[bytes, Envelope], Awaitable[Stored]],
        accepts: Callable[[str], bool],
        now: Callable[[], datetime],
        limits: SmtpLimits,
        hostname: str,
        dialect: Dialect = Dialect.SMTP,
        tls: ServerTls | None = None,
    ) -> None:
        """Take how to store a mail, whose mail to take, the clock, and the name to greet with.

        `receive` returns when the mail is committed and raises `TemporaryError`; `accepts` must not block. Raises
        ConfigurationError where the certificate cannot be used.
        """
        self.limits = limits
        self.hostname = hostname
        self.dialect = dialect
        self.is_stopping = False
        self._tls_mode = TlsMode.NONE if tls is None else tls.mode
        self._context = None if tls is None or tls.mode is TlsMode.NONE else RenewedContext(tls)
        self.hooks = Hooks(self, accepts=accepts, now=now)
        self.connections: set[GuardedConnection] = set()
        self.octets_under_way = 0  # of the mails that are being received or stored
        self._receive = receive
        self._stores: set[asyncio.Future[Stored]] = set()
        self._server: asyncio.Server | None = None

    @property
    def starttls_context(self) -> ssl.SSLContext | None:
        """The settings of TLS where a connection may ask for it."""
        return self._context.current if self._context and self._tls_mode is TlsMode.STARTTLS else None

    @property
    def tls_context(self) -> ssl.SSLContext | None:
        """The settings of TLS where every connection begins with it."""
        return self._context.current if self._context and self._tls_mode is TlsMode.TLS else None

    def renew_certificate(self) -> None:
        """Use a certificate that was renewed meanwhile for new connections; one that cannot be used is reported."""
        try:
            if self._context is not None and self._context.renew():
                _log.info("certificate_renewed", dialect=self.dialect.value)
        except ConfigurationError as error:
            _log.error("certificate_not_renewed", dialect=self.dialect.value, error=error.public)

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port: the one given, or a free one for 0. Raises OSError if it is taken."""
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd logs addresses, and at DEBUG bodies
        loop = asyncio.get_running_loop()
        make = Connection if self.dialect is Dialect.SMTP else LmtpConnection
        self._server = await loop.create_server(lambda: make(self, loop), host, port)
        bound = int(self._server.sockets[0].getsockname()[1])
        _log.info(f"{self.dialect.value}_listening", host=host, port=bound)
        return bound

    def shut(self) -> None:
        """Stop listening at once; the connections that there are go on until `stop`."""
        self.is_stopping = True
        if self._server is not None:
            self._server.close()

    async def stop(self, grace_seconds: float = 30) -> None:
        """Stop listening, answer the mails that are being stored, close all connections; within the grace."""
        self.shut()
        if self._server is None:
            return
        for connection in tuple(self.connections):
            if not connection.is_storing:
                connection.hang_up(replies.SHUTTING_DOWN)
        pending: set[asyncio.Future[Stored] | asyncio.Future[None]] = {*self._stores}
        pending.update(connection.closed for connection in self.connections)
        if pending:
            await asyncio.wait(pending, timeout=grace_seconds)
        for connection in tuple(self.connections):
            connection.abort()
        await asyncio.gather(*(connection.closed for connection in self.connections))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), LINGER_SECONDS)
        _log.info(f"{self.dialect.value}_stopped")

    async def store(self, raw: bytes, envelope: Envelope) -> Stored:
        """Have a mail stored; once begun it is carried through, even when the client goes away meanwhile."""
        store = asyncio.ensure_future(self._receive(raw, envelope))
        self._stores.add(store)
        store.add_done_callback(self._stores.discard)
        store.add_done_callback(_retrieve)
        return await asyncio.shield(store)

    def refusal(self, newcomer: GuardedConnection) -> str:
        """Return the reply with which a new connection is turned away; empty to let it in."""
        if self.is_stopping:
            return replies.SHUTTING_DOWN
        of_host = sum(connection.host == newcomer.host for connection in self.connections)
        if of_host >= self.limits.max_per_host and not newcomer.is_trusted:
            return replies.TOO_MANY_CONNECTIONS
        if len(self.connections) >= self.limits.max_connections and not self._has_made_room():
            return replies.TOO_MANY_CONNECTIONS
        return ""

    def _has_made_room(self) -> bool:
        """End the stranger's connection that has brought no mail for longest, or slow clients would shut out all."""
        strangers = [each for each in self.connections if not each.is_trusted and not each.is_storing]
        if not strangers:
            return False
        slowest = min(strangers, key=lambda connection: connection.counted_since)
        slowest.hang_up(replies.TOO_MANY_CONNECTIONS)
        slowest.abort()
        self.connections.discard(slowest)
        return True

    def reserve(self, octets: int) -> bool:
        """Take room for so many octets of mail, fewer than 0 to free it; False where there is none."""
        if self.octets_under_way + octets > self.limits.max_octets_at_once:
            return False
        self.octets_under_way += octets
        return True

    def give_back(self, collector: DataCollector) -> None:
        """Free the room of a mail, once."""
        self.octets_under_way -= collector.octets
        collector.octets = 0


def _retrieve(done: asyncio.Future[Stored]) -> None:
    """Look at the outcome of what nobody may wait for any more, or asyncio complains about it."""
    if not done.cancelled():
        done.exception()
