"""The inbox: nothing lost, nothing counted twice, everything with its reason."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailgate.domain.message import Authentication, Verdict
from mailgate.errors import PermanentError, TemporaryError
from mailgate.store import inbox
from mailgate.store.database import Database, Transaction
from mailgate.store.tables import InboxState
from tests.store.examples import MINUTE, NOW, Desk, envelope, mail

PASS = Authentication(verdict=Verdict.PASS, method="dmarc", evidence="mx.example.com; dmarc=pass")


def finish(tx: Transaction, inbox_id: int, state: str, *, authentication: Authentication | None = None) -> None:
    inbox.finish(
        tx,
        inbox_id,
        state=state,
        rule="default",
        reason="because",
        ticket_id=None,
        person_id=None,
        authentication=authentication,
        at=NOW,
    )


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=2000))
def test_the_octets_come_back_as_they_were_received(database: Database, raw: bytes) -> None:
    digest = hashlib.sha256(raw).hexdigest()
    with database.transaction() as tx:
        stored = inbox.store(tx, digest=digest, raw=raw, message_id="", envelope=envelope())
        assert inbox.raw(tx, stored.id) == raw
        assert inbox.load(tx, stored.id).raw == raw
        assert inbox.summary(tx, stored.id).raw_digest == digest


def test_the_same_mail_again_counts_once_for_all_its_recipients(database: Database) -> None:
    with database.transaction() as tx:
        first = mail(tx, "once", "support@example.com", "gis@example.com")
    with database.transaction() as tx:
        second = mail(tx, "once", "gis@example.com", "help@example.com")
        stored = inbox.load(tx, first.id)

    assert first.is_new
    assert second == inbox.Stored(id=first.id, is_new=False)
    assert stored.envelope.rcpt_to == ("support@example.com", "gis@example.com", "help@example.com")
    with database.reading() as tx:
        assert len(inbox.listing(tx)) == 1


def test_the_first_way_that_a_mail_came_decides_its_time(database: Database) -> None:
    with database.transaction() as tx:
        first = inbox.store(tx, digest="d", raw=b"A: 1\r\n", message_id="", envelope=envelope())
        inbox.store(tx, digest="d", raw=b"A: 2\r\n", message_id="", envelope=envelope(at=NOW + MINUTE))
        stored = inbox.load(tx, first.id)

    assert stored.received_at == NOW
    assert stored.raw == b"A: 1\r\n"


def test_a_known_message_id_with_other_content_is_marked(database: Database) -> None:
    with database.transaction() as tx:
        first = mail(tx, "one", message_id="<same@example.org>")
        second = mail(tx, "two", message_id="<same@example.org>")
        assert not inbox.load(tx, first.id).is_repeated_id
        assert inbox.load(tx, second.id).is_repeated_id


def test_mails_without_message_id_do_not_repeat_each_other(database: Database) -> None:
    with database.transaction() as tx:
        mail(tx, "one", message_id="")
        second = mail(tx, "two", message_id="")
        assert not inbox.load(tx, second.id).is_repeated_id


def test_mail_waits_in_the_order_in_which_it_came(database: Database) -> None:
    with database.transaction() as tx:
        ids = [mail(tx, f"mail {number}").id for number in range(3)]
        assert inbox.waiting(tx, NOW) == ids
        assert inbox.waiting(tx, NOW, limit=2) == ids[:2]
        assert inbox.waiting(tx, NOW - MINUTE) == []


def test_an_attempt_is_counted_and_puts_the_next_one_off(database: Database) -> None:
    with database.transaction() as tx:
        inbox_id = mail(tx, "mail").id
        inbox.count_attempt(tx, inbox_id, next_attempt_at=NOW + MINUTE)
        assert inbox.load(tx, inbox_id).attempts == 1
        assert inbox.waiting(tx, NOW) == []
        assert inbox.waiting(tx, NOW + MINUTE) == [inbox_id]


def test_what_became_of_a_mail_is_kept_with_the_evidence(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        inbox_id = mail(tx, "mail").id
        inbox.defer(tx, inbox_id, error="KeyError at x.py:1", next_attempt_at=NOW)
        inbox.finish(
            tx,
            inbox_id,
            state="done",
            rule="is_human",
            reason="an answer",
            ticket_id=desk.ticket_id,
            person_id=desk.contact_id,
            authentication=PASS,
            at=NOW + MINUTE,
        )
        line = inbox.summary(tx, inbox_id)

    assert (line.state, line.rule, line.reason) == (InboxState.DONE, "is_human", "an answer")
    assert (line.ticket_id, line.person_id) == (desk.ticket_id, desk.contact_id)
    assert line.authentication == PASS
    assert line.authentication_summary == "pass (dmarc): mx.example.com; dmarc=pass"
    assert line.processed_at == NOW + MINUTE
    assert line.last_error == ""


def test_what_a_killed_daemon_put_off_can_be_made_due_at_once(database: Database) -> None:
    with database.transaction() as tx:
        inbox_id = mail(tx, "mail").id
        inbox.count_attempt(tx, inbox_id, next_attempt_at=NOW + MINUTE)
        assert inbox.forget_delays(tx, NOW) == 1
        assert inbox.waiting(tx, NOW) == [inbox_id]


def test_a_finished_mail_waits_no_more(database: Database) -> None:
    with database.transaction() as tx:
        finish(tx, mail(tx, "mail").id, "noted")
        assert inbox.waiting(tx, NOW + MINUTE) == []


@pytest.mark.parametrize("state", ["done", "noted", "discarded"])
def test_a_mail_is_finished_once(database: Database, state: str) -> None:
    with database.transaction() as tx:
        inbox_id = mail(tx, "mail").id
        finish(tx, inbox_id, state)

    with pytest.raises(TemporaryError), database.transaction() as tx:
        finish(tx, inbox_id, "done")


def test_an_unknown_state_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="lost"), database.transaction() as tx:
        finish(tx, mail(tx, "mail").id, "lost")


def test_a_withheld_mail_is_released_once(database: Database) -> None:
    with database.transaction() as tx:
        withheld, release = mail(tx, "withheld").id, mail(tx, "release").id
        finish(tx, withheld, "withheld")
        inbox.release(tx, withheld, by_inbox_id=release, at=NOW)
        assert inbox.summary(tx, withheld).state is InboxState.DONE
        assert str(release) in inbox.summary(tx, withheld).reason

    with pytest.raises(TemporaryError), database.transaction() as tx:
        inbox.release(tx, withheld, by_inbox_id=release, at=NOW)


def test_a_parked_mail_keeps_its_error_and_can_be_tried_again(database: Database) -> None:
    with database.transaction() as tx:
        inbox_id = mail(tx, "mail").id
        inbox.park(tx, inbox_id, reason="it could not be processed", error="KeyError", at=NOW)
        assert inbox.waiting(tx, NOW) == []
        assert inbox.summary(tx, inbox_id).last_error == "KeyError"
        assert inbox.retry(tx, inbox_id, at=NOW)
        assert inbox.waiting(tx, NOW) == [inbox_id]
        assert not inbox.retry(tx, inbox_id, at=NOW)


def test_a_finished_mail_is_not_parked(database: Database) -> None:
    with database.transaction() as tx:
        inbox_id = mail(tx, "mail").id
        finish(tx, inbox_id, "done")
        inbox.park(tx, inbox_id, reason="late", error="", at=NOW)
        assert inbox.summary(tx, inbox_id).state is InboxState.DONE


def test_the_administrators_hear_of_each_held_or_parked_mail_once(database: Database) -> None:
    with database.transaction() as tx:
        held, parked, done = (mail(tx, name).id for name in ("held", "parked", "done"))
        finish(tx, held, "held")
        inbox.park(tx, parked, reason="", error="", at=NOW)
        finish(tx, done, "done")
        assert [line.id for line in inbox.untold(tx)] == [held, parked]
        inbox.told(tx, [held], NOW)
        assert [line.id for line in inbox.untold(tx)] == [parked]


def test_the_list_is_newest_first_and_by_state(database: Database) -> None:
    with database.transaction() as tx:
        ids = [mail(tx, f"mail {number}").id for number in range(3)]
        finish(tx, ids[1], "held")
        assert [line.id for line in inbox.listing(tx)] == ids[::-1]
        assert [line.id for line in inbox.listing(tx, states=["held"])] == [ids[1]]
        assert [line.id for line in inbox.listing(tx, limit=1)] == [ids[2]]


def test_a_mail_that_is_not_there_is_said_to_be(database: Database) -> None:
    with database.reading() as tx:
        assert inbox.find(tx, 404) is None
        for look in (inbox.load, inbox.raw, inbox.summary):
            with pytest.raises(PermanentError, match="404"):
                look(tx, 404)
