"""The state of affairs while the commands of a mail are carried out one by one, as a value.

A step takes a `Progress` and returns the next one, or a `Refusal`. The steps are in `timekeeping.py` and `moves.py`;
what is done with their sum is `execution.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias

from mailgate.domain.commands import Command
from mailgate.domain.ledger import Account, Cause, EntryKind, Posting
from mailgate.domain.outcome import Problem
from mailgate.domain.situation import Situation
from mailgate.domain.ticket import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Minutes to be recorded: a new intervention, or (with `corrects_id`) a correction of an earlier one."""

    kind: EntryKind
    day: date
    worked_minutes: int
    counted_minutes: int
    postings: tuple[Posting, ...]
    is_free: bool = False
    note: str = ""
    corrects_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that was done and that others are told about."""

    verb: str
    minutes: int | None = None
    reason: str = ""
    is_abandoned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The state of affairs while the commands of a mail are carried out one by one."""

    ticket: Ticket | None
    account: Account
    works: tuple[Work, ...] = ()
    happenings: tuple[Happening, ...] = ()
    reported: Mapping[date, int] = field(default_factory=dict)  # signed worked minutes of all [time], by day
    notes: tuple[str, ...] = ()

    def happened(self, verb: str, *, minutes: int | None = None, reason: str = "", abandoned: bool = False) -> Progress:
        """Return the progress with one more happening."""
        happening = Happening(verb=verb, minutes=minutes, reason=reason, is_abandoned=abandoned)
        return replace(self, happenings=(*self.happenings, happening))

    def record(self, work: Work) -> Progress:
        """Return the progress after that work was posted to account and ticket."""
        account = self.account.post(work.postings)
        ticket = self.ticket
        if ticket is not None:
            covered = -sum(posting.minutes for posting in work.postings if posting.pack_id is not None)
            waiting = sum(posting.minutes for posting in work.postings if posting.cause is Cause.UNAPPROVED)
            ticket = replace(
                ticket,
                covered_minutes=ticket.covered_minutes + covered,
                uncovered_minutes=ticket.uncovered_minutes + waiting,
                counted_minutes=ticket.counted_minutes + work.counted_minutes,
            )
            account = account.reserve(ticket.id, ticket.reserved_minutes)
        return replace(self, account=account, ticket=ticket, works=(*self.works, work))

    def change(self, ticket: Ticket) -> Progress:
        """Return the progress with that ticket, its reservation included."""
        return replace(self, ticket=ticket, account=self.account.reserve(ticket.id, ticket.reserved_minutes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a command cannot be carried out; `minutes` is the largest amount that would have worked."""

    problem: Problem
    minutes: int | None = None


Step: TypeAlias = Callable[[Situation, Progress, Command], Progress | Refusal]
