"""The desk that the tests of the services share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.desk_in_memory import DeskInMemory, desk_in_memory


@pytest.fixture
def desk() -> Iterator[DeskInMemory]:
    """A desk without doors, each test its own."""
    with desk_in_memory() as desk:
        yield desk
