"""How the command line shows things: a table for people, JSON for programs.

Numbers stand right, durations as people write them; a program gets the same rows with plain values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

Row = Mapping[str, object]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table: the key in the row, its heading, and how a value is shown to people."""

    key: str
    heading: str
    show: Callable[[object], str] = str
    is_number: bool = False


def minutes(value: object) -> str:
    """Show minutes as hours and minutes: 95 → `1h35`."""
    if not isinstance(value, int):
        return ""
    sign, (hours, rest) = "-" if value < 0 else "", divmod(abs(value), 60)
    return f"{sign}{hours}h{rest:02d}" if hours else f"{sign}{rest}m"


def moment(zone: str) -> Callable[[object], str]:
    """Return how a moment is shown in that time zone."""

    def show(value: object) -> str:
        return value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else ""

    return show


def text(value: object) -> str:
    """Show None as nothing, a list by its members, and yes or no."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)


def show_rows(rows: Sequence[Row], columns: Sequence[Column], *, as_json: bool, nothing: str) -> None:
    """Print the rows; `nothing` is what people read where there are none."""
    if as_json:
        print(json.dumps([dict(row) for row in rows], default=_plain, ensure_ascii=False, indent=2))
    elif not rows:
        print(nothing)
    else:
        _print_table(rows, columns)


def show_record(record: Row, *, as_json: bool, shows: Mapping[str, Callable[[object], str]] | None = None) -> None:
    """Print one thing: a line a field."""
    if as_json:
        print(json.dumps(dict(record), default=_plain, ensure_ascii=False, indent=2))
        return
    width = max(len(key) for key in record)
    for key, value in record.items():
        shown = (shows or {}).get(key, text)(value)
        print(f"{key.replace('_', ' '):{width}}  {shown}".rstrip())


def _print_table(rows: Sequence[Row], columns: Sequence[Column]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.heading, justify="right" if column.is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(column.show(row[column.key])) for column in columns))
    Console(highlight=False, soft_wrap=False).print(table)


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
