"""Databases for the tests: SQLite in memory and in a file, and PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailgate.store.database import Database
from tests.servers.postgresql import PostgreSql
from tests.store.examples import Desk, set_up


@pytest.fixture(params=["memory", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of database: one test on each."""
    return str(request.param)


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty database."""
    if kind == "memory":
        yield "sqlite://"
    else:
        server: PostgreSql = request.getfixturevalue("postgresql")
        with server.empty_database() as made:
            yield made


@pytest.fixture(params=["file", "postgresql"])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database that several processes can open."""
    if request.param == "file":
        yield f"sqlite:///{tmp_path}/var/mailgate.db"
    else:
        server: PostgreSql = request.getfixturevalue("postgresql")
        with server.empty_database() as made:
            yield made


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """The migrations' outcome in SQLite, made once; each test in memory gets a copy."""
    path = tmp_path_factory.mktemp("migrated") / "mailgate.db"
    database = Database.open(f"sqlite:///{path}")
    database.migrate()
    database.close()
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


@pytest.fixture
def database(kind: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated database."""
    if kind == "memory":
        yield from _copy_in_memory(request.getfixturevalue("migrated"))
        return
    server: PostgreSql = request.getfixturevalue("postgresql")
    yield from iter([server.emptied()])


def _copy_in_memory(migrated: sqlite3.Connection) -> Iterator[Database]:
    database = Database.open("sqlite://")
    with database._engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        migrated.backup(driver)
    yield database
    database.close()


@pytest.fixture
def shared_database(shared_url: str) -> Iterator[Database]:
    """A migrated database that readers and writers use at the same time, by connections of their own."""
    database = Database.open(shared_url)
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def desk(database: Database) -> Desk:
    """One client with a contract, a pack of ten hours and a ticket."""
    return set_up(database)
