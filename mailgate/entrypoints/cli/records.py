"""Organisations, contacts, engineers, contracts and packs: add, list, show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from mailgate.domain.people import Language, Person
from mailgate.entrypoints.cli.output import Column, JsonOption, Row, minutes, show_record, show_rows, text
from mailgate.entrypoints.cli.session import DEFAULT_CONFIG, ByOption, ConfigOption, opened
from mailgate.errors import PermanentError

if TYPE_CHECKING:
    from mailgate.services.accounts import CatalogueItem

OrganisationArgument = Annotated[str, typer.Argument(metavar="ORGANISATION", help="The organisation's name.")]
LanguageOption = Annotated[Language, typer.Option(help="The language in which mailgate writes to this person.")]
AddressesArgument = Annotated[
    list[str], typer.Argument(metavar="ADDRESS...", help="Mail addresses; mailgate writes to the first one.")
]

organisations = typer.Typer(help="Client organisations.", no_args_is_help=True)
contacts = typer.Typer(help="People of client organisations.", no_args_is_help=True)
engineers = typer.Typer(help="People of the support company.", no_args_is_help=True)
contracts = typer.Typer(help="Contracts: who is referent, in which language and zone.", no_args_is_help=True)
packs = typer.Typer(help="Prepaid time on a contract.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the groups of commands."""
    app.add_typer(organisations, name="org")
    app.add_typer(contacts, name="contact")
    app.add_typer(engineers, name="engineer")
    app.add_typer(contracts, name="contract")
    app.add_typer(packs, name="pack")


def _now() -> datetime:
    from mailgate.app import utc_now

    return utc_now()


# --- organisations --------------------------------------------------------------------------------------------------


