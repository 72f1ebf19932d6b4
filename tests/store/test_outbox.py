"""The outbox: a notice once, a claim by one, every attempt counted before it is made."""

from __future__ import annotations

from datetime import timedelta

from mailgate.store import outbox
from mailgate.store.database import Database, Transaction
from mailgate.store.tables import OutboxState
from tests.store.examples import MINUTE, NOW, Desk, outgoing

LEASE = timedelta(minutes=10)


def queue(tx: Transaction, desk: Desk, key: str) -> int:
    outbox_id = outbox.enqueue(tx, outgoing(desk, key))
    assert outbox_id is not None
    return outbox_id


def claimed(tx: Transaction, limit: int = 10, *, after: timedelta = timedelta()) -> list[int]:
    return [row.id for row in outbox.claim(tx, NOW + after, lease=LEASE, limit=limit)]


def test_a_notice_is_queued_once(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        assert outbox.known_keys(tx, ["once", "twice"]) == set()
        first = outbox.enqueue(tx, outgoing(desk, "once"))
        assert outbox.known_keys(tx, ["once", "twice"]) == {"once"}
        assert first is not None
        assert outbox.enqueue(tx, outgoing(desk, "once")) is None
        assert [row.id for row in outbox.listing(tx)] == [first]


def test_a_queued_mail_comes_back_with_its_bytes(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        outbox_id = queue(tx, desk, "mail")
        (row,) = outbox.listing(tx)

    assert (row.id, row.state, row.attempts) == (outbox_id, OutboxState.QUEUED, 0)
    assert (row.content, row.rcpt_to, row.queued_at) == (b"Subject: answer\r\n\r\n", "luc@example.org", NOW)


def test_a_claim_counts_the_attempt_and_keeps_others_away_until_the_lease_ends(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        outbox_id = queue(tx, desk, "mail")
        (row,) = outbox.claim(tx, NOW, lease=LEASE, limit=10)
        assert (row.attempts, row.claimed_until) == (1, NOW + LEASE)
    with database.transaction() as tx:
        assert claimed(tx) == []
        assert claimed(tx, after=LEASE) == [outbox_id]


def test_those_that_wait_longest_are_claimed_first(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        ids = [queue(tx, desk, f"mail {number}") for number in range(3)]
        assert claimed(tx, limit=2) == ids[:2]
        assert claimed(tx, limit=2) == ids[2:]


def test_a_mail_that_was_sent_is_never_claimed_again(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        outbox_id = queue(tx, desk, "mail")
        claimed(tx)
        outbox.sent(tx, outbox_id, "250 Ok", NOW + MINUTE)
        assert claimed(tx, after=LEASE * 2) == []
        (row,) = outbox.listing(tx, states=["sent"])
    assert (row.last_reply, row.done_at, row.claimed_until) == ("250 Ok", NOW + MINUTE, None)


def test_a_deferred_mail_is_due_at_its_next_attempt(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        outbox_id = queue(tx, desk, "mail")
        claimed(tx)
        outbox.deferred(tx, outbox_id, "451 later", NOW + LEASE)
        assert claimed(tx, after=MINUTE) == []
        assert claimed(tx, after=LEASE) == [outbox_id]


def test_a_failed_mail_is_given_up_with_the_reply(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        outbox_id = queue(tx, desk, "mail")
        claimed(tx)
        outbox.failed(tx, outbox_id, "550 no such user", NOW)
        assert claimed(tx, after=LEASE * 2) == []
        assert [row.last_reply for row in outbox.listing(tx, states=["failed"])] == ["550 no such user"]


def test_a_late_failure_does_not_undo_a_delivery(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        outbox_id = queue(tx, desk, "mail")
        outbox.sent(tx, outbox_id, "250 Ok", NOW)
        outbox.failed(tx, outbox_id, "550 twice", NOW)
        outbox.deferred(tx, outbox_id, "451 later", NOW)
        assert [row.last_reply for row in outbox.listing(tx, states=["sent"])] == ["250 Ok"]


def test_claims_of_a_killed_daemon_are_free_at_once_and_their_attempts_count(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        outbox_id = queue(tx, desk, "mail")
        claimed(tx)
        assert outbox.forget_claims(tx) == 1
        (row,) = outbox.claim(tx, NOW, lease=LEASE, limit=10)
    assert (row.id, row.attempts) == (outbox_id, 2)
