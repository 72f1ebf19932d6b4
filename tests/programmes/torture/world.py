"""The world around the desk, with records of its own: who wrote what, which of it got its 250, what came back.

Nothing here looks into the desk's database.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping

from tests.programmes.torture.doors import SHARES, Answer, Door
from tests.programmes.torture.letters import Kind, Letter, Writers, plan
from tests.servers.sink import Behaviour, Sink, Taken

SENDERS = 12  # connections at the same time
DUPLICATES = 0.05  # of the letters come a second time, by another way
RETRY_SECONDS = 0.2

#: (what the smarthost does, how often in a thousand)
BEHAVIOURS = (
    (Behaviour.TAKE, 960),
    (Behaviour.STALL, 20),
    (Behaviour.TAKE_AND_HANG_UP, 10),
    (Behaviour.DEFER, 5),
    (Behaviour.HANG_UP, 5),
)


class World:
    """The senders and the smarthost of one run."""

    def __init__(self, letters: int, seed: int) -> None:
        self.chance = random.Random(seed)
        self.writers = Writers(random.Random(seed + 1), plan(letters))
        self._behaviour = random.Random(seed + 2)
        self.is_smarthost_kind = False
        self.sink = Sink(self._behave, self._got)
        self.written: dict[str, Letter] = {}  # by Message-ID
        self.accepted: dict[str, Letter] = {}
        self.handed_over: Counter[str] = Counter()  # how often, by door
        self.in_mailbox: Counter[str] = Counter()  # how often, by Message-ID
        self.unanswered = 0  # dialogues that ended without a 250
        self.duplicates = 0
        self.allowed = 0  # letters that may be written so far
        self._news = asyncio.Event()
        self._open: list[tuple[Letter, int]] = []  # to be handed over again

    def allow(self, letters: int) -> None:
        """Let so many more letters be written."""
        self.allowed += letters
        self._news.set()

    def _behave(self) -> Behaviour:
        if self.is_smarthost_kind:
            return Behaviour.TAKE
        (behaviour,) = self._behaviour.choices([each for each, _ in BEHAVIOURS], [often for _, often in BEHAVIOURS])
        return behaviour

    def _got(self, taken: Taken) -> None:
        self.writers.mailboxes.put(taken)
        self._news.set()

    @property
    def is_done(self) -> bool:
        """Tell whether everything is written and accepted."""
        return not any(self.writers.left.values()) and len(self.accepted) == len(self.written)

    async def write(self, doors: Mapping[str, Door]) -> None:
        """Write and hand over until everything has its 250."""
        await asyncio.gather(*(self._send(doors, number) for number in range(SENDERS)))

    async def _send(self, doors: Mapping[str, Door], number: int) -> None:
        while not self.is_done:
            letter = self._next()
            if letter is None:
                await self._wait()
                continue
            door = self._choose(doors)
            while (answer := await self._hand_over(doors, door, letter)) is not Answer.ACCEPTED:
                self.unanswered += answer is Answer.UNANSWERED
                await asyncio.sleep(RETRY_SECONDS)
            self.handed_over[door] += 1
            self.accepted[letter.message_id] = letter
            if self.chance.random() < DUPLICATES:
                answer = await self._hand_over(doors, self._choose(doors), letter.by_another_way(number))
                self.duplicates += answer is Answer.ACCEPTED
        self._news.set()

    def _choose(self, doors: Mapping[str, Door]) -> str:
        (door,) = self.chance.choices(list(doors), [SHARES[name] for name in doors])
        return door

    async def _hand_over(self, doors: Mapping[str, Door], door: str, letter: Letter) -> Answer:
        answer = await doors[door](letter)
        if door == "imap":
            self.in_mailbox[letter.message_id] += 1
        return answer

    def _next(self) -> Letter | None:
        if len(self.written) >= self.allowed:
            return None
        letter = self.writers.next()
        if letter is not None:
            self.written[letter.message_id] = letter
        return letter

    async def _wait(self) -> None:
        self._news.clear()
        try:
            await asyncio.wait_for(self._news.wait(), 0.2)
        except TimeoutError:
            return

    def number(self, kind: Kind) -> int:
        """Return how many letters of a kind were accepted."""
        return sum(letter.kind is kind for letter in self.accepted.values())
