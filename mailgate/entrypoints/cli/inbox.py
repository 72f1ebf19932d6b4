"""Received mail, and what became of it: inbox list, show."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from mailgate.entrypoints.cli.output import Column, JsonOption, moment, reference, show_record, show_rows, text
from mailgate.entrypoints.cli.session import DEFAULT_CONFIG, ConfigOption, reading
from mailgate.entrypoints.cli.tickets import LimitOption

# The values of the store's InboxState, spelt out so that `--help` need not wait for the database library.
StateName = Literal["received", "done", "held", "noted", "discarded", "withheld", "parked"]

inbox = typer.Typer(help="Mail as it was received, and what became of it.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(inbox, name="inbox")


@inbox.command("list")
def list_inbox(
    state: Annotated[StateName | None, typer.Option(metavar="STATE", help="Only mail in this state.")] = None,
    limit: LimitOption = 50,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List received mail and what became of it, newest first.

    The states are: received (waits to be processed), done (it is on a ticket, or was answered), held (for the
    administrator's decision), noted (automatic mail: nothing done), discarded (the desk's own mail came back),
    withheld (an engineer's mail waits for its writer's correction), parked (processing failed again and again).
    """
    from mailgate.services import history

    with reading(config) as session:
        rows = history.inbox_rows(session.tx, state, limit)
    show_rows(rows, list_columns(session.config.desk.zone), as_json=as_json, nothing="no mail")


def list_columns(zone: str) -> tuple[Column, ...]:
    """Return the columns of the list, with moments in that time zone."""
    return (
        Column(key="id", heading="Mail", is_number=True),
        Column(key="received_at", heading="Received", show=moment(zone)),
        Column(key="mail_from", heading="Envelope sender", show=lambda sender: text(sender) or "<>", folds=True),
        Column(key="state", heading="State"),
        Column(key="ticket", heading="Ticket", show=reference, is_number=True),
        Column(key="reason", heading="Reason", folds=True),
    )


@inbox.command("show")
def show_inbox(
    number: Annotated[int, typer.Argument(metavar="MAIL", help="The mail's number in `mailgate inbox list`.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show one received mail: its origin, what became of it, why."""
    from mailgate.services import history

    with reading(config) as session:
        mail = history.mail_sheet(session.tx, number)
    if as_json:
        show_record(mail, as_json=True)
        return
    new_text = mail.pop("text")
    show_record(mail, as_json=False, zone=session.config.desk.zone)
    print(f"\n{text(new_text)}")
