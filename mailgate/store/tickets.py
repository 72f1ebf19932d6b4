"""Tickets with what was written and done on them, and which ticket a mail answers.

The minutes of a ticket are sums over the ledger, made whenever a ticket is loaded. Not here: what leads to which
state (`domain/ticket.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from mailgate.domain.ledger import Cause
from mailgate.domain.ticket import State, Ticket
from mailgate.store import statements
from mailgate.store.database import Transaction
from mailgate.store.tables import ENTRY, EVENT, INTERVENTION, MESSAGE, OUTBOX, TICKET, TICKET_PERSON, Part

#: Of the Message-IDs that a mail refers to, so many are looked up: the last ones, which wins is among them.
MOST_REFERENCES = 100

#: So many of a reader's mails are named in References, besides the one that opened the ticket.
THREAD_LENGTH = 8

OPEN = frozenset(State) - {State.CLOSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicket:
    """What an overview says of an open ticket."""

    id: int
    subject: str
    state: State
    deadline: datetime | None
    taken_at: datetime | None
    counted_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLine:
    """What somebody wrote on a ticket."""

    id: int
    ticket_id: int
    inbox_id: int | None
    person_id: int | None
    text: str
    is_internal: bool
    is_verified: bool
    written_at: datetime
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """One line of the audit trail."""

    id: int
    ticket_id: int | None
    inbox_id: int | None
    person_id: int | None
    verb: str
    detail: str
    authenticated_by: str
    at: datetime


def insert(tx: Transaction, ticket: Ticket, *, opened_by_inbox_id: int | None) -> int:
    """Add a ticket, whatever its id says, and return its number; a mail opens one ticket at most."""
    ticket_id = statements.insert(
        tx,
        TICKET,
        **_changing(ticket),
        root_message_id=ticket.root_message_id,
        opened_at=ticket.opened_at,
        opened_by_inbox_id=opened_by_inbox_id,
    )
    _write_people(tx, ticket_id, ticket)
    return ticket_id


def save(tx: Transaction, ticket: Ticket) -> None:
    """Write all of a ticket that can change; its minutes are the ledger's and are not looked at."""
    statements.update(tx, TICKET, TICKET.c.id == ticket.id, **_changing(ticket))
    tx.execute(sa.delete(TICKET_PERSON).where(TICKET_PERSON.c.ticket_id == ticket.id))
    _write_people(tx, ticket.id, ticket)


def _changing(ticket: Ticket) -> dict[str, Any]:
    return {
        "subject": ticket.subject,
        "state": ticket.state,
        "organisation_id": ticket.organisation_id,
        "contract_id": ticket.contract_id,
        "requester_id": ticket.requester_id,
        "assignee_id": ticket.assignee_id,
        "is_out_of_contract": ticket.is_out_of_contract,
        "deadline": ticket.deadline,
        "taken_at": ticket.taken_at,
        "answered_at": ticket.answered_at,
        "closed_at": ticket.closed_at,
        "estimate_minutes": ticket.estimate_minutes,
        "allowance_minutes": ticket.allowance_minutes,
        "approved_minutes": ticket.approved_minutes,
    }


def _write_people(tx: Transaction, ticket_id: int, ticket: Ticket) -> None:
    parts = {
        **dict.fromkeys(ticket.follower_ids, Part.FOLLOWER),
        **dict.fromkeys(ticket.copied_ids, Part.COPIED),
        **dict.fromkeys(ticket.participant_ids, Part.PARTICIPANT),
    }
    rows = [{"ticket_id": ticket_id, "person_id": person_id, "part": part} for person_id, part in parts.items()]
    if rows:
        tx.execute(sa.insert(TICKET_PERSON), rows)


def load(tx: Transaction, ticket_id: int) -> Ticket | None:
    """Return a ticket with its minutes."""
    return next(iter(_tickets(tx, _by_id(), ticket_id=ticket_id)), None)


def open_of(
    tx: Transaction,
    *,
    organisation_id: int | None = None,
    concerned_id: int | None = None,
    assignee_id: int | None = None,
    limit: int = 50,
) -> list[OpenTicket]:
    """Return the open tickets of an organisation or an engineer, the newest first.

    With `concerned_id` those alone that this person asked or takes part in. Every mail that opens a ticket asks for
    them, so no more is read than an overview shows.
    """
    query = _open_of(organisation_id is not None, concerned_id is not None, assignee_id is not None)
    values = {"organisation": organisation_id, "concerned": concerned_id, "assignee": assignee_id, "most": limit}
    return [OpenTicket(**row._asdict()) for row in tx.execute(query, values)]


