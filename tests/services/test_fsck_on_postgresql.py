"""On PostgreSQL as on SQLite a sound desk breaks no promise, and damage behind the back of its rules is found."""

from __future__ import annotations

import pytest

from tests.servers.postgresql import PostgreSql
from tests.services.desk_in_memory import DeskInMemory, desk_on
from tests.services.test_fsck import play, verdicts


@pytest.fixture
def played(postgresql: PostgreSql) -> DeskInMemory:
    """A desk with a ticket that was asked, estimated, approved, worked on and closed, and another one."""
    desk = desk_on(postgresql.emptied())
    play(desk)
    return desk


def broken(desk: DeskInMemory) -> set[str]:
    return {name for name, verdict in verdicts(desk).items() if not verdict.holds}


def test_a_busy_desk_breaks_no_promise(played: DeskInMemory) -> None:
    assert broken(played) == set()


@pytest.mark.parametrize(
    ("damage", "repair", "promise"),
    [
        (
            "UPDATE inbox SET attempts = 9 WHERE id = 1",
            "UPDATE inbox SET attempts = 1 WHERE id = 1",
            "attempts-bounded",
        ),
        (
            "UPDATE ticket SET organisation_id = 99 WHERE id = 1",
            "UPDATE ticket SET organisation_id = (SELECT min(id) FROM organisation) WHERE id = 1",
            "tickets-of-their-client",
        ),
    ],
)
def test_damage_is_found_and_named(played: DeskInMemory, damage: str, repair: str, promise: str) -> None:
    behind_the_rules(played, damage)
    found = broken(played)
    behind_the_rules(played, repair)

    assert promise in found
    assert broken(played) == set()


def behind_the_rules(desk: DeskInMemory, statement: str) -> None:
    with desk.database.transaction() as tx:
        tx.exec_driver_sql("SET LOCAL session_replication_role = replica")  # neither triggers nor foreign keys
        tx.exec_driver_sql(statement)
