"""Debian's PostgreSQL in a folder of its own, reached by a socket in it: for each test a database of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path

import sqlalchemy as sa

from mailgate.store.database import Database
from tests.servers import programs

#: Nothing in these databases has to survive anything; what mailgate asks of a server it can ask of each connection.
SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_wal_size=2GB",
    "max_connections=60",
    "shared_buffers=64MB",
)
OWNER = "postgres"


@dataclass(frozen=True)
class PostgreSql:
    """A running server."""

    folder: Path
    version: Path  # the folder of its programs

    def url(self, name: str) -> str:
        """Return how mailgate names a database of this server."""
        return f"postgresql+psycopg://{OWNER}@/{name}?host={self.folder}"

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """Make a database with nothing in it and yield its URL; it is dropped afterwards, whoever is connected."""
        name = f"test_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    @cached_property
    def migrated(self) -> Database:
        """The one database with the schema, which `emptied` hands out again and again: to make one takes seconds."""
        self._run("CREATE DATABASE migrated")
        database = Database.open(self.url("migrated"))
        database.migrate()
        return database

    def emptied(self) -> Database:
        """Return the database with the schema and without any rows, as it was when it was new."""
        database = self.migrated
        with database.transaction() as tx:
            tx.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no triggers, no foreign keys
            for statement in self._emptying:
                tx.exec_driver_sql(statement)
        return database

    @cached_property
    def _emptying(self) -> list[str]:
        with self.migrated.reading() as tx:
            tables = [name for name in sa.inspect(tx).get_table_names() if name != "alembic_version"]
            sequences = tx.exec_driver_sql("SELECT sequencename FROM pg_sequences").scalars().all()
        deletions = [f'DELETE FROM "{table}"' for table in tables]
        return [*deletions, *(f"SELECT setval('{sequence}', 1, false)" for sequence in sequences)]

    @cached_property
    def _numbers(self) -> Iterator[int]:
        return count(1)

    @cached_property
    def _administration(self) -> sa.Engine:
        return sa.create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")

    def _run(self, statement: str) -> None:
        with self._administration.connect() as connection:
            connection.exec_driver_sql(statement)

    def close(self) -> None:
        """Close all connections."""
        if "migrated" in self.__dict__:
            self.migrated.close()
        self._administration.dispose()


@contextmanager
def running_postgresql() -> Iterator[PostgreSql]:
    """Run a server; as root it runs as Debian's user for it, since it refuses to run as root."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not versions:
        programs.missing("PostgreSQL is not installed; on Debian, as root: apt-get install postgresql")
    version = versions[-1].parent
    user = OWNER if os.geteuid() == 0 else None
    with programs.open_folder("postgresql") as folder:
        if user is not None:
            shutil.chown(folder, user)
        data = folder / "data"
        make = [str(version / "initdb"), "-D", str(data), "-U", OWNER, "-A", "trust", "--no-sync", "--locale=C.UTF-8"]
        subprocess.run(make, check=True, capture_output=True, user=user, cwd=folder)
        command = [str(version / "postgres"), "-D", str(data)]
        for setting in (*SETTINGS, "listen_addresses=", f"unix_socket_directories={folder}"):
            command += ["-c", setting]
        server = PostgreSql(folder=folder, version=version)
        (folder / "output.log").touch()
        with programs.running(command, folder, user=user, stop_by=signal.SIGQUIT) as process:
            ready = [str(version / "pg_isready"), "-q", "-h", str(folder)]
            programs.await_condition(
                lambda: subprocess.run(ready, check=False).returncode == 0, "PostgreSQL is ready", process=process
            )
            try:
                yield server
            finally:
                server.close()
