"""How mails and what was read of them travel between the pool and its workers: frames, each with its length before it.

A worker reads what strangers send, so that its word is not trusted either: of what it answers, nothing but the plain
values of a message is built again. Not here: whose turn it is.
"""

from __future__ import annotations

import io
import pickle
import struct
from typing import BinaryIO

from mailgate.domain.message import IncomingMessage

LENGTH = struct.Struct("!Q")
LONGEST_ANSWER = 256 * 1024 * 1024  # octets

_OURS = frozenset({"Attachment", "FailedRecipient", "IncomingMessage", "Mailbox", "NewText"})
_TIMES = frozenset({"datetime", "timedelta", "timezone"})


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
    """Return a message as octets."""
    return pickle.dumps(message, protocol=5)


def unpacked(content: bytes) -> IncomingMessage:
    """Return the message; raises WireError where the octets are anything else, of which nothing is run."""
    try:
        message = _MessagesAlone(io.BytesIO(content)).load()
    except Exception as error:
        raise WireError("the answer of a worker is no message") from error
    if not isinstance(message, IncomingMessage):
        raise WireError("the answer of a worker is no message")
    return message


class _MessagesAlone(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        """Return a class that may be built: those of a message, and moments."""
        if (module == "mailgate.domain.message" and name in _OURS) or (module == "datetime" and name in _TIMES):
            return super().find_class(module, name)
        raise WireError(f"{module}.{name} is no part of a message")
