"""The desk that the tests of the services share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailgate.store.database import Database
from tests.servers.postgresql import PostgreSql
from tests.services.desk_in_memory import DeskInMemory, desk_in_memory, desk_on, empty_database


@pytest.fixture(scope="session")
def _database() -> Iterator[Database]:
    database = empty_database()
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest) -> Iterator[DeskInMemory]:
    """A desk without doors, each test its own: one test on each kind of database."""
    if request.param == "sqlite":
        with desk_in_memory(request.getfixturevalue("_database")) as desk:
            yield desk
        return
    server: PostgreSql = request.getfixturevalue("postgresql")
    yield desk_on(server.emptied())
