"""Contracts: contract add, list, show."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from mailgate.domain.people import Language
from mailgate.entrypoints.cli.organisations import OrganisationArgument
from mailgate.entrypoints.cli.output import Column, JsonOption, minutes, show_added, show_record, show_rows
from mailgate.entrypoints.cli.people import DEFAULT_GROUP
from mailgate.entrypoints.cli.session import DEFAULT_CONFIG, ConfigOption, reading, writing

COLUMNS = (
    Column(key="organisation", heading="Organisation", folds=True),
    Column(key="referent", heading="Referent", folds=True),
    Column(key="language", heading="Language"),
    Column(key="currency", heading="Currency"),
    Column(key="zone", heading="Time zone"),
    Column(key="group", heading="Group", folds=True),
    Column(key="response_minutes", heading="Response", show=minutes, is_number=True),
)

contracts = typer.Typer(help="Contracts: referent, language, time zone, engineers.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(contracts, name="contract")


@contracts.command("add")
def add_contract(
    organisation: OrganisationArgument,
    referent: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address of the contact who approves and closes.")
    ],
    language: Annotated[Language | None, typer.Option(help="By default the referent's.")] = None,
    currency: Annotated[str, typer.Option(metavar="CODE", help="The currency, by its ISO 4217 code.")] = "EUR",
    zone: Annotated[str | None, typer.Option(metavar="ZONE", help="An IANA time zone; by default the desk's.")] = None,
    group: Annotated[str, typer.Option(metavar="GROUP", help="The engineers who serve it.")] = DEFAULT_GROUP,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Add the contract of an organisation, with its referent."""
    from mailgate.services import accounts, reports

    with writing(config) as session:
        accounts.add_contract(
            session.tx,
            organisation=organisation,
            referent=referent,
            language=language,
            currency=currency,
            zone=zone or session.config.desk.zone,
            group=group,
            response_minutes=session.config.support.response_minutes,
            now=session.now,
        )
        added = reports.contract_sheet(session.tx, organisation, session.now)
        is_served = accounts.is_served(session.tx, group)
    sentence = f"added the contract of {added['organisation']}; referent is {added['referent']} <{referent}>"
    show_added(sentence, added, as_json=as_json)
    if not is_served:
        print(f"mailgate: nobody is in the group «{group}» yet; see: mailgate engineer add --group", file=sys.stderr)


@contracts.command("list")
def list_contracts(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List the contracts."""
    from mailgate.services import reports

    with reading(config) as session:
        rows = reports.contract_rows(session.tx)
    show_rows(rows, COLUMNS, as_json=as_json, nothing="no contract yet; add one with: mailgate contract add")


@contracts.command("show")
def show_contract(
    organisation: OrganisationArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Show the contract of an organisation with its balance."""
    from mailgate.services import reports

    with reading(config) as session:
        record = reports.contract_sheet(session.tx, organisation, session.now)
    show_record(record, as_json=as_json)
