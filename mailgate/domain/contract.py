"""Contracts and packs: what a client bought, and on which days it can be used.

Days are calendar days of the contract's own time zone; which day it is, the caller says. Minutes and integer cents
only. What was used of a pack is the ledger's subject, not this module's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from mailgate.domain.people import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The terms between the support company and one organisation; names the one referent of the client."""

    id: int
    organisation_id: int
    organisation_name: str
    referent_id: int
    language: Language
    currency: str  # ISO 4217
    zone: str  # IANA name
    group: str  # of the engineers who serve it
    response_minutes: int  # business time until a ticket is taken in charge


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Prepaid time, valid from its first to its last day, both inclusive."""

    id: int
    contract_id: int
    name: str
    minutes: int
    price_cents: int
    bought_on: date
    first_day: date
    last_day: date
    vat_included: bool = False  # in the price

    def __post_init__(self) -> None:
        if self.minutes <= 0 or self.price_cents < 0 or self.last_day < self.first_day:
            raise ValueError(f"pack {self.id} is impossible")

    def is_valid_on(self, day: date) -> bool:
        """Tell whether work of that day may be taken from this pack."""
        return self.first_day <= day <= self.last_day


def last_day_of_validity(first_day: date) -> date:
    """Return the last day of a pack that is valid one year («valable un an»).

    2026-09-22 → 2027-09-21; a pack that begins on 29 February ends on 28 February of the next year.
    """
    if (first_day.month, first_day.day) == (2, 29):
        return date(first_day.year + 1, 2, 28)
    return first_day.replace(year=first_day.year + 1) - timedelta(days=1)


def in_order_of_use(packs: Iterable[Pack], day: date) -> tuple[Pack, ...]:
    """Return the packs valid on the day of the work: the one that expires first, then the one bought first."""
    valid = (pack for pack in packs if pack.is_valid_on(day))
    return tuple(sorted(valid, key=lambda pack: (pack.last_day, pack.bought_on, pack.id)))
