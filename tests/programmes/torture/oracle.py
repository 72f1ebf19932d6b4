"""The oracle: compares what the world has written down with what the desk's database and its mails say.

Each check yields sentences about what is wrong; none is what must come out.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mailgate.services.fsck import check
from mailgate.store.database import Database
from tests.programmes.torture.letters import ESTIMATED_MINUTES, WORK_MINUTES, Kind, Letter
from tests.programmes.torture.world import World
from tests.servers.sink import Taken

STATES = {Kind.BOUNCE: "noted"}  # of the inbox; of all others: done


@dataclass(frozen=True, slots=True)
class Copies:
    """Mails that left the desk more than once."""

    extra: int
    lives: int  # in how many lives of the desk
    wrong: tuple[str, ...]  # sentences about what must not be


def promises(database: Database) -> Iterator[str]:
    """Say which promise about stored data is broken."""
    with database.reading() as tx:
        for verdict in check(tx, most_ids=5):
            if not verdict.holds:
                yield f"fsck: {verdict.name}: {verdict.broken} broken, such as {', '.join(verdict.ids)}"


def accepted(world: World, rows: sqlite3.Connection) -> Iterator[str]:
    """Every accepted mail is in the inbox exactly once, in its state; nothing else is there."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for message_id, state in rows.execute("SELECT message_id, state FROM inbox"):
        found[message_id].append(state)
    for message_id, letter in world.accepted.items():
        states = found.pop(message_id, [])
        if states != [STATES.get(letter.kind, "done")]:
            yield f"{message_id}: accepted, and in the inbox as {states or 'nothing: lost'}"
    yield from (f"{message_id}: in the inbox, but nobody wrote it" for message_id in found)


def questions(world: World, rows: sqlite3.Connection) -> Iterator[str]:
    """Each question has one ticket, with the words of every reply once."""
    query = "SELECT root_message_id, count(*) FROM ticket GROUP BY root_message_id"
    tickets = Counter(dict(rows.execute(query)))
    asked = Counter(letter.message_id for letter in world.accepted.values() if letter.kind is Kind.QUESTION)
    yield from (f"{message_id}: {tickets[message_id]} tickets" for message_id in _unlike(tickets, asked))
    words = Counter(dict(rows.execute("SELECT message_id, count(*) FROM message GROUP BY message_id")))
    said = {Kind.QUESTION, Kind.REPLY, Kind.WORK, Kind.ESTIMATE}
    for letter in world.accepted.values():
        if letter.kind in said and words[letter.message_id] != 1:
            yield f"{letter.message_id}: its words are there {words[letter.message_id]} times"


def work(world: World, rows: sqlite3.Connection) -> Iterator[str]:
    """Each report of work is one intervention, posted once; the packs have given exactly that."""
    query = """
        SELECT inbox.message_id, count(DISTINCT intervention.id), sum(-entry.minutes) FROM intervention
        JOIN inbox ON inbox.id = intervention.inbox_id JOIN entry ON entry.intervention_id = intervention.id
        GROUP BY inbox.message_id
    """
    posted = {message_id: (number, minutes) for message_id, number, minutes in rows.execute(query)}
    for letter in _of(world, Kind.WORK):
        if posted.pop(letter.message_id, None) != (1, WORK_MINUTES):
            yield f"{letter.message_id}: not posted once"
    yield from (f"{message_id}: posted, but it reports no work" for message_id in posted)
    ((used,),) = rows.execute("SELECT coalesce(-sum(minutes), 0) FROM entry WHERE kind <> 'purchase'").fetchall()
    if used != WORK_MINUTES * len(_of(world, Kind.WORK)):
        yield f"the packs gave {used} minutes"


def approvals(world: World, rows: sqlite3.Connection) -> Iterator[str]:
    """Each approval took effect once, and granted the estimate of the ticket of its question."""
    query = """
        SELECT inbox.message_id, ticket.approved_minutes FROM ticket
        JOIN inbox ON inbox.id = ticket.opened_by_inbox_id WHERE ticket.approved_minutes > 0
    """
    approved = Counter(dict(rows.execute(query)))
    numbers = {letter.question: letter.message_id for letter in _of(world, Kind.QUESTION)}
    given = Counter(numbers[letter.question] for letter in _of(world, Kind.APPROVAL))
    wanted = Counter({message_id: number * ESTIMATED_MINUTES for message_id, number in given.items()})
    yield from (f"{message_id}: {approved[message_id]} minutes approved" for message_id in _unlike(approved, wanted))
    query = "SELECT message_id, count(*) FROM event JOIN inbox ON inbox.id = inbox_id WHERE verb = 'approve' GROUP BY 1"
    effects = Counter(dict(rows.execute(query)))
    wanted = Counter(letter.message_id for letter in _of(world, Kind.APPROVAL))
    yield from (f"{message_id}: approved {effects[message_id]} times" for message_id in _unlike(effects, wanted))


