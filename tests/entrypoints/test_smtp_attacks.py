"""What strangers try with the listener: to take all its room, to stay in it, and to talk so that it errs."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from ipaddress import ip_network
from itertools import pairwise

import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailgate.entrypoints.smtp import Dialect, ServerTls, SmtpLimits, TlsMode
from mailgate.entrypoints.smtp.guard import PLAIN_PATH
from tests.entrypoints.test_smtp import MAIL, PATIENCE_SECONDS, Desk, Peer, opened
from tests.servers.certificates import Certificate, make_certificate

RELAY = "127.0.0.2"
RELAY_ALONE = (ip_network(f"{RELAY}/32"),)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def from_the_first_octet(certificate: Certificate) -> ServerTls:
    return ServerTls(mode=TlsMode.TLS, certificate_file=certificate.certificate_file, key_file=certificate.key_file)


async def by_the_relay(desk: Desk) -> Peer:
    peer = Peer(*await asyncio.open_connection("127.0.0.1", desk.port, local_addr=(RELAY, 0)))
    desk.peers.append(peer)
    assert (await peer.reply()).startswith("220")
    assert (await peer.say("EHLO relay.example.org")).startswith("250")
    return peer


async def all_gone(desk: Desk) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while desk.door.connections:
            await asyncio.gather(*(connection.closed for connection in desk.door.connections))


# --- room ------------------------------------------------------------------------------------------------------------


async def test_slow_strangers_do_not_shut_out_a_good_client() -> None:
    async with opened(limits=SmtpLimits(max_connections=5, max_per_host=1000, trusted=())) as desk:
        slow = [await desk.greet() for _ in range(20)]

        assert (await (await desk.greet()).send()).startswith("250")
        assert len(desk.door.connections) <= 5
        assert (await slow[0].reply()).startswith("421 4.3.2")
        assert await slow[0].is_closed()


async def test_no_connection_of_the_relay_ends_for_a_stranger() -> None:
    limits = SmtpLimits(max_connections=2, max_per_host=1000, trusted=RELAY_ALONE)
    async with opened(limits=limits) as desk:
        relay = await by_the_relay(desk)
        for _ in range(4):
            await desk.greet()

        assert (await relay.send()).startswith("250")
        second = await by_the_relay(desk)
        assert (await (await desk.connect()).reply()).startswith("421 4.3.2")
        assert [(await peer.send())[:3] for peer in (relay, second)] == ["250", "250"]


async def test_a_client_whose_mail_is_being_stored_keeps_its_place() -> None:
    async with opened(limits=SmtpLimits(max_connections=1, trusted=())) as desk:
        desk.inbox.gate.clear()
        peer = await desk.greet()
        await peer.open_data()
        peer.writer.write(MAIL + b".\r\n")
        await asyncio.wait_for(desk.inbox.begun.wait(), PATIENCE_SECONDS)

        assert (await (await desk.connect()).reply()).startswith("421 4.3.2")
        desk.inbox.gate.set()
        assert (await peer.reply()).startswith("250")


async def test_whoever_has_just_brought_mail_is_not_the_slowest() -> None:
    async with opened(limits=SmtpLimits(max_connections=2, trusted=())) as desk:
        busy, idle = await desk.greet(), await desk.greet()
        await busy.send()
        await desk.greet()

        assert (await idle.reply()).startswith("421 4.3.2")
        assert (await busy.send()).startswith("250")


async def test_the_relay_may_name_as_many_unknown_recipients_as_it_has() -> None:
    async with opened(limits=SmtpLimits(max_bad_commands=3, max_commands=5, max_recipients=1)) as desk:
        peer = await desk.greet()
        await peer.say("MAIL FROM:<a@client.example.com>")
        replies = [await peer.say(f"RCPT TO:<guess{n}@example.net>") for n in range(30)]

        assert {reply[:9] for reply in replies} == {"550 5.1.1"}
        assert (await peer.say("RSET")).startswith("250")
        assert (await peer.send()).startswith("250")


# --- time ------------------------------------------------------------------------------------------------------------


async def test_a_client_is_not_let_go_while_we_are_slow() -> None:
    async with opened(limits=SmtpLimits(timeout_seconds=1)) as desk:
        desk.inbox.gate.clear()
        peer = await desk.greet()
        answer = asyncio.create_task(peer.send())
        assert not (await asyncio.wait([answer], timeout=1.5))[0]

        desk.inbox.gate.set()
        assert (await answer).startswith("250")


# --- TLS -------------------------------------------------------------------------------------------------------------


async def test_whoever_never_begins_its_handshake_counts_as_well(certificate: Certificate) -> None:
    limits = SmtpLimits(max_connections=3)
    async with opened(tls=from_the_first_octet(certificate), limits=limits) as desk:
        peers = [await desk.connect() for _ in range(6)]

        assert [await peer.reader.read() for peer in peers[3:]] == [b"", b"", b""]
        assert len(desk.door.connections) == 3


async def test_handshakes_without_end_do_not_shut_out_a_good_client(certificate: Certificate) -> None:
    limits = SmtpLimits(max_connections=3, trusted=())
    async with opened(tls=from_the_first_octet(certificate), limits=limits) as desk:
        for _ in range(8):
            (await desk.connect()).writer.write(b"\x16\x03\x01")
        peer = await secured(desk, certificate)
        assert (await peer.say("EHLO mx.example.org")).startswith("250")

        assert (await peer.send()).startswith("250")


async def test_what_a_hasty_client_says_right_behind_its_handshake_is_heard(certificate: Certificate) -> None:
    async with opened(tls=from_the_first_octet(certificate)) as desk:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", desk.port, ssl=certificate.trusting(), server_hostname="localhost"
        )
        peer = Peer(reader, writer)
        desk.peers.append(peer)
        writer.write(b"EHLO mx.example.org\r\nNOOP\r\n")

        assert [(await peer.reply())[:3] for _ in range(3)] == ["220", "250", "250"]
        assert (await peer.send()).startswith("250")


async def secured(desk: Desk, certificate: Certificate) -> Peer:
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", desk.port, ssl=certificate.trusting(), server_hostname="localhost"
    )
    peer = Peer(reader, writer)
    desk.peers.append(peer)
    assert (await peer.reply()).startswith("220")
    return peer


@pytest.mark.parametrize("first", [b"EHLO mx.example.org\r\n", b"\x16\x03\x01\x00\x04\x01\x00\x00\x00", b""])
async def test_a_handshake_that_fails_ends_quietly(
    certificate: Certificate, first: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tls=from_the_first_octet(certificate)) as desk:
        for _ in range(5):
            peer = await desk.connect()
            peer.writer.write(first)
            peer.leave()
        assert (await (await secured(desk, certificate)).say("NOOP")).startswith("250")
        for peer in desk.peers:
            peer.leave()
        await all_gone(desk)
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


async def test_a_scanner_that_leaves_right_after_its_handshake_is_no_noise(
    certificate: Certificate, caplog: pytest.LogCaptureFixture
) -> None:
    def scan(port: int) -> None:
        for _ in range(10):
            with (
                socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as plain,
                certificate.trusting().wrap_socket(plain, server_hostname="localhost") as wrapped,
            ):
                wrapped.sendall(b"Q")

    async with opened(tls=from_the_first_octet(certificate)) as desk:
        await asyncio.to_thread(scan, desk.port)
        await all_gone(desk)
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


# --- talk ------------------------------------------------------------------------------------------------------------


async def test_resets_at_any_moment_are_no_noise(caplog: pytest.LogCaptureFixture) -> None:
    said = b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<support@desk.example.org>\r\nDATA\r\nx\r\n"

    def reset(port: int, upto: int) -> None:
        peer = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        peer.sendall(said[:upto])
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()

    async with opened() as desk:
        for upto in range(0, len(said) + 1, 2):
            await asyncio.to_thread(reset, desk.port, upto)
        await all_gone(desk)
        assert desk.inbox.mails == []
        assert (await (await desk.greet()).send()).startswith("250")
    assert caplog.text == ""


SPOKEN = st.sampled_from(
    [
        *(
            b"EHLO x",
            b"LHLO x",
            b"HELO x",
            b"RSET",
            b"NOOP",
            b"VRFY a",
            b"EXPN a",
            b"HELP",
            b"DATA",
            b"data",
            b"DATA x",
        ),
        *(b"MAIL FROM:<a@b.example>", b"MAIL FROM:<>", b"MAIL FROM:<a@b.example> SIZE=9999999", b"MAIL FROM:<a b@c>"),
        *(b"RCPT TO:<support@desk.example.org>", b"RCPT TO:<nobody@example.net>", b"RCPT TO:<>", b"RCPT", b"MAIL"),
        *(b"text", b".", b"..", b".x", b"", b"\x00", b"\xff", b"AUTH PLAIN AA==", b"BDAT 5 LAST", b"STARTTLS"),
        *(b"\rNOOP", b"NOOP\t", b"x" * 600),
    ]
)
LINE_END = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r"])
TRANSACTION = [b"MAIL FROM:<a@b.example>", b"RCPT TO:<support@desk.example.org>", b"DATA"]


async def heard(desk: Desk, wire: bytes, cuts: list[int]) -> bytes:
    """Say that, cut at these places, and return all that is answered; numbers of mails left out."""
    peer = await desk.connect()
    places = [0, *sorted(cut % len(wire) for cut in cuts), len(wire)]
    for start, stop in pairwise(places):
        peer.writer.write(wire[start:stop])
        for _ in range(4):
            await asyncio.sleep(0)
    answer = await asyncio.wait_for(peer.reader.read(), PATIENCE_SECONDS)
    peer.leave()
    return re.sub(rb"queued as \d+", b"queued", answer)


@given(
    local=st.from_regex(r"[a-zA-Z0-9.+=_?'-]{0,70}", fullmatch=True),
    domain=st.from_regex(r"[a-zA-Z0-9.-]{0,30}", fullmatch=True),
    before=st.sampled_from(["", " ", "  "]),
    after=st.sampled_from(["", " ", " SIZE=3", "  BODY=8BITMIME SIZE=1", "X", ">", "(x) SIZE=3", " (x)", "\t", " 5"]),
)
def test_the_quick_way_to_read_a_path_finds_what_the_library_does(
    local: str, domain: str, before: str, after: str
) -> None:
    argument = f"{before}<{local}@{domain}>{after}"
    plain = PLAIN_PATH.fullmatch(argument)

    if plain is not None:
        assert (plain["address"], plain["parameters"]) == SMTP.__new__(SMTP)._getaddr(argument)


@pytest.mark.parametrize("dialect", list(Dialect))
@given(
    spoken=st.lists(st.tuples(SPOKEN, LINE_END), max_size=10),
    opening=st.sampled_from([[], TRANSACTION]),
    cuts=st.lists(st.integers(0, 2000), min_size=1, max_size=6),
)
@example(
    spoken=[(b"x", b"\r\n"), (b".", b"\r\n"), *((line, b"\r\n") for line in TRANSACTION)], opening=TRANSACTION, cuts=[9]
)
@settings(max_examples=40, deadline=None)
async def test_however_a_dialogue_is_cut_it_has_the_same_replies_and_the_same_mails(
    dialect: Dialect, spoken: list[tuple[bytes, bytes]], opening: list[bytes], cuts: list[int]
) -> None:
    greeting = b"EHLO x" if dialect is Dialect.SMTP else b"LHLO x"
    wire = b"".join(line + b"\r\n" for line in (greeting, *opening)) + b"".join(line + end for line, end in spoken)
    async with opened(dialect=dialect, limits=SmtpLimits(max_octets=100_000)) as desk:
        try:
            at_once = await heard(desk, wire + b"\r\n.\r\nQUIT\r\n", [])
            mails, desk.inbox.mails = desk.inbox.mails, []
            in_pieces = await heard(desk, wire + b"\r\n.\r\nQUIT\r\n", cuts)
        except ConnectionError:  # what was under way when we hung up
            return

    assert in_pieces == at_once
    assert desk.inbox.mails == mails
    assert bool(mails) == (b"queued\r\n" in at_once)