@cache
def _open_of(of_organisation: bool, of_concerned: bool, of_assignee: bool) -> sa.Select[tuple[Any, ...]]:  # noqa: FBT001
    counted = sa.select(sa.func.coalesce(sa.func.sum(INTERVENTION.c.counted_minutes), 0))
    query = sa.select(
        TICKET.c.id,
        TICKET.c.subject,
        TICKET.c.state,
        TICKET.c.deadline,
        TICKET.c.taken_at,
        counted.where(INTERVENTION.c.ticket_id == TICKET.c.id).scalar_subquery().label("counted_minutes"),
    ).where(TICKET.c.state.in_(OPEN))
    if of_organisation:
        query = query.where(TICKET.c.organisation_id == sa.bindparam("organisation"))
    if of_concerned:
        takes_part = sa.exists().where(
            TICKET_PERSON.c.ticket_id == TICKET.c.id,
            TICKET_PERSON.c.person_id == sa.bindparam("concerned"),
            TICKET_PERSON.c.part == Part.PARTICIPANT,
        )
        query = query.where((TICKET.c.requester_id == sa.bindparam("concerned")) | takes_part)
    if of_assignee:
        query = query.where(TICKET.c.assignee_id == sa.bindparam("assignee"))
    return query.order_by(TICKET.c.id.desc()).limit(sa.bindparam("most"))


def listing(tx: Transaction, *, state: State | None = None, limit: int = 50) -> list[Ticket]:
    """Return the newest tickets, newest first, in one state or all."""
    query = _select().order_by(TICKET.c.id.desc()).limit(limit)
    return _tickets(tx, query if state is None else query.where(TICKET.c.state == state))


@cache
def _by_id() -> sa.Select[tuple[Any, ...]]:
    return _select().where(TICKET.c.id == sa.bindparam("ticket_id"))


@cache
def _select() -> sa.Select[tuple[Any, ...]]:
    """Return the query for tickets with the sums of their ledger entries."""
    posted = sa.func.coalesce(sa.func.sum(ENTRY.c.minutes), 0)
    of_ticket = ENTRY.c.ticket_id == TICKET.c.id
    covered = sa.select(-posted).where(of_ticket, ENTRY.c.pack_id.is_not(None))
    uncovered = sa.select(posted).where(of_ticket, ENTRY.c.cause == Cause.UNAPPROVED)
    counted = sa.select(sa.func.coalesce(sa.func.sum(INTERVENTION.c.counted_minutes), 0))
    return sa.select(
        TICKET,
        covered.scalar_subquery().label("covered_minutes"),
        uncovered.scalar_subquery().label("uncovered_minutes"),
        counted.where(INTERVENTION.c.ticket_id == TICKET.c.id).scalar_subquery().label("counted_minutes"),
    )


def _tickets(tx: Transaction, query: sa.Select[tuple[Any, ...]], **values: object) -> list[Ticket]:
    rows = tx.execute(query, values).all()
    people: defaultdict[int, dict[Part, set[int]]] = defaultdict(lambda: {part: set() for part in Part})
    for row in tx.execute(_taking_part(), {"ticket_ids": [row.id for row in rows]}) if rows else ():
        people[row.ticket_id][row.part].add(row.person_id)
    return [_to_domain(row, people[row.id]) for row in rows]


@cache
def _taking_part() -> sa.Select[tuple[Any, ...]]:
    return sa.select(TICKET_PERSON).where(TICKET_PERSON.c.ticket_id.in_(sa.bindparam("ticket_ids", expanding=True)))


def _to_domain(row: sa.Row[tuple[Any, ...]], people: Mapping[Part, AbstractSet[int]]) -> Ticket:
    return Ticket(
        id=row.id,
        subject=row.subject,
        state=row.state,
        organisation_id=row.organisation_id,
        contract_id=row.contract_id,
        requester_id=row.requester_id,
        opened_at=row.opened_at,
        deadline=row.deadline,
        assignee_id=row.assignee_id,
        participant_ids=frozenset(people[Part.PARTICIPANT]),
        copied_ids=frozenset(people[Part.COPIED]),
        follower_ids=frozenset(people[Part.FOLLOWER]),
        taken_at=row.taken_at,
        answered_at=row.answered_at,
        closed_at=row.closed_at,
        estimate_minutes=row.estimate_minutes,
        allowance_minutes=row.allowance_minutes,
        approved_minutes=row.approved_minutes,
        covered_minutes=int(row.covered_minutes),
        uncovered_minutes=int(row.uncovered_minutes),
        counted_minutes=int(row.counted_minutes),
        root_message_id=row.root_message_id,
        is_out_of_contract=row.is_out_of_contract,
    )


