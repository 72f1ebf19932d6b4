"""Several at once: for the last quarter of an hour there is one winner, and a notice is told once."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter

import pytest

from mailgate.domain.ledger import Posting, debit, fold
from mailgate.errors import TemporaryError
from mailgate.store import inbox, ledger, outbox
from mailgate.store.database import Database
from tests.store.examples import MINUTE, NOW, TODAY, Desk, mail, outgoing, pack, post, set_up

ROUNDS = 20

#: Each process takes a quarter of an hour from every pack that has one left.
PROGRAM = """
import sys
from mailgate.store.database import Database
from tests.store.test_races import race

print("ready", flush=True)
sys.stdin.readline()
print(race(Database.open(sys.argv[1])))
"""


def race(database: Database) -> int:
    """Take the last quarter of an hour of every pack; return how often there was one to take."""
    won = 0
    for pack_id in range(1, ROUNDS + 1):
        try:
            won += take_last_quarter(database, pack_id)
        except TemporaryError:  # a deadlock or a refusal on PostgreSQL: somebody else was quicker
            continue
    return won


def take_last_quarter(database: Database, pack_id: int) -> int:
    desk = Desk(
        organisation_id=1, referent_id=1, contact_id=2, engineer_id=3, contract_id=1, pack_id=pack_id, ticket_id=1
    )
    with database.transaction() as tx:
        account = ledger.account(tx, desk.contract_id, today=TODAY)
        if account.remaining_by_pack[pack_id] < 15:
            return 0
        post(tx, desk, Posting(minutes=-15, pack_id=pack_id))
        return 1


def set_up_race(database: Database) -> Desk:
    desk = set_up(database, minutes=15)
    with database.transaction() as tx:
        for _ in range(ROUNDS - 1):
            pack(tx, desk.contract_id, desk.engineer_id, minutes=15)
    return desk


def remaining(database: Database, desk: Desk) -> Counter[int]:
    with database.reading() as tx:
        return Counter(fold(ledger.entries(tx, desk.contract_id)).values())


def test_two_processes_race_for_the_last_quarter_of_an_hour_and_one_wins(
    shared_url: str, shared_database: Database
) -> None:
    database = shared_database
    desk = set_up_race(database)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, shared_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    won = sum(int(racer.communicate("go\n")[0]) for racer in racers)

    assert won == ROUNDS
    assert remaining(database, desk) == {0: ROUNDS}


def test_threads_race_for_the_last_quarter_of_an_hour_and_one_wins(shared_database: Database) -> None:
    database = shared_database
    desk = set_up_race(database)
    wins: list[int] = []
    threads = [threading.Thread(target=lambda: wins.append(race(database))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(wins) == ROUNDS
    assert remaining(database, desk) == {0: ROUNDS}


def test_what_was_read_is_still_true_when_it_is_written(shared_url: str, shared_database: Database) -> None:
    """A second writer waits for the first one and then reads what that one wrote."""
    database = shared_database
    desk = set_up(database, minutes=15)
    second = Database.open(shared_url)
    seen: list[int] = []

    def read_and_write() -> None:
        with second.transaction() as tx:
            account = ledger.account(tx, desk.contract_id, today=TODAY)
            seen.append(account.remaining_by_pack[desk.pack_id])
            for posting in debit(15, account, TODAY, limit=15):
                post(tx, desk, posting)

    waiting = threading.Thread(target=read_and_write)
    with database.transaction() as tx:
        ledger.account(tx, desk.contract_id, today=TODAY)
        waiting.start()
        post(tx, desk, Posting(minutes=-15, pack_id=desk.pack_id))
        assert seen == []
    waiting.join()

    assert seen == [0]
    second.close()


def test_two_nodes_that_receive_the_same_mail_store_it_once(shared_database: Database) -> None:
    database = shared_database
    stored: list[inbox.Stored] = []

    def receive(recipient: str) -> None:
        with database.transaction() as tx:
            stored.append(mail(tx, "same", recipient))

    threads = [threading.Thread(target=receive, args=(f"{number}@example.com",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({one.id for one in stored}) == 1
    assert sum(one.is_new for one in stored) == 1
    with database.reading() as tx:
        assert len(inbox.load(tx, stored[0].id).rcpt_to) == 8


def test_a_queued_mail_is_claimed_by_one(shared_database: Database) -> None:
    database = shared_database
    desk = set_up(database)
    with database.transaction() as tx:
        ids = {outbox.enqueue(tx, outgoing(desk, f"mail {number}")) for number in range(20)}
    claimed: list[int] = []

    def claim_all() -> None:
        for _ in range(10):
            with database.transaction() as tx:
                claimed.extend(row.id for row in outbox.claim(tx, NOW, lease=MINUTE, limit=3))

    threads = [threading.Thread(target=claim_all) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(claimed) == len(ids)
    assert set(claimed) == ids


@pytest.mark.parametrize("times", [2, 5])
def test_a_mail_that_is_processed_by_several_nodes_has_its_effects_once(shared_database: Database, times: int) -> None:
    database = shared_database
    desk = set_up(database)
    with database.transaction() as tx:
        inbox_id = mail(tx, "work").id
    outcomes: list[bool] = []

    def process() -> None:
        try:
            with database.transaction() as tx:
                post(tx, desk, Posting(minutes=-15, pack_id=desk.pack_id))
                inbox.finish(
                    tx,
                    inbox_id,
                    state="done",
                    rule="",
                    reason="",
                    ticket_id=desk.ticket_id,
                    person_id=None,
                    authentication=None,
                    at=NOW,
                )
        except TemporaryError:
            outcomes.append(False)
        else:
            outcomes.append(True)

    threads = [threading.Thread(target=process) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count(True) == 1
    assert remaining(database, desk) == {585: 1}
