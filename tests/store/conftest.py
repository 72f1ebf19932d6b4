"""Databases for the tests: SQLite in memory and in a file, and PostgreSQL where MAILGATE_TEST_POSTGRESQL names one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from mailgate.store.database import Database
from tests.store.examples import Desk, set_up

POSTGRESQL = os.environ.get("MAILGATE_TEST_POSTGRESQL", "")
SERVERS = ["postgresql"] if POSTGRESQL else []


@pytest.fixture(params=["memory", *SERVERS])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty database, one test on each kind."""
    if request.param == "memory":
        yield "sqlite://"
    else:
        yield from _fresh_schema()


@pytest.fixture(params=["file", *SERVERS])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database that several processes can open."""
    if request.param == "file":
        yield f"sqlite:///{tmp_path}/var/mailgate.db"
    else:
        yield from _fresh_schema()


def _fresh_schema() -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    engine = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        yield f"{POSTGRESQL}{'&' if '?' in POSTGRESQL else '?'}options=-csearch_path%3D{name}"
        connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
    engine.dispose()


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
def database(url: str, migrated: sqlite3.Connection) -> Iterator[Database]:
    """A migrated database."""
    database = Database.open(url)
    if url == "sqlite://":
        with database._engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            migrated.backup(driver)
    else:
        database.migrate()
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
