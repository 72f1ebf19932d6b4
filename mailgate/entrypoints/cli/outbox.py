"""Mail to be delivered: outbox list, show, retry, drop."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from mailgate.entrypoints.cli.inbox import ReasonOption
from mailgate.entrypoints.cli.output import Column, JsonOption, moment, reference, show_record, show_rows
from mailgate.entrypoints.cli.session import DEFAULT_CONFIG, ConfigOption, reading, writing
from mailgate.entrypoints.cli.tickets import LimitOption

# The values of the store's OutboxState, spelt out so that `--help` need not wait for the database library.
StateName = Literal["queued", "sent", "failed"]

NumberArgument = Annotated[int, typer.Argument(metavar="MAIL", help="The mail's number in `mailgate outbox list`.")]

outbox = typer.Typer(help="Mail that the desk sends, and how far it is.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(outbox, name="outbox")


@outbox.command("list")
def list_outbox(
    state: Annotated[StateName | None, typer.Option(metavar="STATE", help="Only mail in this state.")] = None,
    limit: LimitOption = 50,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List mail to be delivered, newest first.

    The states are: queued (to be delivered, perhaps after earlier attempts), sent (the smarthost took it), failed
    (given up).
    """
    from mailgate.services import outgoing

    with reading(config) as session:
        rows = outgoing.outgoing_rows(session.tx, state, limit)
    zone = session.config.desk.zone
    columns = (
        Column(key="id", heading="Mail", is_number=True),
        Column(key="queued_at", heading="Queued", show=moment(zone)),
        Column(key="to", heading="To", folds=True),
        Column(key="kind", heading="Notice"),
        Column(key="ticket", heading="Ticket", show=reference, is_number=True),
        Column(key="state", heading="State"),
        Column(key="attempts", heading="Attempts", is_number=True),
        Column(key="next_attempt_at", heading="Next", show=moment(zone)),
        Column(key="last_reply", heading="Last reply", folds=True),
    )
    show_rows(rows, columns, as_json=as_json, nothing="no mail")


@outbox.command("show")
def show_outbox(number: NumberArgument, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show one mail to be delivered, and what the smarthost said."""
    from mailgate.services import outgoing

    with reading(config) as session:
        mail = outgoing.outgoing_sheet(session.tx, number)
    show_record(mail, as_json=as_json, zone=session.config.desk.zone)


@outbox.command("retry")
def retry_outbox(number: NumberArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Deliver a mail now that waits or was given up."""
    from mailgate.services import outgoing

    with writing(config) as session:
        outgoing.retry(session.tx, number, session.now)
    print(f"mail {number} is delivered as soon as the desk runs")


@outbox.command("drop")
def drop_outbox(number: NumberArgument, reason: ReasonOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Give up a mail that waits to be delivered."""
    from mailgate.services import outgoing

    with writing(config) as session:
        outgoing.drop(session.tx, number, reason, session.now)
    print(f"mail {number} is given up")
