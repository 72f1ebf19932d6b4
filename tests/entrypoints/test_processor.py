"""The processor: mail is processed in a process of its own, which ends with its parent and is replaced when it dies."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mailgate.app import App, utc_now
from mailgate.entrypoints.processor import Processor
from mailgate.errors import TemporaryError
from tests.entrypoints.test_daemon import inbox_states, installed, question, receive

PATIENCE_SECONDS = 60


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[tuple[App, Processor]]:
    with installed(tmp_path, now=utc_now) as app:
        processor = Processor(app.config)
        yield app, processor
        await processor.stop()


def child_of(processor: Processor) -> asyncio.subprocess.Process:
    assert processor._child is not None
    return processor._child


async def test_mail_is_processed_in_a_process_that_only_its_parent_ends(world: tuple[App, Processor]) -> None:
    app, processor = world
    receive(app, question())

    assert await processor.process_batch() == 1
    assert await processor.process_batch() == 0
    assert inbox_states(app) == [("done", 1)]
    child = child_of(processor)
    assert child.pid != os.getpid()

    for number in (signal.SIGTERM, signal.SIGINT):  # which end a service, and reach all of its processes
        child.send_signal(number)
    receive(app, question(2))
    assert await processor.process_batch() == 1

    await processor.stop()
    assert child.returncode == 0


async def test_a_processor_that_is_killed_is_replaced_and_nothing_is_lost(world: tuple[App, Processor]) -> None:
    app, processor = world
    await processor.process_batch()
    receive(app, question())
    child_of(processor).kill()

    with pytest.raises(TemporaryError):
        await processor.process_batch()
    assert await processor.process_batch() == 1
    assert inbox_states(app) == [("done", 1)]


async def test_a_processor_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    with installed(tmp_path, now=utc_now):
        parent = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mailgate", "serve", "-c", str(tmp_path / "config.toml")),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert parent.stdout is not None
        assert parent.stderr is not None
        await asyncio.wait_for(parent.stdout.readline(), PATIENCE_SECONDS)
        children = await asyncio.to_thread(Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text, "ascii")
        parent.kill()
        # the children hold the other end of standard error for as long as they live
        await asyncio.wait_for(parent.stderr.read(), PATIENCE_SECONDS)
        await parent.wait()

    assert children.split()
