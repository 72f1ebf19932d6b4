"""What most commands begin with: the settings of an installation, and a transaction in its database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailgate.errors import ConfigurationError

if TYPE_CHECKING:
    from mailgate.config import Config
    from mailgate.store.database import Database, Transaction

DEFAULT_CONFIG = Path("config.toml")

ConfigOption = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="The configuration file.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One command at work: the settings, its transaction, and the moment at which it began."""

    config: Config
    tx: Transaction
    now: datetime


@contextmanager
def reading(config_path: Path) -> Iterator[Session]:
    """Look into an installation; raises ConfigurationError where it was never set up."""
    with _opened(config_path) as (config, database), database.reading() as tx:
        yield Session(config=config, tx=tx, now=datetime.now(UTC))


@contextmanager
def writing(config_path: Path) -> Iterator[Session]:
    """Change an installation, all or nothing; raises ConfigurationError where it was never set up."""
    with _opened(config_path) as (config, database), database.transaction() as tx:
        yield Session(config=config, tx=tx, now=datetime.now(UTC))


@contextmanager
def _opened(config_path: Path) -> Iterator[tuple[Config, Database]]:
    from mailgate.store.database import Database

    config = settings_of(config_path)
    database = Database.open(config.storage.database)
    try:
        if not database.is_current():
            raise ConfigurationError(
                f"the database is not set up for this version; run: mailgate init{config_words(config_path)}"
            )
        yield config, database
    finally:
        database.close()


def settings_of(config_path: Path) -> Config:
    """Return the settings in that file; raises ConfigurationError with all that is wrong."""
    from mailgate.config import load

    if not config_path.exists():
        raise ConfigurationError(
            f"there is no configuration file {config_path}; name yours with --config, "
            f"or create one with: mailgate init{config_words(config_path)}"
        )
    return load(config_path)


def config_words(config_path: Path) -> str:
    """Return the words that name that configuration file in a command to be typed; none for the default."""
    import shlex

    return "" if config_path == DEFAULT_CONFIG else f" -c {shlex.quote(str(config_path))}"
