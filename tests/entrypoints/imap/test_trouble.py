"""What servers and networks do to a connection: the reader notices, begins anew, and no mail waits for long."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from functools import partial

import pytest
from structlog.testing import capture_logs

from mailgate.entrypoints.imap.idle import await_news
from mailgate.entrypoints.imap.session import Session
from tests.entrypoints.imap.mailboxes import FakeInbox, account, eventually, mail, reading
from tests.servers.dovecot import USER, Dovecot, running_dovecot
from tests.servers.fault_proxy import FaultProxy, fault_proxy
from tests.servers.programs import free_port
from tests.servers.token_server import token_server

PASSWORD_WITH_ACCENT = "pässword"


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with running_dovecot() as running:
        yield running


def has_mails(inbox: FakeInbox, count: int) -> bool:
    return len(inbox.mails) == count


def is_connected(proxy: FaultProxy, times: int) -> bool:
    return proxy.connections == times


async def test_a_mail_that_comes_just_before_idle_is_not_overlooked(dovecot: Dovecot) -> None:
    """Pitfall P-7: its announcement comes together with the answer to IDLE, where the library does not look."""
    async with reading(account(dovecot, poll_seconds=1000)) as inbox:
        for number in range(6):
            await asyncio.to_thread(dovecot.deliver, mail(f"{number}a"), mail(f"{number}b"))
            await eventually(partial(has_mails, inbox, 2 * (number + 1)))


def test_what_is_buffered_ends_the_waiting_at_once(dovecot: Dovecot) -> None:
    """Pitfall P-7, without chance: the mail comes after the last look and before IDLE begins."""
    wake, waker = os.pipe()
    try:
        with Session.opened(account(dovecot)) as session:
            session.prepare()
            assert session.look() == []
            dovecot.deliver(mail("between"))
            begun = time.monotonic()
            await_news(session.client, wake, 30)

            assert time.monotonic() - begun < 20
            assert [waiting.uid for waiting in session.look()] == [1]
    finally:
        os.close(wake)
        os.close(waker)


async def test_a_server_that_hangs_up_during_idle_is_noticed(dovecot: Dovecot) -> None:
    """Pitfall P-8: the library shows nothing of it."""
    with fault_proxy(dovecot.port) as proxy:
        async with reading(account(dovecot, port=proxy.port, poll_seconds=1000)) as inbox:
            for number in range(2):
                await asyncio.to_thread(dovecot.deliver, mail(number))
                await eventually(partial(has_mails, inbox, number + 1))
                proxy.cut()
                await eventually(partial(is_connected, proxy, number + 2))
            await asyncio.to_thread(dovecot.deliver, mail("last"))
            await eventually(lambda: "last" in inbox.subjects())


async def test_a_farewell_of_the_server_is_noticed(dovecot: Dovecot) -> None:
    """Pitfall P-8: BYE comes as any other news."""
    with capture_logs() as lines:
        async with reading(account(dovecot, poll_seconds=1000)) as inbox:
            await eventually(lambda: [line for line in lines if line["event"] == "mailbox_opened"])
            await eventually(lambda: _kicked(dovecot))
            await asyncio.to_thread(dovecot.deliver, mail("after"))
            await eventually(lambda: inbox.subjects() == ["after"])
    assert len([line for line in lines if line["event"] == "mailbox_opened"]) >= 2


def _kicked(dovecot: Dovecot) -> bool:
    try:
        dovecot.kick()
    except Exception:  # noqa: BLE001 - nobody was logged in yet
        return False
    return True


async def test_a_connection_that_is_frozen_is_given_up(dovecot: Dovecot) -> None:
    """Pitfalls P-8 and P-9: nothing comes any more, and no error either."""
    with fault_proxy(dovecot.port) as proxy:
        async with reading(account(dovecot, port=proxy.port, poll_seconds=1, timeout_seconds=1)) as inbox:
            await eventually(lambda: proxy.connections == 1 and dovecot.subjects("Processed") == [])
            proxy.is_stalled.set()
            await eventually(lambda: proxy.connections >= 2)
            proxy.is_stalled.clear()
            proxy.cut()
            await asyncio.to_thread(dovecot.deliver, mail("after"))
            await eventually(lambda: inbox.subjects() == ["after"])


async def test_a_server_that_is_down_at_the_start_is_tried_again() -> None:
    port = free_port()
    with running_dovecot() as dovecot, capture_logs() as lines:
        dovecot.deliver(mail("a"))
        async with reading(account(dovecot, port=port)):
            await eventually(lambda: [line for line in lines if line["event"] == "mailbox_failed"])
    failed = next(line for line in lines if line["event"] == "mailbox_failed")
    assert failed["again_in_seconds"] == 1


async def test_a_restart_of_the_server_is_survived() -> None:
    with running_dovecot() as first, fault_proxy(first.port) as proxy:
        async with reading(account(first, port=proxy.port, poll_seconds=1000)) as inbox:
            first.deliver(mail("before"))
            await eventually(lambda: inbox.subjects() == ["before"])
            with running_dovecot() as second:
                second.deliver(mail("after"))
                proxy.target_port = second.port
                proxy.cut()
                await eventually(lambda: inbox.subjects() == ["before", "after"])


async def test_a_wrong_password_is_not_tried_in_a_hurry_and_stands_in_no_log(dovecot: Dovecot) -> None:
    with capture_logs() as lines:
        async with reading(account(dovecot, secret=lambda: "wrong-canary")):
            await eventually(lambda: [line for line in lines if line["event"] == "mailbox_login_failed"])
    assert [line["again_in_seconds"] for line in lines if line["event"] == "mailbox_login_failed"] == [60]
    assert "canary" not in str(lines)


async def test_a_password_may_have_any_letters(dovecot: Dovecot) -> None:
    """Pitfall P-38: LOGIN of the library takes ASCII alone."""
    (dovecot.folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD_WITH_ACCENT}\n", encoding="utf-8")

    with capture_logs() as lines:
        async with reading(account(dovecot, secret=lambda: PASSWORD_WITH_ACCENT)):
            await eventually(lambda: [line for line in lines if line["event"] == "mailbox_opened"])


async def test_a_token_that_has_expired_is_asked_for_anew() -> None:
    with token_server() as tokens, running_dovecot(token_server=tokens.url) as dovecot:
        tokens.good = {"token-1": USER}
        issued = iter(["token-1", "token-2", "token-3"])
        with fault_proxy(dovecot.port) as proxy:
            there = account(dovecot, port=proxy.port, secret=lambda: next(issued), has_token=True, poll_seconds=1000)
            async with reading(there) as inbox:
                await asyncio.to_thread(dovecot.deliver, mail("a"))
                await eventually(lambda: inbox.subjects() == ["a"])
                tokens.good = {"token-2": USER}
                proxy.cut()
                await asyncio.to_thread(dovecot.deliver, mail("b"))
                await eventually(lambda: inbox.subjects() == ["a", "b"])
        assert tokens.asked == ["token-1", "token-2"]


async def test_stopping_is_quick_whatever_the_server_does(dovecot: Dovecot) -> None:
    with fault_proxy(dovecot.port) as proxy:
        async with reading(account(dovecot, port=proxy.port, timeout_seconds=300)) as inbox:
            await asyncio.to_thread(dovecot.deliver, mail("a"))
            await eventually(lambda: inbox.subjects() == ["a"])
            proxy.is_stalled.set()
            begun = time.monotonic()
    assert time.monotonic() - begun < 10


async def test_stopping_while_a_mail_is_being_stored_leaves_it_for_the_next_time(dovecot: Dovecot) -> None:
    dovecot.deliver(mail("a"))
    inbox = FakeInbox()
    inbox.gate.clear()
    async with reading(account(dovecot), inbox=inbox):
        pass
    async with reading(account(dovecot), inbox=inbox):
        await eventually(lambda: dovecot.subjects() == [])

    assert inbox.subjects() == ["a"]
