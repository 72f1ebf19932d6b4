"""A copy of the database while it is in use, and what an older state needs before it is served again.

Not here: PostgreSQL's own backups, and the files that belong to an installation beside its database.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from mailgate.errors import PermanentError, TemporaryError
from mailgate.store.database import Database, Transaction
from mailgate.store.tables import METADATA


def copy_sqlite(database: Database, target: Path) -> None:
    """Write a copy of one moment of the database to a new file, checked and on disk when this returns.

    Writers go on meanwhile. The file is readable by its owner alone, since it holds everybody's mail.

    Raises:
        PermanentError: there is such a file, or the database is not SQLite.
        TemporaryError: the copy could not be made, or is not in order; there is no file then.

    """
    if not database.has_one_daemon:
        raise PermanentError("this database is PostgreSQL's; back it up with pg_dump")
    if target.exists():
        raise PermanentError(f"{target} exists; a backup is never written over another one")
    unfinished = target.with_name(f"{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        database.copy_to(unfinished)
        _check(unfinished)
        _sync(unfinished)
        unfinished.rename(target)
        _sync(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _check(path: Path) -> None:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as copy:
        found = [row[0] for row in copy.execute("PRAGMA integrity_check")]
        lost = copy.execute("PRAGMA foreign_key_check").fetchone()
    if found != ["ok"] or lost is not None:
        raise TemporaryError(f"the copy is not in order, and was removed: {found[0]}; see mailgate fsck")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def skip_numbers(tx: Transaction, numbers: int) -> None:
    """Never give the next numbers of any table: people may have addresses that name them."""
    for table in METADATA.sorted_tables:
        if not table.dialect_options["sqlite"].get("autoincrement"):
            continue
        if tx.dialect.name == "sqlite":
            skip = sa.text("UPDATE sqlite_sequence SET seq = seq + :numbers WHERE name = :name")
            if tx.execute(skip, {"numbers": numbers, "name": table.name}).rowcount == 0:
                first = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :numbers)")
                tx.execute(first, {"numbers": numbers, "name": table.name})
        else:
            name = tx.execute(sa.select(sa.func.pg_get_serial_sequence(table.name, "id"))).scalar_one()
            last = tx.execute(sa.text(f"SELECT last_value FROM {name}")).scalar_one()  # noqa: S608 - our own schema
            tx.execute(sa.select(sa.func.setval(name, last + numbers)))
