"""Backups: backup, restored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailgate.entrypoints.cli.output import JsonOption, show_record
from mailgate.entrypoints.cli.session import DEFAULT_CONFIG, ConfigOption, settings_of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restored)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; it must not exist.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Copy the database into a file while the desk works.

    The copy is of one moment, and is checked before the file gets its name. The configuration file and the key that
    signs reply addresses are no part of it. For PostgreSQL use pg_dump.
    """
    from mailgate.store.backup import copy_sqlite
    from mailgate.store.database import Database

    database = Database.open(settings_of(config).storage.database)
    try:
        copy_sqlite(database, file)
    finally:
        database.close()
    print(f"the database is in {file}; keep the configuration file and the key of the addresses with it")


def restored(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Prepare a database that was put back from a backup.

    Run it once, before the desk is started. What was queued in the backup is not sent, since it may have been sent
    before; numbers that were given since then are not given again, so that old addresses lead nowhere, not to a
    stranger's ticket.
    """
    from datetime import UTC, datetime

    from mailgate.services.restoration import take_up
    from mailgate.store.database import Database

    database = Database.open(settings_of(config).storage.database)
    try:
        with database.claim_daemon():
            database.migrate()
            with database.transaction() as tx:
                found = take_up(tx, datetime.now(UTC))
    finally:
        database.close()
    show_record({"notices_held_back": found.held_back, "mails_to_be_processed": found.waiting}, as_json=as_json)
