"""Hostile mails: each is read or refused by a cap, by a reader that survives it within its limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailgate.inbound.pool import ParserPool
from tests.inbound.bombs import BOMBS
from tests.inbound.mails import mail

MOST_MEMORY_KIB = 300_000


@pytest.fixture(scope="module")
def pool() -> Iterator[ParserPool]:
    made = ParserPool()
    yield made
    made.close()


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_or_refused_and_ends_no_reader(pool: ParserPool, name: str) -> None:
    pool.parse(mail())
    reader = reader_of(pool)

    message = pool.parse(BOMBS[name])

    assert message.excess or message.headers
    assert reader_of(pool) == reader


def test_a_reader_of_all_bombs_takes_less_than_300_megabytes(pool: ParserPool) -> None:
    for bomb in BOMBS.values():
        pool.parse(bomb)

    status = Path(f"/proc/{reader_of(pool)}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    assert int(peak.split()[1]) < MOST_MEMORY_KIB


def reader_of(pool: ParserPool) -> int:
    worker = pool._idle.get()
    pool._idle.put(worker)
    assert worker is not None
    return worker._process.pid
