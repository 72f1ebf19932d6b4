"""The command `fsck`: what is broken for people, all of it for programs, and a status that says how it is."""

from __future__ import annotations

import sqlite3

from tests.entrypoints.command_line import CommandLine


def damage(desk: CommandLine) -> None:
    with sqlite3.connect(next(desk.folder.glob("**/mailgate.db"))) as connection:
        connection.execute("DROP TRIGGER pack_refuses_update")
        connection.execute("INSERT INTO raw_mail VALUES ('of \x1b[31mnobody', x'00', 1)")
    connection.close()


def test_a_sound_installation_breaks_no_promise(desk: CommandLine) -> None:
    assert desk.done("fsck").splitlines()[-1].endswith("promises checked, none broken")


def test_each_promise_is_printed_on_demand(desk: CommandLine) -> None:
    lines = desk.done("fsck", "--verbose").splitlines()

    assert f"{len(lines) - 1} promises checked, none broken" == lines[-1]
    assert all(line.startswith("        ok  ") for line in lines[:-1])


def test_what_is_broken_is_printed_with_its_number_and_status_one(desk: CommandLine) -> None:
    damage(desk)

    outcome = desk("fsck")

    assert outcome.status == 1
    assert "1 broken  rules-in-force: " in outcome.out
    assert "pack_refuses_update" not in outcome.out
    assert outcome.out.splitlines()[-1].endswith("promises checked, 3 broken")


def test_the_rows_are_named_on_demand_without_what_steers_a_terminal(desk: CommandLine) -> None:
    damage(desk)

    outcome = desk("fsck", "-v")

    assert "→ pack_refuses_update" in outcome.out
    assert "→ of �[31mnobody" in outcome.out


def test_programs_get_every_promise_as_json(desk: CommandLine) -> None:
    found = {row["promise"]: row for row in desk("fsck", "--json").json}

    assert len(found) > 30
    assert all(row["broken"] == 0 and row["ids"] == [] and row["says"] for row in found.values())
