"""Organisations, people, contracts and packs: what an administrator sets up before the first mail.

Every act is written to the audit trail. Names are unique, so that the command line can go by them. What can be looked
up again is in `directory.py` and `reports.py`.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mailgate.domain.contract import Contract, last_day_of_validity
from mailgate.domain.ledger import Authorship
from mailgate.domain.people import Contact, Engineer, Language
from mailgate.errors import PermanentError
from mailgate.services.particulars import (
    checked_addresses,
    checked_currency,
    checked_domain,
    checked_name,
    checked_zone,
)
from mailgate.store import contracts, people, tickets
from mailgate.store.database import Transaction

#: How the command line proves who acts: whoever may read the database is the operator.
COMMAND_LINE = "command line"

#: So many names are listed where one is not known; beyond, those that resemble it.
_MOST_NAMES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueItem:
    """A pack as it is offered."""

    code: str
    name: str
    minutes: int
    price_cents: int
    currency: str
    vat_included: bool = False


def add_organisation(
    tx: Transaction, *, name: str, domains: Sequence[str], accepts_new_contacts: bool, now: datetime
) -> int:
    """Add a client organisation and return its id.

    With `accepts_new_contacts`, an authenticated new address in one of its domains becomes a contact of it.
    Raises PermanentError for a name or a domain that is taken, and for a public provider's domain.
    """
    known = {other.name.casefold(): other.name for other in people.organisations(tx)}
    name = checked_name(name)
    if name.casefold() in known:
        raise PermanentError(f"there is an organisation «{known[name.casefold()]}» already")
    owned = [checked_domain(domain) for domain in domains]
    organisation_id = people.add_organisation(tx, name=name, domains=owned, accepts_new_contacts=accepts_new_contacts)
    record_act(tx, "organisation", f"added {organisation_id}", now)
    return organisation_id


def organisation_named(tx: Transaction, name: str) -> people.Organisation:
    """Return the organisation of that name; raises PermanentError with what was probably meant."""
    organisation = people.organisation_by_name(tx, checked_name(name))
    if organisation is None:
        raise PermanentError(f"there is no organisation «{name}»; {_known(tx, name)}")
    return organisation


def _known(tx: Transaction, name: str) -> str:
    known = [organisation.name for organisation in people.organisations(tx)]
    if not known:
        return "none is known yet, add it with: mailgate org add"
    if len(known) > _MOST_NAMES:
        known = difflib.get_close_matches(name, known, n=_MOST_NAMES, cutoff=0.4)
    return f"known are: {', '.join(f'«{other}»' for other in known)}" if known else "see: mailgate org list"


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
        tx,
        organisation_id=owner.id,
        name=checked_name(name),
        language=language,
        addresses=checked_addresses(addresses),
        phone=phone.strip(),
    )
    record_act(tx, "contact", f"added {person_id} to organisation {owner.id}", now)
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
        name=checked_name(name),
        language=language,
        addresses=checked_addresses(addresses),
        groups=[checked_name(group) for group in groups],
        is_administrator=is_administrator,
    )
    record_act(tx, "engineer", f"added {person_id}", now)
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
        raise PermanentError(
            f"{referent} is not a contact of «{owner.name}»; add the person first, with: mailgate contact add"
        )
    contract_id = contracts.add(
        tx,
        organisation_id=owner.id,
        referent_id=person.id,
        language=language or person.language,
        currency=checked_currency(currency),
        zone=checked_zone(zone),
        group=checked_name(group),
        response_minutes=response_minutes,
    )
    record_act(tx, "contract", f"added {contract_id} for organisation {owner.id}, referent {person.id}", now)
    return contract_id


def is_served(tx: Transaction, group: str) -> bool:
    """Tell whether an engineer is in that group, so that somebody reads the mail of its contracts."""
    return bool(people.engineers(tx, group))


def contract_named(tx: Transaction, organisation: str) -> Contract:
    """Return the active contract of the organisation of that name; raises PermanentError where there is none."""
    owner = organisation_named(tx, organisation)
    contract = contracts.of_organisation(tx, owner.id)
    if contract is None:
        raise PermanentError(f"«{owner.name}» has no contract; add it with: mailgate contract add")
    return contract


def item_offered(catalogue: Sequence[CatalogueItem], code: str) -> CatalogueItem:
    """Return the pack of that code; raises PermanentError with the codes that there are."""
    for item in catalogue:
        if item.code == code:
            return item
    offered = ", ".join(item.code for item in catalogue) or "none"
    raise PermanentError(f"the catalogue has no pack «{code}»; offered are: {offered}")


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
        raise PermanentError(
            f"«{item.name}» is sold in {item.currency}, but the contract of «{contract.organisation_name}» "
            f"is in {contract.currency}; add the pack to the catalogue in that currency"
        )
    pack_id = contracts.add_pack(
        tx,
        contract_id=contract.id,
        name=item.name,
        minutes=item.minutes,
        price_cents=item.price_cents,
        bought_on=bought_on,
        first_day=first_day,
        last_day=last_day_of_validity(first_day),
        vat_included=item.vat_included,
        authorship=Authorship(person_id=acting_person_id, authenticated_by=COMMAND_LINE),
        recorded_at=now,
    )
    record_act(tx, "pack", f"added {pack_id} to contract {contract.id}", now, person_id=acting_person_id)
    return pack_id


def acting_administrator(tx: Transaction, address: str | None) -> Engineer:
    """Return who answers for what the command line does: the named administrator, or the only one there is."""
    administrators = people.administrators(tx)
    if not administrators:
        raise PermanentError(
            "no administrator is known yet; add one with: mailgate engineer add NAME ADDRESS --administrator"
        )
    acting = [person for person in administrators if address is None or person.has_address(address)]
    if len(acting) != 1:
        known = ", ".join(person.address for person in administrators)
        raise PermanentError(f"say with --by ADDRESS which of the administrators acts: {known}")
    return acting[0]


def record_act(tx: Transaction, verb: str, detail: str, now: datetime, *, person_id: int | None = None) -> None:
    """Write an act of the command line into the audit trail."""
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
