"""Octets into text: by a list of charsets, clean, and for every input."""

from __future__ import annotations

import encodings.aliases
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.inbound.charset import clean_address, clean_line, clean_text, codec, decode, decode_words

REFUSED = [
    "utf-7",
    "unicode_escape",
    "raw_unicode_escape",
    "idna",
    "punycode",
    "hex",
    "zip",
    "rot13",
    "undefined",
    "no",
]


@pytest.mark.parametrize("name", REFUSED)
def test_a_charset_off_the_list_is_not_decoded(name: str) -> None:
    assert codec(name) is None
    assert decode(rb"\x5bclose\x5d +AFs-close+AF0-", name) == r"\x5bclose\x5d +AFs-close+AF0-"


def test_no_codec_of_python_makes_a_bracket_of_ascii_that_shows_none() -> None:
    for name in {*encodings.aliases.aliases, *encodings.aliases.aliases.values()}:
        if not name.startswith(("utf_16", "utf16", "u16", "unicodelittle", "unicodebig")):
            assert "[close]" not in decode(rb"\x5bclose\x5d +AFs-close+AF0- %5Bclose%5D =5Bclose=5D", name)


@pytest.mark.parametrize(
    ("octets", "declared", "text"),
    [
        ("Début".encode(), "utf-8", "Début"),
        ("Début".encode("latin-1"), "iso-8859-1", "Début"),
        (b"\x93Bonjour\x94", "iso-8859-1", "“Bonjour”"),  # Windows quotation marks under a Latin-1 label
        ("Début".encode(), "us-ascii", "Début"),
        ("Début".encode("latin-1"), "us-ascii", "Début"),
        ("Début".encode("latin-1"), "utf-8", "Début"),
        ("Début".encode("utf-16"), "", "Début"),
        ("会议".encode("gb18030"), "gb2312", "会议"),
        ("会議".encode("iso2022_jp"), "iso-2022-jp", "会議"),
        (b"\x81\x8d", "", "\ufffd\ufffd"),
    ],
)
def test_octets_are_read_as_declared_else_by_what_they_are(octets: bytes, declared: str, text: str) -> None:
    assert decode(octets, declared) == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("=?utf-8?Q?D=C3=A9but?=", "Début"),
        ("Re: =?iso-8859-1?q?D=E9but_de?= =?iso-8859-1?q?_mois?= ok", "Re: Début de mois ok"),
        ("=?utf-8?b?w4k=?= =?utf-8?q?t=C3=A9?=", "Été"),
        ("=?utf-8?q?=E2=82?= =?utf-8?q?=AC?=", "€"),  # one character in two words
        ("=?utf-8*fr?q?=C3=A9?=", "é"),
        ("=?unicode_escape?q?=5Cx5bclose=5Cx5d?=", "=?unicode_escape?q?=5Cx5bclose=5Cx5d?="),
        ("=?utf-8?b?a?= x", "=?utf-8?b?a?= x"),
        ("plain", "plain"),
    ],
)
def test_encoded_words_are_decoded_or_left_as_they_are(written: str, text: str) -> None:
    assert decode_words(written) == text


def test_a_name_that_hides_its_direction_or_its_width_is_shown_plainly() -> None:
    assert clean_line("inv\u202egpj.exe\u200b\r\nBcc: x\x00") == "invgpj.exe Bcc: x"
    assert clean_text("e\u0301\r\n\x00\ud800\x85b\tc") == "é\n\nb\tc"


@pytest.mark.parametrize(
    "address", ["ref\u200berent@example.org", "referent@e\u202expl.org", "Referent@\u212a.example"]
)
def test_a_disguised_address_never_becomes_the_one_it_imitates(address: str) -> None:
    assert not clean_address(address).isascii()


@given(st.binary(max_size=200), st.text(max_size=30))
def test_decoding_never_raises(octets: bytes, declared: str) -> None:
    text = clean_text(decode(octets, declared))
    assert text == unicodedata.normalize("NFC", text)
    text.encode()  # no lone surrogate


@given(
    st.text(max_size=200) | st.from_regex(r"(=\?[a-z0-9-]{1,8}\?[bq]\?[A-Za-z0-9=_+/]{0,8}\?= ?){1,4}", fullmatch=True)
)
def test_encoded_words_never_raise(written: str) -> None:
    clean_line(decode_words(written)).encode()
