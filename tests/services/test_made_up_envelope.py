"""The envelope of a mail from a mailbox: what its header says, and nothing that its header cannot prove anyway."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.domain.message import Envelope
from mailgate.services.made_up_envelope import MOST_RECIPIENTS, made_up_envelope

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DESK = "support@example.org"


def envelope(header: str, *, body: str = "") -> Envelope:
    raw = header.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body.encode()
    return made_up_envelope(raw, AT, accepts=lambda address: address.lower().endswith("@example.org"), desk=DESK)


@pytest.mark.parametrize("field", ["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "Resent-To", "tO "])
def test_our_addresses_are_found_wherever_recipients_are_named(field: str) -> None:
    assert envelope(f"{field}: x@example.net,\n Desk <Support+t@Example.org>").rcpt_to == ("Support+t@Example.org",)


def test_each_address_counts_once_and_other_fields_and_the_body_do_not() -> None:
    header = f"Delivered-To: {DESK}\nSubject: a@example.org\nTo: {DESK}, b@example.org"

    assert envelope(header, body="To: c@example.org").rcpt_to == (DESK, "b@example.org")


def test_a_mail_that_names_none_of_our_addresses_is_for_the_desk() -> None:
    assert envelope("To: list@example.net").rcpt_to == (DESK,)
    assert envelope("").rcpt_to == (DESK,)


def test_a_mail_cannot_name_recipients_without_end() -> None:
    many = ", ".join(f"a{number}@example.org" for number in range(500))

    assert len(envelope(f"To: {many}").rcpt_to) == MOST_RECIPIENTS


@pytest.mark.parametrize(
    ("header", "sender"),
    [
        ("Return-Path: <bounces@example.net>\nFrom: Ana <ana@example.net>", "bounces@example.net"),
        ("Return-Path: <>\nFrom: MAILER-DAEMON@example.net", ""),
        ("From: Ana <ana@example.net>", "ana@example.net"),
        ("Return-Path: <first@example.net>\nReturn-Path: <second@example.net>", "first@example.net"),
        ("Subject: x", ""),
    ],
)
def test_the_sender_is_the_topmost_return_path_or_else_who_wrote(header: str, sender: str) -> None:
    assert envelope(header).mail_from == sender


@given(st.binary(max_size=400))
def test_any_octets_have_an_envelope(raw: bytes) -> None:
    made = made_up_envelope(raw, AT, accepts=lambda _: True, desk=DESK)

    assert made.rcpt_to
    assert made.received_at == AT
