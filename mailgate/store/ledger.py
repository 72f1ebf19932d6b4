"""The ledger: entries and interventions are added here, and summed; nothing changes or removes them.

What is left of a pack is the sum of its entries (`domain.ledger.fold`); there is no stored balance that could differ.
Not here: how many minutes go where (`domain/ledger.py`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from mailgate.domain.ledger import Account, Authorship, Cause, Entry, EntryKind, Intervention, Posting
from mailgate.domain.ticket import State
from mailgate.store import packs
from mailgate.store.database import Transaction, is_writing
from mailgate.store.statements import insert
from mailgate.store.tables import CONTRACT, ENTRY, INTERVENTION, TICKET

#: A pack that ended so long ago is settled: no work is posted to it any more, and accounts leave it out.
SETTLEMENT_GRACE = timedelta(days=7)

_Row = sa.Row[tuple[object, ...]]


def account(tx: Transaction, contract_id: int, *, today: date) -> Account:
    """Return the account of a contract: what is left of each pack, and what is reserved for each open ticket.

    In a transaction that writes, it stays true until the commit: no other one can post to the contract meanwhile.
    """
    if is_writing(tx) and tx.dialect.name != "sqlite":  # where a writer is alone
        tx.execute(_locked(), {"contract_id": contract_id})
    known = packs.of_contract(tx, contract_id, ending_from=today - SETTLEMENT_GRACE)
    remaining = _remaining(tx, [pack.id for pack in known])
    return Account(
        packs=tuple(known),
        remaining_by_pack={pack.id: remaining.get(pack.id, 0) for pack in known},
        reserved_by_ticket=_reserved(tx, contract_id),
    )


def _remaining(tx: Transaction, pack_ids: Sequence[int]) -> dict[int, int]:
    return {pack_id: int(minutes) for pack_id, minutes in tx.execute(_sums(), {"pack_ids": pack_ids})}


@cache
def _locked() -> sa.Select[Any]:
    contract = sa.select(CONTRACT.c.id).where(CONTRACT.c.id == sa.bindparam("contract_id"))
    return contract.with_for_update(key_share=True)


@cache
def _sums() -> sa.Select[Any, Any]:
    return (
        sa.select(ENTRY.c.pack_id, sa.func.sum(ENTRY.c.minutes))
        .where(ENTRY.c.pack_id.in_(sa.bindparam("pack_ids", expanding=True)))
        .group_by(ENTRY.c.pack_id)
    )


def _reserved(tx: Transaction, contract_id: int) -> dict[int, int]:
    """Return what was approved and is not used, by ticket; as `Ticket.reserved_minutes` does for one."""
    rows = tx.execute(_unused(), {"contract_id": contract_id})
    unused = {ticket_id: min(int(left), approved) for ticket_id, left, approved in rows}
    return {ticket_id: minutes for ticket_id, minutes in unused.items() if minutes > 0}


@cache
def _unused() -> sa.Select[Any, Any, Any]:
    posted = sa.func.coalesce(sa.func.sum(ENTRY.c.minutes), 0)  # negative: what packs gave
    return (
        sa.select(TICKET.c.id, TICKET.c.allowance_minutes + posted, TICKET.c.approved_minutes)
        .outerjoin(ENTRY, (ENTRY.c.ticket_id == TICKET.c.id) & ENTRY.c.pack_id.is_not(None))
        .where(TICKET.c.contract_id == sa.bindparam("contract_id"), TICKET.c.state.in_(set(State) - {State.CLOSED}))
        .where(TICKET.c.allowance_minutes.is_not(None))
        .group_by(TICKET.c.id, TICKET.c.allowance_minutes, TICKET.c.approved_minutes)
    )


def uncovered(tx: Transaction, contract_id: int) -> dict[Cause, int]:
    """Return the minutes of work that no pack of the contract bears, by cause."""
    rows = tx.execute(_uncovered(), {"contract_id": contract_id})
    return dict.fromkeys(Cause, 0) | {cause: int(minutes) for cause, minutes in rows}


@cache
def _uncovered() -> sa.Select[Any, Any]:
    return (
        sa.select(ENTRY.c.cause, sa.func.sum(ENTRY.c.minutes))
        .where(ENTRY.c.contract_id == sa.bindparam("contract_id"), ENTRY.c.cause.is_not(None))
        .group_by(ENTRY.c.cause)
    )


def record_intervention(
    tx: Transaction,
    *,
    ticket_id: int,
    contract_id: int | None,
    engineer_id: int,
    inbox_id: int | None,
    day: date,
    worked_minutes: int,
    counted_minutes: int,
    is_free: bool,
    note: str,
    recorded_at: datetime,
    corrects_id: int | None = None,
) -> int:
    """Record work, or with `corrects_id` a signed correction of recorded work; return the id of the new row.

    A correction of a correction is kept as one of the work itself.
    """
    return insert(
        tx,
        INTERVENTION,
        ticket_id=ticket_id,
        contract_id=contract_id,
        engineer_id=engineer_id,
        inbox_id=inbox_id,
        day=day,
        worked_minutes=worked_minutes,
        counted_minutes=counted_minutes,
        is_free=is_free,
        note=note,
        recorded_at=recorded_at,
        corrects_id=_origin(tx, corrects_id) if corrects_id is not None else None,
    )


def _origin(tx: Transaction, intervention_id: int) -> int:
    corrected = sa.select(INTERVENTION.c.corrects_id).where(INTERVENTION.c.id == intervention_id)
    return tx.execute(corrected).scalar_one_or_none() or intervention_id


def post(
    tx: Transaction,
    *,
    contract_id: int,
    kind: EntryKind,
    posting: Posting,
    day: date,
    recorded_at: datetime,
    authorship: Authorship,
    ordinal: int,
    ticket_id: int | None,
    intervention_id: int | None,
    reason: str,
) -> int:
    """Add an entry and return its id; `ordinal` numbers the entries of one mail, so that none is posted twice."""
    return insert(
        tx,
        ENTRY,
        contract_id=contract_id,
        kind=kind,
        pack_id=posting.pack_id,
        cause=posting.cause,
        minutes=posting.minutes,
        day=day,
        recorded_at=recorded_at,
        person_id=authorship.person_id,
        authenticated_by=authorship.authenticated_by,
        mail_digest=authorship.mail_digest,
        ordinal=ordinal,
        ticket_id=ticket_id,
        intervention_id=intervention_id,
        reason=reason,
    )


def of_mail(tx: Transaction, inbox_id: int) -> list[Intervention]:
    """Return what a mail reported, net of what corrected it later; work that was undone has no minutes left."""
    return _net(tx, INTERVENTION.c.inbox_id == inbox_id)


def of_engineer(tx: Transaction, ticket_id: int, engineer_id: int) -> list[Intervention]:
    """Return the work of one engineer on a ticket, net of what corrected it later, oldest first."""
    return _net(tx, INTERVENTION.c.ticket_id == ticket_id, INTERVENTION.c.engineer_id == engineer_id)


def unapproved(tx: Transaction, ticket_id: int) -> list[Intervention]:
    """Return the work on a ticket that still waits for an approval, in part at least, oldest first."""
    return [
        intervention
        for intervention in _net(tx, INTERVENTION.c.ticket_id == ticket_id)
        if any(posting.cause is Cause.UNAPPROVED for posting in intervention.postings)
    ]


def _net(tx: Transaction, *conditions: sa.ColumnElement[bool]) -> list[Intervention]:
    """Return work with its corrections added up; what a correction posted is the corrected work's."""
    found = sa.select(INTERVENTION.c.id).where(*conditions, INTERVENTION.c.corrects_id.is_(None))
    mine = INTERVENTION.c.id.in_(found) | INTERVENTION.c.corrects_id.in_(found)
    versions: defaultdict[int, list[_Row]] = defaultdict(list)
    for row in tx.execute(sa.select(INTERVENTION).where(mine).order_by(INTERVENTION.c.id)):
        versions[row.corrects_id or row.id].append(row)
    origin_of = {row.id: origin for origin, rows in versions.items() for row in rows}
    postings = _net_postings(tx, origin_of)
    return [_intervention(rows, postings.get(origin, ())) for origin, rows in versions.items()]


