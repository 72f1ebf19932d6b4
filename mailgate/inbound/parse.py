"""Bytes into an IncomingMessage, for every input: nothing here raises, hangs or grows beyond its caps.

mail-parser reads addresses and dates, and reports what is wrong with them; it is given a header of those fields alone,
since it mixes the text of attached mails into the body. The body is chosen in `body`. No other module may import
mail-parser, and nothing here judges whether a mail is genuine or automatic.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import Message
from itertools import islice

import mailparser

from mailgate.domain.message import FailedRecipient, IncomingMessage, Mailbox
from mailgate.inbound import fields, limits, mime
from mailgate.inbound.body import read_body
from mailgate.inbound.charset import clean_address, clean_line, decode_words, without_foreign_words
from mailgate.inbound.delivery_status import SERVER_NAMES, failed_recipients
from mailgate.inbound.forwarded import forwarded_mail

SUBJECT_CHARACTERS = 998
NAME_CHARACTERS = 200
ADDRESS_CHARACTERS = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets
DEFECTS = 50
PARTS_ASKED = 5  # for their charset

_LIMIT = "limit: "
_HEAD_OCTETS = 16 * limits.KIB  # what is read of a message that no parser may have
_OTHER_FROM = re.compile(rb"(?im)(?:^|\r)From[ \t]+:")
_UNENDED = ("MissingHeaderBodySeparatorDefect", "FirstHeaderLineIsContinuationDefect")
_ADDRESS_FIELDS = ("from", "to", "cc")
_LOOSE_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"]{1,64}@[^\s@<>()\[\],;:\"]{1,190}")
_LOCAL_ADDRESS = re.compile(r"(?:[^<>]{0,200}<)?([A-Za-z0-9._-]{1,64})(?:>|\s*\(.{0,200}\))?")  # of a host's own mail


def parse(raw: bytes) -> IncomingMessage:
    """Return a mail as values. A mail beyond a cap has its reason in `defects` as «limit: …», and no body."""
    reason = limits.excess(raw)
    if reason is not None:
        return _bounded(raw, reason)
    raw = _from_header(raw)
    try:
        tree = mime.parse_tree(raw)
    except mime.TooMuch as refusal:
        return _bounded(raw, str(refusal))
    head = fields.head_of(raw)
    if mime.ends_before_it_begins(tree):
        tree.set_payload(raw[len(head) :].decode("ascii", "surrogateescape"))
    return _message(tree, head)


def _from_header(raw: bytes) -> bytes:
    """Leave out empty lines before the header, which programs that keep mails as files put there."""
    return raw.lstrip(b"\r\n") if raw[:1] in {b"\r", b"\n"} else raw


def attachment_content(raw: bytes, part: int) -> bytes:
    """Return the decoded octets of a leaf of the MIME tree, by its place in the depth-first walk.

    Raises LookupError where the mail has no such leaf, or is beyond a cap.
    """
    if limits.excess(raw) is None:
        try:
            return next(
                mime.octets(leaf.message)
                for leaf in mime.leaves(mime.parse_tree(_from_header(raw)))
                if leaf.part == part
            )
        except (StopIteration, mime.TooMuch):
            pass
    raise LookupError(f"no part {part}")


def _message(tree: Message, head: bytes, excess: str = "") -> IncomingMessage:
    view = _view(tree)
    body = read_body(tree)
    topmost = _topmost(tree)
    subject = clean_line(decode_words(_sent(topmost, "subject", _charset_of_text(tree))))
    defects = (
        *([_LIMIT + excess] if excess else []),
        *([fields.BARE_LINE_END] if fields.has_bare_line_end(head) else []),
        *body.defects,
        *_defects(tree, view),
    )
    return IncomingMessage(
        message_id=fields.message_id(_sent(topmost, "message-id")),
        subject=subject[:SUBJECT_CHARACTERS],
        from_=_mailboxes(view.from_, _sent(topmost, "from")),
        has_plain_from=not excess and _is_whole(tree, head) and _has_plain_from(tree, view),
        to=_mailboxes(view.to, _sent(topmost, "to")),
        cc=_mailboxes(view.cc, _sent(topmost, "cc")),
        in_reply_to=fields.message_ids(_sent(topmost, "in-reply-to")),
        references=fields.message_ids(_sent(topmost, "references")),
        date=_date(view),
        headers=fields.fields_of(tree),
        content_type=mime.content_type(tree),
        text=body.text,
        new_text=body.new_text,
        forwarded=forwarded_mail(body.text, subject),
        attachments=body.attachments,
        failed_recipients=_failures(tree, body.text, topmost),
        defects=defects[:DEFECTS],
    )


def _bounded(raw: bytes, reason: str) -> IncomingMessage:
    """Return what the first fields of a mail say, without its body, and which cap it exceeds."""
    head = fields.head_of(raw[:_HEAD_OCTETS])
    tree = Message()
    for name, value in mime.parse_tree(head).raw_items():
        if not name.lower().startswith("content-"):
            tree[name] = value
    return _message(tree, head, reason)


def _view(tree: Message) -> mailparser.MailParser:
    """Return mail-parser's reading of the address and date fields, made safe for its unlimited list of charsets."""
    view = Message()
    for name, value in tree.raw_items():
        if name.lower() in _ADDRESS_FIELDS:
            view[name] = fields.as_sent(without_foreign_words(str(value)))
        elif name.lower() == "date":
            view[name] = fields.as_sent(str(value))
    return mailparser.MailParser(view)


