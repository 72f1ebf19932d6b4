"""Contracts, and the packs that are bought on them.

An organisation has one active contract, whose referent is a contact of it; the database refuses anything else.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any, TypeAlias

import sqlalchemy as sa

from mailgate.domain.contract import Contract, Pack
from mailgate.domain.ledger import Authorship, EntryKind, Posting
from mailgate.domain.people import Language
from mailgate.errors import PermanentError
from mailgate.store import ledger
from mailgate.store import packs as packs_as_bought
from mailgate.store.database import Transaction
from mailgate.store.statements import insert, insert_new
from mailgate.store.tables import CONTRACT, ORGANISATION, PACK, PERSON

_Query: TypeAlias = sa.Select[tuple[Any, ...]]


def add(
    tx: Transaction,
    *,
    organisation_id: int,
    referent_id: int,
    language: Language,
    currency: str,
    zone: str,
    group: str,
    response_minutes: int,
) -> int:
    """Add a contract and return its id.

    Raises PermanentError where the organisation has an active one, or the referent is no contact of it.
    """
    belongs = sa.select(PERSON.c.id).where(PERSON.c.id == referent_id, PERSON.c.organisation_id == organisation_id)
    if tx.execute(belongs).first() is None:
        raise PermanentError("the referent is not a contact of that organisation")
    contract_id: int | None = insert_new(
        tx,
        CONTRACT,
        organisation_id=organisation_id,
        referent_id=referent_id,
        language=language,
        currency=currency,
        zone=zone,
        engineer_group=group,
        response_minutes=response_minutes,
        is_active=True,
    )
    if contract_id is None:
        raise PermanentError("the organisation has an active contract already")
    return contract_id


def by_id(tx: Transaction, contract_id: int) -> Contract | None:
    """Return a contract, active or not."""
    return next(iter(_found(tx, _by_id(), contract_id=contract_id)), None)


def of_organisation(tx: Transaction, organisation_id: int) -> Contract | None:
    """Return the active contract of an organisation."""
    return next(iter(_found(tx, _of_organisation(), organisation_id=organisation_id)), None)


def listing(tx: Transaction) -> list[Contract]:
    """Return the active contracts by the organisation's name."""
    return _found(tx, _contracts(CONTRACT.c.is_active))


@cache
def _by_id() -> _Query:
    return _contracts(CONTRACT.c.id == sa.bindparam("contract_id"))


@cache
def _of_organisation() -> _Query:
    return _contracts(CONTRACT.c.organisation_id == sa.bindparam("organisation_id"), CONTRACT.c.is_active)


def _contracts(*conditions: sa.ColumnElement[bool]) -> _Query:
    return (
        sa.select(CONTRACT, ORGANISATION.c.name.label("organisation_name"))
        .join(ORGANISATION, ORGANISATION.c.id == CONTRACT.c.organisation_id)
        .where(*conditions)
        .order_by(ORGANISATION.c.name, CONTRACT.c.id)
    )


def _found(tx: Transaction, query: _Query, **values: object) -> list[Contract]:
    return [_to_domain(row) for row in tx.execute(query, values)]


def _to_domain(row: sa.Row[tuple[object, ...]]) -> Contract:
    return Contract(
        id=row.id,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation_name,
        referent_id=row.referent_id,
        language=row.language,
        currency=row.currency,
        zone=row.zone,
        group=row.engineer_group,
        response_minutes=row.response_minutes,
    )


def packs(tx: Transaction, contract_id: int) -> list[Pack]:
    """Return all packs of a contract in the order in which they end."""
    return packs_as_bought.of_contract(tx, contract_id)


def add_pack(
    tx: Transaction,
    *,
    contract_id: int,
    name: str,
    minutes: int,
    price_cents: int,
    bought_on: date,
    first_day: date,
    last_day: date,
    vat_included: bool = False,
    authorship: Authorship,
    recorded_at: datetime,
) -> int:
    """Add a pack together with its purchase entry, and return its id."""
    pack_id = insert(
        tx,
        PACK,
        contract_id=contract_id,
        name=name,
        minutes=minutes,
        price_cents=price_cents,
        bought_on=bought_on,
        first_day=first_day,
        last_day=last_day,
        vat_included=vat_included,
    )
    ledger.post(
        tx,
        contract_id=contract_id,
        kind=EntryKind.PURCHASE,
        posting=Posting(minutes=minutes, pack_id=pack_id),
        day=bought_on,
        recorded_at=recorded_at,
        authorship=authorship,
        ordinal=0,
        ticket_id=None,
        intervention_id=None,
        reason="",
    )
    return pack_id
