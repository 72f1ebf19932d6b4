"""A sound desk breaks no promise, and each promise finds the damage that it is for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from mailgate.services import held_mail, outgoing
from mailgate.services.fsck import ALL_PROMISES, Verdict, check
from mailgate.store.database import Database
from tests.services.desk_in_memory import EVA, LUC, NEVER, REFERENT, DeskInMemory, desk_in_memory

PLAYED: dict[str, bytes] = {}

#: What stands in the way of damage: it is done behind the back of the database's own rules.
RULES = ("PRAGMA foreign_keys=OFF", "PRAGMA ignore_check_constraints=ON")


@pytest.fixture
def desk(_database: Database) -> Iterator[DeskInMemory]:
    """A desk on SQLite, whose rules can be got round by its settings."""
    with desk_in_memory(_database) as desk:
        yield desk


@pytest.fixture
def busy(desk: DeskInMemory) -> Iterator[DeskInMemory]:
    """A desk with a ticket that was asked, estimated, approved, worked on and closed, and another one."""
    driver = driver_of(desk)
    if "desk" not in PLAYED:
        play(desk)
        PLAYED["desk"] = driver.serialize()
    driver.deserialize(PLAYED["desk"])
    for rule in RULES:
        driver.execute(rule)
    yield desk
    driver.execute("DROP TABLE IF EXISTS temp.twice")
    driver.execute("PRAGMA foreign_keys=ON")
    driver.execute("PRAGMA ignore_check_constraints=OFF")


def driver_of(desk: DeskInMemory) -> sqlite3.Connection:
    with desk.database._engine.connect() as connection:
        driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def play(desk: DeskInMemory) -> None:
    desk.ask()
    desk.say(EVA, "It is the index.\n\n[time 45m]\n[estimate 3h]", to=desk.signed(EVA))
    desk.say(REFERENT, "[approve]", to=desk.signed(REFERENT))
    desk.say(EVA, "Done.\n\n[time 2h30]", to=desk.signed(EVA))
    desk.say(EVA, "[time -15m counted twice]", to=desk.signed(EVA))
    desk.say(EVA, "Better wait. [closee]\n\n[tme 15m]", to=desk.signed(EVA))
    desk.say(REFERENT, "[close]", to=desk.signed(REFERENT))
    desk.say(LUC, "Another map is white.")
    desk.say(EVA, "We look.\n\n[take]\n[time 30m]", to=desk.signed(EVA, 2))
    desk.write("stranger@elsewhere.example.com", "Buy now.")
    desk.process()


def verdicts(desk: DeskInMemory, most_ids: int = 100) -> dict[str, Verdict]:
    with desk.database.reading() as tx:
        return {verdict.name: verdict for verdict in check(tx, most_ids=most_ids)}


def damage(desk: DeskInMemory, *statements: str) -> None:
    """Change what lies in the database, without its triggers."""
    driver = driver_of(desk)
    driver.execute("PRAGMA query_only=OFF")
    for (name,) in driver.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        driver.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        driver.execute(statement)
    driver.execute("PRAGMA query_only=ON")  # as the last reader left it


def without_keys(table: str) -> tuple[str, ...]:
    """Statements that make a table anew with its rows alone, so that a key can be there twice."""
    return (
        f"CREATE TABLE copied AS SELECT * FROM {table}",
        f"DROP TABLE {table}",
        f"ALTER TABLE copied RENAME TO {table}",
    )


def doubled(table: str) -> tuple[str, ...]:
    """Statements that put the first row of a table there twice, under another number."""
    return (
        *without_keys(table),
        f"CREATE TEMP TABLE twice AS SELECT * FROM {table} WHERE id = 1",
        f"UPDATE twice SET id = (SELECT max(id) + 1 FROM {table})",
        f"INSERT INTO {table} SELECT * FROM twice",
        "DROP TABLE twice",
    )


#: (promise, how it is broken, a row that breaks it)
DAMAGE: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("rules-in-force", (), "entry_refuses_delete"),
    ("no-orphans", ("DELETE FROM person WHERE id = 2",), "ticket.requester_id: 1"),
    ("no-orphans", ("UPDATE contract SET referent_id = 4",), "contract.referent_id+organisation_id: 1"),
    ("values-known", ("UPDATE ticket SET state = 'lost' WHERE id = 2",), "ticket.state: 2"),
    ("values-known", ("UPDATE outbox SET state = 'gone' WHERE id = 1",), "outbox.state: 1"),
    ("checks-hold", ("UPDATE ticket SET approved_minutes = -1 WHERE id = 2",), "ck_ticket_approved_minutes: 2"),
    ("checks-hold", ("UPDATE entry SET minutes = 0 WHERE id = 1",), "ck_entry_minutes: 1"),
    (
        "keys-unique",
        (*doubled("outbox"),),
        "outbox.notice_key: acknowledgement/mail 1/0/person 2",
    ),
    ("keys-unique", (*doubled("inbox"),), "inbox.digest: {digest of mail 1}"),
    (
        "keys-unique",
        (
            *without_keys("entry"),
            "UPDATE entry SET mail_digest = (SELECT mail_digest FROM entry WHERE id = 2), ordinal = 0 WHERE id = 3",
        ),
        "entry.mail_digest+ordinal: {digest of mail 2} 0",
    ),
    ("numbers-new", ("UPDATE sqlite_sequence SET seq = 1 WHERE name = 'inbox'",), "inbox"),
    ("raw-mail-whole", ("UPDATE raw_mail SET content = x'00' WHERE digest = {raw}",), "{raw digest of mail 1}"),
    ("raw-mail-whole", ("UPDATE raw_mail SET size_octets = 1 WHERE digest = {raw}",), "{raw digest of mail 1}"),
    (
        "raw-mail-whole",
        (
            """UPDATE raw_mail SET content = (SELECT content FROM raw_mail WHERE digest <> {raw} LIMIT 1)
            WHERE digest = {raw}""",
        ),
        "{raw digest of mail 1}",
    ),
    ("raw-mail-owned", ("INSERT INTO raw_mail VALUES ('of nobody', x'00', 1)",), "of nobody"),
    ("mail-dated", ("UPDATE inbox SET processed_at = NULL WHERE id = 1",), "1"),
    (
        "done-mail-has-effects",
        tuple(f"DELETE FROM {table} WHERE inbox_id = 1" for table in ("message", "event", "outbox")),
        "1",
    ),
    ("waiting-mail-has-no-effects", ("UPDATE inbox SET state = 'received' WHERE id = 1",), "1"),
    (
        "waiting-mail-has-no-effects",
        ("UPDATE inbox SET state = 'parked' WHERE id = 2", "DELETE FROM message WHERE inbox_id = 2"),
        "2",
    ),
    ("withheld-mail-told", ("DELETE FROM outbox WHERE inbox_id = 6",), "6"),
    ("notices-have-a-cause", ("UPDATE outbox SET inbox_id = 2 WHERE id = 1",), "1"),
    ("notices-have-a-cause", ("UPDATE outbox SET person_id = 3 WHERE id = 1",), "1"),
    ("notices-have-a-cause", ("UPDATE outbox SET kind = 'answer' WHERE id = 1",), "1"),
    ("delivery-settled", ("UPDATE outbox SET state = 'sent' WHERE id = 1",), "1"),
    ("delivery-settled", ("UPDATE outbox SET state = 'failed', done_at = queued_at, claimed_until = queued_at",), "1"),
    ("notices-whole", ("UPDATE outbox SET message_id = '<other@example.org>' WHERE id = 1",), "1"),
    ("notices-whole", ("UPDATE outbox SET content = x'00' WHERE id = 1",), "1"),
    (
        "offers-withdrawn",
        ("UPDATE inbox SET state = 'done', reason = 'released by mail 7' WHERE id = 6",),
        "{open offer about mail 6}",
    ),
    ("attempts-bounded", ("UPDATE inbox SET attempts = 5 WHERE id = 1",), "inbox: 1"),
    ("attempts-bounded", ("UPDATE inbox SET attempts = 0 WHERE id = 1",), "inbox: 1"),
    ("attempts-bounded", ("UPDATE outbox SET attempts = -1 WHERE id = 1",), "outbox: 1"),
    ("tickets-opened-by-their-mail", ("UPDATE inbox SET ticket_id = 2 WHERE id = 1",), "1"),
    ("tickets-have-a-trail", ("DELETE FROM event WHERE ticket_id = 2",), "2"),
    ("words-on-their-ticket", ("UPDATE message SET ticket_id = 2 WHERE id = 1",), "1"),
    ("tickets-closed-with-a-date", ("UPDATE ticket SET state = 'open' WHERE id = 1",), "1"),
    ("tickets-closed-with-a-date", ("UPDATE ticket SET estimate_minutes = 60 WHERE id = 1",), "1"),
    ("tickets-of-their-client", ("UPDATE ticket SET requester_id = 4 WHERE id = 2",), "2"),
    ("tickets-of-their-client", ("UPDATE contract SET organisation_id = 9",), "2"),
    ("tickets-in-right-hands", ("UPDATE ticket SET assignee_id = 2 WHERE id = 2",), "2"),
    ("tickets-in-right-hands", ("INSERT INTO ticket_person VALUES (2, 3, 'follower')",), "2"),
    ("people-reachable", ("UPDATE address SET position = 1 WHERE person_id = 3",), "3"),
    ("addresses-found", ("UPDATE address SET key = upper(key) WHERE person_id = 3",), "LEA@TOWN.EXAMPLE.COM"),
    ("packs-never-negative", ("UPDATE entry SET minutes = -9000 WHERE id = 2",), "1"),
    ("packs-bought-once", ("UPDATE pack SET minutes = 6000",), "1"),
    ("packs-bought-once", ("DELETE FROM entry WHERE kind = 'purchase'",), "1"),
    ("balances-true", ("UPDATE entry SET contract_id = 9 WHERE id = 2",), "1"),
    ("work-posted", ("UPDATE entry SET minutes = minutes - 15 WHERE id = 2",), "1"),
    ("work-posted", ("DELETE FROM entry WHERE id = 2",), "1"),
    ("work-not-negative", ("UPDATE intervention SET worked_minutes = -9000 WHERE corrects_id IS NOT NULL",), "{fixed}"),
    ("corrections-of-work", ("UPDATE intervention SET ticket_id = 2 WHERE corrects_id IS NOT NULL",), "{correction}"),
    ("entries-name-their-work", ("UPDATE entry SET intervention_id = NULL WHERE id = 2",), "2"),
    ("entries-name-their-work", ("UPDATE entry SET ticket_id = 2 WHERE id = 2",), "2"),
    ("entries-have-their-mail", ("UPDATE entry SET mail_digest = 'unknown' WHERE id = 2",), "2"),
    ("entries-have-their-mail", ("UPDATE inbox SET state = 'held' WHERE id = 2",), "2"),
    ("reservations-approved", ("UPDATE ticket SET approved_minutes = 60 WHERE id = 2",), "2"),
    ("reservations-approved", ("UPDATE ticket SET allowance_minutes = 60 WHERE id = 1",), "1"),
)

PLACES = {
    "{digest of mail 1}": "SELECT digest FROM inbox WHERE id = 1",
    "{digest of mail 2}": "SELECT digest FROM inbox WHERE id = 2",
    "{raw digest of mail 1}": "SELECT raw_digest FROM inbox WHERE id = 1",
    "{open offer about mail 6}": "SELECT min(id) FROM action WHERE about_inbox_id = 6 AND used_at IS NULL",
    "{fixed}": "SELECT corrects_id FROM intervention WHERE corrects_id IS NOT NULL",
    "{correction}": "SELECT id FROM intervention WHERE corrects_id IS NOT NULL",
}


def test_a_busy_desk_breaks_no_promise(busy: DeskInMemory) -> None:
    assert {name: verdict.ids for name, verdict in verdicts(busy).items() if not verdict.holds} == {}


@pytest.mark.parametrize(
    ("name", "statements", "row"), DAMAGE, ids=lambda value: value if isinstance(value, str) else ""
)
def test_damage_is_found_and_named(busy: DeskInMemory, name: str, statements: tuple[str, ...], row: str) -> None:
    for place, query in PLACES.items():
        row = row.replace(place, str(busy.query(query)[0][0])) if place in row else row
    raw = f"'{busy.query(PLACES['{raw digest of mail 1}'])[0][0]}'"

    damage(busy, *(statement.replace("{raw}", raw) for statement in statements))

    assert row in verdicts(busy)[name].ids


def test_a_file_whose_index_lacks_rows_is_found(busy: DeskInMemory) -> None:
    damage(
        busy,
        "PRAGMA writable_schema=ON",
        "UPDATE sqlite_master SET sql = replace(sql, '(message_id)', '(mail_from)') WHERE name = 'ix_inbox_message_id'",
        "PRAGMA writable_schema=OFF",
    )
    driver = driver_of(busy)
    driver.deserialize(driver.serialize())  # only now is the changed declaration read

    assert "ix_inbox_message_id" in " ".join(verdicts(busy)["file-whole"].ids)


def test_every_promise_is_broken_by_a_test() -> None:
    assert {promise.name for promise in ALL_PROMISES} - {name for name, *_ in DAMAGE} == {"file-whole"}


def test_every_trigger_of_the_migrations_is_missed_when_it_is_gone(busy: DeskInMemory) -> None:
    made = {str(name) for (name,) in busy.query("SELECT name FROM sqlite_master WHERE type = 'trigger'")}

    damage(busy)

    assert set(verdicts(busy)["rules-in-force"].ids) == made


def test_what_the_operator_does_with_waiting_mail_breaks_no_promise(busy: DeskInMemory) -> None:
    (held,) = (int(str(number)) for (number,) in busy.query("SELECT id FROM inbox WHERE state = 'held'"))
    with busy.database.transaction() as tx:
        held_mail.retry(tx, held, busy.clock())
        outgoing.drop(tx, 1, "nobody there", busy.clock())
        outgoing.drop(tx, 2, "nobody there", busy.clock())
        outgoing.retry(tx, 2, busy.clock())
    busy.process()
    with busy.database.transaction() as tx:
        held_mail.drop(tx, held, "advertising", busy.clock())

    assert {name: verdict.ids for name, verdict in verdicts(busy).items() if not verdict.holds} == {}


def test_all_rows_are_counted_and_the_first_are_named(busy: DeskInMemory) -> None:
    damage(busy, "UPDATE inbox SET processed_at = NULL")

    (total,) = busy.query("SELECT count(*) FROM inbox")[0]
    found = verdicts(busy, most_ids=2)["mail-dated"]
    assert (found.broken, len(found.ids)) == (total, 2)


async def test_a_permanent_failure_and_what_is_told_of_it_break_no_promise(desk: DeskInMemory) -> None:
    desk.transport.answer = lambda _rcpt_to: NEVER
    desk.ask()
    await desk.dispatcher.deliver_batch()

    assert [verdict.name for verdict in verdicts(desk).values() if not verdict.holds] == []
