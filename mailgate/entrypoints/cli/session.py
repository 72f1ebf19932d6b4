"""What most commands begin with: the settings and the open database of an installation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailgate.errors import ConfigurationError

if TYPE_CHECKING:
    from mailgate.config import Config
    from mailgate.store.database import Database

DEFAULT_CONFIG = Path("config.toml")

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file.", dir_okay=False, show_default=True)
]
ByOption = Annotated[
    str | None, typer.Option("--by", help="The address of the administrator who acts, where there are several.")
]


@dataclass(frozen=True, slots=True)
class Session:
    """An installation whose database exists and is up to date."""

    config: Config
    database: Database


@contextmanager
def opened(config_path: Path) -> Iterator[Session]:
    """Open the installation of a configuration file; raises ConfigurationError where it was never set up."""
    from mailgate.app import open_database
    from mailgate.config import load

    config = load(config_path)
    database = open_database(config)
    try:
        if not database.is_current():
            raise ConfigurationError(f"the database is not set up; run: mailgate init --config {config_path}")
        yield Session(config, database)
    finally:
        database.close()
