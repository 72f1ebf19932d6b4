"""Installations for the tests of the command line: made once, then copied."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.entrypoints.command_line import CommandLine, set_up


@pytest.fixture(scope="session")
def _environment() -> Iterator[None]:
    """No settings but the defaults, and a terminal of 80 columns."""
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.upper().startswith("MAILGATE_")]:
            environment.delenv(name)
        environment.setenv("COLUMNS", "80")
        yield


@pytest.fixture(scope="session")
def _prepared(tmp_path_factory: pytest.TempPathFactory, _environment: None) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    set_up(CommandLine(folder))
    return folder


@pytest.fixture
def nothing(tmp_path: Path, _environment: None) -> CommandLine:
    """The command line in an empty folder."""
    return CommandLine(tmp_path)


@pytest.fixture
def desk(tmp_path: Path, _prepared: Path) -> CommandLine:
    """The command line in the folder of an installation with one client and one engineer."""
    shutil.copytree(_prepared, tmp_path, dirs_exist_ok=True)
    return CommandLine(tmp_path)
