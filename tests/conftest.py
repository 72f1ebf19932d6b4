"""`pytest --update-golden` writes the golden files anew instead of comparing with them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.servers.postgresql import PostgreSql, running_postgresql

# A busy machine is no defect; in CI, Hypothesis has a profile of its own, which also repeats the same examples.
if "CI" not in os.environ:
    settings.register_profile("patient", deadline=None)
    settings.load_profile("patient")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    """A PostgreSQL server, started for the first test that wants one."""
    with running_postgresql() as server:
        yield server


GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", default=False, help="write tests/golden anew")


@pytest.fixture
def compare_with_golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return the comparison of a text with the golden file of that name, or its refreshment."""
    update = bool(request.config.getoption("--update-golden", default=False))

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing: run pytest --update-golden and read what it writes"
        assert text == path.read_text(encoding="utf-8")

    return compare
