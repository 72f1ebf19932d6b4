"""How tables, durations and texts look on the command line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.entrypoints.cli import account, contracts, inbox, organisations, packs, people, tickets
from mailgate.entrypoints.cli.output import Column, minutes, table, text
from tests.entrypoints.command_line import ORGANISATION, CommandLine

LONG = "Communauté de communes du Pays de Saint-Rémy-lès-Chevreuse et des Alentours"
TABLES = {
    "organisations": organisations.COLUMNS,
    "contacts": people.CONTACT_COLUMNS,
    "engineers": people.ENGINEER_COLUMNS,
    "contracts": contracts.COLUMNS,
    "packs": packs.COLUMNS,
    "ledger": account.LEDGER_COLUMNS,
    "tickets": tickets.list_columns("Europe/Paris"),
    "mails": inbox.list_columns("Europe/Paris"),
}


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0m"), (45, "45m"), (60, "1h00"), (135, "2h15"), (6000, "100h00"), (-15, "-15m"), (-75, "-1h15"), (None, "")],
)
def test_durations_are_hours_and_minutes(value: int | None, shown: str) -> None:
    assert minutes(value) == shown


@given(st.integers(min_value=-100_000, max_value=100_000))
def test_no_two_durations_look_the_same(value: int) -> None:
    assert minutes(value) not in {minutes(value + 1), minutes(-value) if value else ""}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (["a", "b"], "a, b"),
        (("a", None), "a, "),
        (12, "12"),
        ("\x1b[31mred\x9b\u202e", "�[31mred��"),
        ("Rémy\u00a0: 2\u202f€", "Rémy\u00a0: 2\u202f€"),
    ],
)
def test_values_are_shown_as_people_read_them(value: object, shown: str) -> None:
    assert text(value) == shown


@pytest.mark.parametrize("name", TABLES)
def test_a_table_fits_80_columns_without_breaking_numbers_dates_or_headings(name: str) -> None:
    columns = TABLES[name]
    row = {column.key: sample(column) for column in columns}

    lines = table([row], columns, 80)

    assert max(map(len, lines)) <= 80
    for column in columns:
        assert column.heading in lines[0]
        if not column.folds:
            assert column.show(row[column.key]) in lines[1]


def sample(column: Column) -> object:
    """A value as long as they come."""
    if column.folds:
        return LONG
    samples: dict[str, object] = {
        "language": "fr",
        "currency": "EUR",
        "kind": "intervention",
        "zone": "Europe/Paris",
        "state": "waiting-approval",
        "price_cents": 1_710_000,
        "number": 12_345,
        "deadline": datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
        "received_at": datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    }
    return samples.get(column.key, "2026-11-23" if column.key.endswith("day") else 6000)


def test_numbers_stand_right() -> None:
    columns = (Column(key="a", heading="Name"), Column(key="b", heading="Time", show=minutes, is_number=True))

    assert table([{"a": "x", "b": 5}, {"a": "y", "b": 600}], columns, 80) == [
        "Name   Time",
        "x        5m",
        "y     10h00",
    ]


def test_a_row_is_one_line_where_no_terminal_reads(desk: CommandLine) -> None:
    desk.done("org", "add", LONG)

    for organisation in (LONG, ORGANISATION):
        lines = [line for line in desk.done("org", "list").splitlines() if organisation in line]
        assert len(lines) == 1


def test_a_table_folds_to_the_width_of_the_terminal(desk: CommandLine) -> None:
    desk.done("org", "add", LONG)

    lines = desk("org", "list", on_terminal=True).out.splitlines()

    assert max(map(len, lines)) <= 80
    assert LONG not in "\n".join(lines)


def test_a_value_with_line_ends_stays_in_its_cell() -> None:
    columns = (Column(key="a", heading="Reason", folds=True),)

    assert table([{"a": "first\n\nsecond\tthird"}], columns, 80) == ["Reason", "first second third"]