@organisations.command("add")
def add_organisation(
    name: OrganisationArgument,
    domain: Annotated[list[str] | None, typer.Option(help="A mail domain that it owns; may be repeated.")] = None,
    accept_new: Annotated[
        bool, typer.Option(help="Make an authenticated new address in its domains a contact of it.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Add a client organisation."""
    from mailgate.services import accounts

    with opened(config) as session, session.database.transaction() as tx:
        accounts.add_organisation(tx, name=name, domains=domain or [], accepts_new_contacts=accept_new, now=_now())
    print(f"added {name}")


ORGANISATION_COLUMNS = (
    Column(key="name", heading="Organisation"),
    Column(key="domains", heading="Domains", show=text),
    Column(key="accepts_new_contacts", heading="Accepts new contacts", show=text),
)


@organisations.command("list")
def list_organisations(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List the client organisations."""
    from mailgate.store import people

    with opened(config) as session, session.database.reading() as tx:
        rows = [asdict(organisation) for organisation in people.organisations(tx)]
    show_rows(rows, ORGANISATION_COLUMNS, as_json=as_json, nothing="no organisation yet")


@organisations.command("show")
def show_organisation(
    name: OrganisationArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Show one organisation with its people."""
    from mailgate.services import accounts
    from mailgate.store import people

    with opened(config) as session, session.database.reading() as tx:
        organisation = accounts.organisation_named(tx, name)
        members = people.contacts(tx, organisation.id)
    record = {**asdict(organisation), "contacts": [f"{person.name} <{person.address}>" for person in members]}
    show_record(record, as_json=as_json)


# --- contacts and engineers -----------------------------------------------------------------------------------------

PERSON_COLUMNS = (
    Column(key="name", heading="Name"),
    Column(key="addresses", heading="Addresses", show=text),
    Column(key="language", heading="Language"),
)
CONTACT_COLUMNS = (Column(key="organisation", heading="Organisation"), *PERSON_COLUMNS)
ENGINEER_COLUMNS = (
    *PERSON_COLUMNS,
    Column(key="groups", heading="Groups", show=text),
    Column(key="is_administrator", heading="Administrator", show=text),
)


@contacts.command("add")
def add_contact(
    organisation: OrganisationArgument,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    addresses: AddressesArgument,
    language: LanguageOption = Language.FR,
    phone: Annotated[str, typer.Option(help="For calls.")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Add a contact to an organisation."""
    from mailgate.services import accounts

    with opened(config) as session, session.database.transaction() as tx:
        accounts.add_contact(
            tx,
            organisation=organisation,
            name=name,
            language=language,
            addresses=_checked(addresses),
            phone=phone,
            now=_now(),
        )
    print(f"added {name} <{addresses[0]}> to {organisation}")


@contacts.command("list")
def list_contacts(
    organisation: Annotated[str | None, typer.Argument(metavar="[ORGANISATION]")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List the contacts of one organisation, or of all."""
    from mailgate.services import accounts
    from mailgate.store import people

    with opened(config) as session, session.database.reading() as tx:
        owner = accounts.organisation_named(tx, organisation).id if organisation else None
        rows = [
            {**_person_row(person), "organisation": person.organisation_name} for person in people.contacts(tx, owner)
        ]
    show_rows(rows, CONTACT_COLUMNS, as_json=as_json, nothing="no contact yet")


@contacts.command("show")
def show_contact(address: str, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show the contact with that address."""
    from mailgate.domain.people import Contact

    person = _person(address, config)
    if not isinstance(person, Contact):
        raise PermanentError(f"{address} is an engineer's address; see: mailgate engineer show {address}")
    record = {**_person_row(person), "organisation": person.organisation_name, "phone": person.phone}
    show_record(record, as_json=as_json)


@engineers.command("add")
def add_engineer(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    addresses: AddressesArgument,
    language: LanguageOption = Language.FR,
    group: Annotated[list[str] | None, typer.Option(help="A group that serves contracts; may be repeated.")] = None,
    administrator: Annotated[bool, typer.Option("--administrator", help="May manage contracts and people.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Add an engineer of the support company."""
    from mailgate.services import accounts

    with opened(config) as session, session.database.transaction() as tx:
        accounts.add_engineer(
            tx,
            name=name,
            language=language,
            addresses=_checked(addresses),
            groups=group or [DEFAULT_GROUP],
            is_administrator=administrator,
            now=_now(),
        )
    print(f"added {name} <{addresses[0]}>")


DEFAULT_GROUP = "support"


@engineers.command("list")
def list_engineers(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List the engineers."""
    from mailgate.store import people

    with opened(config) as session, session.database.reading() as tx:
        rows = [
            {**_person_row(person), "groups": sorted(person.groups), "is_administrator": person.is_administrator}
            for person in people.engineers(tx, None)
        ]
    show_rows(rows, ENGINEER_COLUMNS, as_json=as_json, nothing="no engineer yet")


@engineers.command("show")
def show_engineer(address: str, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show the engineer with that address."""
    from mailgate.domain.people import Engineer

    person = _person(address, config)
    if not isinstance(person, Engineer):
        raise PermanentError(f"{address} is a contact's address; see: mailgate contact show {address}")
    record = {**_person_row(person), "groups": sorted(person.groups), "is_administrator": person.is_administrator}
    show_record(record, as_json=as_json)


def _person(address: str, config: ConfigOption) -> Person:
    from mailgate.store import people

    with opened(config) as session, session.database.reading() as tx:
        person = people.by_address(tx, address)
    if person is None:
        raise PermanentError(f"nobody here has the address {address}")
    return person


def _person_row(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "name": person.name,
        "addresses": list(person.addresses),
        "language": person.language.value,
    }


def _checked(addresses: Iterable[str]) -> list[str]:
    """Refuse at once what could never receive mail."""
    checked = [address.strip() for address in addresses]
    for address in checked:
        local, at, domain = address.rpartition("@")
        if not (local and at and domain) or not address.isascii() or any(char in address for char in ' <>,;"\\'):
            raise PermanentError(f"«{address}» is no mail address; write it as name@example.org")
    return checked


# --- contracts and packs --------------------------------------------------------------------------------------------

CONTRACT_COLUMNS = (
    Column(key="organisation", heading="Organisation"),
    Column(key="referent", heading="Referent"),
    Column(key="language", heading="Language"),
    Column(key="currency", heading="Currency"),
    Column(key="zone", heading="Time zone"),
    Column(key="group", heading="Group"),
    Column(key="response_minutes", heading="Response", show=minutes, is_number=True),
)


@contracts.command("add")
def add_contract(
    organisation: OrganisationArgument,
    referent: Annotated[str, typer.Option(help="The address of the contact who approves and closes.")],
    language: Annotated[Language | None, typer.Option(help="By default the referent's.")] = None,
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "EUR",
    zone: Annotated[str | None, typer.Option(help="An IANA time zone; by default the desk's.")] = None,
    group: Annotated[str, typer.Option(help="The engineers who serve it.")] = DEFAULT_GROUP,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Add the contract of an organisation; it names the one referent."""
    from mailgate.services import accounts

    with opened(config) as session, session.database.transaction() as tx:
        accounts.add_contract(
            tx,
            organisation=organisation,
            referent=referent,
            language=language,
            currency=currency.upper(),
            zone=_zone(zone or session.config.desk.zone),
            group=group,
            response_minutes=session.config.support.response_minutes,
            now=_now(),
        )
    print(f"added the contract of {organisation}; referent is {referent}")


def _zone(name: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise PermanentError(f"«{name}» is no time zone; write it as Europe/Paris") from error
    return name


@contracts.command("list")
def list_contracts(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List the contracts."""
    from mailgate.store import contracts as store
    from mailgate.store import people

    with opened(config) as session, session.database.reading() as tx:
        found = store.listing(tx)
        referents = people.by_ids(tx, {contract.referent_id for contract in found})
        rows: list[Row] = [
            {
                "id": contract.id,
                "organisation": contract.organisation_name,
                "referent": referents[contract.referent_id].name if contract.referent_id in referents else "",
                "language": contract.language.value,
                "currency": contract.currency,
                "zone": contract.zone,
                "group": contract.group,
                "response_minutes": contract.response_minutes,
            }
            for contract in found
        ]
    show_rows(rows, CONTRACT_COLUMNS, as_json=as_json, nothing="no contract yet")


@contracts.command("show")
def show_contract(
    organisation: OrganisationArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Show the contract of an organisation with its referent and its balance."""
    from mailgate.services import reports

    with opened(config) as session, session.database.reading() as tx:
        record = reports.contract_sheet(tx, organisation, _now())
    shows = {key: minutes for key in record if key.endswith("_minutes")}
    show_record(record, as_json=as_json, shows=shows)


PACK_COLUMNS = (
    Column(key="organisation", heading="Organisation"),
    Column(key="name", heading="Pack"),
    Column(key="minutes", heading="Bought", show=minutes, is_number=True),
    Column(key="remaining_minutes", heading="Left", show=minutes, is_number=True),
    Column(key="price", heading="Price", is_number=True),
    Column(key="first_day", heading="From"),
    Column(key="last_day", heading="To"),
)


@packs.command("add")
def add_pack(
    organisation: OrganisationArgument,
    code: Annotated[str, typer.Argument(metavar="CODE", help="Of the pack in the catalogue, such as 10h.")],
    first_day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day of its year; by default today.")
    ] = None,
    bought_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day of purchase; by default today.")
    ] = None,
    by: ByOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Add a bought pack of the catalogue to the contract of an organisation; it is valid one year."""
    from zoneinfo import ZoneInfo

    from mailgate.app import catalogue
    from mailgate.services import accounts

    with opened(config) as session, session.database.transaction() as tx:
        item = _item(catalogue(session.config), code)
        contract = accounts.contract_named(tx, organisation)
        today = _now().astimezone(ZoneInfo(contract.zone)).date()
        accounts.add_pack(
            tx,
            organisation=organisation,
            item=item,
            bought_on=bought_on.date() if bought_on else today,
            first_day=first_day.date() if first_day else today,
            acting_person_id=accounts.acting_administrator(tx, by).id,
            now=_now(),
        )
    print(f"added {item.name} to the contract of {organisation}")


def _item(catalogue: tuple[CatalogueItem, ...], code: str) -> CatalogueItem:
    for item in catalogue:
        if item.code == code:
            return item
    offered = ", ".join(item.code for item in catalogue) or "none"
    raise PermanentError(f"the catalogue has no pack «{code}»; offered are: {offered}")


@packs.command("list")
def list_packs(
    organisation: Annotated[str | None, typer.Argument(metavar="[ORGANISATION]")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List the packs of one organisation, or of all, with what is left of each."""
    from mailgate.services import reports

    with opened(config) as session, session.database.reading() as tx:
        rows = reports.pack_rows(tx, organisation, _now())
    show_rows(rows, PACK_COLUMNS, as_json=as_json, nothing="no pack yet")


@packs.command("show")
def show_pack(pack_id: int, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show one pack by its number, as `pack list --json` gives it."""
    from mailgate.services import reports

    with opened(config) as session, session.database.reading() as tx:
        rows = [row for row in reports.pack_rows(tx, None, _now()) if row["id"] == pack_id]
    if not rows:
        raise PermanentError(f"there is no pack {pack_id}")
    show_record(rows[0], as_json=as_json, shows={"minutes": minutes, "remaining_minutes": minutes})
