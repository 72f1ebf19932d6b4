"""The command line (typer): words in, use case out, tables for people, JSON for programs.

Imports of what a command needs are made inside it: `mailgate inspect` must not wait for a database library. Errors say
what is wrong and what to do; a traceback is for programming errors alone.
"""

from __future__ import annotations

import sys

import typer

from mailgate.entrypoints.cli import installation, records, tickets, tools
from mailgate.errors import ConfigurationError, MailgateError, TemporaryError

EX_USAGE, EX_TEMPFAIL, EX_CONFIG = 1, 75, 78  # the last two as in sysexits.h, which MTAs understand

app = typer.Typer(
    name="mailgate",
    help="A help desk for prepaid support time, run from the mail client.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
installation.register(app)
records.register(app)
tickets.register(app)
tools.register(app)


def main() -> None:
    """Run the command line; the exit status tells a program what kind of error it was."""
    try:
        app()
    except MailgateError as error:
        print(f"mailgate: {error.public}", file=sys.stderr)
        sys.exit(_status(error))


def _status(error: MailgateError) -> int:
    if isinstance(error, TemporaryError):
        return EX_TEMPFAIL
    return EX_CONFIG if isinstance(error, ConfigurationError) else EX_USAGE
