"""What SQLite needs so that it neither loses an update nor a commit: one connection's settings and its BEGIN.

In its default mode the driver begins a transaction only before the first write, and what was read before is stale
without any error. Nothing else in the store knows which database it talks to, but for `database.py` and the triggers.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from mailgate.errors import ConfigurationError

#: The driver begins nothing by itself.
DRIVER_ARGUMENTS = {"isolation_level": None}

#: Execution options of a connection that only reads.
READING = {"mailgate_reading": True}

_IS_QUERY_ONLY = "mailgate_is_query_only"  # what a connection remembers of itself

#: What the driver raises where SQLAlchemy does not stand in between, as in the settings of a new connection.
ERRORS: tuple[type[Exception], ...] = (sqlite3.Error,)

#: (setting, value, what reading it back must give)
PRAGMAS = (
    ("busy_timeout", "10000", 10000),  # first, so that the others wait too
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),  # a commit is on disk before it is confirmed
    ("foreign_keys", "ON", 1),
    ("recursive_triggers", "ON", 1),  # so that REPLACE cannot get round the triggers against deletion
)


def file_of(url: sa.URL) -> Path | None:
    """Return the file of a SQLite database, or None for one in memory."""
    is_memory = url.database in {None, "", ":memory:"}
    return None if is_memory else Path(str(url.database))


def engine(url: sa.URL) -> sa.Engine:
    """Return an engine whose connections are set up as they must be; makes the folder of the file."""
    path = file_of(url)
    if path is None:
        arguments = {**DRIVER_ARGUMENTS, "check_same_thread": False}
        made = sa.create_engine(url, poolclass=StaticPool, connect_args=arguments)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        made = sa.create_engine(url, connect_args=DRIVER_ARGUMENTS)
    sa.event.listen(made, "connect", _set_up_in_memory if path is None else _set_up)
    sa.event.listen(made, "begin", _begin)
    return made


@contextmanager
def turn(path: Path | None) -> Iterator[None]:
    """Hold the lock of that file, which is made beside the database; wait for it as long as it takes."""
    if path is None:
        yield
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)  # which frees it


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    for setting, value, expected in PRAGMAS:
        connection.execute(f"PRAGMA {setting}={value}")
        (actual,) = connection.execute(f"PRAGMA {setting}").fetchone()
        if actual != expected:
            raise ConfigurationError(
                f"SQLite does not take {setting}={value} here; put the database on a local disk with WAL support"
            )


def _set_up_in_memory(connection: sqlite3.Connection, _record: object) -> None:
    for setting, value, _ in PRAGMAS:
        connection.execute(f"PRAGMA {setting}={value}")


def _begin(connection: sa.Connection) -> None:
    is_reading = bool(connection.get_execution_options().keys() & READING.keys())
    if connection.info.get(_IS_QUERY_ONLY) is not is_reading:  # a connection is mostly used again for the same
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if is_reading else 'OFF'}")
        connection.info[_IS_QUERY_ONLY] = is_reading
    connection.exec_driver_sql("BEGIN DEFERRED" if is_reading else "BEGIN IMMEDIATE")


@contextmanager
def foreign_keys_off(connection: sa.Connection) -> Iterator[None]:
    """Suspend foreign keys on a connection that has no transaction yet: inside one the setting cannot change."""
    driver = connection.connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def says_damaged(error: BaseException | None) -> bool:
    """Tell whether the driver says that the file itself is not in order."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    return isinstance(cause, sqlite3.Error) and cause.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CORRUPT
