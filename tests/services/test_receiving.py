"""Receiving: one commit for all who wait, an answer for each, and the same mail counts once by whatever way."""

from __future__ import annotations

import asyncio
import errno
import gc
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from mailgate.domain.message import Envelope
from mailgate.errors import TemporaryError
from mailgate.services.receiving import (
    BLOCK,
    HEADER_LIMIT,
    Receiver,
    StorageFullError,
    content_digest,
    peek_message_id,
)
from mailgate.store.database import Database, Transaction
from mailgate.store.inbox import Stored

ENVELOPE = Envelope(
    mail_from="a@client.example.com",
    rcpt_to=("support@desk.example.org",),
    received_at=datetime(2026, 9, 22, 8, 0, tzinfo=UTC),
)
# SQLite refuses a lone surrogate, as PostgreSQL does: an envelope that cannot be stored.
POISONED = Envelope(mail_from="\udcff@client.example.com", rcpt_to=(), received_at=ENVELOPE.received_at)
MAIL = b"From: a@client.example.com\r\nMessage-ID: <1@client.example.com>\r\n\r\nHello\r\n"


def mail(number: int) -> bytes:
    return b"Message-ID: <%d@client.example.com>\r\n\r\nHello %d\r\n" % (number, number)


def opened_database(folder: Path) -> Database:
    database = Database.open(f"sqlite:///{folder / 'mailgate.db'}")
    database.migrate()
    return database


@dataclass
class WatchedDatabase:
    """The real database, which counts its commits, waits at a gate, and fails when it is told to."""

    real: Database
    commits: int = 0
    begun: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event = field(default_factory=threading.Event)
    fault_at_begin: Exception | None = None
    fault_at_commit: Exception | None = None
    begins: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        self.begun.set()
        assert self.gate.wait(timeout=10)
        self.begins += 1
        if self.fault_at_begin is not None:
            raise self.fault_at_begin
        with self.real.transaction() as tx:
            yield tx
            if self.fault_at_commit is not None:
                raise self.fault_at_commit
        self.commits += 1


@dataclass
class World:
    database: WatchedDatabase
    receiver: Receiver
    wakes: list[None]

    async def hold_the_writer(self) -> asyncio.Task[Stored]:
        """Hand in a first mail and return while it is being written: what comes now waits for the next group."""
        self.database.gate.clear()
        first = asyncio.create_task(self.receiver.receive(mail(0), ENVELOPE))
        await asyncio.to_thread(self.database.begun.wait)
        return first

    async def hand_in(self, *mails: tuple[bytes, Envelope]) -> list[asyncio.Task[Stored]]:
        tasks = [asyncio.create_task(self.receiver.receive(raw, envelope)) for raw, envelope in mails]
        await asyncio.sleep(0)  # each runs up to where it waits
        return tasks


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    real = opened_database(tmp_path)
    wakes: list[None] = []
    database = WatchedDatabase(real)
    receiver = Receiver(database, on_stored=lambda: wakes.append(None))
    yield World(database, receiver, wakes)
    database.gate.set()
    await receiver.close()
    real.close()


async def test_a_mail_is_committed_when_its_receiver_returns(world: World) -> None:
    stored = await world.receiver.receive(MAIL, ENVELOPE)

    assert stored.is_new
    assert world.database.commits == 1
    assert world.wakes == [None]


async def test_the_same_mail_again_is_told_and_wakes_nobody(world: World) -> None:
    first = await world.receiver.receive(MAIL, ENVELOPE)
    again = await world.receiver.receive(b"Received: by mx\r\n" + MAIL, ENVELOPE)

    assert (again.id, again.is_new) == (first.id, False)
    assert world.wakes == [None]


async def test_sixteen_sessions_that_wait_share_one_commit(world: World) -> None:
    first = await world.hold_the_writer()
    waiting = await world.hand_in(*((mail(number), ENVELOPE) for number in range(1, 17)))
    world.database.gate.set()

    stored = await asyncio.gather(first, *waiting)

    assert world.database.commits == 2
    assert len({one.id for one in stored}) == 17
    assert world.wakes == [None, None]


async def test_the_same_mail_twice_in_a_group_is_new_once(world: World) -> None:
    first = await world.hold_the_writer()
    waiting = await world.hand_in((MAIL, ENVELOPE), (MAIL, ENVELOPE))
    world.database.gate.set()

    _, one, other = await asyncio.gather(first, *waiting)

    assert one.id == other.id
    assert [one.is_new, other.is_new] == [True, False]


