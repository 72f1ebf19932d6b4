"""The daemon: opens and closes in order, loses nothing when it is stopped, and takes up what the last one left."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from mailgate.app import App, build, utc_now
from mailgate.config import load
from mailgate.domain.message import Envelope
from mailgate.entrypoints.daemon import Daemon
from mailgate.entrypoints.demo.play import set_up
from mailgate.entrypoints.demo.script import HUGO
from mailgate.entrypoints.demo.stage import Stage, authenticated, configuration
from mailgate.inbound.parse import parse
from mailgate.outbound.deliver import Delivery
from mailgate.outbound.retry import Status
from mailgate.services.receiving import content_digest, peek_message_id
from mailgate.store import inbox, outbox
from tests.entrypoints.command_line import CommandLine
from tests.entrypoints.world import Clock

PATIENCE_SECONDS = 20
FEW_SECONDS = 5
SECRET = "the parcel of Mrs Durand"
DESK = "support@example.org"


@contextmanager
def installed(folder: Path, *, now: Callable[[], datetime] | None = None) -> Iterator[App]:
    """An installation with the people of the demonstration, and no daemon yet."""
    (folder / "config.toml").write_text(configuration(), encoding="utf-8")
    app = build(load(folder / "config.toml"), now=now or Clock(), parse=parse)
    try:
        app.database.migrate()
        with app.database.transaction() as tx:
            set_up(tx, app)
        yield app
    finally:
        app.close()


@asynccontextmanager
async def running(app: App) -> AsyncIterator[Stage]:
    daemon = Daemon(app)
    stage = Stage(app=app, port=await daemon.start())
    try:
        yield stage
    finally:
        await daemon.stop()


def question(number: int = 1) -> bytes:
    header = f"From: {HUGO.address}\r\nTo: {DESK}\r\nSubject: Index\r\nMessage-ID: <{number}@saint-remy.example.com>"
    return authenticated(f"{header}\r\n\r\n{SECRET} {number}\r\n".encode(), HUGO.address)


def receive(app: App, raw: bytes) -> None:
    """Store a mail as the listener does, and do nothing else."""
    envelope = Envelope(mail_from=HUGO.address, rcpt_to=(DESK,), received_at=app.now())
    with app.database.transaction() as tx:
        inbox.store(tx, digest=content_digest(raw), raw=raw, message_id=peek_message_id(raw), envelope=envelope)


def inbox_states(app: App) -> list[tuple[str, int]]:
    with app.database.reading() as tx:
        return [(line.state, line.attempts) for line in inbox.listing(tx, limit=1000)]


def outbox_states(app: App) -> list[tuple[str, str]]:
    with app.database.reading() as tx:
        return sorted((row.kind, row.state) for row in outbox.listing(tx, limit=1000))


async def smtp(port: int, *commands: bytes) -> bytes:
    """Hold the dialogue and return the last reply."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    reply = await reader.readline()
    for command in commands:
        writer.write(command + b"\r\n")
        reply = await reader.readline()
    writer.close()
    return reply


async def send(port: int, raw: bytes) -> bytes:
    return await smtp(
        port,
        b"HELO client.example.com",
        b"MAIL FROM:<%b>" % HUGO.address.encode(),
        b"RCPT TO:<%b>" % DESK.encode(),
        b"DATA",
        raw + b".",
    )


# --- start and stop --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Gate:
    """A way out that is busy with each mail until it is let go."""

    is_busy: asyncio.Event = field(default_factory=asyncio.Event)
    may_go_on: asyncio.Event = field(default_factory=asyncio.Event)
    taken: int = 0

    async def send(self, mail_from: str, rcpt_to: str, content: bytes) -> Delivery:
        self.taken += 1
        self.is_busy.set()
        await self.may_go_on.wait()
        return Delivery(status=Status.SENT, reply="250 ok")

    async def close(self) -> None:
        pass


async def test_it_opens_the_door_and_closes_it_before_the_workers_end(tmp_path: Path) -> None:
    with installed(tmp_path) as app, capture_logs() as lines:
        async with running(app) as stage:
            assert (await smtp(stage.port, b"HELO client.example.com", b"QUIT")).startswith(b"221 ")

        with pytest.raises(ConnectionRefusedError):
            await smtp(stage.port)
    assert [line["event"] for line in lines] == ["smtp_listening", "started", "smtp_stopped", "stopped"]


async def test_stopping_takes_no_more_mail_and_waits_for_the_deliveries_in_hand(tmp_path: Path) -> None:
    gate = Gate()
    with installed(tmp_path) as app:
        daemon = Daemon(replace(app, dispatcher=replace(app.dispatcher, transport=gate)))
        port = await daemon.start()
        assert (await send(port, question())).startswith(b"250 ")
        await asyncio.wait_for(gate.is_busy.wait(), PATIENCE_SECONDS)

        stopping = asyncio.create_task(daemon.stop())
        while await is_open(port):  # noqa: ASYNC110 - the condition lies on the other side of a socket
            await asyncio.sleep(0.005)
        assert not stopping.done()
        gate.may_go_on.set()
        await asyncio.wait_for(stopping, PATIENCE_SECONDS)

        assert outbox_states(app) == [("acknowledgement", "sent"), ("question", "sent")]
        assert gate.taken == 2


async def is_open(port: int) -> bool:
    try:
        reply = await smtp(port)
    except ConnectionError:
        return False
    return reply.startswith(b"220")


async def test_it_starts_and_stops_without_any_work_and_leaves_no_task(tmp_path: Path) -> None:
    with installed(tmp_path) as app:
        async with running(app):
            pass

        assert asyncio.all_tasks() == {asyncio.current_task()}


# --- a restart -------------------------------------------------------------------------------------------------------


