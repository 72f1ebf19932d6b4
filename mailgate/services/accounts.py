"""Organisations, people, contracts and packs: what an administrator sets up before the first mail.

Every act is written to the audit trail. Names are unique, so that the command line can go by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mailgate.domain.contract import Contract, last_day_of_validity
from mailgate.domain.ledger import Authorship
from mailgate.domain.people import Contact, Engineer, Language
from mailgate.errors import PermanentError
from mailgate.store import contracts, people, tickets
from mailgate.store.database import Transaction

#: How the command line proves who acts: whoever may read the database is the operator.
COMMAND_LINE = "command line"

#: Domains in which anybody can have an address, and which therefore no organisation can own.
PUBLIC_PROVIDERS = frozenset({
    "aol.com", "bbox.fr", "free.fr", "gmail.com", "gmx.com", "gmx.de", "gmx.fr", "gmx.net", "googlemail.com",
    "hotmail.com", "hotmail.es", "hotmail.fr", "icloud.com", "laposte.net", "live.com", "live.fr", "mac.com",
    "mail.com", "mail.ru", "me.com", "msn.com", "neuf.fr", "numericable.fr", "orange.fr", "outlook.com", "outlook.es",
    "outlook.fr", "pm.me", "proton.me", "protonmail.com", "sfr.fr", "telefonica.net", "tutanota.com", "wanadoo.fr",
    "web.de", "yahoo.co.uk", "yahoo.com", "yahoo.es", "yahoo.fr", "yandex.ru", "zoho.com",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueItem:
    """A pack as it is offered."""

    code: str
    name: str
    minutes: int
    price_cents: int
    currency: str


def add_organisation(
    tx: Transaction, *, name: str, domains: Sequence[str], accepts_new_contacts: bool, now: datetime
) -> int:
    """Add a client organisation and return its id.

    With `accepts_new_contacts`, an authenticated new address in one of its domains becomes a contact of it.
    Raises PermanentError for a name that exists or a public provider's domain.
    """
    owned = [domain.strip().lower().removeprefix("@") for domain in domains]
    public = sorted(set(owned) & PUBLIC_PROVIDERS)
    if public:
        raise PermanentError(f"{public[0]} is a public mail provider's domain; no organisation can own it")
    organisation_id = people.add_organisation(tx, name=name, domains=owned, accepts_new_contacts=accepts_new_contacts)
    _audit(tx, "organisation", f"added {name}", now)
    return organisation_id


def organisation_named(tx: Transaction, name: str) -> people.Organisation:
    """Return the organisation of that name; raises PermanentError with what would help."""
    organisation = people.organisation_by_name(tx, name)
    if organisation is None:
        known = ", ".join(f"«{other.name}»" for other in people.organisations(tx)) or "none yet"
        raise PermanentError(f"there is no organisation «{name}»; known are: {known}")
    return organisation


def add_contact(
    tx: Transaction,
    *,
    organisation: str,
    name: str,
    language: Language,
    addresses: Sequence[str],
    phone: str,
    now: datetime,
) -> int:
    """Add a contact to an organisation and return the id; the first address is the registered one."""
    owner = organisation_named(tx, organisation)
    person_id = people.add_contact(
        tx, organisation_id=owner.id, name=name, language=language, addresses=tuple(addresses), phone=phone
    )
    _audit(tx, "contact", f"added {person_id} to organisation {owner.id}", now)
    return person_id


def add_engineer(
    tx: Transaction,
    *,
    name: str,
    language: Language,
    addresses: Sequence[str],
    groups: Sequence[str],
    is_administrator: bool,
    now: datetime,
) -> int:
    """Add an engineer of the support company and return the id."""
    person_id = people.add_engineer(
        tx,
        name=name,
        language=language,
        addresses=tuple(addresses),
        groups=frozenset(groups),
        is_administrator=is_administrator,
    )
    _audit(tx, "engineer", f"added {person_id}", now)
    return person_id


def add_contract(
    tx: Transaction,
    *,
    organisation: str,
    referent: str,
    language: Language | None,
    currency: str,
    zone: str,
    group: str,
    response_minutes: int,
    now: datetime,
) -> int:
    """Add the contract of an organisation and return its id; `referent` is the address of one of its contacts."""
    owner = organisation_named(tx, organisation)
    person = people.by_address(tx, referent)
    if not isinstance(person, Contact) or person.organisation_id != owner.id:
        raise PermanentError(f"{referent} is not a contact of «{owner.name}»; add the contact first")
    contract_id = contracts.add(
        tx,
        organisation_id=owner.id,
        referent_id=person.id,
        language=language or person.language,
        currency=currency,
        zone=zone,
        group=group,
        response_minutes=response_minutes,
    )
    _audit(tx, "contract", f"added {contract_id} for organisation {owner.id}, referent {person.id}", now)
    return contract_id


def contract_named(tx: Transaction, organisation: str) -> Contract:
    """Return the active contract of the organisation of that name; raises PermanentError where there is none."""
    owner = organisation_named(tx, organisation)
    contract = contracts.of_organisation(tx, owner.id)
    if contract is None:
        raise PermanentError(f"«{owner.name}» has no contract; add one with: mailgate contract add")
    return contract


def add_pack(
    tx: Transaction,
    *,
    organisation: str,
    item: CatalogueItem,
    bought_on: date,
    first_day: date,
    acting_person_id: int,
    now: datetime,
) -> int:
    """Add a bought pack, valid one year from its first day, with its purchase entry; return the pack's id."""
    contract = contract_named(tx, organisation)
    if item.currency != contract.currency:
        raise PermanentError(f"{item.name} is sold in {item.currency}, the contract is in {contract.currency}")
    pack_id = contracts.add_pack(
        tx,
        contract_id=contract.id,
        name=item.name,
        minutes=item.minutes,
        price_cents=item.price_cents,
        bought_on=bought_on,
        first_day=first_day,
        last_day=last_day_of_validity(first_day),
        authorship=Authorship(person_id=acting_person_id, authenticated_by=COMMAND_LINE),
        recorded_at=now,
    )
    _audit(tx, "pack", f"added {pack_id} to contract {contract.id}", now, person_id=acting_person_id)
    return pack_id


def acting_administrator(tx: Transaction, address: str | None) -> Engineer:
    """Return who answers for what the command line does: the named administrator, or the only one there is."""
    administrators = people.administrators(tx)
    if address is not None:
        administrators = [person for person in administrators if person.has_address(address)]
    if len(administrators) != 1:
        raise PermanentError(
            "say which administrator acts, with --by ADDRESS"
            if administrators
            else "no administrator is known; add one with: mailgate engineer add --administrator"
        )
    return administrators[0]


def _audit(tx: Transaction, verb: str, detail: str, now: datetime, *, person_id: int | None = None) -> None:
    tickets.record_event(
        tx,
        ticket_id=None,
        inbox_id=None,
        person_id=person_id,
        verb=verb,
        detail=detail,
        authenticated_by=COMMAND_LINE,
        at=now,
    )
