"""Receiving: raw mail from any door, committed before the door answers (RFC 5321 section 6.1).

Sessions hand in raw mails at the same time; one writer stores all that wait in one transaction, so that they share
one synced commit, and each session gets its own answer after it. There is no timer: a mail that comes alone is
written alone, and while it is written the next group gathers.

Not here: what a mail says. Nothing is parsed; the header is looked at byte by byte, for as far as its digest and its
Message-ID need it.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Protocol

import structlog

from mailgate.domain.message import Envelope
from mailgate.errors import TemporaryError
from mailgate.killpoints import Place, passing
from mailgate.store.database import Transaction
from mailgate.store.inbox import Arrival, Stored
from mailgate.store.raw_mail import LARGE, pack
from mailgate.store.reception import store_all

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

PACKERS = 2  # threads; zlib leaves the interpreter to others meanwhile
GROUP_LIMIT = 100  # mails in one transaction
HEADER_LIMIT = 256 * 1024  # octets of a header that are looked at
MESSAGE_ID_LIMIT = 250  # octets
BLOCK = 1024 * 1024  # octets that are hashed at a time

# Fields that servers on the way add or rewrite (RFC 5321 section 4.4, RFC 7208 section 9.1, RFC 8601, RFC 8617).
TRACE_FIELDS = (
    b"received",
    b"received-spf",
    b"return-path",
    b"delivered-to",
    b"x-original-to",
    b"authentication-results",
)
TRACE_PREFIX = b"arc-"

_PACKAGE = str(PurePath(__file__).parent.parent)
_END_OF_HEADER = re.compile(rb"\A\r?\n|\r?\n\r?\n")
_END_OF_FIELD = re.compile(rb"\r?\n(?![ \t])")
_PLAIN_MESSAGE_ID = re.compile(rb"<[!-;=?-~]+@[!-;=?-~]+>")  # visible ASCII, angle brackets only around it


class StorageFullError(TemporaryError):
    """There is no room to store the mail; the sender keeps it until there is (SMTP 452 4.3.1)."""


class Transactions(Protocol):
    """What receiving needs of the database."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open a transaction, committed at the end of the block and rolled back on any exception."""


