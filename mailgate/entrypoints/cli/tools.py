"""Tools that need no installation: inspect."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mailgate.entrypoints.cli.output import print_json


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(inspect)


def inspect(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Message files (RFC 5322); - is standard input.")],
) -> None:
    """Read mail files as the desk would; print JSON lines.

    What is said is who wrote, what is new in the text, what kind of mail it is, which commands count by their place.
    Needs no configuration. A file that cannot be read is named on standard error, and the exit status is 1.
    """
    from mailgate.inbound.inspection import inspect as read

    unreadable = 0
    for file in files:
        try:
            raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        except OSError as error:
            unreadable += 1
            print(f"mailgate: {file}: {error.strerror}", file=sys.stderr)
            continue
        print_json(read(raw, str(file)), indent=None)
    if unreadable:
        raise typer.Exit(1)
