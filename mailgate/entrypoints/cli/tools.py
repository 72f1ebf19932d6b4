"""Tools that need no installation: inspect."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mailgate.entrypoints.cli.output import print_json, text


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(inspect)


def inspect(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Message files (RFC 5322); - is standard input.")],
    explain: Annotated[
        bool, typer.Option("--explain", help="Show which lines are left out of the new text, and by which rule.")
    ] = False,
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
        if explain:
            _explain(raw, str(file))
        else:
            print_json(read(raw, str(file)), indent=None)
    if unreadable:
        raise typer.Exit(1)


NEW, OLD, RULE, END = "\x1b[32m", "\x1b[2m", "\x1b[33m", "\x1b[0m"
WIDTH = 88  # of the text, beside which a rule stands


def _explain(raw: bytes, name: str) -> None:
    """Print the text of a mail: new lines marked by +, the others with the rule that leaves them out."""
    from mailgate.inbound.explanation import explained
    from mailgate.inbound.parse import parse

    paint = _painted if sys.stdout.isatty() else _unpainted
    message = parse(raw)
    print(f"{name}: {text(message.subject)}")
    previous = ""
    for line in explained(message):
        shown = text(line.text.replace("\t", "    "))[:WIDTH]
        named = line.rule if line.rule != previous else ""
        print(paint("-" if line.rule else "+", shown, named).rstrip())
        previous = line.rule
    if not message.new_text.is_sure:
        print("not sure: commands in this text do not count by themselves")


def _unpainted(mark: str, shown: str, rule: str) -> str:
    return f"{mark} {shown:{WIDTH}}  {rule}" if rule else f"{mark} {shown}"


def _painted(mark: str, shown: str, rule: str) -> str:
    colour = NEW if mark == "+" else OLD
    return f"{colour}{mark} {shown:{WIDTH}}{END}  {RULE}{rule}{END}"
