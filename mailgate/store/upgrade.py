"""Bringing a schema up to date: the migrations, carried out by alembic, which only this module imports.

Not here: the transaction (`database.py`), and what the migrations are (`migrations/`).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from mailgate.errors import ConfigurationError

MIGRATIONS = "mailgate.store:migrations"


def upgrade(connection: sa.Connection) -> None:
    """Carry out the migrations that are missing, in the transaction of the connection.

    Raises ConfigurationError where a newer version made the database.
    """
    try:
        command.upgrade(_alembic(connection), "head")
    except CommandError as error:
        raise ConfigurationError("the database was made by a newer version of mailgate; install that one") from error


def _alembic(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.attributes["connection"] = connection
    return config
