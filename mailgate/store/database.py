"""Opening the database, and the transactions in which everything happens.

A writer on SQLite holds the lock from its first statement (BEGIN IMMEDIATE), so that what it read is still true when
it writes; PostgreSQL locks rows instead (`ledger.account`). What a driver raises becomes a TemporaryError here: the
mail is kept and tried again. Not here: any query, and what the tables are (`tables/`).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from importlib.resources import files
from pathlib import Path
from typing import TypeAlias

import sqlalchemy as sa

from mailgate.errors import ConfigurationError, PermanentError, TemporaryError, UnavailableError
from mailgate.store import sqlite

#: What services hand to the query functions; they need not know what it is.
Transaction: TypeAlias = sa.Connection

MIGRATION_LOCK = 0x6D61696C  # any number that no other program on the server uses


class Database:
    """One database, SQLite or PostgreSQL; to be used from any thread, never from within the event loop's."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._is_memory = self._is_sqlite and sqlite.file_of(engine.url) is None
        self._writer = threading.RLock()
        path = sqlite.file_of(engine.url) if self._is_sqlite else None
        self._turn = None if path is None else path.with_name(f"{path.name}.turn")

    @classmethod
    def open(cls, url: str) -> Database:
        """Open the database of that URL, such as `sqlite:///var/mailgate.db`, `sqlite://` or `postgresql://…`.

        The folder of a SQLite file is made. Raises ConfigurationError where the URL cannot be used or the database
        would not keep what it confirmed, TemporaryError where it cannot be reached.
        """
        try:
            parsed = sa.make_url(url)
            engine = sqlite.engine(parsed) if parsed.get_backend_name() == "sqlite" else sa.create_engine(parsed)
        except (sa.exc.ArgumentError, ImportError) as error:
            raise ConfigurationError(
                "the database's URL cannot be used; write sqlite:///FILE, or postgresql://… with its driver installed"
            ) from error
        except OSError as error:
            raise ConfigurationError(f"the folder of the database cannot be made: {error.strerror}") from error
        database = cls(engine)
        try:
            database._check_durability()
        except BaseException:
            engine.dispose()
            raise
        return database

    def _check_durability(self) -> None:
        """Refuse a server that confirms a commit before it is on disk; SQLite's settings are read back by `sqlite`."""
        with self.reading() as tx:
            if not self._is_sqlite and tx.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "off":
                raise ConfigurationError("PostgreSQL runs with synchronous_commit=off; set it to on")

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Yield a transaction that writes; committed at the end, rolled back on any exception. Never nest it.

        Raises TemporaryError for whatever the driver reports: locked, full, unreachable, a key that exists.
        """
        with _temporary_errors(), self._taking_turns(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _taking_turns(self) -> Iterator[None]:
        """On SQLite, wait until no other thread or process of ours writes.

        SQLite itself makes a writer sleep and look again, ever longer; whoever writes often would keep all others
        out. The kernel wakes them at once, and lets go of the lock of a process that is killed.
        """
        if not self._is_sqlite:
            yield
            return
        with self._writer, sqlite.turn(self._turn):
            yield

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Yield a transaction that sees one state of the database throughout and cannot write.

        Writers go on meanwhile, except with SQLite in memory, which has but one connection.
        """
        alone = self._writer if self._is_memory else nullcontext()
        options = sqlite.READING if self._is_sqlite else {**sqlite.READING, **_READING_ON_POSTGRESQL}
        with (
            _temporary_errors(),
            alone,
            self._engine.connect() as connection,
            connection.execution_options(**options).begin(),
        ):
            yield connection

    def migrate(self) -> None:
        """Bring the schema to the state that this version needs: all of it in one transaction, or nothing.

        On SQLite foreign keys are not enforced meanwhile (recreating a parent table would delete its children) but
        checked before the commit. Raises PermanentError where rows would lose their parent, ConfigurationError where
        a newer version made the database, TemporaryError for what the driver reports.
        """
        if self.is_current():
            return
        from mailgate.store.upgrade import upgrade  # noqa: PLC0415 - a third of a second, at nearly every start in vain

        with _temporary_errors(), self._writer, self._engine.connect() as connection:
            suspended = sqlite.foreign_keys_off(connection) if self._is_sqlite else nullcontext()
            with suspended, connection.begin():
                if not self._is_sqlite:
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
                upgrade(connection)
                if self._is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise PermanentError("the migration of the database would lose rows; it was not carried out")

    def is_current(self) -> bool:
        """Tell whether the schema is the one that this version needs."""
        with self.reading() as tx:
            if not sa.inspect(tx).has_table(_VERSION.name):
                return False
            return tx.execute(sa.select(_VERSION.c.version_num)).scalars().all() == [_newest_version()]

    def copy_to(self, path: Path) -> None:
        """Write one moment of a SQLite database into an empty file; raises TemporaryError where that fails."""
        source = sqlite.file_of(self._engine.url)
        with _temporary_errors(), closing(sqlite3.connect(source or ":memory:")) as connection:
            connection.execute("VACUUM INTO ?", (str(path),))

    def quick_check(self) -> tuple[str, ...]:
        """Return what SQLite finds wrong with its file: nothing, if all is well. PostgreSQL checks itself."""
        if not self._is_sqlite:
            return ()
        try:
            with self.reading() as tx:
                findings = tx.exec_driver_sql("PRAGMA quick_check").scalars().all()
        except TemporaryError as error:
            if not sqlite.says_damaged(error.__cause__):
                raise
            return ("the file is so damaged that it cannot be checked",)
        return tuple(finding for finding in findings if finding != "ok")

    @property
    def is_shared(self) -> bool:
        """Tell whether other processes can open this database: not where it is in memory."""
        return not self._is_memory

    @property
    def has_one_daemon(self) -> bool:
        """Tell whether at most one daemon can serve this database: on SQLite."""
        return self._is_sqlite

    @contextmanager
    def claim_daemon(self) -> Iterator[None]:
        """Be the one daemon of a SQLite file for as long as the context lasts, or the process, however it ends.

        The lock is on a file beside the database; it passes to forked children, not to spawned ones. On PostgreSQL
        several daemons may run. Raises TemporaryError where another process holds it.
        """
        path = sqlite.file_of(self._engine.url) if self._is_sqlite else None
        if path is None:
            yield
            return
        with path.with_name(f"{path.name}.lock").open("a+", encoding="ascii") as lock_file:
            try:
                fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise TemporaryError(f"another mailgate already serves {path}; stop it first") from error
            lock_file.truncate(0)
            lock_file.write(f"{os.getpid()}\n")
            lock_file.flush()
            yield

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


_VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))
_READING_ON_POSTGRESQL = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_UNAVAILABLE: tuple[type[Exception], ...] = (
    sa.exc.OperationalError,  # locked, full, unreachable
    sa.exc.InterfaceError,
    sa.exc.TimeoutError,
    sqlite3.OperationalError,
)
_DRIVER_ERRORS: tuple[type[Exception], ...] = (sa.exc.DBAPIError, sa.exc.TimeoutError, *sqlite.ERRORS)


def is_writing(tx: Transaction) -> bool:
    """Tell whether rows may be locked in this transaction: not in one that only reads."""
    return not tx.get_execution_options().keys() & sqlite.READING.keys()


def _newest_version() -> str:
    """Return the version to which the migrations lead: each begins with its number, and names the one before it."""
    versions = files("mailgate.store").joinpath("migrations", "versions").iterdir()
    return max(entry.name.partition("_")[0] for entry in versions if entry.name[:1].isdigit())


@contextmanager
def _temporary_errors() -> Iterator[None]:
    try:
        yield
    except _UNAVAILABLE as error:
        raise UnavailableError("the database cannot do this now") from error
    except _DRIVER_ERRORS as error:
        raise TemporaryError("the database cannot do this now") from error
