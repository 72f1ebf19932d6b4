"""The oracle of the kill programme sees what must not be: a loss, a double, a copy that no kill explains."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from tests.programmes.torture import oracle
from tests.programmes.torture.letters import CONTACTS, Kind, Letter, Writers, plan
from tests.programmes.torture.world import World
from tests.servers.sink import Taken

QUESTION = "<question.1@town.example.com>"
ACKNOWLEDGEMENT = (
    f"Auto-Submitted: auto-replied\r\nMessage-ID: <a@example.org>\r\nIn-Reply-To: {QUESTION}\r\n"
    "Subject: Question 1\r\n\r\nWe have it.\r\n"
).encode()


@pytest.fixture
def world() -> World:
    """One question that was accepted, and acknowledged on the wire."""
    world = World(letters=1, seed=1)
    world.accepted[QUESTION] = Letter(Kind.QUESTION, 1, QUESTION, CONTACTS[0], "support@example.org", b"")
    world.sink.taken.append(Taken("bounces@example.org", CONTACTS[0], ACKNOWLEDGEMENT, 1))
    return world


@pytest.fixture
def rows() -> Iterator[sqlite3.Connection]:
    """What the desk says of it."""
    with sqlite3.connect(":memory:") as connection:
        connection.executescript(f"""
            CREATE TABLE inbox (id, message_id, state);
            CREATE TABLE ticket (id, root_message_id, opened_by_inbox_id, approved_minutes);
            CREATE TABLE event (inbox_id, verb);
            CREATE TABLE message (message_id);
            CREATE TABLE intervention (id, inbox_id);
            CREATE TABLE entry (intervention_id, minutes, kind);
            CREATE TABLE outbox (kind, mail_from, rcpt_to, message_id, content, state, inbox_id);
            INSERT INTO inbox VALUES (1, '{QUESTION}', 'done');
            INSERT INTO ticket VALUES (1, '{QUESTION}', 1, 0);
            INSERT INTO message VALUES ('{QUESTION}');
        """)
        acknowledgement = ("bounces@example.org", CONTACTS[0], "<a@example.org>", ACKNOWLEDGEMENT, "sent", 1)
        connection.execute("INSERT INTO outbox VALUES ('acknowledgement', ?, ?, ?, ?, ?, ?)", acknowledgement)
        yield connection
    connection.close()


def wrong(world: World, rows: sqlite3.Connection) -> list[str]:
    checks = (oracle.accepted, oracle.questions, oracle.work, oracle.approvals, oracle.notices)
    found = [sentence for each in checks for sentence in each(world, rows)]
    return [*found, *oracle.acknowledgements(world), *oracle.copies(world, 10).wrong]


def test_nothing_is_wrong_where_all_is_well(world: World, rows: sqlite3.Connection) -> None:
    assert wrong(world, rows) == []


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("DELETE FROM inbox", f"{QUESTION}: accepted, and in the inbox as nothing: lost"),
        ("INSERT INTO inbox SELECT 2, message_id, state FROM inbox", "in the inbox as ['done', 'done']"),
        ("UPDATE inbox SET state = 'received'", "in the inbox as ['received']"),
        ("INSERT INTO inbox VALUES (2, '<x@y>', 'done')", "<x@y>: in the inbox, but nobody wrote it"),
        ("DELETE FROM ticket", f"{QUESTION}: 0 tickets"),
        ("INSERT INTO ticket SELECT 2, root_message_id, NULL, 0 FROM ticket", f"{QUESTION}: 2 tickets"),
        ("INSERT INTO message SELECT message_id FROM message", "its words are there 2 times"),
        ("INSERT INTO entry VALUES (NULL, -15, 'intervention')", "the packs gave 15 minutes"),
        ("UPDATE ticket SET approved_minutes = 60", f"{QUESTION}: 60 minutes approved"),
        ("INSERT INTO event VALUES (1, 'approve')", f"{QUESTION}: approved 1 times"),
        ("INSERT INTO outbox SELECT * FROM outbox", "told 2 times"),
        ("DELETE FROM outbox", f"{QUESTION}: not acknowledged"),
        ("UPDATE outbox SET state = 'queued'", "<a@example.org>: taken, and never queued as sent"),
        ("UPDATE outbox SET message_id = '<b@example.org>'", "<b@example.org>: queued as sent, and never taken"),
        ("UPDATE outbox SET content = x'00'", "what left is not what was queued"),
    ],
)
def test_what_the_database_must_not_say_is_seen(
    world: World, rows: sqlite3.Connection, damage: str, sentence: str
) -> None:
    rows.execute(damage)

    assert any(sentence in found for found in wrong(world, rows))


def test_a_copy_in_a_later_life_is_counted_and_nothing_wrong(world: World) -> None:
    (taken,) = world.sink.taken
    world.sink.taken.append(Taken(taken.mail_from, taken.rcpt_to, taken.content, 2))

    assert oracle.copies(world, 10) == oracle.Copies(1, 1, ())


@pytest.mark.parametrize(
    ("content", "life", "sentence"),
    [
        (ACKNOWLEDGEMENT + b"x", 2, "<a@example.org>: sent again with other octets"),
        (ACKNOWLEDGEMENT, 1, "<a@example.org>: sent twice in one life of the desk"),
    ],
)
def test_a_copy_that_no_kill_explains_is_seen(world: World, content: bytes, life: int, sentence: str) -> None:
    world.sink.taken.append(Taken("bounces@example.org", CONTACTS[0], content, life))

    assert sentence in oracle.copies(world, 10).wrong


def test_more_copies_than_deliveries_at_once_are_seen(world: World) -> None:
    (taken,) = world.sink.taken
    again = ACKNOWLEDGEMENT.replace(b"<a@", b"<b@")
    world.sink.taken += [Taken(taken.mail_from, taken.rcpt_to, again, life) for life in (1, 2)]
    world.sink.taken.append(Taken(taken.mail_from, taken.rcpt_to, taken.content, 2))

    assert oracle.copies(world, 1).wrong == ("life 1: 2 mails were sent again",)


def test_two_acknowledgements_on_the_wire_are_seen(world: World, rows: sqlite3.Connection) -> None:
    other = ACKNOWLEDGEMENT.replace(b"<a@", b"<b@")
    world.sink.taken.append(Taken("bounces@example.org", CONTACTS[0], other, 1))

    assert f"{QUESTION}: 2 acknowledgements were sent" in wrong(world, rows)


def test_the_same_seed_writes_the_same_letters() -> None:
    one, other = (Writers(World(letters=50, seed=3).chance, plan(50)) for _ in range(2))

    assert [one.next() for _ in range(20)] == [other.next() for _ in range(20)]


def test_a_letter_answers_only_what_has_come() -> None:
    writers = Writers(World(letters=1, seed=3).chance, {Kind.REPLY: 1, Kind.WORK: 1, Kind.APPROVAL: 1})

    assert writers.next() is None
