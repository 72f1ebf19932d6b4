"""A whole desk for tests: a real daemon on a free port with its own database, clock and outgoing folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailgate.app import build
from mailgate.config import load
from mailgate.domain.people import Language
from mailgate.entrypoints.daemon import Daemon
from mailgate.entrypoints.demo.play import Performance, set_up
from mailgate.entrypoints.demo.script import ACTORS
from mailgate.entrypoints.demo.stage import Stage, configuration
from mailgate.inbound.parse import parse

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 10:00 in Paris


@dataclass(slots=True)
class Clock:
    """A clock that goes on only when it is told to."""

    time: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.time

    def advance(self, step: timedelta) -> None:
        """Let that much time go by."""
        self.time += step


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The desk, and the people's mailboxes."""

    stage: Stage
    performance: Performance
    clock: Clock


@asynccontextmanager
async def running_desk(
    folder: Path, *, language: Language | None = None, extra_settings: str = ""
) -> AsyncIterator[World]:
    """Run a desk with the people of the demonstration: two clients with a 10 h pack each, and one engineer.

    With a language, the desk writes to everybody in it.
    """
    config_path = folder / "config.toml"
    config_path.write_text(configuration() + extra_settings, encoding="utf-8")
    clock = Clock()
    app = build(load(config_path), now=clock, parse=parse)
    app.database.migrate()
    with app.database.transaction() as tx:
        set_up(tx, app, tuple(replace(actor, language=language or actor.language) for actor in ACTORS))
    daemon = Daemon(app)
    try:
        stage = Stage(app=app, port=await daemon.start())
        yield World(stage=stage, performance=Performance(stage=stage), clock=clock)
    finally:
        await daemon.stop()
        app.close()
