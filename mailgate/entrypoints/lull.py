"""Mail that pours in goes first: work that can wait does so until there is a lull, though never for long.

A sender waits for our 250, and its patience is not ours; an acknowledgement may come a second later. Without this the
work on the first mails of a burst would slow down the taking in of all others. Not here: any work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

BURST_RATE = 25  # small mails a second, from which on they pour in
BURST_OCTETS = 4 * 1024 * 1024  # of large mails on their way in at once
LOOK_SECONDS = 0.05
FRESH_SECONDS = 0.5  # after which a look says nothing of the present any more
LONGEST_WAIT_SECONDS = 2.0
LEAST_WORK_SECONDS = 0.5  # after the longest wait, so that there is progress however long the burst


class Lull:
    """Tells one worker when to go on.

    `received` tells how many small mails, or as much as those, have come, and `octets_under_way` how much of others is
    only half here or not yet stored.
    """

    def __init__(self, received: Callable[[], int], octets_under_way: Callable[[], int]) -> None:
        self._received = received
        self._octets_under_way = octets_under_way
        self._seen = 0
        self._seen_at = 0.0
        self._works_until = 0.0

    async def wait(self) -> None:
        """Return at once unless mails pour in; else when they no longer do, or after the longest wait."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        if begun < self._works_until:
            return
        if begun - self._seen_at > FRESH_SECONDS:
            self._looked(begun)
            await asyncio.sleep(LOOK_SECONDS)
        if not self._is_burst(loop.time()):
            return
        while loop.time() - begun < LONGEST_WAIT_SECONDS:
            await asyncio.sleep(LOOK_SECONDS)
            if not self._is_burst(loop.time()):
                return
        self._works_until = loop.time() + LEAST_WORK_SECONDS

    def _is_burst(self, now: float) -> bool:
        """Tell whether more mails came since the last look than in calm times, or are coming."""
        seconds = max(now - self._seen_at, LOOK_SECONDS)
        return self._looked(now) / seconds >= BURST_RATE or self._octets_under_way() >= BURST_OCTETS

    def _looked(self, now: float) -> int:
        """Return how many mails came since the last look, and let this be the last."""
        came = self._received() - self._seen
        self._seen, self._seen_at = self._seen + came, now
        return came
