"""How the command line shows things: tables for people, JSON for programs.

In tables numbers stand right and durations are `2h15`; on a terminal they fold to its width, elsewhere a row is a line.
JSON has the same rows with plain values: minutes as integers, moments in ISO 8601. What came by mail is shown without
the characters that steer a terminal.
"""

from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest
from textwrap import wrap
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

Row = Mapping[str, object]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

#: Wide enough for any row, where no terminal sets a limit.
_ENDLESS = 10_000
_GAP = "  "


def minutes(value: object) -> str:
    """Show minutes as hours and minutes: 135 → `2h15`."""
    if not isinstance(value, int):
        return ""
    sign, (hours, rest) = "-" if value < 0 else "", divmod(abs(value), 60)
    return f"{sign}{hours}h{rest:02d}" if hours else f"{sign}{rest}m"


def moment(zone: str) -> Callable[[object], str]:
    """Return how a moment is shown in that time zone."""

    def show(value: object) -> str:
        return value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else ""

    return show


def reference(number: object) -> str:
    """Show the number of a ticket as people write it: `#12`."""
    return f"#{number}" if number else ""


def text(value: object) -> str:
    """Show None as nothing, a list by its members, yes or no; texts without what could steer a terminal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(text(member) for member in value)
    return "".join(char if _is_harmless(char) else "�" for char in str(value))


def _is_harmless(char: str) -> bool:
    return char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf", "Cs"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table: the key in the row, its heading, and how a value is shown to people."""

    key: str
    heading: str
    show: Callable[[object], str] = text
    is_number: bool = False
    folds: bool = False  # a value may take several lines, rather than the table be wider than the terminal


def show_rows(rows: Sequence[Row], columns: Sequence[Column], *, as_json: bool, nothing: str) -> None:
    """Print the rows; `nothing` is what people read where there are none."""
    if as_json:
        print_json([dict(row) for row in rows])
    elif not rows:
        print(nothing)
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _ENDLESS
        print("\n".join(table(rows, columns, width)))


def show_record(record: Row, *, as_json: bool, zone: str = "UTC") -> None:
    """Print one thing: a line a field; people read durations without their unit's name, and moments in that zone."""
    if as_json:
        print_json(dict(record))
        return
    labels = {key: _label(key) for key in record}
    width = max(len(label) for label in labels.values())
    for key, value in record.items():
        print(f"{labels[key]:{width}}  {_field(key, value, zone)}".rstrip())


def show_added(sentence: str, record: Row, *, as_json: bool) -> None:
    """Say what was added; a program gets the record as `show` prints it."""
    if as_json:
        print_json(dict(record))
    else:
        print(sentence)


def print_json(value: object, *, indent: int | None = 2) -> None:
    """Print one JSON document; where the output cannot hold all characters, it is ASCII."""
    is_ascii = (sys.stdout.encoding or "").lower() not in {"utf-8", "utf8"}
    print(json.dumps(value, default=_plain, ensure_ascii=is_ascii, indent=indent))


def table(rows: Sequence[Row], columns: Sequence[Column], width: int) -> list[str]:
    """Return the lines of a table of at most that width, as far as its columns can fold."""
    cells = [[" ".join(column.show(row[column.key]).split()) for column in columns] for row in rows]
    widths = _widths(cells, columns, width)
    lines = [[column.heading for column in columns]]
    for row in cells:
        folded = [wrap(cell, room, break_on_hyphens=False) for cell, room in zip(row, widths, strict=True)]
        lines += [list(parts) for parts in zip_longest(*folded, fillvalue="")]
    return [_line(line, columns, widths) for line in lines]


def _widths(cells: Sequence[Sequence[str]], columns: Sequence[Column], width: int) -> list[int]:
    """Return the width of each column: that of its longest value, or less, the widest giving way first."""
    widths = [
        max(1, len(column.heading), *(len(row[position]) for row in cells)) for position, column in enumerate(columns)
    ]
    while sum(widths) + len(_GAP) * (len(columns) - 1) > width:
        yielding = [
            position
            for position, column in enumerate(columns)
            if column.folds and widths[position] > len(column.heading)
        ]
        if not yielding:
            break
        widths[max(yielding, key=lambda position: widths[position])] -= 1
    return widths


def _line(parts: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    aligned = (
        part.rjust(room) if column.is_number else part.ljust(room)
        for part, column, room in zip(parts, columns, widths, strict=True)
    )
    return _GAP.join(aligned).rstrip()


def _label(key: str) -> str:
    return "time" if key == "minutes" else key.removesuffix("_minutes").removeprefix("is_").replace("_", " ")


def _field(key: str, value: object, zone: str) -> str:
    if key == "minutes" or key.endswith("_minutes"):
        return minutes(value)
    return moment(zone)(value) if isinstance(value, datetime) else text(value)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
