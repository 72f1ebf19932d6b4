"""How mails and what was read of them travel between the pool and its workers: frames, each with its length before it.

A worker reads what strangers send, so that its word is not trusted either: of what it answers, nothing but the plain
values of a message is built again. Not here: whose turn it is.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, BinaryIO, TypeVar

from mailgate.domain.message import Attachment, FailedRecipient, ForwardedMail, IncomingMessage, Mailbox, NewText

LENGTH = struct.Struct("!Q")
LONGEST_ANSWER = 256 * 1024 * 1024  # octets

T = TypeVar("T")

_FIELDS: Mapping[type, tuple[str, ...]] = {
    kind: tuple(field.name for field in fields(kind))
    for kind in (Attachment, FailedRecipient, ForwardedMail, IncomingMessage, Mailbox, NewText)
}


class WireError(Exception):
    """What came is not what the other side is supposed to send."""


def send(pipe: BinaryIO, content: bytes) -> None:
    """Write a frame; raises OSError where nobody reads any more."""
    pipe.write(LENGTH.pack(len(content)))
    pipe.write(content)
    pipe.flush()


def receive(pipe: BinaryIO) -> bytes | None:
    """Read a frame; None where the other side has ended. Raises WireError for half a frame or an absurd length."""
    head = pipe.read(LENGTH.size)
    if not head:
        return None
    if len(head) < LENGTH.size:
        raise WireError("half a length")
    (length,) = LENGTH.unpack(head)
    if length > LONGEST_ANSWER:
        raise WireError("a frame of an absurd length")
    content = pipe.read(length)
    if len(content) < length:
        raise WireError("half a frame")
    return content


def packed(message: IncomingMessage) -> bytes:
    """Return a message as octets: JSON, which can say nothing but plain values."""
    return json.dumps(message, default=_plain, separators=(",", ":")).encode("ascii")


def unpacked(content: bytes) -> IncomingMessage:
    """Return the message; raises WireError where the octets are anything else."""
    try:
        return _message(json.loads(content))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise WireError("the answer of a worker is no message") from error


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return {name: getattr(value, name) for name in _FIELDS[type(value)]}


def _message(said: Mapping[str, Any]) -> IncomingMessage:
    return IncomingMessage(
        **_checked(IncomingMessage, said)
        | {
            "from_": tuple(_built(Mailbox, each) for each in said["from_"]),
            "to": tuple(_built(Mailbox, each) for each in said["to"]),
            "cc": tuple(_built(Mailbox, each) for each in said["cc"]),
            "in_reply_to": tuple(said["in_reply_to"]),
            "references": tuple(said["references"]),
            "date": None if said["date"] is None else datetime.fromisoformat(said["date"]),
            "headers": tuple((str(name), str(value)) for name, value in said["headers"]),
            "new_text": _built(NewText, said["new_text"]),
            "forwarded": None if said["forwarded"] is None else _built(ForwardedMail, said["forwarded"]),
            "attachments": tuple(_built(Attachment, each) for each in said["attachments"]),
            "failed_recipients": tuple(_built(FailedRecipient, each) for each in said["failed_recipients"]),
            "defects": tuple(said["defects"]),
        }
    )


def _built(kind: type[T], said: Mapping[str, Any]) -> T:
    return kind(**_checked(kind, said))


def _checked(kind: type, said: Mapping[str, Any]) -> dict[str, Any]:
    if said.keys() != set(_FIELDS[kind]):
        raise ValueError(f"these are not the fields of a {kind.__name__}")
    return dict(said)
