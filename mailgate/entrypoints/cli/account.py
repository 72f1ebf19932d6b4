"""The account of a contract: balance, ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from mailgate.entrypoints.cli.organisations import OrganisationArgument
from mailgate.entrypoints.cli.output import Column, JsonOption, minutes, reference, show_record, show_rows
from mailgate.entrypoints.cli.session import DEFAULT_CONFIG, ConfigOption, reading

LEDGER_COLUMNS = (
    Column(key="id", heading="Entry", is_number=True),
    Column(key="day", heading="Day"),
    Column(key="kind", heading="Kind"),
    Column(key="account", heading="Account", folds=True),
    Column(key="minutes", heading="Time", show=minutes, is_number=True),
    Column(key="balance_minutes", heading="Balance", show=minutes, is_number=True),
    Column(key="ticket", heading="Ticket", show=reference, is_number=True),
    Column(key="person", heading="Who", folds=True),
    Column(key="reason", heading="Reason", folds=True),
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(balance)
    app.command()(ledger)


def balance(
    organisation: OrganisationArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Show the time of a contract: used, left, reserved."""
    from mailgate.services import reports

    with reading(config) as session:
        record = reports.balance_sheet(session.tx, organisation, session.now)
    show_record(record, as_json=as_json)


def ledger(
    organisation: OrganisationArgument,
    ticket: Annotated[int | None, typer.Option(metavar="NUMBER", help="Only entries of this ticket.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show the entries of a contract's ledger, oldest first.

    Each comes with the balance after it. JSON also says how whoever caused an entry was authenticated, and names the
    mail by its digest.
    """
    from mailgate.services import reports

    with reading(config) as session:
        rows = reports.ledger_rows(session.tx, organisation, ticket)
    show_rows(rows, LEDGER_COLUMNS, as_json=as_json, nothing="no entry yet")
