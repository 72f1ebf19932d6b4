"""Reading a mailbox of Dovecot: every mail is committed before it is moved, and none is lost, whoever else is there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from structlog.testing import capture_logs

from mailgate.entrypoints.imap import ImapTls
from tests.entrypoints.imap.mailboxes import DESK, FakeInbox, account, eventually, mail, reading, subject_of
from tests.servers.dovecot import Dovecot, running_dovecot

SEEN, DELETED = b"\\Seen", b"\\Deleted"


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with running_dovecot() as running:
        yield running


def has_mails(inbox: FakeInbox, count: int) -> bool:
    return len(inbox.mails) == count


async def test_what_waits_is_taken_oldest_first_and_moved_to_processed(dovecot: Dovecot) -> None:
    dovecot.deliver(*(mail(number) for number in range(5)))

    async with reading(account(dovecot)) as inbox:
        await eventually(lambda: dovecot.subjects() == [])

        assert inbox.subjects() == ["0", "1", "2", "3", "4"]
        assert sorted(dovecot.subjects("Processed")) == ["0", "1", "2", "3", "4"]


async def test_a_mail_that_comes_while_nobody_looks_is_announced_by_idle(dovecot: Dovecot) -> None:
    async with reading(account(dovecot, poll_seconds=1000)) as inbox:
        for number in range(3):
            await asyncio.to_thread(dovecot.deliver, mail(number))
            await eventually(partial(has_mails, inbox, number + 1))


async def test_the_octets_are_those_that_lie_there_and_the_time_is_the_servers(dovecot: Dovecot) -> None:
    at = datetime(2026, 3, 29, 3, 30, tzinfo=UTC) + timedelta(seconds=7)
    odd = b"X-Odd: caf\xe9 \x01\r\n" + mail("odd", body="\u00e9" * 100 + "\r\n.\r\n..")
    dovecot.deliver(odd, at=at)

    async with reading(account(dovecot)) as inbox:
        await eventually(lambda: inbox.mails)

        ((raw, envelope),) = inbox.mails.values()
        assert raw == odd
        assert envelope.received_at == at
        assert envelope.received_at.utcoffset() == timedelta()


async def test_a_servers_clock_that_is_ahead_does_not_put_a_mail_into_the_future(dovecot: Dovecot) -> None:
    dovecot.deliver(mail("x"), at=datetime.now(UTC) + timedelta(days=2))

    async with reading(account(dovecot)) as inbox:
        await eventually(lambda: inbox.mails)

        ((_, envelope),) = inbox.mails.values()
        assert envelope.received_at <= datetime.now(UTC)


async def test_a_second_client_that_marks_everything_read_hides_nothing(dovecot: Dovecot) -> None:
    dovecot.deliver(mail("a"), mail("b"))
    with dovecot.client() as other:
        other.add_flags(other.search("ALL"), (SEEN,))

    async with reading(account(dovecot)) as inbox:
        await eventually(lambda: inbox.subjects() == ["a", "b"])


async def test_reading_marks_nothing_as_read(dovecot: Dovecot) -> None:
    dovecot.deliver(mail("a"))

    async with reading(account(dovecot)):
        await eventually(lambda: dovecot.subjects("Processed") == ["a"])
    with dovecot.client(folder="Processed") as other:
        (data,) = other.fetch(other.search("ALL"), ("FLAGS",)).values()
        assert SEEN not in data[b"FLAGS"]


async def test_what_somebody_has_marked_as_deleted_is_left_alone(dovecot: Dovecot) -> None:
    dovecot.deliver(*(mail(f"deleted {number}") for number in range(3)), mail("b"))
    with dovecot.client() as other:
        other.add_flags(other.search("ALL")[:3], (DELETED,))

    async with reading(account(dovecot)) as inbox:
        await eventually(lambda: inbox.subjects() == ["b"])
        await eventually(lambda: len(dovecot.subjects()) == 3)


@pytest.mark.parametrize("missing", [("MOVE",), ("MOVE", "UIDPLUS")])
async def test_without_move_a_mail_is_copied_and_nobody_elses_deleted_mail_is_removed(missing: tuple[str, ...]) -> None:
    with running_dovecot(without=missing) as dovecot:
        dovecot.deliver(mail("someone's"), mail("ours"))
        with dovecot.client() as other:
            other.add_flags(other.search("ALL")[:1], (DELETED,))

        async with reading(account(dovecot)) as inbox:
            await eventually(lambda: dovecot.subjects("Processed") == ["ours"])
            left = ["someone's"] if len(missing) == 1 else ["someone's", "ours"]
            await eventually(lambda: dovecot.subjects() == left)
            await asyncio.to_thread(dovecot.deliver, mail("later"))
            await eventually(lambda: inbox.subjects() == ["ours", "later"])

        assert inbox.calls == 2  # what only bears the mark is not taken again


async def test_without_idle_the_mailbox_is_polled() -> None:
    with running_dovecot(without=("IDLE",)) as dovecot:
        async with reading(account(dovecot, poll_seconds=1)) as inbox:
            await eventually(lambda: dovecot.subjects("Processed") == [])
            await asyncio.to_thread(dovecot.deliver, mail("a"))
            await eventually(lambda: inbox.subjects() == ["a"])


async def test_a_mail_that_cannot_be_stored_now_stays_and_is_tried_again_and_the_others_are_moved(
    dovecot: Dovecot,
) -> None:
    dovecot.deliver(mail("a"), mail("b"), mail("c"))
    is_broken = True
    inbox = FakeInbox(fault=lambda raw: is_broken and subject_of(raw) == "b")

    async with reading(account(dovecot), inbox=inbox):
        await eventually(lambda: sorted(dovecot.subjects("Processed")) == ["a", "c"])
        assert dovecot.subjects() == ["b"]
        is_broken = False
        await eventually(lambda: dovecot.subjects() == [])

        assert sorted(inbox.subjects()) == ["a", "b", "c"]


async def test_a_mail_that_is_too_big_is_rejected_without_being_fetched(dovecot: Dovecot) -> None:
    dovecot.deliver(mail("big", body="x" * 5000), mail("small"))

    with capture_logs() as lines:
        async with reading(account(dovecot, max_octets=4000)) as inbox:
            await eventually(lambda: dovecot.subjects() == [])

            assert inbox.subjects() == ["small"]
            assert dovecot.subjects("Rejected") == ["big"]
    assert [line["reason"] for line in lines if line["event"] == "mail_rejected"] == ["it is too big"]


async def test_a_mail_that_another_client_takes_away_meanwhile_is_no_error(dovecot: Dovecot) -> None:
    dovecot.deliver(*(mail(number) for number in range(20)))
    with dovecot.client() as other:
        other.create_folder("Processed")
    inbox = FakeInbox()
    inbox.gate.clear()

    async with reading(account(dovecot), inbox=inbox):
        with dovecot.client() as other:
            other.move(other.search("ALL")[::2], "Processed")
        inbox.gate.set()
        await eventually(lambda: dovecot.subjects() == [])
        await asyncio.to_thread(dovecot.deliver, mail("later"))
        await eventually(lambda: "later" in inbox.subjects())


async def test_a_folder_that_is_made_anew_has_new_numbers_and_nothing_is_missed(dovecot: Dovecot) -> None:
    with dovecot.client() as other:
        other.create_folder("Desk")
        other.append("Desk", mail("before"))
    async with reading(account(dovecot, folder="Desk", poll_seconds=1)) as inbox:
        await eventually(lambda: inbox.subjects() == ["before"])
        with dovecot.client() as other:
            other._imap.delete("Desk")  # UIDVALIDITY changes, and numbers begin anew
            other.create_folder("Desk")
            other.append("Desk", mail("after"))
        await eventually(lambda: inbox.subjects() == ["before", "after"])
        await eventually(lambda: dovecot.subjects("Desk") == [])


async def test_two_mailboxes_are_read_and_one_mail_in_both_is_one_mail(dovecot: Dovecot) -> None:
    dovecot.deliver(mail("both"), mail("one"))
    dovecot.deliver(mail("both"), mail("two"), user="other")

    async with reading(account(dovecot), account(dovecot, username="other")) as inbox:
        await eventually(lambda: dovecot.subjects() == [] and dovecot.subjects(user="other") == [])

        assert sorted(inbox.subjects()) == ["both", "one", "two"]


@pytest.mark.parametrize(("separator", "prefix"), [(".", "INBOX."), ("/", "Personal/"), (".", "")])
async def test_the_folders_are_made_where_this_server_wants_them(separator: str, prefix: str) -> None:
    with running_dovecot(separator=separator, prefix=prefix) as dovecot:
        dovecot.deliver(mail("a"))
        async with reading(account(dovecot, processed="Desk/Processed")):
            await eventually(lambda: dovecot.subjects(f"{prefix}Desk{separator}Processed") == ["a"])


@pytest.mark.parametrize("tls", [ImapTls.TLS, ImapTls.STARTTLS])
async def test_the_connection_is_encrypted_and_idle_works_on_it(dovecot: Dovecot, tls: ImapTls) -> None:
    port = dovecot.tls_port if tls is ImapTls.TLS else dovecot.port
    async with reading(account(dovecot, tls=tls, port=port, poll_seconds=1000)) as inbox:
        for number in range(2):
            await asyncio.to_thread(dovecot.deliver, mail(number))
            await eventually(partial(has_mails, inbox, number + 1))


async def test_a_certificate_that_nobody_vouches_for_gets_no_password(dovecot: Dovecot) -> None:
    asked: list[str] = []

    def secret() -> str:
        asked.append("password")
        return "secret"

    with capture_logs() as lines:
        async with reading(account(dovecot, tls=ImapTls.TLS, port=dovecot.tls_port, ca_file=None, secret=secret)):
            await eventually(lambda: [line for line in lines if line["event"] == "mailbox_failed"])
    assert asked == []


async def test_thousands_of_waiting_mails_are_taken(dovecot: Dovecot) -> None:
    dovecot.deliver(mail("first"))
    dovecot.lie_there([mail(number) for number in range(2_000)])

    async with reading(account(dovecot)) as inbox:
        await eventually(lambda: len(inbox.mails) == 2_001)


async def test_a_mail_of_25_megabytes_is_taken(dovecot: Dovecot) -> None:
    big = mail("big", body=("x" * 76 + "\r\n") * 440_000)
    dovecot.deliver(big)

    async with reading(account(dovecot)) as inbox:
        await eventually(lambda: inbox.mails)

        ((raw, _),) = inbox.mails.values()
        assert len(raw) > 34_000_000
        assert raw == big


async def test_the_recipients_are_read_from_the_header(dovecot: Dovecot) -> None:
    token = "support+r1-2-abcdefghijklmnop@example.org"
    dovecot.deliver(
        mail("a", to=f'"x, y" <{token}>, other@example.net'),
        mail("b", to="list@example.net", headers="Return-Path: <bounces@client.example.com>\r\n"),
        mail("c", to="list@example.net", headers=f"Delivered-To: {token}\r\n"),
    )

    async with reading(account(dovecot)) as inbox:
        await eventually(lambda: len(inbox.mails) == 3)

        envelopes = [envelope for _, envelope in inbox.mails.values()]
        assert [envelope.rcpt_to for envelope in envelopes] == [(token,), (DESK,), (token,)]
        assert [envelope.mail_from for envelope in envelopes] == [
            "ana@client.example.com",
            "bounces@client.example.com",
            "ana@client.example.com",
        ]
