"""One connection that brings mail: aiosmtpd's dialogue, with mail taken in blocks; by SMTP, or by LMTP.

Not here: who is let in, and what a peer may use (`guard.py`); what is done with a mail (`hooks.py`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from aiosmtpd.smtp import Envelope, syntax

from mailgate.entrypoints.smtp import replies
from mailgate.entrypoints.smtp.data import DataCollector, Flaw
from mailgate.entrypoints.smtp.guard import GuardedConnection

if TYPE_CHECKING:
    from mailgate.entrypoints.smtp.door import SmtpDoor

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

COMMAND_FLOOD = 256 * 1024  # octets without a line end, outside of a mail

FLAWS = {
    Flaw.TOO_BIG: replies.TOO_BIG,
    Flaw.NO_ROOM: replies.TOO_MUCH_AT_ONCE,
    Flaw.BARE_LINE_END: replies.BARE_LINE_END,
}


class Connection(GuardedConnection):
    """One SMTP connection."""

    def __init__(self, door: SmtpDoor, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(door, loop)
        self.accepted_recipients = 0
        self._collector: DataCollector | None = None  # of the mail that is being received
        self._complete: asyncio.Future[DataCollector] | None = None
        self._held: DataCollector | None = None  # until the mail is stored
        self._line_octets = 0

    def data_received(self, data: bytes) -> None:
        """Hand a block to the mail that is being received, or to the dialogue, unless it is a line without end."""
        if self._collector is not None:
            self._collect(data)
            return
        line_end = data.rfind(b"\n")
        self._line_octets = len(data) - line_end if line_end >= 0 else self._line_octets + len(data)
        if self._line_octets > COMMAND_FLOOD:
            self.hang_up(replies.LINE_TOO_LONG)
        else:
            super().data_received(data)

    def _collect(self, data: bytes) -> None:
        assert self._collector is not None  # noqa: S101 - for the type checker: its caller looked
        rest = self._collector.feed(data)
        if rest is None:
            return
        self._held, self._collector = self._collector, None
        if self._complete is not None and not self._complete.done():
            self._complete.set_result(self._held)
        if rest:
            super().data_received(rest)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd finds the method by the name of its verb
        """Take a mail in blocks: line by line costs thirty times as much."""
        if await self.check_helo_needed(self.greeting):
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
        elif self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
        else:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            reply = await self._taken(self.envelope)
            recipients = self.accepted_recipients
            self._set_post_data_state()
            await self.answer(reply, recipients)
            if not self.closed.done():
                self._reset_timeout()  # a long mail leaves no less time for the next command

    async def _taken(self, envelope: Envelope) -> str:
        """Receive a mail, have it stored, and return the reply."""
        try:
            collected = await self._received()
            envelope.content = envelope.original_content = collected.content()
            if collected.flaw is None:
                return str(await self._call_handler_hook("DATA"))
            _log.warning("mail_refused", host=self.host, reply=FLAWS[collected.flaw])
            return FLAWS[collected.flaw]
        finally:
            self._give_back()

    async def _received(self) -> DataCollector:
        self._collector = DataCollector(self._door.limits.max_octets, self._door.reserve)
        self._complete = self.loop.create_future()
        # What a hasty peer has sent before our 354 waits in the reader; to read that much does not wait.
        if waiting := len(self._reader._buffer):  # type: ignore[attr-defined]  # noqa: SLF001 - no other way to ask
            self._collect(await self._reader.read(waiting))
        return await self._complete

    def _give_back(self) -> None:
        """Free the room of the mail that was or is being received."""
        for collector in (self._collector, self._held):
            if collector is not None:
                self._door.give_back(collector)
        self._collector = self._held = None

    async def answer(self, reply: str, _recipients: int) -> None:
        """Send the reply to a mail."""
        await self.push(reply)

    def _set_post_data_state(self) -> None:
        super()._set_post_data_state()  # type: ignore[no-untyped-call]
        self.accepted_recipients = 0

    def connection_lost(self, error: Exception | None) -> None:
        """Forget what of a mail has come."""
        super().connection_lost(error)
        self._give_back()


class LmtpConnection(Connection):
    """One LMTP connection (RFC 2033): `LHLO`, and after a mail one reply for each recipient that was accepted."""

    protocol = "LMTP"
    greeting = "LHLO"

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str) -> None:  # noqa: N802 - aiosmtpd finds the method by the name of its verb
        """Greet."""
        await super().smtp_EHLO(arg)

    async def smtp_HELO(self, _hostname: str) -> None:  # noqa: N802 - as above
        """Refuse the greeting of the other protocol (section 4.1)."""
        await self.push("500 5.5.1 Command not recognized")

    async def smtp_EHLO(self, _hostname: str) -> None:  # noqa: N802 - as above
        """Refuse the greeting of the other protocol."""
        await self.push("500 5.5.1 Command not recognized")

    async def answer(self, reply: str, recipients: int) -> None:
        """Send the reply once for each accepted recipient, in one go (section 4.2)."""
        await self.push("\r\n".join([reply] * recipients))
