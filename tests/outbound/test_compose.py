"""The octets of a mail: complete, ASCII, the same every time, and closed to injection."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.domain.notice import File
from mailgate.errors import PermanentError
from mailgate.outbound.compose import Headers, clean_filename, compose
from mailgate.outbound.header_fields import clean_text
from mailgate.outbound.inert import defuse
from mailgate.outbound.scene import Rendered

RENDERED = Rendered(subject="Re: Carte vide [#12]", text="Été\n\n2\u00a0h\u00a015\n", html="<p>Été</p>")
HEADERS = Headers(
    from_name="Assistance",
    from_address="support@example.org",
    to_name="Marie",
    to_address="marie@example.com",
    reply_to="support+abc@example.org",
    message_id="<1.abc@example.org>",
    in_reply_to="<q@example.com>",
    references=("<q@example.com>", "<r@example.com>"),
    date=datetime(2026, 11, 25, 12, 0, tzinfo=UTC),
    is_automatic=True,
    loop_mark="abc123",
)
AUTOMATIC = ["Auto-Submitted", "X-Auto-Response-Suppress"]
FIELDS = [
    *("Date", "From", "To", "Reply-To", "Subject", "Message-ID", "In-Reply-To", "References", "X-Mailgate-Loop"),
    *(*AUTOMATIC, "MIME-Version", "Content-Type"),
]

hostile = st.text(max_size=80) | st.sampled_from(
    [
        "x\r\nBcc: evil@example.net",
        "\r\n\r\nbody",
        "a\r.\r\nb",
        "\x00",
        '"x" <evil@example.net>',
        "a,b;c:",
        "\u202egnp.exe",
    ]
)


def file(filename: str = "plan.pdf", content_type: str = "application/pdf") -> File:
    return File(inbox_id=1, part=1, filename=filename, content_type=content_type, size_octets=3)


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_text_and_html_are_alternatives_the_text_first() -> None:
    message = parsed(compose(RENDERED, headers=HEADERS))

    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content() == RENDERED.text.replace("\n", "\r\n")


def test_a_mail_has_exactly_these_fields() -> None:
    message = parsed(compose(RENDERED, headers=HEADERS))

    assert message.keys() == FIELDS
    assert message["References"] == "<q@example.com> <r@example.com>"
    assert message["Date"].datetime == HEADERS.date
    assert message["From"] == "Assistance <support@example.org>"


@given(hostile, hostile, hostile, st.lists(hostile, max_size=2))
def test_nothing_that_people_write_adds_a_field_or_a_part(
    subject: str, from_name: str, to_name: str, filenames: list[str]
) -> None:
    headers = replace(HEADERS, from_name=from_name, to_name=to_name)
    files = [(file(name), b"abc") for name in filenames]
    content = compose(replace(RENDERED, subject=subject), headers=headers, files=files)
    message = parsed(content)

    assert message.keys() == FIELDS
    assert message["Subject"] == clean_text(defuse(subject))
    assert [each.addr_spec for each in message["To"].addresses] == ["marie@example.com"]
    assert [each.get_filename() for each in message.iter_attachments()] == list(map(clean_filename, filenames))


@given(st.text(), st.text(), st.binary())
def test_only_ascii_and_only_crlf_travel_whatever_is_said(text: str, page: str, content: bytes) -> None:
    octets = compose(Rendered(subject="x", text=text, html=page), headers=HEADERS, files=[(file(), content)])

    assert octets.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", octets)
    assert all(len(line) <= 78 for line in octets.split(b"\r\n"))
    assert b"\r\n.\r\n" not in octets
    attachment = next(parsed(octets).iter_attachments())
    assert attachment.get_payload(decode=True) == content


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n")))
def test_a_text_arrives_letter_by_letter(text: str) -> None:
    message = email.message_from_bytes(compose(replace(RENDERED, text=text), headers=HEADERS))
    first = message.get_payload(0)
    assert isinstance(first, email.message.Message)
    payload = first.get_payload(decode=True)

    assert isinstance(payload, bytes)
    assert payload.decode() == f"{text}\r\n"


def test_the_same_mail_is_the_same_octets_again() -> None:
    files = [(file(), b"abc")]

    assert compose(RENDERED, headers=HEADERS, files=files) == compose(RENDERED, headers=HEADERS, files=files)


def test_only_what_the_machine_says_is_marked_as_automatic() -> None:
    relayed = parsed(compose(RENDERED, headers=replace(HEADERS, is_automatic=False)))
    answer = parsed(compose(RENDERED, headers=HEADERS))
    report = parsed(compose(RENDERED, headers=replace(HEADERS, in_reply_to="", references=())))

    assert not set(AUTOMATIC) & set(relayed.keys())
    assert answer["Auto-Submitted"] == "auto-replied"
    assert report["Auto-Submitted"] == "auto-generated"
    assert {each["X-Mailgate-Loop"] for each in (relayed, answer, report)} == {"abc123"}
    assert not {"In-Reply-To", "References"} & set(report.keys())


def test_a_command_in_a_name_is_inert_too() -> None:
    headers = replace(HEADERS, from_name="[close]", to_name="[approve 4h]")
    octets = compose(RENDERED, headers=headers, files=[(file("[close].pdf"), b"abc")])

    assert "⟦close⟧" in parsed(octets)["From"]
    assert "⟦approve 4h⟧" in parsed(octets)["To"]
    assert next(parsed(octets).iter_attachments()).get_filename() == "⟦close⟧.pdf"


def test_an_international_domain_is_written_in_idna() -> None:
    message = parsed(compose(RENDERED, headers=replace(HEADERS, to_address="marie@société.example")))

    assert message["To"].addresses[0].addr_spec == "marie@xn--socit-esab.example"


@pytest.mark.parametrize(
    "headers",
    [
        replace(HEADERS, message_id="no id"),
        replace(HEADERS, message_id="<a@b>\r\nBcc: x"),
        replace(HEADERS, to_address="é@example.org"),
        replace(HEADERS, reply_to="a@b.example\r\nBcc: x"),
        replace(HEADERS, loop_mark="a\r\nBcc: x"),
    ],
)
def test_what_the_desk_itself_must_get_right_is_refused_when_wrong(headers: Headers) -> None:
    with pytest.raises(PermanentError):
        compose(RENDERED, headers=headers)


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        ("application/pdf", "application/pdf"),
        ("IMAGE/PNG", "image/png"),
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("message/rfc822", "application/octet-stream"),
        ("text/calendar", "application/octet-stream"),
        ("application/pdf\r\nBcc: x", "application/octet-stream"),
    ],
)
def test_a_file_travels_under_a_harmless_type_or_as_octets(declared: str, sent: str) -> None:
    message = parsed(compose(RENDERED, headers=HEADERS, files=[(file(content_type=declared), b"abc")]))
    attachment = next(message.iter_attachments())

    assert attachment.get_content_type() == sent
    assert attachment.get_content_disposition() == "attachment"


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\plan.pdf", "plan.pdf"),
        (".htaccess", "htaccess"),
        ("\u202efdp.exe", "fdp.exe"),
        ("e\u0301te\u0301.txt", "été.txt"),
        ("a\x00b\r\n.txt", "ab .txt"),
        ("", "attachment"),
        ("..", "attachment"),
        ("/", "attachment"),
        (f"{'x' * 300}.pdf", f"{'x' * 116}.pdf"),
    ],
)
def test_a_filename_is_only_a_name(filename: str, expected: str) -> None:
    assert clean_filename(filename) == expected


@given(st.text(max_size=300))
def test_every_filename_is_short_and_stays_in_its_folder(filename: str) -> None:
    cleaned = clean_filename(filename)

    assert 0 < len(cleaned) <= 120
    assert not set(cleaned) & set("/\\\r\n\x00")
    assert not cleaned.startswith(".")