def _net_postings(tx: Transaction, origin_of: dict[int, int]) -> dict[int, tuple[Posting, ...]]:
    """Return what is posted for each work, reversals deducted, each account in the order of its first posting."""
    totals: defaultdict[int, Counter[tuple[int | None, Cause | None]]] = defaultdict(Counter)
    for row in tx.execute(sa.select(ENTRY).where(ENTRY.c.intervention_id.in_(origin_of)).order_by(ENTRY.c.id)):
        totals[origin_of[row.intervention_id]][row.pack_id, row.cause] += row.minutes
    return {
        origin: tuple(
            Posting(minutes=minutes, pack_id=pack_id, cause=cause)
            for (pack_id, cause), minutes in accounts.items()
            if minutes
        )
        for origin, accounts in totals.items()
    }


def _intervention(rows: Sequence[_Row], postings: tuple[Posting, ...]) -> Intervention:
    origin = rows[0]
    return Intervention(
        id=origin.id,
        ticket_id=origin.ticket_id,
        engineer_id=origin.engineer_id,
        inbox_id=origin.inbox_id,
        day=origin.day,
        worked_minutes=sum(row.worked_minutes for row in rows),
        counted_minutes=sum(row.counted_minutes for row in rows),
        is_free=origin.is_free,
        postings=postings,
    )


def entries(tx: Transaction, contract_id: int, ticket_id: int | None = None, limit: int | None = None) -> list[Entry]:
    """Return the entries of a contract, of one ticket or all, oldest first; with a limit the newest ones."""
    query = sa.select(ENTRY).where(ENTRY.c.contract_id == contract_id).order_by(ENTRY.c.id.desc()).limit(limit)
    if ticket_id is not None:
        query = query.where(ENTRY.c.ticket_id == ticket_id)
    return [_entry(row) for row in reversed(tx.execute(query).all())]


def _entry(row: _Row) -> Entry:
    return Entry(
        id=row.id,
        contract_id=row.contract_id,
        kind=row.kind,
        posting=Posting(minutes=row.minutes, pack_id=row.pack_id, cause=row.cause),
        day=row.day,
        recorded_at=row.recorded_at,
        authorship=Authorship(
            person_id=row.person_id, authenticated_by=row.authenticated_by, mail_digest=row.mail_digest
        ),
        ticket_id=row.ticket_id,
        intervention_id=row.intervention_id,
        reason=row.reason,
    )
