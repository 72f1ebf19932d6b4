"""Whom a mail could not reach: from the machine-readable part, else from what common servers write."""

from __future__ import annotations

import pytest

from mailgate.domain.message import FailedRecipient
from mailgate.inbound.parse import parse
from tests.inbound.mails import mail, multipart

SERVER = "MAILER-DAEMON@mx.example.org"


def status(*blocks: str, encoding: str = "") -> tuple[FailedRecipient, ...]:
    part = "Content-Type: message/delivery-status\n" + encoding + "\nReporting-MTA: dns; mx\n\n" + "\n".join(blocks)
    return parse(multipart("Content-Type: text/plain\n\nx", part, subtype="report")).failed_recipients


@pytest.mark.parametrize(
    ("block", "code", "is_permanent"),
    [
        ("Final-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.1.1\n", "5.1.1", True),
        ("final-recipient: RFC822;a@example.com\naction: FAILED (x)\nstatus: 5.2.2 (full)\n", "5.2.2", True),
        ("Original-Recipient: rfc822;a@example.com\nAction: failed\nStatus: 4.4.7\n", "4.4.7", False),
        ("Final-Recipient: rfc822; <a@example.com>\nAction: delayed\nStatus: 4.4.1\n", "4.4.1", False),
        ("Final-Recipient: rfc822; a@example.com\nAction: failed\n", "", True),
        (
            "Original-Recipient: rfc822; a@example.com\nFinal-Recipient: rfc822; b@example.net\nAction: failed\n",
            "",
            True,
        ),
        (
            "Final-Recipient: rfc822; a@example.com\nAction: failed\nDiagnostic-Code: smtp; 550 5.7.1 no\n",
            "5.7.1",
            True,
        ),
    ],
)
def test_a_status_part_names_the_recipient(block: str, code: str, is_permanent: bool) -> None:  # noqa: FBT001  # a case
    assert status(block) == (FailedRecipient(address="a@example.com", status=code, is_permanent=is_permanent),)


def test_a_delivered_recipient_did_not_fail() -> None:
    delivered = "Final-Recipient: rfc822; b@example.com\nAction: relayed\nStatus: 2.0.0\n"
    failed = "Final-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.0.0\n"

    assert [recipient.address for recipient in status(delivered, failed, failed)] == ["a@example.com"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<a@example.com>: host mx said: 550 5.1.1 unknown", ("5.1.1", True)),
        (
            "Hi. This is qmail.\n\n<a@example.com>:\nuser over quota. (#4.2.2)\n\n--- Below this line is a copy",
            ("4.2.2", False),
        ),
        ("failed:\n\n  a@example.com\n    SMTP error: 550 No such user\n", ("", True)),
        ("Delivery to the following recipients failed.\n\n   * a@example.com\n", ("", True)),
        ("The following addresses failed\n<a@example.com>\n(reason: 452 try later)\n", ("", False)),
        ("User's mailbox is full: <a@example.com>\n", ("", True)),
    ],
)
def test_a_server_that_writes_for_people_is_understood(text: str, found: tuple[str, bool]) -> None:
    message = parse(mail(f"Your mail could not be delivered.\n\n{text}", sender=SERVER))

    assert [(each.address, each.status, each.is_permanent) for each in message.failed_recipients] == [
        ("a@example.com", *found)
    ]


def test_the_field_of_exim_is_read() -> None:
    message = parse(mail("x", sender=SERVER, headers="X-Failed-Recipients: a@example.com, b@example.com\n"))

    assert [each.address for each in message.failed_recipients] == ["a@example.com", "b@example.com"]


def test_addresses_of_the_returned_mail_failed_nothing() -> None:
    text = "<a@example.com>: unknown\n\n--- Below this line is a copy of the message.\n\nTo: <b@example.com>\n"

    assert [each.address for each in parse(mail(text, sender=SERVER)).failed_recipients] == ["a@example.com"]


def test_what_a_person_writes_reports_nothing() -> None:
    assert parse(mail("<a@example.com>: host mx said: 550 5.1.1 unknown\n")).failed_recipients == ()