def _mailboxes(found: list[tuple[str, str]], value: str) -> tuple[Mailbox, ...]:
    """Return the mailboxes that mail-parser found in a field; in a broken field, whatever looks like an address."""
    found = [(name, address) for name, address in found if "@" in address] or _loose(value[: 4 * NAME_CHARACTERS])
    return tuple(
        Mailbox(name=clean_line(decode_words(name))[:NAME_CHARACTERS], address=clean_address(address))
        for name, address in found
        if len(address) <= ADDRESS_CHARACTERS
    )


def _loose(value: str) -> list[tuple[str, str]]:
    loose = _LOOSE_ADDRESS.search(value)
    if loose is None and (local := _LOCAL_ADDRESS.fullmatch(value.strip())):
        return [(value.partition("<")[0].strip(' "') if "<" in value else "", local[1])]
    return [(value[: loose.start()].strip(" \t<\"'"), loose[0])] if loose else []


def _is_whole(tree: Message, head: bytes) -> bool:
    """Tell whether every program finds the same fields in a header.

    A field name with a space before its colon (RFC 5322 section 4.5) ends the header for the parser, and `From :` it
    skips like the first line of a mailbox file.
    """
    return not _OTHER_FROM.search(head) and all(type(defect).__name__ not in _UNENDED for defect in tree.defects)


def _has_plain_from(tree: Message, view: mailparser.MailParser) -> bool:
    """Tell whether there is one From field in a plain form, and mail-parser reads the same address without a defect."""
    values = [fields.as_sent(str(value)) for name, value in tree.raw_items() if name.lower() == "from"]
    if len(values) != 1 or any(defect["header"] == "from" for defect in view.address_header_defects):
        return False
    address = fields.plain_address(values[0])
    return bool(address) and [found for _, found in view.from_] == [address]


def _topmost(tree: Message) -> dict[str, str]:
    """Return the value of the topmost field of each name, in lower case."""
    return {name.lower(): str(value) for name, value in reversed(list(tree.raw_items()))}


def _sent(topmost: Mapping[str, str], name: str, declared: str = "") -> str:
    """Return the field of that name as it was sent, in a charset that is declared elsewhere; '' where there is none."""
    return fields.as_sent(topmost.get(name, ""), declared)


def _charset_of_text(tree: Message) -> str:
    """Return the charset that the first text names, '' where none of the first parts does."""
    return next(filter(None, (mime.parameter(part, "charset") for part in islice(tree.walk(), PARTS_ASKED))), "")


def _date(view: mailparser.MailParser) -> datetime | None:
    date = view.date
    return date.astimezone(UTC) if date is not None and date.tzinfo is not None else None


def _failures(tree: Message, text: str, topmost: Mapping[str, str]) -> tuple[FailedRecipient, ...]:
    """Return failed recipients; the text for people is read where a mail server seems to have written it."""
    trace = f"{_sent(topmost, 'from')} {_sent(topmost, 'return-path')}"
    is_server = "<>" in trace or not _sent(topmost, "from") or SERVER_NAMES.search(trace) is not None
    return failed_recipients(tree, text, is_server=is_server or mime.content_type(tree) == "multipart/report")


def _defects(tree: Message, view: mailparser.MailParser) -> list[str]:
    """Return what the two parsers found wrong, in short."""
    found = [f"mime: {type(defect).__name__}" for part in tree.walk() for defect in part.defects]
    found += [f"{defect['header']}: {defect['reason']}" for defect in view.address_header_defects]
    found += [f"{defect['header']}: {defect['reason']}" for defect in view.date_header_defects]
    times = Counter(name.lower() for name, _ in tree.raw_items())
    found += [f"{name}: repeated" for name in ("from", "subject", "message-id", "date", "to") if times[name] > 1]
    return list(dict.fromkeys(found))
