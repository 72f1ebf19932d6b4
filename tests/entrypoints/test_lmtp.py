"""LMTP over real sockets (RFC 2033): one reply for each recipient that was accepted, and none of the other greeting."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from mailgate.entrypoints.smtp import Dialect, SmtpLimits
from mailgate.errors import TemporaryError
from tests.entrypoints.test_smtp import MAIL, OURS, Desk, Peer, opened

OTHER = "support+1@desk.example.org"


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with opened(dialect=Dialect.LMTP) as desk:
        yield desk


async def greeted(desk: Desk) -> Peer:
    peer = await desk.connect()
    assert await peer.reply() == "220 desk.example.org LMTP"
    assert (await peer.say("LHLO mx.example.org")).startswith("250")
    return peer


async def replies(peer: Peer, count: int) -> list[str]:
    return [await peer.reply() for _ in range(count)]


@pytest.mark.parametrize("greeting", ["HELO mx.example.org", "EHLO mx.example.org"])
async def test_the_greetings_of_smtp_are_refused(desk: Desk, greeting: str) -> None:
    peer = await desk.connect()
    await peer.reply()

    assert (await peer.say(greeting)).startswith("500 5.5.1")


async def test_nothing_is_taken_before_the_greeting(desk: Desk) -> None:
    peer = await desk.connect()
    await peer.reply()

    assert (await peer.say("MAIL FROM:<a@client.example.com>")).startswith("503")


@pytest.mark.parametrize("count", [1, 2, 5, 50])
async def test_each_accepted_recipient_has_a_reply_and_the_mail_is_stored_once(desk: Desk, count: int) -> None:
    peer = await greeted(desk)
    recipients = [f"support+{number}@desk.example.org" for number in range(count)]
    await peer.open_data(*recipients)
    peer.writer.write(MAIL + b".\r\n")

    assert {reply[:9] for reply in await replies(peer, count)} == {"250 2.0.0"}
    assert [envelope.rcpt_to for _, envelope in desk.inbox.mails] == [tuple(recipients)]
    assert (await peer.say("NOOP")).startswith("250")


async def test_a_refused_recipient_has_no_reply_after_the_mail_and_the_same_one_twice_has_two(desk: Desk) -> None:
    peer = await greeted(desk)
    await peer.say("MAIL FROM:<a@client.example.com>")
    assert (await peer.say("RCPT TO:<nobody@example.net>")).startswith("550")
    assert (await peer.say(f"RCPT TO:<{OURS}>")).startswith("250")
    assert (await peer.say(f"RCPT TO:<{OURS}>")).startswith("250")
    await peer.say("DATA")
    peer.writer.write(MAIL + b".\r\n")

    assert [reply[:3] for reply in await replies(peer, 2)] == ["250", "250"]
    assert (await peer.say("NOOP")).startswith("250")


async def test_a_fault_is_said_to_each_recipient(desk: Desk) -> None:
    desk.inbox.fault = TemporaryError("locked")
    peer = await greeted(desk)
    await peer.open_data(OURS, OTHER)
    peer.writer.write(MAIL + b".\r\n")

    assert [reply[:9] for reply in await replies(peer, 2)] == ["451 4.3.0", "451 4.3.0"]
    desk.inbox.fault = None
    assert (await peer.send()).startswith("250")


async def test_a_mail_that_is_too_big_is_said_so_to_each_recipient() -> None:
    async with opened(dialect=Dialect.LMTP, limits=SmtpLimits(max_octets=50)) as desk:
        peer = await greeted(desk)
        await peer.open_data(OURS, OTHER)
        peer.writer.write(b"x" * 60 + b"\r\n.\r\n")

        assert [reply[:9] for reply in await replies(peer, 2)] == ["552 5.3.4", "552 5.3.4"]


async def test_data_without_a_recipient_has_one_reply(desk: Desk) -> None:
    peer = await greeted(desk)
    await peer.say("MAIL FROM:<a@client.example.com>")

    assert (await peer.say("DATA")).startswith("503")
    assert (await peer.say("NOOP")).startswith("250")


async def test_the_recipients_of_one_mail_do_not_count_for_the_next(desk: Desk) -> None:
    peer = await greeted(desk)
    await peer.open_data(OURS, OTHER)
    assert (await peer.say("x\r\n.")).startswith("250")
    assert (await peer.reply()).startswith("250")

    assert (await peer.send(MAIL, OURS)).startswith("250")
    assert (await peer.say("NOOP")).startswith("250")
