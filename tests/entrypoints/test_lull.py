"""What can wait does so while mail pours in, and goes on all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailgate.entrypoints.lull import BURST_OCTETS, LONGEST_WAIT_SECONDS, LOOK_SECONDS, Lull


@dataclass
class Counter:
    """How many mails have come, one figure after the other for each look."""

    figures: Iterator[int]
    looks: int = 0

    def __call__(self) -> int:
        self.looks += 1
        return next(self.figures)


def counter(figures: Iterable[int]) -> tuple[Counter, Lull]:
    looked_at = Counter(iter(figures))
    lull = Lull(looked_at, lambda: 0)
    lull._seen_at = asyncio.get_running_loop().time()
    return looked_at, lull


async def test_in_calm_times_nothing_waits() -> None:
    looked_at, lull = counter([1])

    await lull.wait()

    assert looked_at.looks == 1


async def test_a_burst_is_known_although_it_was_calm_for_long_before() -> None:
    looked_at, lull = counter([1, 1000, 1001])
    lull._seen_at -= 3600

    await lull.wait()

    assert looked_at.looks == 3


async def test_after_a_calm_hour_a_single_mail_is_no_burst() -> None:
    looked_at, lull = counter([1, 1])
    lull._seen_at -= 3600

    await lull.wait()

    assert looked_at.looks == 2


async def test_work_goes_on_when_mail_no_longer_pours_in() -> None:
    looked_at, lull = counter([1000, 2000, 2001])

    await lull.wait()

    assert looked_at.looks == 3


async def test_large_mails_that_are_half_here_pour_in_as_well() -> None:
    octets = iter([BURST_OCTETS, BURST_OCTETS, BURST_OCTETS - 1])
    lull = Lull(lambda: 0, lambda: next(octets))

    await lull.wait()

    assert list(octets) == []


async def test_however_long_mail_pours_in_there_is_work_in_between() -> None:
    looked_at, lull = counter(range(100_000, 1_000_000_000, 100_000))

    await lull.wait()
    looks = looked_at.looks
    await lull.wait()

    assert 1 < looks <= 2 + LONGEST_WAIT_SECONDS / LOOK_SECONDS
    assert looked_at.looks == looks
