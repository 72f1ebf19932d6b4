"""The envelope of a mail that came without one, from a mailbox: what its header says of sender and recipients.

The server that delivered into the mailbox wrote the reverse-path into Return-Path (RFC 5321 section 4.4). Our addresses
are looked for wherever a server or a writer names recipients; they prove nothing that the envelope would not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from mailgate.domain.message import Envelope
from mailgate.services.receiving import header_fields

RECIPIENT_FIELDS = (b"delivered-to", b"x-original-to", b"envelope-to", b"to", b"cc", b"resent-to", b"resent-cc")
FIELD_LIMIT = 64 * 1024  # octets of a field that are looked at
MOST_RECIPIENTS = 100

_ADDRESS = re.compile(rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,255}")


def made_up_envelope(raw: bytes, received_at: datetime, *, accepts: Callable[[str], bool], desk: str) -> Envelope:
    """Return sender and recipients; without an address of ours, the mail is for the desk.

    A mail without Return-Path has its From as the sender: without any it would be taken for automatic.
    """
    named = dict(reversed(list(header_fields(raw))))  # the topmost of each
    ours = [address for address in _named_recipients(raw) if accepts(address)]
    path = named.get(b"return-path")
    sender = path if path is not None else named.get(b"from", b"")
    found = _ADDRESS.search(sender[:FIELD_LIMIT])
    return Envelope(
        mail_from=found[0].decode("ascii") if found else "",
        rcpt_to=tuple(dict.fromkeys(ours))[:MOST_RECIPIENTS] or (desk,),
        received_at=received_at,
    )


def _named_recipients(raw: bytes) -> Iterator[str]:
    for name, value in header_fields(raw):
        if name in RECIPIENT_FIELDS:
            yield from (found.decode("ascii") for found in _ADDRESS.findall(value[:FIELD_LIMIT]))
