"""The desk that the tests of the services share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailgate.store.database import Database
from tests.services.desk_in_memory import DeskInMemory, desk_in_memory, empty_database


@pytest.fixture(scope="session")
def _database() -> Iterator[Database]:
    database = empty_database()
    yield database
    database.close()


@pytest.fixture
def desk(_database: Database) -> Iterator[DeskInMemory]:
    """A desk without doors, each test its own."""
    with desk_in_memory(_database) as desk:
        yield desk