class Receiver:
    """Stores what the doors receive, in groups; `on_stored` is called after a commit that brought something new."""

    def __init__(self, database: Transactions, *, on_stored: Callable[[], None]) -> None:
        self._database = database
        self._on_stored = on_stored
        self._waiting: list[_Incoming] = []
        self._writer: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="receiver")
        self._packers = ThreadPoolExecutor(max_workers=PACKERS, thread_name_prefix="packer")
        self._being_packed: set[asyncio.Future[None]] = set()
        self._is_closed = False
        self.received = 0  # what was answered, however: mails, a large one for as many as it has blocks

    async def receive(self, raw: bytes, envelope: Envelope) -> Stored:
        """Return once the mail is committed; the same mail again, by whatever way, is told by `is_new`.

        A caller that is cancelled, because its client went away, changes nothing: the mail is stored all the same.

        Raises:
            StorageFullError: there is no room.
            TemporaryError: it could not be stored now, for whatever reason.

        """
        if self._is_closed:
            raise TemporaryError("shutting down")
        incoming = _Incoming(raw, envelope)
        if len(raw) < LARGE:
            self._enqueue(incoming)
        else:
            self._pack(incoming)
        return await asyncio.shield(incoming.answer)

    def _pack(self, incoming: _Incoming) -> None:
        """Have a large mail packed beside the writer, which would hold up all others meanwhile."""
        packing = asyncio.get_running_loop().run_in_executor(self._packers, incoming.pack)
        self._being_packed.add(packing)

        def packed(done: asyncio.Future[None]) -> None:
            self._being_packed.discard(done)
            done.exception()  # what went wrong goes wrong again where its outcome is told
            self._enqueue(incoming)

        packing.add_done_callback(packed)

    def _enqueue(self, incoming: _Incoming) -> None:
        self._waiting.append(incoming)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Refuse what comes from now on, and return when all that was handed in has its answer."""
        self._is_closed = True
        if self._being_packed:
            await asyncio.wait(self._being_packed)
        if self._writer is not None:
            await asyncio.shield(self._writer)
        self._thread.shutdown()
        self._packers.shutdown()

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting[:GROUP_LIMIT], self._waiting[GROUP_LIMIT:]
            outcomes = await loop.run_in_executor(self._thread, self._store, group)
            for incoming, outcome in zip(group, outcomes, strict=True):
                incoming.settle(outcome)
            self.received += sum(1 + len(incoming.raw) // LARGE for incoming in group)
            if any(isinstance(outcome, Stored) and outcome.is_new for outcome in outcomes):
                self._announce()
        self._writer = None

    def _announce(self) -> None:
        try:
            self._on_stored()
        except Exception as error:  # noqa: BLE001 - the mail is stored; whoever is woken by it must not stop the next
            _log.error("on_stored_failed", error=kind_and_place(error))

    def _store(self, group: Sequence[_Incoming]) -> list[Stored | TemporaryError]:
        """Store a group in one transaction, on the writer's thread; return an outcome for each, in order.

        Where one of it spoils the transaction, each gets one of its own. A database that cannot even begin is not
        tried again for each: the others would wait for its time-out as many times.
        """
        is_begun = False
        try:
            arrivals = [mail.arrival() for mail in group]
            with self._database.transaction() as tx:
                is_begun = True
                outcomes: list[Stored | TemporaryError] = [*store_all(tx, arrivals)]
                passing(Place.MAIL_WRITTEN)
        except Exception as error:  # noqa: BLE001 - the edge where whatever was not foreseen becomes temporary
            _log.warning("receiving_failed", error=kind_and_place(error), mails=len(group))
            if is_begun and len(group) > 1:
                return [outcome for mail in group for outcome in self._store([mail])]
            return [_as_temporary(error) for _ in group]
        passing(Place.MAIL_STORED)
        return outcomes


@dataclass(eq=False, slots=True)
class _Incoming:
    raw: bytes
    envelope: Envelope
    answer: asyncio.Future[Stored] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    packed: Arrival | None = None

    def pack(self) -> None:
        self.packed = self.arrival()

    def arrival(self) -> Arrival:
        return self.packed or Arrival(
            digest=content_digest(self.raw),
            packed=pack(self.raw),
            message_id=peek_message_id(self.raw),
            envelope=self.envelope,
        )

    def settle(self, outcome: Stored | TemporaryError) -> None:
        if isinstance(outcome, TemporaryError):
            self.answer.set_exception(outcome)
            self.answer.exception()  # whose caller was cancelled, nobody else looks at
        else:
            self.answer.set_result(outcome)


def _as_temporary(error: Exception) -> TemporaryError:
    kind = StorageFullError if any(_says_full(cause) for cause in _causes(error)) else TemporaryError
    temporary = kind("the mail cannot be stored now")
    temporary.__cause__ = error
    return temporary


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _says_full(error: BaseException) -> bool:
    """Tell whether the operating system, SQLite or PostgreSQL (error code 53100) says that the disk is full."""
    return (
        (isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT})
        or getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"
        or getattr(error, "sqlstate", "") == "53100"
    )


def kind_and_place(error: BaseException) -> str:
    """Describe an exception for the log: `TemporaryError from OperationalError at database.py:42 transaction`.

    Never by its text: a database puts parameters there, which may be somebody's mail.
    """
    kinds = " from ".join(type(cause).__name__ for cause in _causes(error))
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(_PACKAGE)] or frames
    return f"{kinds} at {PurePath(own[-1].filename).name}:{own[-1].lineno} {own[-1].name}" if own else kinds


def content_digest(raw: bytes) -> str:
    """Return the SHA-256 of a mail, in hexadecimal, the same by whatever way the mail came.

    Left out is what differs from way to way: trace fields, CRLF or LF, line ends at the very end. Everything else
    counts to the octet. A header longer than `HEADER_LIMIT` is taken as it is.
    """
    digest = hashlib.sha256()
    body_start = 0
    if (header_end := _header_end(raw)) is not None:
        for header_field in _fields(raw[:header_end]):
            if not _is_trace(header_field):
                digest.update(header_field.replace(b"\r\n", b"\n") + b"\n")
        body_start = header_end
    for block in _blocks(raw, body_start):
        digest.update(block.replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def peek_message_id(raw: bytes) -> str:
    """Return the Message-ID of a mail with its angle brackets, or '' where there is none that is plain.

    Plain is a msg-id (RFC 5322 section 3.6.4) of visible ASCII and at most 250 octets, alone in the topmost field.
    """
    if (header_end := _header_end(raw)) is None:
        return ""
    for header_field in _fields(raw[:header_end]):
        name, _, value = header_field.partition(b":")
        if name.rstrip().lower() == b"message-id":
            message_id = value.strip()
            is_plain = len(message_id) <= MESSAGE_ID_LIMIT and _PLAIN_MESSAGE_ID.fullmatch(message_id)
            return message_id.decode("ascii") if is_plain else ""
    return ""


def header_fields(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name, in lower case, and value of each field of a header, from above; nothing of one beyond the limit."""
    if (header_end := _header_end(raw)) is not None:
        for header_field in _fields(raw[:header_end]):
            name, _, value = header_field.partition(b":")
            yield name.rstrip().lower(), value


def _header_end(raw: bytes) -> int | None:
    """Return where the header ends, the empty line not included; None for a header beyond the limit."""
    if end := _END_OF_HEADER.search(raw, 0, HEADER_LIMIT):
        return end.start()
    return len(raw) if len(raw) <= HEADER_LIMIT else None


def _fields(header: bytes) -> Iterator[bytes]:
    """Yield each field with its folded lines, without the line end that closes it."""
    return (header_field for header_field in _END_OF_FIELD.split(header) if header_field)


def _is_trace(header_field: bytes) -> bool:
    name = header_field.partition(b":")[0].rstrip().lower()
    return name in TRACE_FIELDS or name.startswith(TRACE_PREFIX)


def _blocks(raw: bytes, start: int) -> Iterator[bytes]:
    """Yield what follows, without the line ends at the very end, in blocks that never part a CR from its LF."""
    end = len(raw.rstrip(b"\r\n"))
    while start < end:
        stop = min(start + BLOCK, end)
        if raw[stop - 1 : stop + 1] == b"\r\n":
            stop += 1
        yield raw[start:stop]
        start = stop
