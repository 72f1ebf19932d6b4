"""Caps: what exceeds one is refused before any parser sees it, and what is just within is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.inbound import limits
from mailgate.inbound.limits import excess
from mailgate.inbound.parse import attachment_content, parse
from tests.inbound.mails import mail, multipart

PART = "Content-Type: text/plain\n\nx"


def of_size(octets: int) -> bytes:
    head = mail("")
    return head + (b"x" * 76 + b"\n") * ((octets - len(head)) // 77) + b"x" * ((octets - len(head)) % 77)


def of_line(octets: int) -> bytes:
    return mail("a\n" + "b" * (octets - 1) + "\nc")


def of_lines(octets: int) -> bytes:
    return mail(("b" * (octets - 1) + "\r") * 2 + "c")


def of_fields(fields: int) -> bytes:
    return mail(headers="X-A: b\n" * (fields - mail("").count(b"\n") + 1))


def of_field(octets: int) -> bytes:
    return mail(headers="X-A: " + "b" * (octets - len("X-A: \n")) + "\n")


def of_header(octets: int) -> bytes:
    line = "X-A: " + "b" * 994 + "\n"
    lines, rest = divmod(octets - len(mail("")) + 1, len(line))
    return mail(headers=line * lines + "X: " + "b" * (rest - 4) + "\n")


def of_addresses(addresses: int) -> bytes:
    return mail(headers="Cc: " + ",\n ".join(f"a{i}@example.org" for i in range(addresses)) + "\n")


def of_separators(separators: int) -> bytes:
    return mail(headers="Cc: " + "a," * separators + "\n")


def of_parameters(parameters: int) -> bytes:
    return mail(headers="Content-Type: text/plain" + "; a=b" * parameters + "\n")


def of_boundary(octets: int) -> bytes:
    boundary = "b" * octets
    return mail(f"--{boundary}\n\nx\n--{boundary}--\n", headers=f"Content-Type: multipart/mixed; boundary={boundary}\n")


def of_parts(parts: int) -> bytes:
    return multipart(*[PART] * (parts - 1))  # the multipart itself is one


def of_levels(levels: int) -> bytes:
    opened = "".join(f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n" for level in range(levels))
    return mail("", headers="").removesuffix(b"\n") + opened.encode() + b"\nx\n"


def of_attached_mails(levels: int) -> bytes:
    return mail("", headers="").removesuffix(b"\n") + b"Content-Type: message/rfc822\n\n" * levels + b"Subject: x\n\nx"


def of_dashed_lines(lines: int) -> bytes:
    return mail("--\n" * lines)


CAPS = [
    (of_size, limits.MESSAGE_OCTETS),
    (of_line, limits.LINE_OCTETS + 1),
    (of_lines, limits.LINE_OCTETS + 1),
    (of_fields, limits.HEADER_FIELDS),
    (of_field, limits.FIELD_OCTETS),
    (of_header, limits.HEADER_OCTETS),
    (of_addresses, limits.ADDRESSES),
    (of_separators, limits.SEPARATORS),
    (of_parameters, limits.PARAMETERS),
    (of_boundary, limits.BOUNDARY_OCTETS),
    (of_parts, limits.PARTS),
    (of_levels, limits.NESTING),
    (of_attached_mails, limits.NESTING),
    (of_dashed_lines, limits.DASHED_LINES),
]


@pytest.mark.parametrize(("made", "cap"), CAPS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_a_cap_refuses_what_exceeds_it_and_nothing_else(made: object, cap: int) -> None:
    assert callable(made)
    assert excess(made(cap - 1)) is None
    assert excess(made(cap)) is None
    assert excess(made(cap + 1)) is not None


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(multipart(*[""] * 400_000), id="400,000 empty parts"),
        pytest.param(mail(headers="".join(f"X-{i}: y\n" for i in range(100_000))), id="100,000 fields"),
        pytest.param(mail(headers="Cc: " + "a@example.org, " * 40_000 + "\n"), id="40,000 addresses"),
        pytest.param(mail(headers="Comments: " + "=?utf-8?q?a?= " * 20_000 + "\n"), id="20,000 encoded words"),
        pytest.param(mail(headers="Content-Type: text/plain" + "; a=b" * 20_000 + "\n"), id="20,000 parameters"),
        pytest.param(of_levels(1_000), id="1,000 levels"),
        pytest.param(of_attached_mails(1_000), id="1,000 mails in each other"),
        pytest.param(of_levels(1_000).replace(b"\n", b"\r"), id="1,000 levels, lines ended by CR"),
        pytest.param(of_parts(1_000).replace(b"\n", b"\r\n"), id="1,000 parts, lines ended by CRLF"),
    ],
)
def test_a_bomb_is_refused_by_a_cap_and_keeps_its_reason(bomb: bytes) -> None:
    assert excess(bomb) is not None

    message = parse(bomb)

    assert message.excess
    assert message.text == ""
    assert not message.has_plain_from
    assert message.sender is not None, "what the first fields say is kept"


def test_what_only_the_parser_can_count_is_refused_by_it() -> None:
    digest = multipart(*["\nSubject: x\n\nx"] * 300, subtype="digest")
    extended = multipart(*[PART] * 600).replace(b"boundary=b", b"boundary*=us-ascii''b")

    assert excess(digest) is None
    assert excess(extended) is None
    assert parse(digest).excess
    assert parse(extended).excess
    with pytest.raises(LookupError):
        attachment_content(extended, 1)


def test_dashes_in_a_text_are_no_parts() -> None:
    assert excess(mail("-- \nAna\n--- a/file\n+++ b/file\n" * 1_000)) is None
    assert excess(multipart("Content-Type: text/x-diff\n\n" + "--- a\n" * 1_000)) is None


@given(st.binary(max_size=2_000))
def test_any_octets_are_judged(raw: bytes) -> None:
    assert excess(raw) is None or isinstance(excess(raw), str)
