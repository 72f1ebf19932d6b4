"""Whom a mail could not reach, according to a bounce.

The machine-readable part of RFC 3464 comes first, then the field of Exim, then what common servers write for people.
A bounce can be forged: what it says is noted with its ticket and believed of nobody else. Whether a mail is a bounce is
decided in `classify`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message

from mailgate.domain.message import FailedRecipient
from mailgate.inbound import mime
from mailgate.inbound.charset import clean_line, clean_text, decode_field

RECIPIENTS = 200
SCANNED_CHARACTERS = 1 << 15

_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_FAILURES = frozenset({"failed", "failure", "delayed"})
_SUCCESSES = frozenset({"delivered", "relayed", "expanded"})

_ADDRESS = r"[^\s@<>()\[\],;:\"']{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,190}[A-Za-z0-9]"
_ANY_ADDRESS = re.compile(_ADDRESS)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")  # RFC 3463
_REPLY_CODE = re.compile(r"(?<![\d.])([45])\d\d[ #-]")  # RFC 5321 section 4.2

# What mail servers call themselves in From and Return-Path.
SERVER_NAMES = re.compile(
    r"mailer[-_. ]?d(?:ae|ea)mon|mail-d(?:ae|ea)mon|mdaemon|post_?master|mail(?:er)? ?delivery|delivery.{0,5}system"
    r"|system ?administrator|maildelivery|mail administrator",
    re.IGNORECASE,
)

_WORDS_BEFORE = (
    "to|recipients?|failed recipients?|original recipient|originally addressed to|final-recipient|intended recipient"
    "|recipient address|original address|for|user|rcpt to|destinataires?|destinatarios?|empfänger|your message to"
    "|message to|delivery to|mail to|message not delivered to"
)
_REASONS_BEFORE = (
    "unknown user|user unknown|no such user|mailbox (?:full|unavailable)|mailbox is full|could not be delivered to"
    "|was not delivered to|undeliverable to|failed to deliver to|delivering your mail to|delivery to"
    "|delivery failed.{0,20}"
    "|did not reach the following recipient|invalid final delivery userid|addressed to"
)
_REASONS_AFTER = "not|unknown|unable|fail|reject|refus|full|disabled|denied|over quota|exceeded|error"
# Lines on which servers name a recipient; the address is the first group.
_RECIPIENT_LINES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\s{{0,8}}<({_ADDRESS})>[:,;.]?(?:\s|$)",  # qmail, Postfix, Sendmail
        rf"[\s*-]{{0,16}}({_ADDRESS})[:;.]?\s*$",  # Exim
        rf"\s{{0,8}}({_ADDRESS})\s+(?:on|\(|:|-|\.\.\.|\[|failed|unknown|user|not)",  # Exchange
        rf"[\s*(]{{0,8}}(?:{_WORDS_BEFORE})(?:\s*:\s*|\s+)(?:rfc822;|\[smtp:)?\s*[<'\"(]?({_ADDRESS})",
        rf".{{0,80}}(?:{_REASONS_BEFORE})[\s:]*[<'\"]?(?<![\w.+-])({_ADDRESS})",
        rf".{{0,40}}[<'\"]({_ADDRESS})[>'\"].{{0,80}}(?:{_REASONS_AFTER})",
        rf".{{0,80}}dda:smtp=({_ADDRESS});",  # X.400 gateways
    )
)
# Where the returned mail begins: the addresses in it failed nothing.
_RETURNED_MAIL = re.compile(
    r"^\s*(?:-+\s*)?(?:below this line is a copy|this is a copy of|the original message|original message"
    r"|copy of the message|message headers? follow|original-message|returned message|unsent message|text of the message"
    r"|the header of the|received: |return-path: |from: .{0,80}@"
    r"|---+ ?(?:original|returned|forwarded|copy|undelivered|start of))",
    re.IGNORECASE | re.MULTILINE,
)


def failed_recipients(tree: Message, text: str, *, is_server: bool) -> tuple[FailedRecipient, ...]:
    """Return the recipients that a mail reports as failed or delayed, each address once.

    The text for people is read only where `is_server` says that a mail server wrote it.
    """
    found = list(_reported(tree)) or (list(_exim_field(tree, text)) or list(_named_in(text)) if is_server else [])
    by_address: dict[str, FailedRecipient] = {}
    for recipient in found[:RECIPIENTS]:
        by_address.setdefault(recipient.address.lower(), recipient)
    return tuple(by_address.values())


def _reported(tree: Message) -> Iterator[FailedRecipient]:
    for leaf in mime.leaves(tree):
        if leaf.content_type in _STATUS_TYPES:
            for block in mime.attached(leaf.message) or _blocks(leaf.message):
                yield from _recipient(block)


def _blocks(message: Message) -> Iterator[Message]:
    """Yield the blocks of a status part that the parser left as text, such as one in base64."""
    for block in re.split(r"\n[ \t]*\n", mime.text(message)[0].replace("\r\n", "\n"))[:RECIPIENTS]:
        fields = Message()
        for line in block.splitlines():
            name, colon, value = line.partition(":")
            if colon and name.strip():
                fields[clean_line(name)] = clean_line(value)
        yield fields


def _recipient(block: Message) -> Iterator[FailedRecipient]:
    action = _value(block, "action").split(" ")[0].lower().strip(";")
    status = _STATUS.search(_value(block, "status")) or _STATUS.search(_value(block, "diagnostic-code"))
    is_failure = action in _FAILURES or (action not in _SUCCESSES and status is not None and status[1][0] != "2")
    if not is_failure:
        return
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):  # first the one that we wrote to
        if address := _ANY_ADDRESS.search(_value(block, name)):
            code = status[1] if status else ""
            is_permanent = action != "delayed" and not code.startswith("4")
            yield FailedRecipient(address=address[0], status=code, is_permanent=is_permanent)
            return


def _value(block: Message, name: str) -> str:
    return clean_line(decode_field(str(block.get(name, ""))))[:1_000]


def _exim_field(tree: Message, text: str) -> Iterator[FailedRecipient]:
    for address in _ANY_ADDRESS.findall(_value(tree, "x-failed-recipients")):
        yield _judged(address, text[text.find(address) :][:1_000] if address in text else text[:2_000])


def _named_in(text: str) -> Iterator[FailedRecipient]:
    text = clean_text(text[:SCANNED_CHARACTERS]).strip()
    returned = _RETURNED_MAIL.search(text, min(len(text), 1))
    lines = text[: returned.start() if returned else None].split("\n")[:400]
    for at, line in enumerate(lines):
        for pattern in _RECIPIENT_LINES:
            if found := pattern.match(line[:1_000]):
                yield _judged(found[1], "\n".join(lines[at : at + 8]))
                break


def _judged(address: str, reason: str) -> FailedRecipient:
    status, reply = _STATUS.search(reason), _REPLY_CODE.search(reason)
    code = status[1] if status else ""
    decisive = code or (reply[1] if reply else "")
    return FailedRecipient(address=address, status=code, is_permanent=not decisive.startswith("4"))