def by_message_ids(tx: Transaction, ids: Sequence[str]) -> int | None:
    """Return the ticket that the last known one of these Message-IDs is on.

    Known are those that the desk sent, those that opened a ticket and those that were added to one. Where several
    tickets have an id, which a sender can bring about, what the desk sent goes first, then the oldest ticket.
    """
    wanted = [message_id for message_id in ids[-MOST_REFERENCES:] if message_id]
    if not wanted:
        return None
    known: dict[str, int] = {}
    for query in (
        sa.select(OUTBOX.c.message_id, OUTBOX.c.ticket_id).where(OUTBOX.c.ticket_id.is_not(None)),
        sa.select(TICKET.c.root_message_id.label("message_id"), TICKET.c.id.label("ticket_id")),
        sa.select(MESSAGE.c.message_id, MESSAGE.c.ticket_id),
    ):
        message_id, ticket_id = query.selected_columns
        for found in tx.execute(query.where(message_id.in_(wanted)).order_by(ticket_id)):
            known.setdefault(found.message_id, found.ticket_id)
    return next((known[message_id] for message_id in reversed(wanted) if message_id in known), None)


def thread_ids(tx: Transaction, ticket_id: int, person_id: int) -> list[str]:
    """Return the Message-IDs for References of a mail to that person, oldest first: the root, then their last mails.

    Only mails which that person wrote or was sent are named, so that every mail program finds what it should join.
    """
    rows = tx.execute(_thread(), {"ticket_id": ticket_id, "person_id": person_id}).all()
    roots = [row.message_id for row in rows if row.at is None]
    mails = sorted((row for row in rows if row.at is not None), key=lambda row: (row.at, row.source, row.id))
    last = [row.message_id for row in mails][-THREAD_LENGTH:]
    return list(dict.fromkeys([*filter(None, roots), *last]))


@cache
def _thread() -> sa.CompoundSelect[Any]:
    """Return one query for the root, which has no moment, and the newest mails that a person wrote or was sent."""
    never = sa.cast(sa.null(), TICKET.c.opened_at.type).label("at")
    of_ticket = TICKET.c.id == sa.bindparam("ticket_id")
    parts: list[sa.Select[Any]] = [
        sa.select(
            sa.literal(0).label("source"), TICKET.c.id, never, TICKET.c.root_message_id.label("message_id")
        ).where(of_ticket)
    ]
    for source, table, at in ((1, MESSAGE, MESSAGE.c.written_at), (2, OUTBOX, OUTBOX.c.queued_at)):
        of_person = (table.c.ticket_id == sa.bindparam("ticket_id")) & (table.c.person_id == sa.bindparam("person_id"))
        known = sa.select(sa.literal(source).label("source"), table.c.id, at.label("at"), table.c.message_id)
        newest = known.where(of_person, table.c.message_id != "").order_by(at.desc(), table.c.id.desc())
        parts.append(sa.select(newest.limit(THREAD_LENGTH).subquery()))
    return sa.union_all(*parts)


def add_message(
    tx: Transaction,
    *,
    ticket_id: int,
    inbox_id: int | None,
    person_id: int | None,
    text: str,
    is_internal: bool,
    is_verified: bool,
    written_at: datetime,
    message_id: str,
) -> int:
    """Add a text to a ticket and return its id."""
    return statements.insert(
        tx,
        MESSAGE,
        ticket_id=ticket_id,
        inbox_id=inbox_id,
        person_id=person_id,
        text=text,
        is_internal=is_internal,
        is_verified=is_verified,
        written_at=written_at,
        message_id=message_id,
    )


def conversation(tx: Transaction, ticket_id: int) -> list[MessageLine]:
    """Return what was written on a ticket, oldest first, internal notes included."""
    query = sa.select(MESSAGE).where(MESSAGE.c.ticket_id == ticket_id).order_by(MESSAGE.c.id)
    return [MessageLine(**row._asdict()) for row in tx.execute(query)]


def record_event(
    tx: Transaction,
    *,
    ticket_id: int | None,
    inbox_id: int | None,
    person_id: int | None,
    verb: str,
    detail: str,
    authenticated_by: str,
    at: datetime,
) -> int:
    """Add a line to the audit trail and return its id; a ticket of None is about the desk as a whole."""
    return statements.insert(
        tx,
        EVENT,
        ticket_id=ticket_id,
        inbox_id=inbox_id,
        person_id=person_id,
        verb=verb,
        detail=detail,
        authenticated_by=authenticated_by,
        at=at,
    )


def events(tx: Transaction, ticket_id: int) -> list[EventLine]:
    """Return the audit trail of a ticket, oldest first."""
    query = sa.select(EVENT).where(EVENT.c.ticket_id == ticket_id).order_by(EVENT.c.id)
    return [EventLine(**row._asdict()) for row in tx.execute(query)]


#: Verbs that begin a new round on a ticket.
DECIDING = ("solved", "estimate", "approve", "decline", "close", "reopen")


def last_decision(tx: Transaction, ticket_id: int) -> int:
    """Return the id of the newest event that moved the ticket; 0 where there is none yet."""
    moved = sa.and_(EVENT.c.ticket_id == ticket_id, EVENT.c.verb.in_(DECIDING), EVENT.c.detail.endswith(": done"))
    return int(tx.execute(sa.select(sa.func.coalesce(sa.func.max(EVENT.c.id), 0)).where(moved)).scalar_one())
