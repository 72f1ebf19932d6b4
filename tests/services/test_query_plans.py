"""What a mail makes the database do costs the same with a million rows: nothing that grows is read from end to end."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mailgate.store import inbox, ledger
from mailgate.store.database import Database
from mailgate.store.inbox import Arrival
from mailgate.store.raw_mail import pack
from mailgate.store.reception import store_all
from tests.services.desk_in_memory import LUC, NILS, REFERENT, SUPPORT, DeskInMemory, desk_in_memory

#: What grows with the mail; people, organisations, contracts and packs are few.
GROWING = (
    "inbox",
    "raw_mail",
    "outbox",
    "ticket",
    "ticket_person",
    "message",
    "event",
    "entry",
    "intervention",
    "action",
)

_SCAN = re.compile(r"SCAN (\w+)")
_PLANNED = re.compile(r"(?:SELECT|UPDATE|DELETE|WITH)\b")


@pytest.fixture
def desk(_database: Database) -> Iterator[DeskInMemory]:
    """A desk on SQLite, whose plans can be read."""
    with desk_in_memory(_database) as desk:
        yield desk


@contextmanager
def traced(desk: DeskInMemory) -> Iterator[list[str]]:
    """Note every statement that the desk's only connection carries out, with its values."""
    statements: list[str] = []
    with desk.database.reading() as tx:
        driver: Any = tx.connection.dbapi_connection
    driver.set_trace_callback(statements.append)
    try:
        yield statements
    finally:
        driver.set_trace_callback(None)


def scans(desk: DeskInMemory, statements: list[str]) -> set[tuple[str, str]]:
    """The growing tables that a statement reads from end to end, each with that statement."""
    found = set()
    with desk.database.reading() as tx:
        for statement in {text for text in statements if _PLANNED.match(text.lstrip())}:
            plan = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
            found |= {(table, statement) for *_, step in plan for table in _SCAN.findall(step) if table in GROWING}
    return found


def write_all(desk: DeskInMemory) -> None:
    """Questions, answers, commands, a release, what is not proven, a bounce, and the same mail again."""
    own = desk.signed
    for sender, body, address in (
        (LUC, "The map is white.", SUPPORT),
        (NILS, "[time 20m] It is the projection.", own(NILS)),
        (LUC, "Thank you, but it is still white.", own(LUC)),
        (NILS, "[estimate 8h]", own(NILS)),
        (REFERENT, "[approve 4h]", own(REFERENT)),
        (REFERENT, "[status]", SUPPORT),
        (NILS, "[status]", SUPPORT),
        (NILS, "[tiem 20m] Withheld.", own(NILS)),
        ("nobody@elsewhere.example.com", "Hello", SUPPORT),
    ):
        desk.write(sender, body, to=address)
        desk.process()
    desk.write(REFERENT, "Not proven: [close]", is_proven=False)
    desk.write(REFERENT, "Not proven either: [close]", to=own(REFERENT), is_proven=False)
    desk.write(
        LUC, "A reply by its references", In_Reply_To="<1@client.example.com>", References="<1@client.example.com>"
    )
    desk.write(LUC, "A reply by its subject", subject="Re: A white map [#1]")
    desk.write("mailer-daemon@client.example.com", "It bounced", Auto_Submitted="auto-replied")
    desk.process()


def store_again(desk: DeskInMemory) -> None:
    """Hand in a group of which one mail is known."""
    with desk.database.transaction() as tx:
        known = inbox.summary(tx, 1)
        envelope = known.envelope
        group = [
            Arrival(digest=digest, packed=pack(b"x"), message_id="<1@client.example.com>", envelope=envelope)
            for digest in (known.digest, "new")
        ]
        store_all(tx, group)


def test_no_mail_makes_the_desk_scan_what_grows(desk: DeskInMemory) -> None:
    with traced(desk) as statements:
        write_all(desk)
        store_again(desk)
        while asyncio.run(desk.dispatcher.deliver_batch()):
            pass
        desk.watch.report_held_mail()

    assert len(set(statements)) > 100
    assert scans(desk, statements) == set()


def test_what_no_pack_bears_is_summed_without_reading_what_packs_bore(desk: DeskInMemory) -> None:
    with traced(desk) as statements, desk.database.reading() as tx:
        ledger.uncovered(tx, desk.contract_id)
    [summed] = [statement for statement in statements if "sum(" in statement]
    with desk.database.reading() as tx:
        plan = tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {summed}").all()

    assert "COVERING INDEX ix_entry_uncovered" in str(plan)


def test_a_scan_would_be_found(desk: DeskInMemory) -> None:
    with traced(desk) as statements:
        desk.query("SELECT count(*) FROM outbox WHERE content = x'00'")

    assert {table for table, _ in scans(desk, statements)} == {"outbox"}
