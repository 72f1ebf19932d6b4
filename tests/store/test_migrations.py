"""Migrations: from nothing to the schema that the models declare, all of it or nothing."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from mailgate.domain.ledger import Posting
from mailgate.errors import ConfigurationError
from mailgate.store import outbox
from mailgate.store.database import Database, _newest_version
from mailgate.store.tables import METADATA
from mailgate.store.upgrade import _alembic
from tests.store.examples import mail, outgoing, post, set_up, work

_SCRIPTS = ScriptDirectory(str(files("mailgate.store") / "migrations"))
VERSIONS = [script.revision for script in reversed(list(_SCRIPTS.walk_revisions()))]


def test_a_new_database_is_not_current_until_it_is_migrated(url: str) -> None:
    database = Database.open(url)
    assert not database.is_current()

    database.migrate()

    assert database.is_current()
    database.close()


def test_the_newest_version_is_where_the_migrations_lead(database: Database) -> None:
    with database.reading() as tx:
        heads = ScriptDirectory.from_config(_alembic(tx)).get_heads()

    assert heads == [_newest_version()]


def test_migrating_twice_changes_nothing(database: Database) -> None:
    database.migrate()

    assert database.is_current()


def test_the_migrations_make_what_the_models_declare(database: Database) -> None:
    with database.reading() as tx:
        assert compare_metadata(MigrationContext.configure(tx), METADATA) == []


def test_the_migrations_make_every_check_and_key_that_the_models_declare(tmp_path: Path) -> None:
    migrated = Database.open("sqlite://")
    migrated.migrate()
    with migrated.reading() as tx:
        by_migration = declarations(tx)
    migrated.close()
    declared = sa.create_engine("sqlite://")
    with declared.begin() as connection:
        METADATA.create_all(connection)
        by_models = declarations(connection)
    declared.dispose()

    assert by_migration == by_models


def declarations(connection: sa.Connection) -> dict[str, set[str]]:
    """What SQLite knows of each table and index, as a set of clauses; the order of clauses means nothing."""
    query = (
        "SELECT name, sql FROM sqlite_schema WHERE type <> 'trigger' AND name NOT LIKE '%alembic%' AND sql IS NOT NULL"
    )
    return {
        name: {" ".join(clause.split()).rstrip(",") for clause in text.splitlines()}
        for name, text in connection.exec_driver_sql(query)
    }


def test_foreign_keys_are_enforced_again_after_a_migration(url: str) -> None:
    database = Database.open(url)
    database.migrate()
    with database.transaction() as tx:
        is_enforced = tx.dialect.name != "sqlite" or tx.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    database.close()

    assert is_enforced


def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    with database.transaction() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(ConfigurationError, match="newer version"):
        database.migrate()
    assert not database.is_current()


# --- with rows in it --------------------------------------------------------------------------------------------------

Rows = dict[str, list[dict[str, object]]]


@pytest.fixture
def rows(database: Database) -> Rows:
    """Every row of a desk with a client, a pack, a ticket, time that was worked and mail that was sent."""
    desk = set_up(database)
    with database.transaction() as tx:
        for number in range(3):
            stored = mail(tx, f"another {number}")
            intervention_id = work(tx, desk, 15, inbox_id=stored.id)
            posting = Posting(pack_id=desk.pack_id, minutes=-15)
            post(tx, desk, posting, intervention_id=intervention_id, digest=f"digest {number}")
            outbox.enqueue(tx, outgoing(desk, f"notice {number}"))
    with database.reading() as tx:
        return {table.name: read(tx, table) for table in METADATA.sorted_tables}


def read(tx: sa.Connection, table: sa.Table) -> list[dict[str, object]]:
    return [dict(row) for row in tx.execute(sa.select(table).order_by(*table.primary_key)).mappings()]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_database_of_each_earlier_version_keeps_its_rows_and_works_on(url: str, rows: Rows, version: str) -> None:
    database = Database.open(url)
    with database.transaction() as tx:
        command.upgrade(_alembic(tx), version)
        for table in METADATA.sorted_tables:
            for row in rows[table.name]:
                tx.execute(table.insert().values(**row))
        restart_numbers(tx)
    assert database.is_current() is (version == VERSIONS[-1])

    database.migrate()

    assert database.is_current()
    with database.reading() as tx:
        assert {table.name: read(tx, table) for table in METADATA.sorted_tables} == rows
    newest = max(int(str(row["id"])) for row in rows["inbox"])
    with database.transaction() as tx:
        assert mail(tx, "after the migration").id > newest
    database.close()


def restart_numbers(tx: sa.Connection) -> None:
    """Have PostgreSQL count on from the rows that were given their numbers."""
    if tx.dialect.name == "sqlite":
        return
    for table in METADATA.sorted_tables:
        if "id" in table.c and tx.execute(sa.text(f"SELECT pg_get_serial_sequence('{table.name}', 'id')")).scalar():
            newest = f"(SELECT coalesce(max(id), 1) FROM {table.name})"
            tx.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {newest})")
