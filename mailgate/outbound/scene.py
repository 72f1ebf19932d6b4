"""What a mail is about besides its notice, and what comes of rendering it: plain values."""

from __future__ import annotations

from dataclasses import dataclass

from mailgate.domain.ticket import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The support desk as its clients see it; `zone` is an IANA name, for notices that have none of their own."""

    name: str
    address: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An offer whose signed address has been made: a mail to it is the command."""

    verb: str
    minutes: int | None
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a notice is about, as far as its template may tell: names, not records; times in `zone`."""

    ticket: Ticket | None
    requester: str
    organisation: str
    links: tuple[Link, ...]
    currency: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A notice in words: two forms that say the same."""

    subject: str
    text: str
    html: str
