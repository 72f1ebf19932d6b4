"""Received mail, and what became of it: inbox list, show, retry, release, drop, export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from mailgate.entrypoints.cli.output import Column, JsonOption, moment, reference, show_record, show_rows, text
from mailgate.entrypoints.cli.session import DEFAULT_CONFIG, ConfigOption, reading, settings_of, writing
from mailgate.entrypoints.cli.tickets import LimitOption

# The values of the store's InboxState, spelt out so that `--help` need not wait for the database library.
StateName = Literal["received", "done", "held", "noted", "discarded", "withheld", "parked"]

NumberArgument = Annotated[int, typer.Argument(metavar="MAIL", help="The mail's number in `mailgate inbox list`.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the audit trail.")]

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
    number: NumberArgument,
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


@inbox.command("retry")
def retry_inbox(number: NumberArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Process a parked or held mail anew.

    For after an error was mended, or after its sender was added with `mailgate contact add`.
    """
    from mailgate.services import held_mail

    with writing(config) as session:
        held_mail.retry(session.tx, number, session.now)
    print(f"mail {number} is processed as soon as the desk runs")


@inbox.command("release")
def release_inbox(number: NumberArgument, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Let a held mail in, although a rule holds its kind.

    For a client's question that came through a mailing list, for example. Who wrote it, and what that person may
    command, is looked at as for any other mail.
    """
    from mailgate.app import build

    app = build(settings_of(config))
    try:
        fate = app.intake.release(number)
    finally:
        app.close()
    print(f"mail {number} is {fate.value} now")


@inbox.command("drop")
def drop_inbox(number: NumberArgument, reason: ReasonOption, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Give up a parked or held mail. It is kept, and nothing follows from it."""
    from mailgate.services import held_mail

    with writing(config) as session:
        held_mail.drop(session.tx, number, reason, session.now)
    print(f"mail {number} is dropped; its octets are kept")


@inbox.command("export")
def export_inbox(
    number: NumberArgument,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The file to write, which must not exist; - is standard output.")
    ],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write a received mail into a file, octet by octet as it came."""
    from mailgate.services import held_mail

    with reading(config) as session:
        octets = held_mail.octets(session.tx, number)
    if str(file) == "-":
        sys.stdout.buffer.write(octets)
        return
    with file.open("xb") as target:
        target.write(octets)
    print(f"mail {number} is in {file}: {len(octets)} octets")
