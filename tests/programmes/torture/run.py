"""One run: mail comes in all the time, the desk is killed again and again, and then the oracle is asked."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from mailgate.killpoints import Place
from mailgate.services.dispatch import AT_ONCE
from mailgate.store import inbox
from mailgate.store.database import Database
from tests.programmes.torture import oracle
from tests.programmes.torture.desk import TorturedDesk
from tests.programmes.torture.doors import doors
from tests.programmes.torture.letters import MOST_WORKS, WORK_MINUTES
from tests.programmes.torture.oracle import Copies
from tests.programmes.torture.world import World
from tests.servers.dovecot import USER, Dovecot

AT_RANDOM_SECONDS = (0.05, 3.0)  # after the start
PLACE_SECONDS = 10.0  # in which a place must be passed; a desk that has too little to do is killed all the same
MOST_PASSAGES = 8
MOST_PASSAGES_OF_GROUPS = 2  # of a place that a whole group of mails passes at once
GROUPS = {Place.MAIL_WRITTEN, Place.MAIL_STORED, Place.MAILBOX_STORED, Place.MAILBOX_MOVED, Place.NOTICES_CLAIMED}
SHARE_OF_PLACES = 0.5  # of the kills
LETTERS_OF_A_PACK = 400  # for which one pack of 100 hours lasts with ease
CHECK_EVERY = 10  # kills
STILL_SECONDS = 45  # without any progress, after which nothing more is expected
POLL_SECONDS = 0.05


@dataclass(slots=True)
class Outcome:
    """What came out; `wrong` is empty where every promise was kept."""

    letters: int
    seed: int
    kills: Counter[str] = field(default_factory=Counter)  # by place, or "at random"
    handed_over: Counter[str] = field(default_factory=Counter)  # by door
    kinds: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0  # dialogues without a 250
    duplicates: int = 0
    notices: int = 0
    copies: Copies | None = None
    parked: int = 0  # mails that were hit by three kills, and tried again by the operator
    checks: int = 0
    start_seconds: float = 0.0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


async def torture(folder: Path, dovecot: Dovecot | None, *, letters: int, kills: int, seed: int) -> Outcome:
    """Run the programme in an empty folder, with the mailbox of a new Dovecot or without any."""
    begun = time.monotonic()
    world, desk, outcome = World(letters, seed), TorturedDesk(folder), Outcome(letters, seed)
    desk.set_up(await world.sink.start(), 1 + letters // LETTERS_OF_A_PACK, dovecot)
    maildir = None if dovecot is None else dovecot.folder / "mail" / USER
    assert MOST_WORKS * WORK_MINUTES <= 120, "beyond the threshold work would wait for approvals"
    ways = doors(smtp_port=desk.ports["smtp"], lmtp_port=desk.ports["lmtp"], maildir=maildir)
    writing = asyncio.create_task(world.write(ways))
    try:
        for number, place in enumerate(
            _schedule(kills, random.Random(seed + 3), with_mailbox=maildir is not None), start=1
        ):
            world.allow(-(-letters // kills))
            outcome.kills[await _live(desk, world, place)] += 1
            if number % CHECK_EVERY == 0:
                await _check(desk, outcome)
            print(f"\r{number} kills, {len(world.accepted)} mails accepted ", end="", file=sys.stderr, flush=True)
        await _finish(desk, world, outcome, writing)
    finally:
        writing.cancel()
        world.sink.stop()
        if desk.process is not None and desk.process.poll() is None:
            await desk.kill(with_children=True)
        print(file=sys.stderr)
    _judge(desk, world, outcome)
    if maildir is not None:
        outcome.wrong += oracle.mailbox(world, maildir)
    outcome.seconds = time.monotonic() - begun
    return outcome


def _schedule(kills: int, chance: random.Random, *, with_mailbox: bool) -> Iterator[tuple[str, float]]:
    """Yield for each kill the place and passage, or nothing and the seconds after the start."""
    reached = [place for place in Place if with_mailbox or place not in {Place.MAILBOX_STORED, Place.MAILBOX_MOVED}]
    places = [place for _ in range(kills) for place in reached][: round(kills * SHARE_OF_PLACES)]  # each as often
    plan = [
        *((f"{place}:{chance.randint(1, _most_passages(place))}", PLACE_SECONDS) for place in places),
        *(("", chance.uniform(*AT_RANDOM_SECONDS)) for _ in range(kills - len(places))),
    ]
    chance.shuffle(plan)
    yield from plan


def _most_passages(place: Place) -> int:
    return MOST_PASSAGES_OF_GROUPS if place in GROUPS else MOST_PASSAGES


async def _live(desk: TorturedDesk, world: World, fate: tuple[str, float]) -> str:
    """Let the desk live until its fate; return where it died."""
    place, seconds = fate
    world.sink.life += 1
    await desk.start(place or None)
    has_died = await desk.ended(seconds) is not None
    if has_died and not place:
        raise AssertionError(f"the desk ended by itself; see {desk.folder}/desk.log")
    await desk.kill(with_children=world.chance.random() < 0.5)
    return place.partition(":")[0] if has_died else "at random"


async def _check(desk: TorturedDesk, outcome: Outcome) -> None:
    """Have every promise about stored data checked on what the kill has left."""
    database = Database.open(f"sqlite:///{desk.database_path}")
    try:
        outcome.wrong += await asyncio.to_thread(lambda: list(oracle.promises(database)))
    finally:
        database.close()
    outcome.checks += 1


async def _finish(desk: TorturedDesk, world: World, outcome: Outcome, writing: asyncio.Task[None]) -> None:
    """Let the desk come to an end in peace: twice, since what the smarthost deferred waits for minutes."""
    world.allow(outcome.letters)
    world.is_smarthost_kind = True
    for _ in range(2):
        outcome.parked += await asyncio.to_thread(_put_the_clock_forward, desk)
        world.sink.life += 1
        await desk.start()
        await _settled(desk, world)
        await desk.stop()
    if not world.is_done:
        outcome.wrong.append("people wait in vain: not every letter could be written and handed over")
        writing.cancel()
    outcome.parked += await asyncio.to_thread(_put_the_clock_forward, desk)
    await _check(desk, outcome)
    outcome.start_seconds = sorted(desk.starts)[len(desk.starts) // 2]


async def _settled(desk: TorturedDesk, world: World) -> None:
    """Return when nothing is under way any more; or when nothing moves although something should: it is lost."""
    query = """
        SELECT (SELECT count(*) FROM inbox WHERE state = 'received'),
            (SELECT count(*) FROM outbox WHERE state = 'queued' AND next_attempt_at <= :now),
            (SELECT count(DISTINCT message_id) FROM inbox)
    """
    before: tuple[int, ...] = ()
    since = time.monotonic()
    with closing(sqlite3.connect(desk.database_path)) as rows:
        while time.monotonic() - since < STILL_SECONDS:
            is_done, handed_over = world.is_done, len(world.accepted)
            now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
            waiting, queued, known = rows.execute(query, {"now": now}).fetchone()
            if is_done and (waiting, queued) == (0, 0) and known >= handed_over:
                return
            if (handed_over, waiting, queued, known) != before:
                before, since = (handed_over, waiting, queued, known), time.monotonic()
            await asyncio.sleep(POLL_SECONDS)


def _put_the_clock_forward(desk: TorturedDesk) -> int:
    """Make everything due that waits for a later attempt, and have parked mail tried again; return how much of it."""
    database = Database.open(f"sqlite:///{desk.database_path}")
    try:
        with database.transaction() as tx:
            tx.exec_driver_sql("UPDATE outbox SET next_attempt_at = queued_at WHERE state = 'queued'")
            parked = [line.id for line in inbox.listing(tx, states=["parked"], limit=1000)]
            return sum(inbox.retry(tx, each, at=datetime.now(UTC)) for each in parked)
    finally:
        database.close()


def _judge(desk: TorturedDesk, world: World, outcome: Outcome) -> None:
    with closing(sqlite3.connect(desk.database_path)) as rows:
        for question in (oracle.accepted, oracle.questions, oracle.work, oracle.approvals, oracle.notices):
            outcome.wrong += question(world, rows)
    outcome.wrong += oracle.acknowledgements(world)
    copies = oracle.copies(world, AT_ONCE)
    outcome.copies = copies
    outcome.wrong += copies.wrong
    outcome.handed_over = world.handed_over
    outcome.kinds = Counter(letter.kind.value for letter in world.accepted.values())
    outcome.unanswered, outcome.duplicates = world.unanswered, world.duplicates
    outcome.notices = len(world.sink.taken) - copies.extra
