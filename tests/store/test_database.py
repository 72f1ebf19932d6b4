"""Opening the database: what it promises before anything is stored in it."""

from __future__ import annotations

import fcntl
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from random import randbytes

import pytest
import sqlalchemy as sa

from mailgate.errors import ConfigurationError, PermanentError, TemporaryError
from mailgate.store import inbox, people, sqlite, tickets
from mailgate.store.database import Database, is_writing
from tests.store.examples import NOW, Desk, envelope, mail


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "mailgate.db"


@pytest.fixture
def on_file(file: Path) -> Database:
    database = Database.open(f"sqlite:///{file}")
    database.migrate()
    return database


def test_the_folder_of_the_database_is_made(on_file: Database, file: Path) -> None:
    assert file.is_file()
    on_file.close()


@pytest.mark.parametrize(("setting", "expected"), [(setting, expected) for setting, _, expected in sqlite.PRAGMAS])
def test_every_connection_has_the_settings_that_keep_data(on_file: Database, setting: str, expected: object) -> None:
    with on_file.transaction() as tx, on_file.reading() as other:
        assert tx.exec_driver_sql(f"PRAGMA {setting}").scalar_one() == expected
        assert other.exec_driver_sql(f"PRAGMA {setting}").scalar_one() == expected
    on_file.close()


