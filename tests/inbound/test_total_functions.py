"""Every function that reads what strangers write has an answer for whatever they write.

What the right answer is for what a mail usually holds is the subject of the tests of each module.
"""

from __future__ import annotations

import re
from email.message import Message

from hypothesis import given
from hypothesis import strategies as st

from mailgate.inbound import charset, fields, mime
from mailgate.inbound.authenticate import claims
from mailgate.inbound.delivery_status import failed_recipients
from mailgate.inbound.flowed import unflow
from mailgate.inbound.html_source import safe_source
from mailgate.inbound.new_text import explain
from mailgate.inbound.parse import attachment_content, parse
from mailgate.inbound.styles import Sight, colour_sight, style_sight
from mailgate.inbound.text_line import text_line
from mailgate.inbound.thread import returned_ids
from tests.inbound.mails import mail, message

DECLARATION = st.tuples(
    st.sampled_from(["color", "font", "font-size", "opacity", "transform", "clip", "left", "overflow", "height", "x"]),
    st.text("0123456789.%epxrgba(),#/ -+!autoinherscl\\", max_size=20),
).map(":".join)
WORD = st.sampled_from(
    ["=?utf-8?q?", "=?x?b?", "?=", "=C3=A9", "w6k=", "<", ">", "@", "a", '"', "\\", "(", ")", ",", ";", ":", " ", "é",
     "\udcff"]
)  # fmt: skip
VALUE = st.lists(WORD, max_size=20).map("".join)
PART = st.sampled_from(
    ["Content-Type: multipart/mixed; boundary=b\n\n", "Content-Type: message/rfc822\n\n", "--b\n", "--b--\n", "x\n",
     "\n", "Content-Transfer-Encoding: base64\n", "Content-Disposition: attachment; filename*0*=utf-8''%FF\n", "AAAA\n"]
)  # fmt: skip


@given(st.lists(DECLARATION, max_size=6), st.text(max_size=60))
def test_any_style_has_a_sight(declarations: list[str], anything: str) -> None:
    for style in (";".join(declarations), anything, "{".join(declarations)):
        assert style_sight(style) in Sight
        assert colour_sight(style) in Sight


@given(VALUE | st.text(max_size=60))
def test_any_field_value_is_read(value: str) -> None:
    assert "\n" not in fields.unfolded(value)
    assert all(found in value for found in fields.message_ids(value))
    assert fields.message_id(value) in {"", value.strip()}
    assert fields.plain_address(value) in value
    assert not re.search(r"[\r\n]", charset.clean_line(charset.decode_words(value)))
    assert charset.without_foreign_words(value).replace("=_", "=?") in {value, value.replace("=_", "=?")}


@given(st.binary(max_size=60), st.text(max_size=20))
def test_any_octets_have_a_text_in_any_charset(octets: bytes, declared: str) -> None:
    charset.decode(octets, declared)
    charset.codec(declared)
    charset.clean_text(octets.decode("latin-1"))
    charset.clean_address(declared)


@given(st.lists(PART, max_size=12))
def test_any_tree_has_leaves_with_names_and_octets(parts: list[str]) -> None:
    raw = mail("", headers="").removesuffix(b"\n") + "".join(parts).encode()
    read = parse(raw)

    for leaf in () if read.excess else mime.leaves(mime.parse_tree(raw)):
        assert 0 < len(mime.filename(leaf)) <= mime.FILENAME_CHARACTERS
        assert attachment_content(raw, leaf.part) == mime.octets(leaf.message)
        mime.text(leaf.message)
        mime.disposition(leaf.message)


@given(text=st.text(max_size=200), value=VALUE, is_server=st.booleans())
def test_any_report_has_failed_recipients_or_none(text: str, value: str, *, is_server: bool) -> None:
    tree = Message()
    tree["X-Failed-Recipients"] = value.replace("\udcff", "?")

    for failed in failed_recipients(tree, text, is_server=is_server):
        assert failed.address.count("@") >= 1


@given(text=st.text(max_size=300), has_delsp=st.booleans())
def test_any_flowed_text_keeps_its_words(text: str, *, has_delsp: bool) -> None:
    if not has_delsp and ">" not in text:
        assert unflow(text, has_delsp=False).split() == text.split()
    unflow(text, has_delsp=has_delsp)


@given(st.text("<>/=!-&;'\" abdivpstyle\n", max_size=200))
def test_any_source_becomes_one_that_parsers_can_bear(source: str) -> None:
    safe = safe_source(source)

    assert not re.search(r"<(?!/?(?:[a-z]))", safe.html)


@given(st.text(max_size=100))
def test_any_line_is_known_by_itself(written: str) -> None:
    line = text_line(written.replace("\n", " "))

    assert line.unquoted().plain == line.unquoted().plain.strip()
    assert explain(written.replace("\n", " "))[0].written == written.replace("\n", " ").rstrip() or not written.strip()


@given(st.binary(max_size=200), VALUE)
def test_any_mail_names_the_mails_that_came_back_and_who_claims_to_have_checked_it(raw: bytes, value: str) -> None:
    assert all(found.endswith("@desk.example.org>") for found in returned_ids(raw, "desk.example.org"))
    claims(message(("authentication-results", value), ("received", value)))
