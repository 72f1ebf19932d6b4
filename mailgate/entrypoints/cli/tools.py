"""Tools that need no installation: inspect."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(inspect)


def inspect(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Message files (RFC 5322); - is standard input.")
    ],
) -> None:
    """Read mail as the desk would, and print one JSON object a line: sender, new text, kind, commands."""
    from mailgate.inbound.inspection import inspect as read

    unreadable = 0
    for file in files:
        try:
            raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        except OSError as error:
            unreadable += 1
            print(f"mailgate: {file}: {error.strerror}", file=sys.stderr)
            continue
        print(json.dumps(read(raw, str(file)), ensure_ascii=False))
    if unreadable:
        raise typer.Exit(1)
