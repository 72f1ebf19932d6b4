"""Header fields into values: message ids, and the one form of From that may command. No function here raises."""

from __future__ import annotations

import re
from email.message import Message

from mailgate.inbound.charset import clean_line, decode_field

MESSAGE_ID_OCTETS = 250
REFERENCES = 100
FIELD_CHARACTERS = 1 << 16
ADDRESS_FIELD_CHARACTERS = 1_000
BARE_LINE_END = "bare line end in the header"  # a defect: programs disagree on which fields there are

# Wider than atext: programs write what they like, but neither @ nor brackets.
_ID_TEXT = r"[!#-'*+\-./0-9=?A-Z^_`a-z{|}~:;,$%&]"
_MESSAGE_ID = re.compile(rf"<{_ID_TEXT}{{1,200}}@(?:[A-Za-z0-9_.:-]{{1,200}}|\[[A-Za-z0-9.:]{{1,60}}\])>")
_HEAD_END = re.compile(rb"(?>\r\n|\r|\n)(?:\r\n|\r|\n)")
_BARE_CR = re.compile(rb"\r(?!\n)")
_BARE_LF = re.compile(rb"(?<!\r)\n")
_UNPRINTABLE = re.compile(r"[^\t -~]")
_FOLD = re.compile(r"(?:\r\n|\r|\n)(?=[ \t])|[\r\n]+\Z")

_ATOM = r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+"  # RFC 5322 atext without the ? of encoded words
_LABEL = r"[A-Za-z0-9-]+"
_ADDR_SPEC = rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*"
_PLAIN_FROM = re.compile(
    rf"(?:(?P<bare>{_ADDR_SPEC})|(?:\"(?:[^\"\\]|\\.)*+\"|[^\"<>@,;:()\[\]\\]*+)\s*<(?P<angle>{_ADDR_SPEC})>)"
)


def fields_of(tree: Message) -> tuple[tuple[str, str], ...]:
    """Return all fields in their order as (lower-case name, unfolded value); encoded words stay as they are.

    In Authentication-Results what is not printable ASCII is replaced, not dropped: without it, the name of a server
    could become another's.
    """
    fields = ((clean_line(name).lower(), str(value)) for name, value in tree.raw_items())
    return tuple(
        (name, _visible(value) if name == "authentication-results" else unfolded(value)) for name, value in fields
    )


def _visible(value: str) -> str:
    return clean_line(_UNPRINTABLE.sub("\ufffd", _FOLD.sub("", value[:FIELD_CHARACTERS])))


def head_of(raw: bytes) -> bytes:
    """Return the header of a message with the empty line that ends it, whatever line ends it has."""
    end = _HEAD_END.search(raw)
    return raw[: end.end()] if end else raw


def has_bare_line_end(head: bytes) -> bool:
    """Tell whether a header has a CR without LF, or both CRLF and LF (RFC 5322 section 2.3 allows neither)."""
    return bool(_BARE_CR.search(head) or (b"\r\n" in head and _BARE_LF.search(head)))


def unfolded(value: str) -> str:
    """Return a field's value on one line (RFC 5322 section 2.2.3), decoded and clean for storing and showing."""
    return clean_line(as_sent(value))


def as_sent(value: str, declared: str = "") -> str:
    """Return a field's value on one line with all its characters, even those that only look like others.

    Addresses are read from this form: normalised, U+212A KELVIN SIGN would become the letter that it imitates.
    """
    return _FOLD.sub("", decode_field(value[:FIELD_CHARACTERS], declared)).replace("\r", " ").replace("\n", " ")


def message_ids(value: str) -> tuple[str, ...]:
    """Return the msg-ids in a field, in order: ASCII, with angle brackets, at most 250 octets each.

    Of more than a hundred the first and the last ninety-nine are kept: the root of the thread and what is near.
    """
    ids = [found for found in _MESSAGE_ID.findall(value) if len(found) <= MESSAGE_ID_OCTETS]
    return tuple(ids if len(ids) <= REFERENCES else [ids[0], *ids[1 - REFERENCES :]])


def message_id(value: str) -> str:
    """Return the msg-id that a field consists of, or an empty string."""
    found = _MESSAGE_ID.fullmatch(value.strip())
    return found[0] if found and len(found[0]) <= MESSAGE_ID_OCTETS else ""


def plain_address(value: str) -> str:
    """Return the addr-spec of a From field in one of the two plain forms, `a@b` and `Name <a@b>`; '' for any other.

    No group, list, comment, route, quoted local part, domain literal or encoded word: nothing on which two programs
    could disagree about who wrote.
    """
    found = _PLAIN_FROM.fullmatch(value.strip()[:ADDRESS_FIELD_CHARACTERS])
    return (found["bare"] or found["angle"]) if found else ""
