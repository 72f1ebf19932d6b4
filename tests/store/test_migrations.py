"""Migrations: from nothing to the schema that the models declare, all of it or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from mailgate.errors import ConfigurationError
from mailgate.store.database import Database, _newest_version
from mailgate.store.tables import METADATA
from mailgate.store.upgrade import _alembic


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
