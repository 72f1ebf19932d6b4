"""The SMTP door over real sockets: what it takes, what it refuses, and that it promises nothing it does not keep."""

from __future__ import annotations

import asyncio
import errno
import gc
import smtplib
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from mailgate.domain.message import Envelope
from mailgate.entrypoints.smtp import Dialect, ServerTls, SmtpDoor, SmtpLimits
from mailgate.entrypoints.smtp.hooks import Hooks
from mailgate.errors import PermanentError, TemporaryError
from mailgate.services.receiving import StorageFullError
from mailgate.store.inbox import Stored

NOW = datetime(2026, 9, 22, 8, 0, tzinfo=UTC)
PATIENCE_SECONDS = 60
OURS = "support@desk.example.org"
MAIL = b"From: a@client.example.com\r\nSubject: plan\r\n\r\nHello\r\n"


@dataclass
class FakeInbox:
    """Keeps what it is given; `gate` closed, it takes its time; `fault` set, it fails."""

    mails: list[tuple[bytes, Envelope]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    stored: asyncio.Event = field(default_factory=asyncio.Event)
    fault: Exception | None = None

    def __post_init__(self) -> None:
        self.gate.set()

    async def receive(self, raw: bytes, envelope: Envelope) -> Stored:
        self.begun.set()
        await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        self.mails.append((raw, envelope))
        self.stored.set()
        return Stored(id=len(self.mails), is_new=True)


class Peer:
    """A client that writes and reads lines, well-behaved or not."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def reply(self) -> str:
        lines = [await self.reader.readline()]
        while lines[-1][3:4] == b"-":
            lines.append(await self.reader.readline())
        return b"".join(lines).decode("ascii").strip()

    async def say(self, line: str | bytes) -> str:
        self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
        return await self.reply()

    async def open_data(self, *recipients: str, mail_from: str = "a@client.example.com") -> None:
        assert (await self.say(f"MAIL FROM:<{mail_from}>")).startswith("250")
        for recipient in recipients or (OURS,):
            assert (await self.say(f"RCPT TO:<{recipient}>")).startswith("250")
        assert (await self.say("DATA")).startswith("354")

    async def send(self, mail: bytes = MAIL, *recipients: str, mail_from: str = "a@client.example.com") -> str:
        await self.open_data(*recipients, mail_from=mail_from)
        return await self.say(mail + b".")

    async def is_closed(self) -> bool:
        try:
            return await self.reader.read() == b""
        except ConnectionError:
            return True

    def leave(self) -> None:
        self.writer.close()


@dataclass
class Desk:
    door: SmtpDoor
    inbox: FakeInbox
    port: int
    peers: list[Peer] = field(default_factory=list)

    async def connect(self) -> Peer:
        """Return a connected peer; its greeting is not read yet."""
        peer = Peer(*await asyncio.open_connection("127.0.0.1", self.port))
        self.peers.append(peer)
        return peer

    async def greet(self) -> Peer:
        peer = await self.connect()
        assert await peer.reply() == "220 desk.example.org ESMTP"
        assert (await peer.say("EHLO client.example.com")).startswith("250")
        return peer


def is_ours(address: str) -> bool:
    return address.lower().endswith("@desk.example.org")


@asynccontextmanager
async def opened(
    *,
    limits: SmtpLimits | None = None,
    accepts: Callable[[str], bool] = is_ours,
    now: Callable[[], datetime] = lambda: NOW,
    dialect: Dialect = Dialect.SMTP,
    tls: ServerTls | None = None,
) -> AsyncIterator[Desk]:
    inbox = FakeInbox()
    door = SmtpDoor(
        receive=inbox.receive,
        accepts=accepts,
        now=now,
        limits=limits or SmtpLimits(),
        hostname="desk.example.org",
        dialect=dialect,
        tls=tls,
    )
    desk = Desk(door, inbox, await door.start("127.0.0.1", 0))
    try:
        yield desk
    finally:
        inbox.gate.set()
        await door.stop(grace_seconds=5)
        for peer in desk.peers:
            peer.leave()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with opened() as desk:
        yield desk


async def test_an_ordinary_client_sends_a_mail(desk: Desk) -> None:
    def send() -> None:
        with smtplib.SMTP("127.0.0.1", desk.port, local_hostname="client.example.com") as client:
            client.sendmail("a@client.example.com", [OURS], MAIL)

    await asyncio.to_thread(send)

    assert desk.inbox.mails == [(MAIL, Envelope(mail_from="a@client.example.com", rcpt_to=(OURS,), received_at=NOW))]


async def test_the_sender_gets_250_only_once_the_message_is_stored(desk: Desk) -> None:
    desk.inbox.gate.clear()
    peer = await desk.greet()
    answer = asyncio.create_task(peer.send())
    await desk.inbox.begun.wait()

    assert not (await asyncio.wait([answer], timeout=0.05))[0]
    assert desk.inbox.mails == []

    desk.inbox.gate.set()
    assert await answer == "250 2.0.0 Ok: queued as 1"


FAULTS = (
    TemporaryError("canary"),
    PermanentError("canary"),
    RuntimeError("canary"),
    OSError(errno.EIO, "canary"),
    sqlite3.OperationalError("canary"),
    TimeoutError("canary"),
    MemoryError("canary"),
    KeyError("canary"),
    RecursionError("canary"),
    AssertionError("canary"),
    ConnectionResetError("canary"),
    UnicodeDecodeError("ascii", b"canary", 0, 1, "canary"),
    StopAsyncIteration("canary"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
async def test_our_own_fault_is_temporary_and_shows_nothing_of_the_error(desk: Desk, fault: Exception) -> None:
    desk.inbox.fault = fault
    peer = await desk.greet()

    with capture_logs() as logs:
        assert await peer.send() == "451 4.3.0 Temporary internal error, try again later"

    assert "canary" not in repr(logs)
    assert [line["error"].split()[0] for line in logs if line["event"] == "mail_not_stored"] == [type(fault).__name__]


async def test_a_full_disk_is_said_to_be_one(desk: Desk) -> None:
    desk.inbox.fault = StorageFullError("canary")
    peer = await desk.greet()

    assert await peer.send() == "452 4.3.1 Insufficient storage, try again later"


async def test_the_session_goes_on_after_a_fault(desk: Desk) -> None:
    desk.inbox.fault = RuntimeError()
    peer = await desk.greet()
    assert (await peer.send()).startswith("451")

    desk.inbox.fault = None
    assert await peer.send() == "250 2.0.0 Ok: queued as 1"


async def test_a_clock_that_fails_is_temporary_too() -> None:
    def broken() -> datetime:
        raise OSError("canary")

    async with opened(now=broken) as desk:
        assert (await (await desk.greet()).send()).startswith("451 4.3.0")


async def test_a_recipient_that_cannot_be_judged_is_deferred_and_the_next_is_not_refused_for_it() -> None:
    def judge(address: str) -> bool:
        if address.startswith("broken"):
            raise RuntimeError("canary")
        return is_ours(address)

    async with opened(accepts=judge) as desk:
        peer = await desk.greet()
        await peer.say("MAIL FROM:<a@client.example.com>")

        assert (
            await peer.say("RCPT TO:<broken@desk.example.org>") == "451 4.3.0 Temporary internal error, try again later"
        )
        assert (await peer.say(f"RCPT TO:<{OURS}>")).startswith("250")


class FaultyHooks(Hooks):
    """Fails where the door expects no failure."""

    async def handle_NOOP(self, *_: object) -> str:  # noqa: N802 - aiosmtpd finds the hook by the name of its verb
        raise RuntimeError("canary")


async def test_a_fault_of_the_protocol_itself_closes_with_a_temporary_reply(desk: Desk) -> None:
    desk.door.hooks = FaultyHooks(desk.door, accepts=is_ours, now=lambda: NOW)
    peer = await desk.greet()

    with capture_logs() as logs:
        reply = await peer.say("NOOP")

    assert reply == "421 4.3.0 Temporary internal error, closing"
    assert await peer.is_closed()
    assert [line["error"].split()[0] for line in logs if line["event"] == "smtp_fault"] == ["RuntimeError"]
    assert "canary" not in repr(logs)


async def test_a_client_gone_after_its_dot_changes_nothing(desk: Desk) -> None:
    desk.inbox.gate.clear()
    peer = await desk.greet()
    await peer.open_data()
    peer.writer.write(MAIL + b".\r\n")
    await desk.inbox.begun.wait()
    (connection,) = desk.door.connections

    peer.leave()
    await connection.closed
    desk.inbox.gate.set()
    await desk.inbox.stored.wait()

    assert [raw for raw, _ in desk.inbox.mails] == [MAIL]


async def test_a_client_that_half_closes_changes_nothing(desk: Desk) -> None:
    desk.inbox.gate.clear()
    peer = await desk.greet()
    await peer.open_data()
    peer.writer.write(MAIL + b".\r\n")
    await desk.inbox.begun.wait()

    peer.writer.write_eof()
    assert await peer.is_closed()
    desk.inbox.gate.set()
    await desk.inbox.stored.wait()

    assert [raw for raw, _ in desk.inbox.mails] == [MAIL]


async def test_a_client_gone_before_its_dot_leaves_nothing(desk: Desk) -> None:
    peer = await desk.greet()
    await peer.open_data()
    peer.writer.write(MAIL)
    (connection,) = desk.door.connections

    peer.leave()
    await connection.closed

    assert desk.inbox.mails == []


async def test_a_store_that_fails_after_its_client_went_away_is_no_noise(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.inbox.gate.clear()
    desk.inbox.fault = RuntimeError("canary")
    peer = await desk.greet()
    await peer.open_data()
    peer.writer.write(MAIL + b".\r\n")
    await desk.inbox.begun.wait()
    (connection,) = desk.door.connections

    peer.leave()
    await connection.closed
    desk.inbox.gate.set()
    await desk.door.stop()
    del connection
    desk.inbox.fault = None
    gc.collect()  # asyncio complains when it drops an outcome that nobody looked at

    assert caplog.text == ""


async def test_an_unknown_recipient_is_refused_in_the_dialogue(desk: Desk) -> None:
    peer = await desk.greet()
    await peer.say("MAIL FROM:<a@client.example.com>")

    assert await peer.say("RCPT TO:<nobody@example.net>") == "550 5.1.1 Unknown recipient"
    assert (await peer.say("RCPT TO:<>")).startswith("550 5.1.1")
    assert (await peer.say("DATA")).startswith("503")
    assert (await peer.say(f"RCPT TO:<{OURS}>")).startswith("250")


@pytest.mark.parametrize("path", ["<", "<.@[", "<a@[ ", "<" + "(" * 400, ">", "<a\x00b@client.example.com>"])
async def test_a_malformed_path_is_the_peers_fault_for_good(desk: Desk, path: str) -> None:
    peer = await desk.greet()

    assert (await peer.say(f"MAIL FROM:{path}"))[:3] in {"501", "553", "555"}
    assert (await peer.send()).startswith("250")


@pytest.mark.parametrize("address", ["a\x01b@desk.example.org", f"{'a' * 321}@desk.example.org"])
async def test_an_address_that_cannot_be_kept_is_refused(desk: Desk, address: str) -> None:
    peer = await desk.greet()

    assert await peer.say(f"MAIL FROM:<{address}>") == "553 5.1.3 Malformed address"
    await peer.say("MAIL FROM:<a@client.example.com>")
    assert await peer.say(f"RCPT TO:<{address}>") == "553 5.1.3 Malformed address"


async def test_the_same_recipient_twice_counts_once(desk: Desk) -> None:
    peer = await desk.greet()
    await peer.send(MAIL, OURS, OURS, "Support@Desk.Example.ORG", "other@desk.example.org")

    assert desk.inbox.mails[0][1].rcpt_to == (OURS, "other@desk.example.org")


async def test_the_null_reverse_path_is_an_empty_sender(desk: Desk) -> None:
    peer = await desk.greet()
    await peer.send(mail_from="")

    assert desk.inbox.mails[0][1].mail_from == ""


async def test_too_many_recipients_are_put_off_to_the_next_mail() -> None:
    async with opened(limits=SmtpLimits(max_recipients=2)) as desk:
        peer = await desk.greet()
        await peer.say("MAIL FROM:<a@client.example.com>")
        replies = [await peer.say(f"RCPT TO:<{name}@desk.example.org>") for name in ("a", "b", "c", "a")]
        await peer.say("DATA")

        assert [reply[:9] for reply in replies] == ["250 2.1.5", "250 2.1.5", "452 4.5.3", "250 2.1.5"]
        assert (await peer.say(MAIL + b".")).startswith("250")
        assert len(desk.inbox.mails[0][1].rcpt_to) == 2


async def test_the_size_limit_is_announced_and_held_at_mail() -> None:
    async with opened(limits=SmtpLimits(max_octets=1000)) as desk:
        peer = await desk.greet()

        assert "250-SIZE 1000" in await peer.say("EHLO client.example.com")
        assert (await peer.say("MAIL FROM:<a@client.example.com> SIZE=1001")).startswith("552 5.3.4")
        assert (await peer.say("MAIL FROM:<a@client.example.com> SIZE=1000")).startswith("250")


@pytest.mark.parametrize(("octets", "code"), [(1000, "250 2.0.0"), (1001, "552 5.3.4")])
async def test_the_size_limit_is_held_in_data(octets: int, code: str) -> None:
    async with opened(limits=SmtpLimits(max_octets=1000)) as desk:
        peer = await desk.greet()

        assert (await peer.send(b"x" * 98 + b"\r\n" + b"y" * (octets - 102) + b"\r\n")).startswith(code)
        assert (await peer.send()).startswith("250")


async def test_a_mail_whose_lines_end_with_lf_alone_is_taken_at_any_size(desk: Desk) -> None:
    peer = await desk.greet()

    assert (await peer.send(b"a line of text\n" * 20_000 + b"\r\n")).startswith("250")
    assert (await peer.send()).startswith("250")


async def test_a_command_line_without_end_is_cut_off(desk: Desk) -> None:
    peer = await desk.greet()
    (connection,) = desk.door.connections
    for _ in range(6):
        peer.writer.write(b"x" * 60_000)

    await asyncio.wait_for(connection.closed, PATIENCE_SECONDS)


async def test_a_mail_without_end_is_not_kept_and_its_time_ends() -> None:
    async with opened(limits=SmtpLimits(max_octets=100_000, timeout_seconds=1)) as desk:
        peer = await desk.greet()
        await peer.open_data()
        for _ in range(4):
            peer.writer.write(b"x" * 60_000)

        assert await peer.reply() == "421 4.4.2 Timeout, closing"
        assert desk.inbox.mails == []


SMUGGLED = b"MAIL FROM:<evil@example.net>\r\nRCPT TO:<support@desk.example.org>\r\nDATA\r\nsmuggled"


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r.\n", b"\n.\r", b"\r\r\n.\r\r\n"]
)
async def test_a_mail_that_may_hide_another_is_taken_to_its_end_and_refused(desk: Desk, end: bytes) -> None:
    peer = await desk.greet()

    assert (await peer.send(b"Subject: plan\r\n\r\nfirst" + end + SMUGGLED + b"\r\n")).startswith("550 5.6.0")
    assert (await peer.send()).startswith("250")

    assert [raw for raw, _ in desk.inbox.mails] == [MAIL]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\n\n", b"\r\n\x00.\r\n", b"\n..\n", b".\n"])
async def test_bare_line_ends_away_from_a_lone_dot_are_kept(desk: Desk, end: bytes) -> None:
    peer = await desk.greet()
    mail = b"Subject: plan\r\n\r\nfirst" + end + SMUGGLED + b"\r\n"

    assert (await peer.send(mail)).startswith("250")

    assert [raw for raw, _ in desk.inbox.mails] == [mail]


async def test_a_second_mail_may_follow_at_once_after_the_end_of_the_first(desk: Desk) -> None:
    peer = await desk.greet()
    envelope = f"MAIL FROM:<a@client.example.com>\r\nRCPT TO:<{OURS}>\r\nDATA\r\n".encode()
    peer.writer.write(envelope + MAIL + b".\r\n" + envelope + b"second\r\n.\r\nNOOP\r\n")

    assert [(await peer.reply())[:3] for _ in range(9)] == [
        "250",
        "250",
        "354",
        "250",
        "250",
        "250",
        "354",
        "250",
        "250",
    ]
    assert [raw for raw, _ in desk.inbox.mails] == [MAIL, b"second\r\n"]


async def test_more_mail_at_once_than_there_is_room_for_is_put_off() -> None:
    limits = SmtpLimits(max_octets=1000, max_octets_at_once=1000)
    async with opened(limits=limits) as desk:
        first, second = await desk.greet(), await desk.greet()
        desk.inbox.gate.clear()
        await first.open_data()
        first.writer.write(b"x" * 700 + b"\r\n.\r\n")
        await asyncio.wait_for(desk.inbox.begun.wait(), PATIENCE_SECONDS)

        assert (await second.send(b"y" * 700 + b"\r\n")).startswith("452 4.3.1 Too much mail at once")

        desk.inbox.gate.set()
        assert (await first.reply()).startswith("250")
        assert (await second.send(b"y" * 700 + b"\r\n")).startswith("250")


async def test_the_room_of_a_mail_whose_client_went_away_is_free_again() -> None:
    limits = SmtpLimits(max_octets=1000, max_octets_at_once=1000)
    async with opened(limits=limits) as desk:
        gone = await desk.greet()
        await gone.open_data()
        gone.writer.write(b"x" * 900)
        await gone.writer.drain()
        (connection,) = desk.door.connections
        gone.leave()
        await asyncio.wait_for(connection.closed, PATIENCE_SECONDS)

        assert (await (await desk.greet()).send(b"y" * 900 + b"\r\n")).startswith("250")


async def test_dots_are_unstuffed_and_octets_kept(desk: Desk) -> None:
    peer = await desk.greet()
    await peer.send(b"..one\r\n...two\r\n\xff\x00\xe9\r\n")

    assert desk.inbox.mails[0][0] == b".one\r\n..two\r\n\xff\x00\xe9\r\n"


async def test_an_empty_mail_is_a_mail(desk: Desk) -> None:
    peer = await desk.greet()
    assert (await peer.send(b"")).startswith("250")

    assert desk.inbox.mails[0][0] == b""


async def test_connections_beyond_the_limit_are_turned_away() -> None:
    async with opened(limits=SmtpLimits(max_connections=2)) as desk:
        first, _ = await desk.greet(), await desk.greet()
        third = await desk.connect()

        assert (await third.reply()).startswith("421 4.3.2 Too many connections")
        assert await third.is_closed()

        await first.say("QUIT")
        assert await first.is_closed()
        assert (await (await desk.greet()).send()).startswith("250")


async def test_one_host_gets_its_share_of_connections_only() -> None:
    async with opened(limits=SmtpLimits(max_per_host=1, trusted=())) as desk:
        await desk.greet()

        assert (await (await desk.connect()).reply()).startswith("421 4.3.2")


async def test_the_relay_in_front_is_spared_the_share_of_a_host() -> None:
    async with opened(limits=SmtpLimits(max_per_host=1)) as desk:
        await desk.greet()

        assert (await (await desk.greet()).send()).startswith("250")


async def test_a_client_turned_away_may_talk_on_in_vain(caplog: pytest.LogCaptureFixture) -> None:
    async with opened(limits=SmtpLimits(max_connections=0)) as desk:
        peer = await desk.connect()
        peer.writer.write(b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<support@desk.example.org>\r\nDATA\r\nx\r\n.\r\n")

        await peer.is_closed()
        assert desk.inbox.mails == []
        assert desk.door.connections == set()
        assert caplog.text == ""


async def test_a_session_ends_after_too_many_commands_without_a_mail() -> None:
    async with opened(limits=SmtpLimits(max_commands=3, max_recipients=1, trusted=())) as desk:
        peer = await desk.greet()
        replies = [await peer.say("NOOP") for _ in range(4)]

        assert [reply[:3] for reply in replies] == ["250", "250", "250", "421"]
        assert await peer.is_closed()


async def test_a_session_that_brings_mail_may_bring_more() -> None:
    async with opened(limits=SmtpLimits(max_commands=4, max_recipients=1, trusted=())) as desk:
        peer = await desk.greet()

        assert {(await peer.send())[:3] for _ in range(10)} == {"250"}


async def test_a_session_ends_after_too_many_refused_recipients() -> None:
    async with opened(limits=SmtpLimits(max_bad_commands=3, trusted=())) as desk:
        peer = await desk.greet()
        await peer.say("MAIL FROM:<a@client.example.com>")
        replies = [await peer.say(f"RCPT TO:<guess{n}@example.net>") for n in range(4)]

        assert [reply[:9] for reply in replies] == ["550 5.1.1"] * 3 + ["421 4.7.0"]
        assert await peer.is_closed()


@pytest.mark.parametrize("line", [b"", b"\xff\xff", b"XYZZY", b"MAIL FROM:<caf\xe9@example.org>", b"N" * 600])
async def test_a_bad_command_is_refused_without_echo_and_counted(line: bytes) -> None:
    async with opened(limits=SmtpLimits(max_bad_commands=2, trusted=())) as desk:
        peer = await desk.greet()
        replies = [await peer.say(line) for _ in range(3)]

        assert [reply[:7] for reply in replies[:2]] == ["500 5.5"] * 2
        assert "XYZZY" not in replies[0]
        assert replies[2].startswith("421 4.7.0")


async def test_a_silent_client_is_told_and_let_go() -> None:
    async with opened(limits=SmtpLimits(timeout_seconds=1)) as desk:
        peer = await desk.greet()

        assert await peer.reply() == "421 4.4.2 Timeout, closing"
        assert await peer.is_closed()


async def test_no_authentication_and_no_tls_are_offered(desk: Desk) -> None:
    peer = await desk.greet()

    assert "AUTH" not in await peer.say("EHLO client.example.com")
    assert "AUTH" not in await peer.say("HELP")
    assert (await peer.say("AUTH PLAIN AGEAYg==")).startswith("500 5.5.1")
    assert (await peer.say("STARTTLS")).startswith("500 5.5.1")


async def test_vrfy_and_expn_give_nothing_away(desk: Desk) -> None:
    peer = await desk.greet()
    known, unknown = await peer.say(f"VRFY {OURS}"), await peer.say("VRFY nobody@desk.example.net")

    assert known == unknown == "252 2.1.5 Not verified; send the mail and see"
    assert (await peer.say("EXPN staff")).startswith("502 5.5.1")
    assert "<canary" not in await peer.say("VRFY <canary")


async def test_commands_may_come_all_at_once(desk: Desk) -> None:
    peer = await desk.greet()
    peer.writer.write(b"MAIL FROM:<a@client.example.com>\r\nRCPT TO:<%s>\r\nDATA\r\n" % OURS.encode())

    assert [(await peer.reply())[:3] for _ in range(3)] == ["250", "250", "354"]
    assert (await peer.say(MAIL + b".")).startswith("250")


async def test_stopping_answers_the_mail_that_is_being_stored(desk: Desk) -> None:
    desk.inbox.gate.clear()
    peer = await desk.greet()
    answer = asyncio.create_task(peer.send())
    await desk.inbox.begun.wait()

    stopping = asyncio.create_task(desk.door.stop())
    assert not (await asyncio.wait([stopping], timeout=0.05))[0]
    desk.inbox.gate.set()

    assert await answer == "250 2.0.0 Ok: queued as 1"
    assert await peer.is_closed()
    await stopping
    assert desk.door.connections == set()


async def test_stopping_tells_idle_clients_and_listens_no_more(desk: Desk) -> None:
    peer = await desk.greet()

    await desk.door.stop()

    assert await peer.reply() == "421 4.3.2 Shutting down, try again later"
    assert await peer.is_closed()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", desk.port)


async def test_stopping_waits_for_a_store_whose_client_is_gone(desk: Desk) -> None:
    desk.inbox.gate.clear()
    peer = await desk.greet()
    await peer.open_data()
    peer.writer.write(MAIL + b".\r\n")
    await desk.inbox.begun.wait()
    (connection,) = desk.door.connections
    peer.leave()
    await connection.closed

    stopping = asyncio.create_task(desk.door.stop())
    assert not (await asyncio.wait([stopping], timeout=0.05))[0]
    desk.inbox.gate.set()
    await stopping

    assert [raw for raw, _ in desk.inbox.mails] == [MAIL]


async def test_stopping_does_not_wait_for_ever(desk: Desk) -> None:
    desk.inbox.gate.clear()
    peer = await desk.greet()
    await peer.open_data()
    peer.writer.write(MAIL + b".\r\n")
    await desk.inbox.begun.wait()

    await asyncio.wait_for(desk.door.stop(grace_seconds=0.05), timeout=5)

    assert desk.door.connections == set()


async def test_the_log_holds_neither_addresses_nor_what_the_mail_says(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="asyncio")
    with capture_logs() as logs:
        peer = await desk.greet()
        await peer.send()
        await peer.say("RCPT TO:<nobody@example.net>")

    text = repr(logs) + caplog.text
    assert [line["event"] for line in logs] == ["mail_received"]
    assert "Hello" not in text
    assert "client.example.com" not in text
