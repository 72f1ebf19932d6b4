"""Databases for the tests: SQLite in memory and in a file, and PostgreSQL where MAILGATE_TEST_POSTGRESQL names one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from mailgate.store.database import Database
from tests.store.examples import Desk, set_up

POSTGRESQL = os.environ.get("MAILGATE_TEST_POSTGRESQL", "")
KINDS = ["memory", "file", *(["postgresql"] if POSTGRESQL else [])]


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, one test on each kind."""
    if request.param == "memory":
        yield "sqlite://"
    elif request.param == "file":
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


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A migrated database."""
    database = Database.open(url)
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def desk(database: Database) -> Desk:
    """One client with a contract, a pack of ten hours and a ticket."""
    return set_up(database)


@pytest.fixture
def shared_url(url: str) -> str:
    """The URL of a database that several processes can open."""
    if url == "sqlite://":
        pytest.skip("a database in memory belongs to one process")
    return url
