"""Tickets: ticket list, show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mailgate.domain.ticket import State
from mailgate.entrypoints.cli.output import (
    Column,
    JsonOption,
    minutes,
    moment,
    reference,
    show_record,
    show_rows,
    text,
)
from mailgate.entrypoints.cli.session import DEFAULT_CONFIG, ConfigOption, reading

if TYPE_CHECKING:
    from mailgate.services.history import TicketSheet

LimitOption = Annotated[int, typer.Option(min=1, metavar="NUMBER", help="At most so many, the newest first.")]

tickets = typer.Typer(help="Tickets: what clients asked, and what was done.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(tickets, name="ticket")


@tickets.command("list")
def list_tickets(
    state: Annotated[State | None, typer.Option(metavar="STATE", help="Only tickets in this state.")] = None,
    limit: LimitOption = 50,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List tickets, newest first.

    The states are: new (nobody has answered), open (the engineers have the next move), waiting-client (details were
    asked for), waiting-approval (the referent has an estimate), solved (the referent is asked to close), closed.
    """
    from mailgate.services import history

    with reading(config) as session:
        rows = history.ticket_rows(session.tx, state, limit)
    show_rows(rows, list_columns(session.config.desk.zone), as_json=as_json, nothing="no ticket")


def list_columns(zone: str) -> tuple[Column, ...]:
    """Return the columns of the list, with moments in that time zone."""
    return (
        Column(key="number", heading="Ticket", show=reference, is_number=True),
        Column(key="organisation", heading="Client", folds=True),
        Column(key="subject", heading="Subject", folds=True),
        Column(key="state", heading="State"),
        Column(key="assignee", heading="Assignee", folds=True),
        Column(key="deadline", heading="Due", show=moment(zone)),
        Column(key="counted_minutes", heading="Time", show=minutes, is_number=True),
    )


@tickets.command("show")
def show_ticket(
    number: Annotated[int, typer.Argument(metavar="TICKET", help="The ticket's number.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show one ticket with its conversation and audit trail."""
    from mailgate.services import history

    with reading(config) as session:
        sheet = history.ticket_sheet(session.tx, number)
    if as_json:
        show_record(sheet.facts | {"conversation": sheet.conversation, "events": sheet.events}, as_json=True)
    else:
        _show_sheet(sheet, session.config.desk.zone)


def _show_sheet(sheet: TicketSheet, zone: str) -> None:
    at = moment(zone)
    show_record(sheet.facts, as_json=False, zone=zone)
    for message in sheet.conversation:
        internal = ", internal" if message["is_internal"] else ""
        unverified = "" if message["is_verified"] else ", unverified"
        print(f"\n--- {text(message['author'])}, {at(message['written_at'])}{internal}{unverified}")
        print(text(message["text"]))
    print()
    show_rows(sheet.events, _event_columns(zone), as_json=False, nothing="nothing was done yet")


def _event_columns(zone: str) -> tuple[Column, ...]:
    return (
        Column(key="at", heading="When", show=moment(zone)),
        Column(key="author", heading="Who", folds=True),
        Column(key="verb", heading="What", folds=True),
        Column(key="detail", heading="Detail", folds=True),
        Column(key="authenticated_by", heading="Proven by", folds=True),
    )
