"""The round trip through a smarthost that hands everything to a running desk, or loses some of it."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from mailgate.app import App, build
from mailgate.config import load
from mailgate.entrypoints.daemon import Daemon
from mailgate.entrypoints.demo.stage import configuration
from mailgate.entrypoints.doctor.examination import examine, go_round
from mailgate.entrypoints.doctor.finding import Finding, Level
from mailgate.inbound.parse import parse
from mailgate.store import inbox
from tests.outbound.test_deliver import cut

DESK = "support@example.org"


@dataclass
class Relay:
    """A smarthost that hands a mail on to the desk, where `forwards` says to which address."""

    forwards: Callable[[str], str | None]
    desk_port: int = 0
    skew: timedelta = timedelta()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        for rcpt_to in envelope.rcpt_tos:
            if address := self.forwards(rcpt_to):
                stamp = format_datetime(datetime.now(UTC) + self.skew)
                hop = f"Received: from desk by relay.example.org with ESMTP; {stamp}\r\n".encode()
                await asyncio.to_thread(self._hand_on, address, hop + (envelope.original_content or b""))
        return "250 2.0.0 queued"

    def _hand_on(self, address: str, raw: bytes) -> None:
        with smtplib.SMTP("127.0.0.1", self.desk_port, local_hostname="relay.example.org", timeout=60) as client:
            client.sendmail(DESK, [address], raw)


@asynccontextmanager
async def listening(relay: Relay) -> AsyncIterator[int]:
    sessions: list[SMTP] = []

    def protocol() -> SMTP:
        sessions.append(SMTP(relay, hostname="relay.example.org"))
        return sessions[-1]

    listener = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        for session in sessions:
            cut(session)


@asynccontextmanager
async def installed(folder: Path, relay: Relay) -> AsyncIterator[App]:
    """A running desk behind the relay; what is yielded is another process's view of it."""
    async with listening(relay) as port:
        settings = f'{configuration()}\n[outgoing]\nsmarthost = "127.0.0.1"\nport = {port}\ntls = "none"\n'
        (folder / "config.toml").write_text(settings, encoding="utf-8")
        running, beside = build(load(folder / "config.toml"), parse=parse), build(load(folder / "config.toml"))
        running.database.migrate()
        daemon = Daemon(running)
        try:
            relay.desk_port = await daemon.start()
            yield beside
        finally:
            await daemon.stop()
            running.close()
            beside.close()


async def gone_round(app: App, wait_seconds: float = 60) -> list[Finding]:
    return await asyncio.to_thread(lambda: list(go_round(app, wait_seconds=wait_seconds)))


async def test_both_kinds_of_address_arrive_and_nothing_else_follows(tmp_path: Path) -> None:
    async with installed(tmp_path, Relay(forwards=lambda address: address)) as app:
        findings = await gone_round(app)

        with app.database.reading() as tx:
            arrived = inbox.listing(tx)
    assert [finding.level for finding in findings] == [Level.OK] * 4  # two mails, and two looks at the clock
    assert [line.ticket_id for line in arrived] == [None, None]
    assert {address for line in arrived for address in line.rcpt_to} > {DESK}


async def test_a_server_that_drops_plus_addresses_is_told_from_a_desk_that_does_not_run(tmp_path: Path) -> None:
    relay = Relay(forwards=lambda address: address if address == DESK else None)
    async with installed(tmp_path, relay) as app:
        findings = await gone_round(app, wait_seconds=1)

    (problem,) = [finding for finding in findings if finding.level is Level.PROBLEM]
    assert "recipient_delimiter" in problem.advice


async def test_a_desk_that_gets_nothing_is_asked_whether_it_runs(tmp_path: Path) -> None:
    async with installed(tmp_path, Relay(forwards=lambda _: None)) as app:
        findings = await gone_round(app, wait_seconds=1)

    assert [finding.level for finding in findings] == [Level.PROBLEM, Level.PROBLEM]
    assert "is `mailgate serve` running" in findings[0].advice


async def test_a_clock_that_differs_from_the_one_of_the_server_in_front_is_told(tmp_path: Path) -> None:
    relay = Relay(forwards=lambda address: address, skew=timedelta(hours=2))
    async with installed(tmp_path, relay) as app:
        findings = await gone_round(app)

    assert "the clock is 120 minutes behind the mail server in front" in {finding.says for finding in findings}


async def test_without_a_smarthost_there_is_no_round_trip(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(configuration(), encoding="utf-8")
    app = build(load(tmp_path / "config.toml"))
    try:
        (finding,) = await gone_round(app)
    finally:
        app.close()

    assert finding.level is Level.PROBLEM


async def test_nothing_is_sent_while_the_database_cannot_receive_it(tmp_path: Path) -> None:
    relay = Relay(lambda _: None)
    async with listening(relay) as port:
        outgoing = f'[outgoing]\nsmarthost = "127.0.0.1"\nport = {port}\ntls = "none"\n'
        (tmp_path / "config.toml").write_text(configuration() + outgoing, encoding="utf-8")
        app = build(load(tmp_path / "config.toml"))
        try:
            (finding,) = await gone_round(app)
        finally:
            app.database.close()

    assert finding.level is Level.PROBLEM
    assert "mailgate init" in finding.advice


async def test_a_check_that_breaks_is_a_finding_and_the_next_is_made(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(configuration(), encoding="utf-8")
    app = build(load(tmp_path / "config.toml"))

    def break_down(_app: App) -> list[Finding]:
        raise KeyError("secret")

    well = Finding(level=Level.OK, check="second", says="well")
    try:
        first, second = examine(app, (("first", lambda app: iter(break_down(app))), ("second", lambda _: iter([well]))))
    finally:
        app.close()

    assert (first.level, first.check) == (Level.PROBLEM, "first")
    assert "secret" not in first.says
    assert second is well
