"""Organisations and people, found by address, number or group.

An address belongs to one person, letter case and plus-suffix aside. Not here: what people may do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, TypeAlias

import sqlalchemy as sa

from mailgate.domain.people import Contact, Engineer, Language, address_key
from mailgate.errors import PermanentError
from mailgate.store.database import Transaction
from mailgate.store.statements import insert, insert_new
from mailgate.store.tables import ADDRESS, ORGANISATION, PERSON, PersonKind

_Query: TypeAlias = sa.Select[tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A client organisation, and the mail domains in which an authenticated new address may become its contact."""

    id: int
    name: str
    domains: tuple[str, ...]
    accepts_new_contacts: bool


def by_address(tx: Transaction, address: str) -> Contact | Engineer | None:
    """Return the active person of that address."""
    return next(_found(tx, _by_key(), key=address_key(address)), None)


def by_id(tx: Transaction, person_id: int) -> Contact | Engineer | None:
    """Return a person, active or not."""
    return next(_found(tx, _by_ids(), ids=[person_id]), None)


def by_ids(tx: Transaction, ids: Iterable[int | None]) -> dict[int, Contact | Engineer]:
    """Return these people, active or not, by their ids; an absent id (a ticket without assignee) is skipped."""
    wanted = {person_id for person_id in ids if person_id is not None}
    return {person.id: person for person in _found(tx, _by_ids(), ids=sorted(wanted))} if wanted else {}


def engineers(tx: Transaction, group: str | None = None) -> list[Engineer]:
    """Return the active engineers, of one group or all."""
    found = _found(tx, _active(), kind=PersonKind.ENGINEER)
    known = (person for person in found if isinstance(person, Engineer))
    return [person for person in known if group is None or group in person.groups]


def administrators(tx: Transaction) -> list[Engineer]:
    """Return the active engineers who administer."""
    return [person for person in engineers(tx) if person.is_administrator]


def contacts(tx: Transaction, organisation_id: int | None = None) -> list[Contact]:
    """Return the active contacts, of one organisation or all."""
    found = (person for person in _found(tx, _active(), kind=PersonKind.CONTACT) if isinstance(person, Contact))
    return [person for person in found if organisation_id is None or person.organisation_id == organisation_id]


@cache
def _by_key() -> _Query:
    owner = sa.select(ADDRESS.c.person_id).where(ADDRESS.c.key == sa.bindparam("key")).scalar_subquery()
    return _people(PERSON.c.id == owner, PERSON.c.is_active)


@cache
def _by_ids() -> _Query:
    return _people(PERSON.c.id.in_(sa.bindparam("ids", expanding=True)))


@cache
def _active() -> _Query:
    return _people(PERSON.c.kind == sa.bindparam("kind"), PERSON.c.is_active)


def _people(*conditions: sa.ColumnElement[bool]) -> _Query:
    return (
        sa.select(PERSON, ADDRESS.c.address, ORGANISATION.c.name.label("organisation_name"))
        .join(ADDRESS, ADDRESS.c.person_id == PERSON.c.id)
        .outerjoin(ORGANISATION, ORGANISATION.c.id == PERSON.c.organisation_id)
        .where(*conditions)
        .order_by(PERSON.c.id, ADDRESS.c.position)
    )


def _found(tx: Transaction, query: _Query, **values: object) -> Iterator[Contact | Engineer]:
    """Yield people, each from as many rows as they have addresses."""
    for _, rows in groupby(tx.execute(query, values).all(), key=lambda row: row.id):
        yield _to_domain(list(rows))


def _to_domain(rows: Sequence[sa.Row[tuple[object, ...]]]) -> Contact | Engineer:
    row, addresses = rows[0], tuple(str(row.address) for row in rows)
    if row.kind is PersonKind.ENGINEER:
        return Engineer(
            id=row.id,
            name=row.name,
            language=row.language,
            addresses=addresses,
            groups=frozenset(row.groups),
            is_administrator=row.is_administrator,
        )
    return Contact(
        id=row.id,
        name=row.name,
        language=row.language,
        addresses=addresses,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation_name,
        phone=row.phone,
    )


def organisations(tx: Transaction) -> list[Organisation]:
    """Return all organisations by name."""
    return [_organisation(row) for row in tx.execute(sa.select(ORGANISATION).order_by(ORGANISATION.c.name))]


def organisation_by_name(tx: Transaction, name: str) -> Organisation | None:
    """Return the organisation of exactly that name."""
    row = tx.execute(sa.select(ORGANISATION).where(ORGANISATION.c.name == name)).first()
    return _organisation(row) if row is not None else None


def organisation_by_domain(tx: Transaction, domain: str) -> Organisation | None:
    """Return the organisation that owns the mail domain itself (no subdomain) and accepts new contacts."""
    wanted = domain.lower()
    owners = (known for known in organisations(tx) if known.accepts_new_contacts and wanted in known.domains)
    return next(owners, None)


def add_organisation(tx: Transaction, *, name: str, domains: Collection[str], accepts_new_contacts: bool) -> int:
    """Add an organisation and return its id; raises PermanentError for a name or a domain that is taken."""
    owned = {domain.lower() for domain in domains}
    for known in organisations(tx):
        if taken := owned & set(known.domains):
            raise PermanentError(f"the domain {min(taken)} belongs to «{known.name}»")
    organisation_id: int | None = insert_new(
        tx, ORGANISATION, name=name, domains=sorted(owned), accepts_new_contacts=accepts_new_contacts
    )
    if organisation_id is None:
        raise PermanentError(f"there is an organisation «{name}» already")
    return organisation_id


def add_contact(
    tx: Transaction,
    *,
    organisation_id: int,
    name: str,
    language: Language,
    addresses: Sequence[str],
    phone: str,
) -> int:
    """Add a contact and return the id; the first address is the registered one.

    Raises PermanentError for an address that is somebody's already, or for none at all.
    """
    person_id = insert(
        tx,
        PERSON,
        kind=PersonKind.CONTACT,
        organisation_id=organisation_id,
        name=name,
        language=language,
        phone=phone,
        groups=[],
        is_administrator=False,
        is_active=True,
    )
    _add_addresses(tx, person_id, addresses)
    return person_id


def add_engineer(
    tx: Transaction,
    *,
    name: str,
    language: Language,
    addresses: Sequence[str],
    groups: Collection[str],
    is_administrator: bool,
) -> int:
    """Add an engineer and return the id; raises PermanentError as `add_contact`."""
    person_id = insert(
        tx,
        PERSON,
        kind=PersonKind.ENGINEER,
        organisation_id=None,
        name=name,
        language=language,
        phone="",
        groups=sorted(set(groups)),
        is_administrator=is_administrator,
        is_active=True,
    )
    _add_addresses(tx, person_id, addresses)
    return person_id


def _add_addresses(tx: Transaction, person_id: int, addresses: Sequence[str]) -> None:
    if not addresses:
        raise PermanentError("a person needs at least one address")
    for position, address in enumerate(addresses):
        key = insert_new(
            tx, ADDRESS, key=address_key(address), address=address.strip(), person_id=person_id, position=position
        )
        if key is None:
            raise PermanentError(f"the address {address} is somebody's already")


def _organisation(row: sa.Row[tuple[object, ...]]) -> Organisation:
    return Organisation(
        id=row.id, name=row.name, domains=tuple(row.domains), accepts_new_contacts=row.accepts_new_contacts
    )
