"""Which ticket a mail may belong to: the clues that it carries, in their order of trust.

Signed address, then References and In-Reply-To, then `[#123]` in the subject. Only reads the mail; whether a clue
leads to a ticket, and whether this sender may follow it, is decided where the tickets are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailgate.domain.message import Envelope, IncomingMessage
from mailgate.domain.reply_address import AddressBook, SignedAddress

_NUMBER = re.compile(r"\[#([1-9][0-9]{0,9})\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What a mail says about where it belongs. `signed` are the valid signed addresses, envelope first."""

    signed: tuple[SignedAddress, ...]
    message_ids: tuple[str, ...]  # oldest first; the last is the mail that was answered
    number: int | None  # of the last `[#123]` in the subject


def clues(message: IncomingMessage, envelope: Envelope, addresses: AddressBook) -> Clues:
    """Return all clues of a mail; forged or damaged signed addresses are none."""
    signed = dict.fromkeys(claim for address in _recipients(message, envelope) if (claim := addresses.read(address)))
    numbers = _NUMBER.findall(message.subject)
    return Clues(
        signed=tuple(signed),
        message_ids=tuple(dict.fromkeys((*message.references, *message.in_reply_to))),
        number=int(numbers[-1]) if numbers else None,
    )


def _recipients(message: IncomingMessage, envelope: Envelope) -> Iterator[str]:
    yield from envelope.rcpt_to
    for mailbox in (*message.to, *message.cc):
        yield mailbox.address
    yield from message.values("delivered-to")


def returned_ids(raw: bytes, domain: str) -> tuple[str, ...]:
    """Return the Message-IDs of our own that stand anywhere in a mail: a bounce returns what it could not deliver.

    Only those that the desk can have made count: 32 hexadecimal digits at its domain. Linear in the mail's size.
    """
    own = re.compile(rb"<[0-9a-f]{32}@" + re.escape(domain.encode("ascii", "replace")) + rb">")
    return tuple(dict.fromkeys(found.decode("ascii") for found in own.findall(raw)))
