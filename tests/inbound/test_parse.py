"""Bytes into an IncomingMessage: right for real mail, and total for hostile mail."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.domain.message import Mailbox
from mailgate.inbound import limits
from mailgate.inbound.parse import attachment_content, parse
from tests.inbound.mails import mail, multipart, read


def test_a_plain_mail_is_read() -> None:
    message = parse(
        mail(
            "Bonjour\n",
            headers="Date: Tue, 22 Sep 2026 10:00:00 +0200\nCc: B <b@example.com>, c@example.com\n"
            "In-Reply-To: <a@example.net>\nReferences: <r@example.net>\n\t<a@example.net>\n",
        )
    )

    assert message.message_id == "<m1@example.org>"
    assert message.subject == "Question"
    assert message.from_ == (Mailbox(name="Ana", address="ana@example.org"),)
    assert message.has_plain_from
    assert message.cc == (Mailbox(name="B", address="b@example.com"), Mailbox(address="c@example.com"))
    assert message.date == datetime(2026, 9, 22, 8, 0, tzinfo=UTC)
    assert message.in_reply_to == ("<a@example.net>",)
    assert message.references == ("<r@example.net>", "<a@example.net>")
    assert message.text == message.new_text.text == "Bonjour"
    assert message.defects == ()


@pytest.mark.parametrize(
    "sender",
    [
        "ana@example.org",
        "<ana@example.org>",
        "Ana <ana@example.org>",
        '"Ana, of the town" <ana@example.org>',
        '"referent@example.com" <ana@example.org>',  # a name proves nothing, and hides nothing either
        "=?utf-8?q?An=C3=A1?= <ana@example.org>",
        "Aná <ana@example.org>",
    ],
)
def test_these_forms_of_from_are_plain(sender: str) -> None:
    message = read(sender=sender)

    assert message.has_plain_from
    assert [mailbox.address for mailbox in message.from_] == ["ana@example.org"]


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "Ana",
        "<>",
        "ana",
        "referent@example.com <evil@example.org>",
        "<referent@example.com> <evil@example.org>",
        "referent@example.com, evil@example.org",
        "Team: referent@example.com;",
        "Team: referent@example.com, evil@example.org;",
        "referent@example.com (evil@example.org)",
        "(evil@example.org) referent@example.com",
        "<@evil.example.org:referent@example.com>",
        '"referent"@example.com',
        "referent@[192.0.2.1]",
        "=?utf-8?q?referent=40example.com?= <evil@example.org",
        "=?utf-8?q?=3Creferent=40example.com=3E?= evil@example.org",
        "=?utf-8?q?a?=@example.com",
        "referent@example.com\u200b",
        "ref\u200berent@example.com",
        "referent@\u212aexample.com",
        "r\u0435ferent@example.com",
        "referent@example.com.",
        "referent@@example.com",
        "a b@example.com",
        "referent @example.com",
        "Ana <<referent@example.com>>",
        "Ana <referent@example.com> x",
        "a:b:c;;;<@",
        "(" * 1_000 + "referent@example.com",
        "referent@example.com\nFrom: evil@example.org",
        "evil@example.org\nfrom: referent@example.com",
        "referent@example.com\nFrom : evil@example.org",
        "referent@example.com\nFROM\t: evil@example.org",
        "referent@example.com\nX-A : b\nFrom: evil@example.org",
    ],
)
def test_no_other_form_of_from_is_plain(sender: str) -> None:
    assert not read(sender=sender).has_plain_from


def test_a_missing_from_is_not_plain() -> None:
    message = parse(b"Subject: x\n\nx")

    assert message.from_ == ()
    assert not message.has_plain_from


@pytest.mark.parametrize(
    "value",
    [
        "",
        "m1@example.org",
        "<m1>",
        "<a b@example.org>",
        "<a@b@c>",
        "<<<<@@>>",
        "<a@[>",
        "<é@example.org>",
        f"<{'a' * 250}@b>",
    ],
)
def test_what_is_not_a_message_id_is_none(value: str) -> None:
    assert parse(f"From: a@example.org\nMessage-ID: {value}\n\nx".encode()).message_id == ""


def test_a_subject_holds_no_control_character_and_no_second_line() -> None:
    message = read(headers="").subject, parse(b"Subject: =?utf-8?q?a=00b=0D=0ABcc:_evil=1B?=\n\nx").subject

    assert message == ("Question", "ab Bcc: evil")


def test_raw_octets_in_a_subject_are_kept() -> None:
    assert parse("Subject: café brûlé\n\nx".encode("latin-1")).subject == "café brûlé"


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "raw_unicode_escape", "punycode", "x-unknown"])
def test_a_charset_off_the_list_makes_the_text_unsure(charset: str) -> None:
    message = read("\\x5bclose\\x5d +AFs-close+AF0-", headers=f"Content-Type: text/plain; charset={charset}\n")

    assert "[close]" not in message.text
    assert not message.new_text.is_sure
    assert message.defects == (f"charset {charset} is not accepted",)


PLAIN = "Content-Type: text/plain\n\nplain text"
HTML = "Content-Type: text/html\n\n<p>html text</p>"


def test_the_plain_alternative_is_the_text() -> None:
    message = parse(multipart(PLAIN, HTML, subtype="alternative"))

    assert (message.text, message.new_text.text, message.attachments) == ("plain text", "plain text", ())
    assert message.new_text.is_wrapped


def test_an_empty_plain_alternative_yields_to_html() -> None:
    message = parse(multipart("Content-Type: text/plain\n\n \n", HTML, subtype="alternative"))

    assert message.new_text.text == "html text"
    assert not message.new_text.is_wrapped


def test_an_attached_mail_says_nothing_and_is_an_attachment() -> None:
    attached = "Content-Type: message/rfc822\n\nFrom: boss@example.com\nSubject: s\n\n[close]"
    message = parse(multipart(PLAIN, attached))

    assert message.text == "plain text"
    assert [(part.part, part.filename, part.content_type) for part in message.attachments] == [
        (1, "part-1.eml", "message/rfc822")
    ]
    assert attachment_content(multipart(PLAIN, attached), 1) == b"From: boss@example.com\nSubject: s\n\n[close]"


def test_a_mail_that_is_only_an_attached_mail_has_no_text() -> None:
    message = parse(mail("Subject: s\n\n[close]", headers="Content-Type: message/rfc822\n"))

    assert message.text == message.new_text.text == ""
    assert len(message.attachments) == 1


def test_commands_come_from_the_first_text_only() -> None:
    message = parse(multipart(PLAIN, "Content-Type: text/plain\n\n[close]"))

    assert message.new_text.text == "plain text"
    assert message.text == "plain text\n\n[close]"


def test_a_text_file_is_an_attachment() -> None:
    attached = "Content-Type: text/plain\nContent-Disposition: attachment\n\n[close]"
    named = 'Content-Type: text/plain; name="log.txt"\n\n[close]'
    message = parse(multipart(attached, named, PLAIN))

    assert message.text == "plain text"
    assert [part.filename for part in message.attachments] == ["part-0.txt", "log.txt"]


def test_a_nameless_inline_image_is_an_attachment_with_its_octets() -> None:
    fields = "Content-ID: <i1@x>\nContent-Disposition: inline\nContent-Transfer-Encoding: base64"
    image = f"Content-Type: image/png\n{fields}\n\niVBORw0KGgo="
    raw = multipart("Content-Type: text/html\n\n<img src='cid:i1@x'>look", image, subtype="related")
    [attachment] = parse(raw).attachments

    assert (attachment.part, attachment.filename, attachment.content_id) == (1, "part-1.png", "i1@x")
    assert attachment.is_inline
    assert attachment.size_octets == 8
    assert attachment_content(raw, 1) == b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ('filename="../../etc/passwd"', "passwd"),
        ('filename="C:\\\\a\\\\b.txt"', "b.txt"),
        ('filename=".htaccess"', "htaccess"),
        ('filename="=?utf-8?q?caf=C3=A9.pdf?="', "café.pdf"),
        ("filename*=utf-8''caf%C3%A9.pdf", "café.pdf"),
        ("filename*=punycode''a-b", "a-b"),
        ("filename*0=rel; filename*1=ease.txt", "release.txt"),
        ("filename*=utf-8''x%E2%80%AEgpj.exe", "xgpj.exe"),
        ("filename*=utf-8''%00a%0D%0A.txt", "a .txt"),
        ('filename=".."', "part-0.pdf"),
        ('filename="' + "a" * 300 + '.pdf"', "a" * 116 + ".pdf"),
    ],
)
def test_a_file_name_is_for_display_only(given_name: str, shown: str) -> None:
    part = f"Content-Type: application/pdf\nContent-Disposition: attachment; {given_name}\n\nx"
    [attachment] = parse(multipart(part)).attachments

    assert attachment.filename == shown


def test_a_flowed_text_has_logical_lines() -> None:
    message = read("one \ntwo\n> old \n> text\n", headers="Content-Type: text/plain; format=flowed\n")

    assert message.text == "one two\n> old text"
    assert (message.new_text.text, message.new_text.is_wrapped) == ("one two", False)


def test_a_multipart_without_parts_is_text_that_is_not_sure() -> None:
    message = read("--b\nContent-Type: message/rfc822\n\n[close]\n", headers="Content-Type: multipart/mixed\n")

    assert "[close]" in message.text
    assert not message.new_text.is_sure


@pytest.mark.parametrize("media_type", ["multipart", "multipart/mixed/x", "Multipart/mixed", "multipart/alternative"])
@pytest.mark.parametrize("body", ["[close]", "[close]\n--b--", "[close]\n--b\n--b--"])
def test_the_preamble_of_a_multipart_without_parts_is_never_sure(media_type: str, body: str) -> None:
    new = read(body, headers=f"Content-Type: {media_type}; boundary=b\n").new_text

    assert "[close]" not in new.text or not new.is_sure


def test_a_mail_beyond_a_cap_keeps_its_fields_whatever_its_line_ends() -> None:
    raw = mail("x" * (limits.MESSAGE_OCTETS + 1)).replace(b"\n", b"\r\n")

    assert parse(raw).message_id == "<m1@example.org>"
    assert parse(raw).defects == (f"limit: message of more than {limits.MESSAGE_OCTETS // limits.MIB} MiB",)


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(LookupError):
        attachment_content(mail(), 1)


def test_decoded_text_is_capped() -> None:
    message = read("x" * (limits.TEXT_CHARACTERS + 10))

    assert len(message.text) == limits.TEXT_CHARACTERS


HOSTILE_FIELDS = [
    b"Message-ID: <<<<@@>>",
    b"From: a:b:c;;;<@",
    b"From: =?utf-8?q?=3Ca=40b=3E?= x@y",
    b"From: " + b"(" * 1_000,
    b"From: " + b"<" * 1_000,
    b"To: " + b'"' * 999,
    b"Subject: =?utf-8?b?" + b"A" * 75 + b"?=",
    b"Subject: \xff\xfe\x00",
    b"Date: Mon, 99 Foo 99999 99:99:99 +9999",
    b"Date: Fri, 31 Dec 9999 23:59:59 -2359",
    b"Date: " + b"9" * 5_000,
    b"Content-Type: text/plain; charset=nope",
    b"Content-Type: text/plain; charset*=utf-7''%2B",
    b"Content-Type: multipart/mixed",
    b"Content-Type: multipart/mixed; boundary=",
    b'Content-Type: multipart/mixed; boundary="',
    b"Content-Type: /",
    b"Content-Type: message/delivery-status",
    b"Content-Transfer-Encoding: base64",
    b"Content-Transfer-Encoding: x-uuencode",
    b"Content-Transfer-Encoding: \xff",
    b"Content-Disposition: attachment; filename*0*=x''%; filename*1=",
    b"References: " + b"<" * 1_000,
    b": no name",
    b"",
]


@pytest.mark.parametrize("field", HOSTILE_FIELDS)
def test_a_hostile_field_raises_nothing(field: bytes) -> None:
    message = parse(b"Subject: still read\n" + field + b"\n\n\x00body\xff")

    assert message.subject.startswith("still read")
    assert "\x00" not in message.text


@given(st.binary(max_size=400))
def test_any_octets_are_a_message(raw: bytes) -> None:
    parse(raw)


@given(
    st.lists(st.sampled_from(HOSTILE_FIELDS), max_size=5),
    st.lists(
        st.sampled_from([b"--b", b"--b--", b"\n", b"Content-Type: text/html", b"> x", b"\x00", b"<p>", b"\r"]),
        max_size=8,
    ),
)
def test_hostile_fields_in_any_order_are_a_message(fields: list[bytes], lines: list[bytes]) -> None:
    parse(b"\n".join([*fields, b"Content-Type: multipart/mixed; boundary=b", b"", *lines]))


def test_a_delivery_status_whose_fields_cannot_be_written_again_is_an_attachment_all_the_same() -> None:
    status = (
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\0\0Final-Re\x0ccipient: rfc822; a"
    )
    message = parse(multipart("Content-Type: text/plain\n\nNo such user.", status, subtype="report"))

    assert [each.content_type for each in message.attachments] == ["message/delivery-status"]


@pytest.mark.parametrize("before", ["\n", "\r\n\r\n", "\n\n\n"])
def test_empty_lines_before_the_header_are_no_end_of_it(before: str) -> None:
    message = parse(before.encode() + mail("Bonjour"))

    assert (message.subject, message.text.strip()) == ("Question", "Bonjour")


@pytest.mark.parametrize(
    ("charset", "subject"), [("gb2312", "转发：服务"), ("windows-1251", "Вопрос"), ("utf-8", "Où ?")]
)
def test_a_subject_that_is_not_ascii_is_in_the_charset_of_the_text(charset: str, subject: str) -> None:
    raw = b"From: ana@example.org\nSubject: " + subject.encode(charset) + b"\n"

    assert parse(raw + f"Content-Type: text/plain; charset={charset}\n\nx".encode()).subject == subject


def test_an_attached_mail_is_kept_as_it_came() -> None:
    inner = "From: a@example.org\nX-Long: " + "word " * 40 + "\n  folded\tby hand\nSubject: caf\u00e9\n\nFrom here\n"
    raw = multipart("Content-Type: text/plain\n\nLook.", f"Content-Type: message/rfc822\n\n{inner}")

    assert attachment_content(raw, 1) == inner.encode()


def test_what_stands_in_a_multipart_that_ends_before_it_begins_is_text_that_is_not_sure() -> None:
    raw = mail("--b--\n\nLost words\n", headers="Content-Type: multipart/mixed; boundary=b\n")
    message = parse(raw)

    assert "Lost words" in message.text
    assert not message.new_text.is_sure


@pytest.mark.parametrize(
    ("part", "filename"),
    [
        ("application/ms-tnef; name=winmail.dat", "winmail.dat"),
        ("application/ms-tnef", "part-1.dat"),
        ("application/pkcs7-signature", "part-1.p7s"),
        ("application/x-pkcs7-mime; smime-type=enveloped-data", "part-1.p7m"),
        ("application/pgp-signature; name=signature.asc", "signature.asc"),
        ("application/pgp-encrypted", "part-1.asc"),
        ("text/calendar; method=REQUEST", "part-1.ics"),
        ("message/rfc822", "part-1.eml"),
    ],
)
@pytest.mark.parametrize("subtype", ["mixed", "signed", "alternative"])
def test_sealed_and_foreign_parts_are_attachments_with_a_name(part: str, filename: str, subtype: str) -> None:
    message = parse(multipart("Content-Type: text/plain\n\nLook.", f"Content-Type: {part}\n\nx", subtype=subtype))

    assert message.text == "Look."
    assert [each.filename for each in message.attachments] == [filename]
