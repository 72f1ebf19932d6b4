"""What is fuzzed: a function for each reader of strangers' octets, which raises if the reader does or breaks its word.

A target gets any octets. What it asserts is what the reader promises for all of them; what a right answer is for a
given mail is the subject of other tests. Not here: where the octets come from (`seeds.py`, `mutation.py`, atheris).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from mailgate.domain.commands import command_spans, parse_commands
from mailgate.domain.message import Envelope
from mailgate.entrypoints.smtp.data import DataCollector
from mailgate.entrypoints.smtp.guard import PLAIN_PATH
from mailgate.inbound import wire
from mailgate.inbound.authenticate import Border, authenticate, claims
from mailgate.inbound.charset import clean_line, clean_text, decode, decode_field, decode_words
from mailgate.inbound.classify import OwnMarks, classify
from mailgate.inbound.fields import message_ids, plain_address
from mailgate.inbound.flowed import unflow
from mailgate.inbound.forwarded import forwarded_mail
from mailgate.inbound.html_text import read_html
from mailgate.inbound.new_text import explain, extract
from mailgate.inbound.parse import attachment_content, parse
from mailgate.services.receiving import content_digest, peek_message_id
from tests.inbound.mails import RECEIVED_AT

TODAY = date(2026, 11, 23)
OWN = OwnMarks(addresses=frozenset({"support@desk.example.org"}), loop_mark="desk")
BORDER = Border(servers=frozenset({"mx.example.org"}))
ENVELOPE = Envelope(mail_from="ana@example.org", rcpt_to=("support@desk.example.org",), received_at=RECEIVED_AT)

_LINE_END = re.compile(rb"[\r\n]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def message(octets: bytes) -> None:
    """A whole mail: it can be read, judged, stored and handed from process to process."""
    read = parse(octets)
    assert wire.unpacked(wire.packed(read)) == read
    assert not _CONTROLS.search(read.subject + read.text)
    assert all(0 < len(each.filename) <= 120 for each in read.attachments)
    classify(read, ENVELOPE, OWN)
    if not read.excess:
        for each in read.attachments:
            assert len(attachment_content(octets, each.part)) == each.size_octets


def address_list(octets: bytes) -> None:
    """A field of addresses, and the one form of From that may command."""
    value = _LINE_END.sub(b" ", octets)
    read = parse(b"From: " + value + b"\nTo: " + value + b"\nCc: " + value + b"\n\nx")
    assert all("\n" not in each.name + each.address for each in (*read.from_, *read.to, *read.cc))
    text = value.decode("latin-1")
    address = plain_address(text)
    assert not address or (address.isascii() and address.count("@") == 1 and address in text)
    message_ids(text)
    PLAIN_PATH.fullmatch(text)


def new_text(octets: bytes) -> None:
    """The text of a mail: what is new in it is made of its own lines, and nothing of it says that it was forwarded."""
    text = clean_text(octets.decode("utf-8", "replace"))
    for is_wrapped in (True, False):
        new = extract(text, is_wrapped=is_wrapped)
        lines = {line.rstrip() for line in text.split("\n")}
        assert all(line in lines for line in new.text.split("\n") if line)
    assert len(explain(text)) <= text.count("\n") + 1
    forwarded_mail(text, text[:50])
    unflow(text, has_delsp=True)


def html_text(octets: bytes) -> None:
    """The source of an HTML mail: text without a trace of what hides it."""
    read = read_html(octets.decode("utf-8", "replace"))
    assert "\x00" not in read.new or b"\x00" in octets
    assert len(read.new) <= len(read.whole) + 2


def authentication_results(octets: bytes) -> None:
    """The field of the server at the border, trusted, with all of its comments and quotations."""
    value = _LINE_END.sub(b" ", octets)
    read = parse(
        b"Authentication-Results: mx.example.org; " + value + b"\nAuthentication-Results: " + value
        + b"\nFrom: ana@example.org\n\nx"
    )  # fmt: skip
    authenticate(read, BORDER)
    claims(read)


def delivery_status(octets: bytes) -> None:
    """The machine-readable part of a bounce, and the text for people above it."""
    read = parse(
        b"From: MAILER-DAEMON@mx.example.org\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n"
        b"\n--b\n\n" + octets + b"\n--b\nContent-Type: message/delivery-status\n\n" + octets + b"\n--b--\n"
    )  # fmt: skip
    classify(read, ENVELOPE, OWN)
    assert all("\n" not in each.address for each in read.failed_recipients)


def commands(octets: bytes) -> None:
    """The grammar of commands: whatever is executed or complained about stands where respelling would look for it."""
    text = octets.decode("utf-8", "replace")
    places = {" ".join(text[start + 1 : end - 1].split()) for start, end in command_spans(text)}
    for is_wrapped in (True, False):
        reading = parse_commands(text, role=None, today=TODAY, is_wrapped=is_wrapped)
        assert {command.written for command in (*reading.commands, *reading.misplaced)} <= places


def header_value(octets: bytes) -> None:
    """Charsets and encoded words of a header field."""
    text = octets.decode("ascii", "surrogateescape")
    assert "\n" not in clean_line(decode_words(decode_field(text)))
    name, _, rest = octets.partition(b"\n")
    decode(rest, name.decode("latin-1"))


def smtp_data(octets: bytes) -> None:
    """The octets after DATA: cut anywhere, they are the same mail."""
    whole = DataCollector(1 << 20, lambda _: True)
    rest = whole.feed(octets)
    pieces = DataCollector(1 << 20, lambda _: True)
    rests = [pieces.feed(octets[at : at + 1]) for at in range(len(octets))]
    assert (rest is None) == all(each is None for each in rests)
    if rest is not None:
        end = next(at for at, each in enumerate(rests) if each is not None)
        assert rest == octets[end + 1 :]


def receiving(octets: bytes) -> None:
    """The digest by which a mail is known: the line ends do not matter, the trace fields above do not either."""
    lf = octets.replace(b"\r", b"")
    assert content_digest(lf) == content_digest(lf.replace(b"\n", b"\r\n"))
    if lf[:1].isalpha():  # else the first line goes on with the field above it
        assert content_digest(lf) == content_digest(b"Received: from a\n" + lf)
    peek_message_id(octets)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        message, address_list, new_text, html_text, authentication_results, delivery_status, commands, header_value,
        smtp_data, receiving,
    )
}  # fmt: skip
