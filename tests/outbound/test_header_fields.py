"""Header fields: what people write arrives unchanged and can start no field of its own."""

from __future__ import annotations

import email
import email.policy
import re
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.errors import PermanentError
from mailgate.outbound.header_fields import (
    ascii_address,
    clean_text,
    filename_parameter,
    mailbox,
    message_ids,
    token,
    unstructured,
)

HOSTILE = ["x\r\nBcc: evil@example.net", "x\n\nbody", "a\x00b", "a\u2028b", "\u202egnp.exe", "=?utf-8?q?=0D=0ABcc:_x?="]
anything = st.text(max_size=200) | st.sampled_from(HOSTILE)


def read(field: bytes) -> email.message.Message[str, str]:
    return email.message_from_bytes(field + b"\r\n", policy=email.policy.compat32)


def is_well_folded(field: bytes) -> bool:
    lines = field.decode("ascii").removesuffix("\r\n").split("\r\n")
    return all(line.startswith(" ") and line.strip() for line in lines[1:]) and not re.search(r"\r|\n", "".join(lines))


def displayed_name(field: bytes) -> str:
    """Read a name by the older decoder: the newer one puts spaces between encoded words."""
    phrase, _ = parseaddr(read(field)["To"].replace("\r\n", ""))
    return str(make_header(decode_header(phrase)))


@given(anything)
def test_a_subject_arrives_as_it_was_written_and_alone(subject: str) -> None:
    field = unstructured("Subject", subject)
    message = read(field)

    assert message.keys() == ["Subject"]
    assert str(make_header(decode_header(message["Subject"].replace("\r\n", "")))) == clean_text(subject)
    assert is_well_folded(field)


@given(st.text(min_size=1))
def test_an_encoded_word_has_at_most_75_characters_and_its_line_76(subject: str) -> None:
    field = unstructured("Subject", subject + "é").decode("ascii")

    assert all(len(word) <= 75 for word in re.findall(r"=\?\S+\?=", field))
    assert all(len(line) <= 76 for line in field.split("\r\n"))


@given(anything)
def test_a_name_never_changes_the_address(name: str) -> None:
    field = mailbox("To", name, "marie@example.org")
    message = email.message_from_bytes(field + b"\r\n", policy=email.policy.default)

    assert message.keys() == ["To"]
    assert [each.addr_spec for each in message["To"].addresses] == ["marie@example.org"]
    assert displayed_name(field) == clean_text(name)
    assert is_well_folded(field)


def test_clean_text_keeps_letters_and_drops_what_is_not_seen() -> None:
    assert clean_text("  E\u0301te\u0301\u00a0\u202ftitre\t\r\n x\u200b\u202e\ud800\x07 ") == "Été titre x"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("marie@example.org", "marie@example.org"),
        ("support+abc.def@example.org", "support+abc.def@example.org"),
        ("marie@société.example", "marie@xn--socit-esab.example"),
    ],
)
def test_the_domain_of_an_address_is_written_in_idna(address: str, expected: str) -> None:
    assert ascii_address(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "marie",
            "@example.org",
            "marie@",
            "é@example.org",
            "a b@example.org",
            "a@b\r\nBcc: x@y",
            "a@b>",
            "a@b,c@d",
        ),
        *("marie@example..org\u3002", "a@" + "é" * 80 + ".org", '"a b"@example.org', "\u212a@example.org", "a@-b.org"),
    ],
)
def test_what_is_no_address_in_ascii_is_refused(address: str) -> None:
    with pytest.raises(PermanentError):
        ascii_address(address)


def test_message_ids_are_folded_between_and_never_within_or_encoded() -> None:
    long = f"<{'a' * 90}@prod.outlook.example>"
    field = message_ids("References", (long, "<b@example.org>", long.replace("a", "c")))

    assert field == f"References: {long}\r\n <b@example.org>\r\n {long.replace('a', 'c')}\r\n".encode()


def test_of_many_references_the_first_and_the_last_stay() -> None:
    ids = [f"<{number:040}@example.org>" for number in range(100)]
    kept = read(message_ids("References", ids))["References"].split()

    assert kept[0] == ids[0]
    assert kept[1:] == ids[-len(kept) + 1 :]
    assert 800 < len(" ".join(kept)) <= 900


@pytest.mark.parametrize("foreign", ["", "a@b", "<a b@c>", "<a@b>\r\nX: x", "<é@b>", f"<{'x' * 300}@y>", "<a@b><c@d>"])
def test_what_is_no_message_id_is_left_out(foreign: str) -> None:
    assert message_ids("References", (foreign,)) == b""
    assert message_ids("References", (foreign, "<a@b.example>")) == b"References: <a@b.example>\r\n"


@pytest.mark.parametrize("value", ["a\r\nBcc: x", "é", "a\x00", "a\u2028b", " a"])
def test_a_token_is_ascii_or_refused(value: str) -> None:
    with pytest.raises(PermanentError):
        token("X-Mailgate-Loop", value)


@given(st.text(min_size=1, max_size=120).map(clean_text).filter(bool))
def test_a_filename_arrives_as_it_is(filename: str) -> None:
    field = f"Content-Disposition: attachment;\r\n {filename_parameter(filename)}\r\n".encode("ascii")

    assert read(field).keys() == ["Content-Disposition"]
    assert read(field).get_filename() == filename
    assert all(len(line) <= 78 for line in field.split(b"\r\n"))
