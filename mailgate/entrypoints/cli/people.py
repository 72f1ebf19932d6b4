"""People: the contacts of client organisations, and the engineers of the support company; add, list, show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mailgate.domain.people import Language
from mailgate.entrypoints.cli.organisations import OptionalOrganisationArgument, OrganisationArgument
from mailgate.entrypoints.cli.output import Column, JsonOption, show_added, show_record, show_rows
from mailgate.entrypoints.cli.session import DEFAULT_CONFIG, ConfigOption, reading, writing

if TYPE_CHECKING:
    from mailgate.config import Config

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The person's name.")]
AddressArgument = Annotated[str, typer.Argument(metavar="ADDRESS", help="One of the person's mail addresses.")]
AddressesArgument = Annotated[
    list[str], typer.Argument(metavar="ADDRESS", help="Mail addresses; mailgate writes to the first one.")
]
LanguageOption = Annotated[
    Language | None,
    typer.Option(help="The language in which mailgate writes to this person; by default the desk's."),
]

DEFAULT_GROUP = "support"

PERSON_COLUMNS = (
    Column(key="name", heading="Name", folds=True),
    Column(key="addresses", heading="Addresses", folds=True),
    Column(key="language", heading="Language"),
)
CONTACT_COLUMNS = (Column(key="organisation", heading="Organisation", folds=True), *PERSON_COLUMNS)
ENGINEER_COLUMNS = (
    *PERSON_COLUMNS,
    Column(key="groups", heading="Groups", folds=True),
    Column(key="is_administrator", heading="Administrator"),
)

contacts = typer.Typer(help="People of client organisations.", no_args_is_help=True)
engineers = typer.Typer(help="People of the support company.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(engineers, name="engineer")
    app.add_typer(contacts, name="contact")


@contacts.command("add")
def add_contact(
    organisation: OrganisationArgument,
    name: NameArgument,
    addresses: AddressesArgument,
    language: LanguageOption = None,
    phone: Annotated[str, typer.Option(metavar="NUMBER", help="For calls.")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Add a contact to an organisation."""
    from mailgate.services import accounts, directory

    with writing(config) as session:
        accounts.add_contact(
            session.tx,
            organisation=organisation,
            name=name,
            language=language or _language_of_the_desk(session.config),
            addresses=addresses,
            phone=phone,
            now=session.now,
        )
        added = directory.contact_sheet(session.tx, addresses[0])
    show_added(f"added {name} <{addresses[0]}> to {added['organisation']}", added, as_json=as_json)


@contacts.command("list")
def list_contacts(
    organisation: OptionalOrganisationArgument = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List the contacts of one organisation, or of all."""
    from mailgate.services import directory

    with reading(config) as session:
        rows = directory.contact_rows(session.tx, organisation)
    show_rows(rows, CONTACT_COLUMNS, as_json=as_json, nothing="no contact yet; add one with: mailgate contact add")


@contacts.command("show")
def show_contact(address: AddressArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show the contact with that address."""
    from mailgate.services import directory

    with reading(config) as session:
        record = directory.contact_sheet(session.tx, address)
    show_record(record, as_json=as_json)


@engineers.command("add")
def add_engineer(
    name: NameArgument,
    addresses: AddressesArgument,
    language: LanguageOption = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GROUP", help=f"A group that serves contracts; may be repeated.  [default: {DEFAULT_GROUP}]"
        ),
    ] = None,
    administrator: Annotated[bool, typer.Option("--administrator", help="May manage contracts and people.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Add an engineer of the support company."""
    from mailgate.services import accounts, directory

    with writing(config) as session:
        accounts.add_engineer(
            session.tx,
            name=name,
            language=language or _language_of_the_desk(session.config),
            addresses=addresses,
            groups=group or [DEFAULT_GROUP],
            is_administrator=administrator,
            now=session.now,
        )
        added = directory.engineer_sheet(session.tx, addresses[0])
    show_added(f"added {name} <{addresses[0]}>", added, as_json=as_json)


@engineers.command("list")
def list_engineers(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List the engineers."""
    from mailgate.services import directory

    with reading(config) as session:
        rows = directory.engineer_rows(session.tx)
    show_rows(rows, ENGINEER_COLUMNS, as_json=as_json, nothing="no engineer yet; add one with: mailgate engineer add")


@engineers.command("show")
def show_engineer(address: AddressArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show the engineer with that address."""
    from mailgate.services import directory

    with reading(config) as session:
        record = directory.engineer_sheet(session.tx, address)
    show_record(record, as_json=as_json)


def _language_of_the_desk(config: Config) -> Language:
    return Language(config.desk.language)