def test_a_setting_that_does_not_stick_stops_the_start(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    monkeypatch.setattr(sqlite, "PRAGMAS", (("journal_mode", "OFF", "wal"),))

    with pytest.raises(ConfigurationError, match="journal_mode=OFF"):
        Database.open(f"sqlite:///{file}")


@pytest.mark.parametrize("url", ["no url", "nosuch://host/name", "sqlite:////proc/nothing/here/mailgate.db"])
def test_a_url_that_cannot_be_used_is_the_operators_to_change(url: str) -> None:
    with pytest.raises(ConfigurationError):
        Database.open(url)


def test_a_file_that_is_no_database_is_not_touched(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"something else, long enough to be looked at " * 100)

    with pytest.raises(TemporaryError):
        Database.open(f"sqlite:///{file}")
    assert file.read_bytes().startswith(b"something else")


def test_what_is_committed_is_there_after_opening_anew(on_file: Database, file: Path) -> None:
    with on_file.transaction() as tx:
        stored = mail(tx, "kept")
    on_file.close()

    again = Database.open(f"sqlite:///{file}")
    with again.reading() as tx:
        assert inbox.raw(tx, stored.id).startswith(b"Subject: kept")
    again.close()


def test_an_exception_undoes_the_whole_transaction(database: Database) -> None:
    def fail_after_writing() -> None:
        with database.transaction() as tx:
            mail(tx, "undone")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_writing()
    with database.reading() as tx:
        assert inbox.listing(tx) == []


def test_a_writer_has_the_lock_before_it_reads(on_file: Database, file: Path) -> None:
    other = sqlite3.connect(file, isolation_level=None, timeout=0)
    with on_file.transaction(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.close()
    on_file.close()


def test_readers_go_on_while_somebody_writes(on_file: Database) -> None:
    with on_file.transaction() as tx:
        mail(tx, "new")
        with on_file.reading() as reader:
            assert inbox.listing(reader) == []
    on_file.close()


def test_a_reader_sees_one_state_throughout(on_file: Database) -> None:
    with on_file.reading() as reader:
        before = inbox.listing(reader)
        with on_file.transaction() as tx:
            mail(tx, "meanwhile")
        assert inbox.listing(reader) == before
    on_file.close()


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(TemporaryError), database.reading() as tx:
        mail(tx, "refused")
    with database.transaction() as tx:
        assert mail(tx, "taken").is_new


def test_only_a_writer_locks_rows(database: Database) -> None:
    with database.transaction() as tx:
        assert is_writing(tx)
    with database.reading() as tx:
        assert not is_writing(tx)


def test_a_locked_database_is_a_temporary_error(on_file: Database, file: Path) -> None:
    with on_file._engine.connect() as connection:
        connection.connection.execute("PRAGMA busy_timeout=20")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(TemporaryError) as failure, on_file.transaction():
        pass
    other.rollback()
    other.close()

    assert isinstance(failure.value.__cause__, sa.exc.OperationalError)
    assert "sql" not in failure.value.public.lower()
    with on_file.transaction() as tx:
        assert mail(tx, "afterwards").is_new
    on_file.close()


def test_a_full_disk_is_a_temporary_error_that_says_so_to_the_log(on_file: Database) -> None:
    with on_file.transaction() as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    with pytest.raises(TemporaryError) as failure, on_file.transaction() as tx:
        inbox.store(tx, digest="d", raw=randbytes(100_000), message_id="", envelope=envelope())

    cause = failure.value.__cause__
    assert isinstance(cause, sa.exc.DBAPIError)
    assert getattr(cause.orig, "sqlite_errorname", "") == "SQLITE_FULL"
    on_file.close()


def test_threads_take_turns_in_one_database(database: Database) -> None:
    def store(name: str) -> None:
        with database.transaction() as tx:
            mail(tx, name)

    threads = [threading.Thread(target=store, args=(f"mail {number}",)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.reading() as tx:
        assert len(inbox.listing(tx)) == 20


def test_times_come_back_aware_and_in_utc(database: Database, desk: Desk) -> None:
    in_paris = NOW.astimezone(timezone(timedelta(hours=2)))
    with database.transaction() as tx:
        stored = inbox.store(tx, digest="t", raw=b"", message_id="", envelope=envelope(at=in_paris))

    with database.reading() as tx:
        received_at = inbox.summary(tx, stored.id).envelope.received_at
        ticket = tickets.load(tx, desk.ticket_id)
    assert received_at == NOW
    assert received_at.tzinfo is UTC
    assert ticket is not None
    assert ticket.opened_at.tzinfo is UTC


def test_a_time_without_zone_is_refused(database: Database, desk: Desk) -> None:
    naive = datetime(2026, 9, 22, 8, 0)  # noqa: DTZ001 - that is the point

    with pytest.raises(sa.exc.StatementError), database.transaction() as tx:
        inbox.defer(tx, 1, error="", next_attempt_at=naive)


def test_a_second_daemon_is_refused_until_the_first_ends(on_file: Database, file: Path) -> None:
    program = (
        "import sys\n"
        "from mailgate.store.database import Database\n"
        "with Database.open(sys.argv[1]).claim_daemon():\n"
        "    print('claimed', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", program, f"sqlite:///{file}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert first.stdout is not None
    assert first.stdout.readline() == b"claimed\n"

    with pytest.raises(TemporaryError, match="already serves"), on_file.claim_daemon():
        pytest.fail("two daemons")
    first.kill()
    first.communicate()
    with on_file.claim_daemon():
        pass
    on_file.close()


def test_the_lock_is_beside_the_database_and_given_back(on_file: Database, file: Path) -> None:
    lock = file.with_name("mailgate.db.lock")
    with on_file.claim_daemon(), lock.open() as lock_file, pytest.raises(BlockingIOError):
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with lock.open() as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    on_file.close()


def test_a_sound_file_has_no_findings(database: Database) -> None:
    assert database.quick_check() == ()


def test_a_damaged_file_is_found(on_file: Database, file: Path) -> None:
    with on_file.transaction() as tx:
        root = tx.exec_driver_sql("SELECT rootpage FROM sqlite_schema WHERE name = 'outbox'").scalar_one()
        size = tx.exec_driver_sql("PRAGMA page_size").scalar_one()
    on_file.close()
    with file.open("r+b") as octets:
        octets.seek((root - 1) * size)
        octets.write(b"\xff" * size)

    damaged = Database.open(f"sqlite:///{file}")
    assert damaged.quick_check() != ()
    damaged.close()


def test_an_error_of_ours_passes_unchanged(database: Database, desk: Desk) -> None:
    with pytest.raises(PermanentError, match="already"), database.transaction() as tx:
        people.add_organisation(tx, name="Example Town", domains=[], accepts_new_contacts=False)
