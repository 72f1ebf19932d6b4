"""Who is known here, as people look it up: organisations, their contacts, the engineers, in rows of plain values.

Only what is active; nothing is formatted here, and nothing is changed.
"""

from __future__ import annotations

from dataclasses import asdict

from mailgate.domain.people import Contact, Engineer, Person
from mailgate.errors import PermanentError
from mailgate.services import accounts
from mailgate.services.reports import Row
from mailgate.store import people
from mailgate.store.database import Transaction


def organisation_rows(tx: Transaction) -> list[Row]:
    """Return all organisations."""
    return [asdict(organisation) for organisation in people.organisations(tx)]


def organisation_sheet(tx: Transaction, name: str) -> Row:
    """Return one organisation; raises PermanentError where there is none."""
    return asdict(accounts.organisation_named(tx, name))


def contact_rows(tx: Transaction, organisation: str | None) -> list[Row]:
    """Return the contacts of one organisation, or of all."""
    owner_id = accounts.organisation_named(tx, organisation).id if organisation else None
    return [_contact_row(person) for person in people.contacts(tx, owner_id)]


def contact_sheet(tx: Transaction, address: str) -> Row:
    """Return the contact with that address; raises PermanentError where there is none."""
    person = _person(tx, address)
    if not isinstance(person, Contact):
        raise PermanentError(f"{address} is an engineer's address; see: mailgate engineer show {address}")
    return _contact_row(person)


def engineer_rows(tx: Transaction) -> list[Row]:
    """Return the engineers."""
    return [_engineer_row(person) for person in people.engineers(tx)]


def engineer_sheet(tx: Transaction, address: str) -> Row:
    """Return the engineer with that address; raises PermanentError where there is none."""
    person = _person(tx, address)
    if not isinstance(person, Engineer):
        raise PermanentError(f"{address} is a contact's address; see: mailgate contact show {address}")
    return _engineer_row(person)


def _person(tx: Transaction, address: str) -> Contact | Engineer:
    person = people.by_address(tx, address)
    if person is None:
        raise PermanentError(f"nobody here has the address {address}; see: mailgate contact list, engineer list")
    return person


def _contact_row(person: Contact) -> Row:
    return _person_row(person) | {"organisation": person.organisation_name, "phone": person.phone}


def _engineer_row(person: Engineer) -> Row:
    return _person_row(person) | {"groups": sorted(person.groups), "is_administrator": person.is_administrator}


def _person_row(person: Person) -> Row:
    return {
        "id": person.id,
        "name": person.name,
        "addresses": list(person.addresses),
        "language": person.language.value,
    }