async def stopped_after_receiving(app: App) -> None:
    receive(app, question())


async def stopped_after_processing(app: App) -> None:
    receive(app, question())
    await asyncio.to_thread(app.intake.process_batch)


async def killed_while_delivering(app: App) -> None:
    await stopped_after_processing(app)
    app.dispatcher._claim()


@pytest.mark.parametrize("stopped", [stopped_after_receiving, stopped_after_processing, killed_while_delivering])
async def test_a_restart_takes_a_mail_up_at_the_station_where_it_was_left(tmp_path: Path, stopped: object) -> None:
    assert callable(stopped)
    with installed(tmp_path) as app:
        await stopped(app)
        assert list(app.config.outgoing.folder.glob("*.eml")) == []

        async with running(app) as stage:
            await stage.settled(PATIENCE_SECONDS)

        assert inbox_states(app) == [("done", 1)]
        assert outbox_states(app) == [("acknowledgement", "sent"), ("question", "sent")]
        assert len(list(app.config.outgoing.folder.glob("*.eml"))) == 2


# --- failures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["inbox", "outbox"])
async def test_work_that_fails_is_logged_without_anybodys_words_and_done_when_it_is_woken_again(
    tmp_path: Path, table: str
) -> None:
    with installed(tmp_path) as app, capture_logs() as lines:
        with app.database.transaction() as tx:
            tx.exec_driver_sql(
                f"CREATE TRIGGER crash BEFORE UPDATE OF attempts ON {table} BEGIN SELECT RAISE(ABORT, '{SECRET}'); END"
            )
        async with running(app) as stage:
            assert (await send(stage.port, question(1))).startswith(b"250 ")
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not [line for line in lines if line["event"] == "work_failed"]:  # noqa: ASYNC110 - a list of lines
                    await asyncio.sleep(0.005)
            with app.database.transaction() as tx:
                tx.exec_driver_sql("DROP TRIGGER crash")
            assert (await send(stage.port, question(2))).startswith(b"250 ")
            await stage.settled(PATIENCE_SECONDS)

        assert inbox_states(app) == [("done", 1), ("done", 1)]
        assert [state for _, state in outbox_states(app)] == ["sent"] * 4
    failed = next(line for line in lines if line["event"] == "work_failed")
    assert str(failed["error"]).startswith("TemporaryError from IntegrityError")
    assert SECRET not in str(lines)
    assert "@" not in str(lines)


# --- the process -----------------------------------------------------------------------------------------------------

WAITING = 60  # mails, of which a batch takes a third


async def test_sigterm_while_mail_is_processed_ends_cleanly_and_the_next_daemon_does_the_rest_once(
    tmp_path: Path,
) -> None:
    with installed(tmp_path, now=utc_now) as app:
        for number in range(WAITING):
            receive(app, question(number))
        async with served(tmp_path) as process:
            await logged(process, "processed")
            process.send_signal(signal.SIGTERM)
            _, complaints = await asyncio.wait_for(process.communicate(), FEW_SECONDS)

        assert process.returncode == 0
        assert b"Traceback" not in complaints
        assert json.loads(complaints.splitlines()[-1])["event"] == "stopped"
        assert SECRET.encode() not in complaints
        done = inbox_states(app).count(("done", 1))
        assert 0 < done < WAITING
        assert inbox_states(app).count(("received", 0)) == WAITING - done  # none was left half way

        async with running(app) as stage:
            await stage.settled(PATIENCE_SECONDS)
        assert inbox_states(app) == [("done", 1)] * WAITING
        kinds = outbox_states(app)
        assert kinds == [("acknowledgement", "sent")] * WAITING + [("question", "sent")] * WAITING


async def test_a_second_daemon_on_the_same_database_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with installed(tmp_path) as app, app.database.claim_daemon():
        async with running(app) as stage:
            refusal = await asyncio.to_thread(CommandLine(tmp_path).refused, "serve", status=75)

            assert (await send(stage.port, question())).startswith(b"250 ")
            await stage.settled(PATIENCE_SECONDS)
        assert inbox_states(app) == [("done", 1)]
    assert refusal == f"another mailgate already serves {tmp_path / 'var' / 'mailgate.db'}; stop it first"


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `mailgate serve` as a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAILGATE_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "mailgate",
        "serve",
        "--config",
        str(folder / "config.toml"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**environment, "MAILGATE_LOG__LEVEL": "info", "MAILGATE_LOG__FORMAT": "json"},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def logged(process: asyncio.subprocess.Process, event: str) -> None:
    """Wait until the process has logged that."""
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        while line := await process.stderr.readline():
            assert line.startswith(b"{"), (line + await process.stderr.read()).decode()
            if json.loads(line)["event"] == event:
                return
    raise AssertionError(f"the process ended before it logged {event}")


class Hanging:
    """A smarthost that takes the connection and never says a word."""

    async def send(self, mail_from: str, rcpt_to: str, content: bytes) -> Delivery:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def close(self) -> None:
        pass


async def test_a_smarthost_that_hangs_does_not_hold_up_the_end_and_the_next_start_takes_it_up(tmp_path: Path) -> None:
    with installed(tmp_path) as app:
        receive(app, question())
        daemon = Daemon(replace(app, dispatcher=replace(app.dispatcher, transport=Hanging())))
        await daemon.start()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not claimed_rows(app):  # noqa: ASYNC110 - the condition lies in the database
                await asyncio.sleep(0.01)

        async with asyncio.timeout(FEW_SECONDS):
            await daemon.stop(grace_seconds=0.1)
        async with running(app) as stage:
            await stage.settled()
            assert len(stage.outgoing()) == 2


def claimed_rows(app: App) -> int:
    with app.database.reading() as tx:
        return sum(row.claimed_until is not None for row in outbox.listing(tx))