async def test_a_poisoned_mail_does_not_spoil_its_group(world: World) -> None:
    first = await world.hold_the_writer()
    waiting = await world.hand_in((mail(1), ENVELOPE), (mail(2), POISONED), (mail(3), ENVELOPE))
    world.database.gate.set()

    one, poisoned, three = await asyncio.gather(*waiting, return_exceptions=True)
    await first

    assert isinstance(one, Stored)
    assert isinstance(three, Stored)
    assert one.is_new
    assert three.is_new
    assert isinstance(poisoned, TemporaryError)
    assert world.database.commits == 3  # the first mail, and the two good ones on their own


async def test_a_group_that_cannot_begin_is_not_tried_for_each(world: World) -> None:
    first = await world.hold_the_writer()
    waiting = await world.hand_in(*((mail(number), ENVELOPE) for number in range(1, 17)))
    world.database.fault_at_begin = OSError(errno.EIO, "canary")
    world.database.gate.set()

    outcomes = await asyncio.gather(first, *waiting, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [TemporaryError] * 17
    assert world.database.begins == 2


@pytest.mark.parametrize(
    "fault", [RuntimeError("canary"), MemoryError(), KeyError("canary"), TimeoutError(), PermissionError()]
)
async def test_whatever_fails_is_temporary_and_its_text_is_kept_private(world: World, fault: Exception) -> None:
    world.database.fault_at_commit = fault

    with capture_logs() as logs, pytest.raises(TemporaryError) as raised:
        await world.receiver.receive(MAIL, ENVELOPE)

    assert "canary" not in raised.value.public + repr(logs)
    assert raised.value.__cause__ is fault
    assert logs[0]["error"].startswith(f"{type(fault).__name__} at receiving.py:")
    assert world.wakes == []


async def test_a_full_disk_is_told_apart(world: World) -> None:
    full = RuntimeError()
    full.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    world.database.fault_at_commit = full

    with pytest.raises(StorageFullError):
        await world.receiver.receive(MAIL, ENVELOPE)


async def test_after_a_fault_the_next_mail_is_stored(world: World) -> None:
    world.database.fault_at_commit = RuntimeError()
    with pytest.raises(TemporaryError):
        await world.receiver.receive(MAIL, ENVELOPE)

    world.database.fault_at_commit = None
    assert (await world.receiver.receive(MAIL, ENVELOPE)).is_new


async def test_a_cancelled_caller_changes_nothing_of_the_commit(world: World) -> None:
    first = await world.hold_the_writer()
    (gone, stays) = await world.hand_in((mail(1), ENVELOPE), (mail(2), ENVELOPE))

    first.cancel()
    gone.cancel()
    world.database.gate.set()
    await stays

    assert gone.cancelled()
    assert [(await world.receiver.receive(mail(number), ENVELOPE)).is_new for number in (0, 1)] == [False, False]


async def test_a_fault_whose_caller_is_gone_is_no_noise(world: World, caplog: pytest.LogCaptureFixture) -> None:
    first = await world.hold_the_writer()
    world.database.fault_at_begin = RuntimeError("canary")
    first.cancel()
    world.database.gate.set()
    await world.receiver.close()
    del first
    world.database.fault_at_begin = None
    gc.collect()  # asyncio complains when it drops an outcome that nobody looked at

    assert caplog.text == ""


async def test_closing_waits_for_what_was_handed_in_and_refuses_the_rest(world: World) -> None:
    first = await world.hold_the_writer()
    (waiting,) = await world.hand_in((mail(1), ENVELOPE))
    closing = asyncio.create_task(world.receiver.close())
    await asyncio.sleep(0)

    with pytest.raises(TemporaryError):
        await world.receiver.receive(mail(2), ENVELOPE)
    assert not closing.done()

    world.database.gate.set()
    await closing
    assert (await first).is_new
    assert (await waiting).is_new


async def test_a_waker_that_fails_does_not_stop_the_next_mail(tmp_path: Path) -> None:
    def broken() -> None:
        raise RuntimeError("canary")

    real = opened_database(tmp_path)
    receiver = Receiver(real, on_stored=broken)
    with capture_logs() as logs:
        assert (await receiver.receive(mail(1), ENVELOPE)).is_new
        assert (await receiver.receive(mail(2), ENVELOPE)).is_new
        await receiver.close()
    real.close()

    assert [line["event"] for line in logs] == ["on_stored_failed", "on_stored_failed"]
    assert "canary" not in repr(logs)


@pytest.mark.parametrize(
    "trace",
    [
        b"Received: from mx (mx [192.0.2.1])\r\n\tby desk;\r\n Tue, 22 Sep 2026 08:00:00 +0000\r\n",
        b"received : by lmtp\r\n",
        b"Return-Path: <a@client.example.com>\r\n",
        b"Delivered-To: support@desk.example.org\r\n",
        b"X-Original-To: support@desk.example.org\r\n",
        b"Received-SPF: pass\r\n",
        b"Authentication-Results: mx.example.org;\r\n dmarc=pass\r\n",
        b"ARC-Seal: i=1;\r\n a=rsa-sha256\r\nARC-Message-Signature: i=1\r\n",
    ],
)
def test_trace_fields_do_not_count(trace: bytes) -> None:
    assert content_digest(trace + MAIL) == content_digest(MAIL)
    assert content_digest(MAIL.replace(b"\r\n\r\n", b"\r\n" + trace + b"\r\n", 1)) == content_digest(MAIL)


@pytest.mark.parametrize(
    "other",
    [
        MAIL.replace(b"Hello", b"hello"),
        MAIL.replace(b"<1@", b"<2@"),
        MAIL.replace(b"\r\n\r\n", b"\r\n\r\n\r\n"),
        MAIL.replace(b"\r\n\r\n", b"\r\n\r\nReceived: in the body\r\n"),
        MAIL.replace(b"Message-ID", b"X-Received: y\r\nMessage-ID"),
        MAIL.replace(b"Message-ID", b" Received: folded into From\r\nMessage-ID"),
        b"",
    ],
)
def test_everything_else_counts(other: bytes) -> None:
    assert content_digest(other) != content_digest(MAIL)


parts = st.lists(st.sampled_from([b"\r\n", b"\n", b"a", b": ", b" ", b"Received", b"x" * 9]), max_size=30)


@given(parts.map(b"".join))
def test_line_ends_and_the_way_do_not_count(raw: bytes) -> None:
    with_lf = raw.replace(b"\r\n", b"\n")
    with_crlf = with_lf.replace(b"\n", b"\r\n")

    assert content_digest(with_lf) == content_digest(with_crlf) == content_digest(with_crlf + b"\r\n")
    assert content_digest(b"Received: by mx\r\n" + with_crlf) == content_digest(b"Received: by mx\n" + with_lf)


@pytest.mark.parametrize("shift", range(-2, 3))
def test_a_line_end_across_two_blocks_is_one_line_end(shift: int) -> None:
    body = b"\n\n" + b"x" * (BLOCK + shift - 3) + b"\r\nend"

    assert content_digest(b"A: b" + body) == content_digest(b"A: b" + body.replace(b"\r\n", b"\n"))


def test_a_header_beyond_the_limit_is_taken_as_it_is() -> None:
    huge = b"X-Filler: y\r\n" * (HEADER_LIMIT // 13 + 1) + MAIL

    assert content_digest(b"Received: by mx\r\n" + huge) != content_digest(huge)
    assert peek_message_id(huge) == ""


@pytest.mark.parametrize(
    ("field_", "expected"),
    [
        (b"Message-ID: <1@client.example.com>", "<1@client.example.com>"),
        (b"message-id:<1@client.example.com>  ", "<1@client.example.com>"),
        (b"Message-Id:\r\n <1@client.example.com>", "<1@client.example.com>"),
        (b"Message-ID: <1@[192.0.2.1]>", "<1@[192.0.2.1]>"),
        (b"Message-ID: <" + b"x" * 236 + b"@example.org>", "<" + "x" * 236 + "@example.org>"),
        (b"Message-ID: <" + b"x" * 237 + b"@example.org>", ""),
        (b"Message-ID: <1@client.example.com> (a comment)", ""),
        (b"Message-ID: <1@a.example> <2@a.example>", ""),
        (b"Message-ID: <1 @client.example.com>", ""),
        (b"Message-ID: <\xe9@client.example.com>", ""),
        (b"Message-ID: <1\x00@client.example.com>", ""),
        (b"Message-ID: <<1@client.example.com>>", ""),
        (b"Message-ID: 1@client.example.com", ""),
        (b"Message-ID: <1>", ""),
        (b"Message-ID:", ""),
        (b"X-Message-ID: <1@client.example.com>", ""),
        (b"In-Reply-To: <0@a.example>\r\n Message-ID: <1@a.example>", ""),
    ],
)
@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_a_message_id_is_seen_only_where_it_is_plain(field_: bytes, expected: str, line_end: bytes) -> None:
    raw = b"From: a@client.example.com\r\n" + field_ + b"\r\n\r\nMessage-ID: <body@client.example.com>\r\n"

    assert peek_message_id(raw.replace(b"\r\n", line_end)) == expected


@given(st.binary(max_size=300))
def test_no_octets_trouble_the_scan(raw: bytes) -> None:
    assert len(content_digest(raw)) == 64
    assert len(peek_message_id(raw)) <= 250