def notices(world: World, rows: sqlite3.Connection) -> Iterator[str]:
    """Nobody is told anything twice, each question is acknowledged once, and what is queued is what has left."""
    query = """
        SELECT kind, outbox.rcpt_to, inbox.message_id, count(*) FROM outbox JOIN inbox ON inbox.id = outbox.inbox_id
        GROUP BY 1, 2, 3
    """
    told = {(kind, to, about): number for kind, to, about, number in rows.execute(query)}
    yield from (f"{key}: told {number} times" for key, number in told.items() if number != 1)
    for letter in _of(world, Kind.QUESTION):
        if told.get(("acknowledgement", letter.mail_from, letter.message_id)) != 1:
            yield f"{letter.message_id}: not acknowledged"
    queued = {
        message_id: (sender, to, bytes(content))
        for message_id, sender, to, content in rows.execute(
            "SELECT message_id, mail_from, rcpt_to, content FROM outbox WHERE state = 'sent'"
        )
    }
    wire = {_message_id(taken.content): (taken.mail_from, taken.rcpt_to, taken.content) for taken in world.sink.taken}
    yield from (f"{message_id}: queued as sent, and never taken" for message_id in queued.keys() - wire.keys())
    yield from (f"{message_id}: taken, and never queued as sent" for message_id in wire.keys() - queued.keys())
    for message_id in queued.keys() & wire.keys():
        if queued[message_id] != wire[message_id]:
            yield f"{message_id}: what left is not what was queued"


def mailbox(world: World, maildir: Path) -> Iterator[str]:
    """The folder of new mail is empty, and what was put there is in that of what was taken in, as often."""
    yield from (f"{path.name}: still in the mailbox" for part in ("new", "cur") for path in (maildir / part).iterdir())
    moved = Counter(
        _message_id(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        for part in ("new", "cur")
        for path in (maildir / ".Processed" / part).iterdir()
    )
    for message_id in _unlike(moved, world.in_mailbox):
        yield f"{message_id}: {world.in_mailbox[message_id]} times in the mailbox, {moved[message_id]} times moved"


def acknowledgements(world: World) -> Iterator[str]:
    """Each question is acknowledged by one mail on the wire, however often that was taken."""
    answers: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for taken in world.sink.taken:
        header = taken.content.partition(b"\r\n\r\n")[0]
        if _field(header, b"Auto-Submitted"):
            answers[taken.rcpt_to, _field(header, b"In-Reply-To")].add(_message_id(taken.content))
    for letter in _of(world, Kind.QUESTION):
        number = len(answers[letter.mail_from, letter.message_id])
        if number != 1:
            yield f"{letter.message_id}: {number} acknowledgements were sent"


def copies(world: World, at_once: int) -> Copies:
    """Look at mails that were taken more than once: the same octets, in another life, no more than allowed."""
    taken: defaultdict[str, list[Taken]] = defaultdict(list)
    for each in world.sink.taken:
        taken[_message_id(each.content)].append(each)
    repeated = {message_id: times for message_id, times in taken.items() if len(times) > 1}
    wrong = []
    by_life = Counter[int]()
    for message_id, times in repeated.items():
        if len({(each.mail_from, each.rcpt_to, each.content) for each in times}) > 1:
            wrong.append(f"{message_id}: sent again with other octets")
        if len({each.life for each in times}) < len(times):
            wrong.append(f"{message_id}: sent twice in one life of the desk")
        by_life.update(each.life for each in times[:-1])
    wrong += [f"life {life}: {number} mails were sent again" for life, number in by_life.items() if number > at_once]
    return Copies(sum(len(times) - 1 for times in repeated.values()), len(by_life), tuple(wrong))


def _of(world: World, kind: Kind) -> list[Letter]:
    return [letter for letter in world.accepted.values() if letter.kind is kind]


def _unlike(one: Counter[str], other: Counter[str]) -> list[str]:
    return [key for key in one.keys() | other.keys() if one[key] != other[key]]


def _message_id(content: bytes) -> str:
    return _field(content.partition(b"\r\n\r\n")[0], b"Message-ID")


def _field(header: bytes, name: bytes) -> str:
    _, found, rest = (b"\r\n" + header).partition(b"\r\n" + name + b": ")
    return rest.partition(b"\r\n")[0].strip().decode() if found else ""
