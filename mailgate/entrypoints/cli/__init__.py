"""The command line (typer): words in, use case out, tables for people, JSON for programs.

Imports of what a command needs are made inside it: `mailgate inspect` must not wait for a database library. Errors say
what is wrong and what to do, on standard error; a traceback is for programming errors alone.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from mailgate.entrypoints.cli import (
    account,
    backups,
    contracts,
    doctor,
    fsck,
    inbox,
    installation,
    organisations,
    outbox,
    packs,
    people,
    tickets,
    tools,
)
from mailgate.errors import ConfigurationError, MailgateError, TemporaryError

EXIT_REFUSED = 1
# As in sysexits.h, which mail servers understand; 2 is typer's, for words that are no command.
EX_IOERR, EX_TEMPFAIL, EX_CONFIG = 74, 75, 78

app = typer.Typer(
    name="mailgate",
    help="A help desk for prepaid support time, run from the mail client.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (
    installation,
    doctor,
    fsck,
    backups,
    organisations,
    people,
    contracts,
    packs,
    account,
    tickets,
    inbox,
    outbox,
    tools,
):
    part.register(app)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        print(f"mailgate {version('mailgate')}")
        raise typer.Exit


@app.callback()
def _every_command(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit; the exit status tells a program what kind of error it was."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # no text is unprintable, whatever the locale
    try:
        try:
            app(arguments, prog_name="mailgate")
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has had enough; the interpreter must not complain when it flushes once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_REFUSED)
    except MailgateError as error:
        _complain(_told(error))
        sys.exit(_status(error))
    except OSError as error:
        _complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        sys.exit(EX_IOERR)
    sys.exit()


def _complain(sentence: str) -> None:
    print(f"mailgate: {sentence}", file=sys.stderr)


def _told(error: MailgateError) -> str:
    """Return the public text, and what a database reported, in one line: this reader is the operator."""
    cause = error.__cause__
    if cause is None or isinstance(cause, OSError) or not isinstance(error, TemporaryError):
        return error.public
    return f"{error.public}: {str(cause).partition(chr(10))[0]}"


def _status(error: MailgateError) -> int:
    if isinstance(error, TemporaryError):
        return EX_TEMPFAIL
    return EX_CONFIG if isinstance(error, ConfigurationError) else EXIT_REFUSED
