"""All mailboxes of an installation: from their threads into the loop, where mails are received in groups."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import structlog

from mailgate.domain.message import Envelope
from mailgate.entrypoints.imap.account import MailboxAccount
from mailgate.entrypoints.imap.reader import Kept, MailboxReader
from mailgate.entrypoints.imap.session import Fetched
from mailgate.services.receiving import kind_and_place
from mailgate.store.inbox import Stored

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

STOP_SECONDS = 6


class ImapDoor:
    """The mailboxes that are read."""

    def __init__(
        self,
        accounts: Sequence[MailboxAccount],
        *,
        receive: Callable[[bytes, Envelope], Awaitable[Stored]],
        envelope_of: Callable[[bytes, datetime], Envelope],
        now: Callable[[], datetime],
    ) -> None:
        """Take how to store a mail, how to make up the envelope that IMAP does not give, and the clock."""
        self._receive = receive
        self._envelope_of = envelope_of
        self._now = now
        self._loop: asyncio.AbstractEventLoop | None = None
        self._readers = [MailboxReader(account, self._keep) for account in accounts]

    async def start(self) -> None:
        """Begin to read all of them; one that cannot be reached is tried again and again."""
        self._loop = asyncio.get_running_loop()
        for reader in self._readers:
            reader.start()

    async def stop(self) -> None:
        """End all threads; what is being stored is stored, what is not moved yet will be seen again and known."""
        for reader in self._readers:
            reader.stop()
        await asyncio.gather(*(asyncio.to_thread(reader.join, STOP_SECONDS) for reader in self._readers))

    def _keep(self, batch: Sequence[Fetched]) -> Kept:
        """Store a batch, in the thread of a mailbox, and return which mails are committed."""
        assert self._loop is not None  # noqa: S101 - for the type checker: a thread runs only after `start`
        tasks = [asyncio.run_coroutine_threadsafe(self._store(fetched), self._loop) for fetched in batch]
        concurrent.futures.wait(tasks)
        kept = [fetched for fetched, task in zip(batch, tasks, strict=True) if self._is_kept(fetched, task)]
        return Kept(uids=tuple(each.waiting.uid for each in kept), is_complete=len(kept) == len(batch))

    async def _store(self, fetched: Fetched) -> Stored:
        received_at = min(fetched.waiting.received_at, self._now())  # a server's clock may be ahead of ours
        return await self._receive(fetched.raw, self._envelope_of(fetched.raw, received_at))

    def _is_kept(self, fetched: Fetched, task: concurrent.futures.Future[Stored]) -> bool:
        if task.cancelled():
            return False
        if error := task.exception():
            _log.error("mail_not_stored", error=kind_and_place(error))
            return False
        stored = task.result()
        _log.info("mail_received", inbox=stored.id, is_new=stored.is_new, octets=len(fetched.raw), door="imap")
        return True
