"""Client organisations: org add, list, show."""

from __future__ import annotations

from typing import Annotated

import typer

from mailgate.entrypoints.cli.output import Column, JsonOption, show_added, show_record, show_rows
from mailgate.entrypoints.cli.session import DEFAULT_CONFIG, ConfigOption, reading, writing

OrganisationArgument = Annotated[str, typer.Argument(metavar="ORGANISATION", help="The organisation's name.")]
OptionalOrganisationArgument = Annotated[
    str | None, typer.Argument(metavar="ORGANISATION", help="The organisation's name; without it, all of them.")
]

COLUMNS = (
    Column(key="name", heading="Organisation", folds=True),
    Column(key="domains", heading="Domains", folds=True),
    Column(key="accepts_new_contacts", heading="Accepts new contacts"),
)
CONTACT_COLUMNS = (
    Column(key="name", heading="Contact", folds=True),
    Column(key="addresses", heading="Addresses", folds=True),
    Column(key="language", heading="Language"),
)

organisations = typer.Typer(help="Client organisations.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(organisations, name="org")


@organisations.command("add")
def add_organisation(
    name: OrganisationArgument,
    domain: Annotated[
        list[str] | None, typer.Option(metavar="DOMAIN", help="A mail domain that it owns; may be repeated.")
    ] = None,
    accept_new: Annotated[
        bool, typer.Option("--accept-new", help="Make an authenticated new address in its domains a contact of it.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Add a client organisation."""
    from mailgate.services import accounts, directory

    with writing(config) as session:
        accounts.add_organisation(
            session.tx, name=name, domains=domain or [], accepts_new_contacts=accept_new, now=session.now
        )
        added = directory.organisation_sheet(session.tx, name)
    show_added(f"added {added['name']}", added, as_json=as_json)


@organisations.command("list")
def list_organisations(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List the client organisations."""
    from mailgate.services import directory

    with reading(config) as session:
        rows = directory.organisation_rows(session.tx)
    show_rows(rows, COLUMNS, as_json=as_json, nothing="no organisation yet; add one with: mailgate org add")


@organisations.command("show")
def show_organisation(
    name: OrganisationArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Show one organisation with its contacts."""
    from mailgate.services import directory

    with reading(config) as session:
        organisation = directory.organisation_sheet(session.tx, name)
        contacts = directory.contact_rows(session.tx, name)
    if as_json:
        show_record(organisation | {"contacts": contacts}, as_json=True)
        return
    show_record(organisation, as_json=False)
    print()
    show_rows(contacts, CONTACT_COLUMNS, as_json=False, nothing="no contact yet; add one with: mailgate contact add")
