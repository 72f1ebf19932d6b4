"""Tickets, balances, the ledger, and the inbox: what an operator looks at."""

from __future__ import annotations

from typing import Annotated

import typer

from mailgate.domain.ticket import State
from mailgate.entrypoints.cli.output import Column, JsonOption, minutes, moment, show_record, show_rows, text
from mailgate.entrypoints.cli.records import OrganisationArgument, _now
from mailgate.entrypoints.cli.session import DEFAULT_CONFIG, ConfigOption, opened

ticket_commands = typer.Typer(help="Tickets.", no_args_is_help=True)
inbox_commands = typer.Typer(help="Mail as it was received, and what became of it.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(ticket_commands, name="ticket")
    app.add_typer(inbox_commands, name="inbox")
    app.command()(balance)
    app.command()(ledger)


@ticket_commands.command("list")
def list_tickets(
    state: Annotated[State | None, typer.Option(help="Only tickets in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 50,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List tickets."""
    from mailgate.services import reports

    with opened(config) as session, session.database.reading() as tx:
        rows = reports.ticket_rows(tx, state, limit)
    at = moment(session.config.desk.zone)
    columns = (
        Column(key="number", heading="Ticket", show=lambda number: f"#{number}", is_number=True),
        Column(key="organisation", heading="Organisation"),
        Column(key="subject", heading="Subject"),
        Column(key="state", heading="State"),
        Column(key="assignee", heading="Assignee"),
        Column(key="deadline", heading="Due", show=at),
        Column(key="counted_minutes", heading="Time", show=minutes, is_number=True),
    )
    show_rows(rows, columns, as_json=as_json, nothing="no ticket")


@ticket_commands.command("show")
def show_ticket(
    number: Annotated[int, typer.Argument(metavar="NUMBER")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show one ticket: its state, its time, its conversation and its audit trail."""
    from mailgate.services import reports

    with opened(config) as session, session.database.reading() as tx:
        sheet = reports.ticket_sheet(tx, number)
    at = moment(session.config.desk.zone)
    if as_json:
        show_record(sheet.facts | {"conversation": sheet.conversation, "events": sheet.events}, as_json=True)
        return
    shows = {key: minutes for key in sheet.facts if key.endswith("_minutes")}
    moments = dict.fromkeys(("opened_at", "deadline", "taken_at", "answered_at", "closed_at"), at)
    show_record(sheet.facts, as_json=False, shows={**shows, **moments})
    for message in sheet.conversation:
        internal = " (internal)" if message["is_internal"] else ""
        unverified = "" if message["is_verified"] else " (unverified)"
        print(f"\n--- {message['author']}, {at(message['written_at'])}{internal}{unverified}")
        print(message["text"])
    if sheet.events:
        print()
    columns = (
        Column(key="at", heading="When", show=at),
        Column(key="author", heading="Who"),
        Column(key="verb", heading="What"),
        Column(key="detail", heading="Detail"),
        Column(key="authenticated_by", heading="Proven by"),
    )
    show_rows(sheet.events, columns, as_json=False, nothing="")


def balance(
    organisation: OrganisationArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Show the time of a contract: bought, used, reserved, available."""
    from mailgate.services import reports

    with opened(config) as session, session.database.reading() as tx:
        record = reports.balance_sheet(tx, organisation, _now())
    show_record(record, as_json=as_json, shows={key: minutes for key in record if key.endswith("_minutes")})


def ledger(
    organisation: OrganisationArgument,
    ticket: Annotated[int | None, typer.Option(help="Only entries of this ticket.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show the entries of a contract's ledger, the oldest first, with the balance after each."""
    from mailgate.services import reports

    with opened(config) as session, session.database.reading() as tx:
        rows = reports.ledger_rows(tx, organisation, ticket)
    columns = (
        Column(key="id", heading="Entry", is_number=True),
        Column(key="day", heading="Day"),
        Column(key="kind", heading="Kind"),
        Column(key="account", heading="Account"),
        Column(key="minutes", heading="Time", show=minutes, is_number=True),
        Column(key="balance_minutes", heading="Balance", show=minutes, is_number=True),
        Column(key="ticket", heading="Ticket", show=lambda number: f"#{number}" if number else "", is_number=True),
        Column(key="person", heading="Who"),
        Column(key="authenticated_by", heading="Proven by"),
        Column(key="reason", heading="Reason"),
    )
    show_rows(rows, columns, as_json=as_json, nothing="no entry yet")


@inbox_commands.command("list")
def list_inbox(
    state: Annotated[
        list[str] | None, typer.Option(help="received, done, noted, held, withheld, discarded or parked.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 50,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List received mail and what became of it."""
    from mailgate.services import reports

    with opened(config) as session, session.database.reading() as tx:
        rows = reports.inbox_rows(tx, state, limit)
    columns = (
        Column(key="id", heading="Mail", is_number=True),
        Column(key="received_at", heading="Received", show=moment(session.config.desk.zone)),
        Column(key="mail_from", heading="Envelope sender", show=lambda sender: str(sender) or "<>"),
        Column(key="state", heading="State"),
        Column(key="reason", heading="Reason"),
        Column(key="ticket_id", heading="Ticket", show=lambda number: f"#{number}" if number else "", is_number=True),
    )
    show_rows(rows, columns, as_json=as_json, nothing="no mail")


@inbox_commands.command("show")
def show_inbox(
    number: Annotated[int, typer.Argument(metavar="NUMBER")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show one received mail: where it came from, what was made of it and why."""
    from mailgate.services import reports

    with opened(config) as session, session.database.reading() as tx:
        record = reports.mail_sheet(tx, number)
    at = moment(session.config.desk.zone)
    show_record(record, as_json=as_json, shows={"received_at": at, "processed_at": at, "date": at, "text": text})
