"""What a way out for mail is: it takes one finished mail to one recipient, and says what became of it.

A transport never changes the octets and never raises for what the world does: it answers with a Delivery. What became
final when the smarthost said 250 stays final, whatever happens after. Not here: the ways out (`smarthost.py`,
`folder.py`), the queue and its attempts (`services/dispatch.py`), and when to try again (`retry.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mailgate.outbound.header_fields import clean_text
from mailgate.outbound.retry import Status

LONGEST_REPLY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one attempt made of a mail, and what the other side said: text for people, on one line.

    `is_answered` tells whether the smarthost itself said so of this mail; else it may be that it could not be reached.
    """

    status: Status
    reply: str
    is_answered: bool = False


class Transport(Protocol):
    """A way out for mail."""

    async def send(self, mail_from: str, rcpt_to: str, content: bytes) -> Delivery:
        """Hand over one mail; an empty `mail_from` is the null reverse-path."""
        ...

    async def close(self) -> None:
        """Let go of whatever is kept between mails."""
        ...


def deferred(what: str, error: Exception) -> Delivery:
    """Return that a mail could not be handed over now, and why."""
    return Delivery(status=Status.DEFERRED, reply=shown(f"{what}: {str(error) or type(error).__name__}"))


def shown(reply: str) -> str:
    """Return what a server said as text for people, of limited length."""
    return clean_text(reply)[:LONGEST_REPLY]
