"""Delivering what is queued: claimed and counted first, tried again in good time, and a failure is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from mailgate.errors import TemporaryError
from mailgate.outbound.deliver import Delivery
from mailgate.outbound.retry import LIFETIME, next_attempt
from mailgate.services.dispatch import AT_ONCE, LEASE, Dispatcher
from mailgate.store import outbox
from tests.services.desk_in_memory import (
    EVA,
    GOOD,
    LATER,
    LUC,
    NEVER,
    NILS,
    REFERENT,
    DeskInMemory,
    read,
    to,
)

SECRET = "the parcel of Mrs Durand"


@dataclass(slots=True)
class Observing:
    """A way out that looks at the queue while it has a mail in hand."""

    look: Callable[[str], object]
    seen: list[object] = field(default_factory=list)

    async def send(self, mail_from: str, rcpt_to: str, content: bytes) -> Delivery:
        self.seen.append(await asyncio.to_thread(self.look, rcpt_to))
        return GOOD

    async def close(self) -> None:
        pass


@dataclass(slots=True)
class Raising:
    """A way out that stumbles over the mail to one address, in a way that nobody foresaw."""

    address: str
    error: BaseException
    sent: list[str] = field(default_factory=list)

    async def send(self, mail_from: str, rcpt_to: str, content: bytes) -> Delivery:
        if rcpt_to == self.address:
            raise self.error
        await asyncio.sleep(0)
        self.sent.append(rcpt_to)
        return GOOD

    async def close(self) -> None:
        pass


@pytest.fixture
def asked(desk: DeskInMemory) -> DeskInMemory:
    """A desk with three mails in the outbox: to the client and to two engineers."""
    desk.ask()
    return desk


def only(address: str, delivery: Delivery) -> Callable[[str], Delivery]:
    """Answer so for one address, and well for all others."""
    return lambda rcpt_to: delivery if rcpt_to == address else GOOD


async def deliver_all(dispatcher: Dispatcher) -> None:
    while await dispatcher.deliver_batch():
        pass


def status(desk: DeskInMemory, address: str) -> tuple[str, int, str]:
    row = to(address, [row for row in desk.queued() if row.kind in {"acknowledgement", "question"}])
    return row.state, row.attempts, row.last_reply


# --- one attempt -----------------------------------------------------------------------------------------------------


async def test_a_mail_is_claimed_and_counted_before_the_connection_is_made(asked: DeskInMemory) -> None:
    def look(rcpt_to: str) -> tuple[str, int, datetime | None]:
        row = to(rcpt_to, asked.queued())
        return row.state, row.attempts, row.claimed_until

    transport = Observing(look)
    await replace(asked.dispatcher, transport=transport).deliver_batch()

    assert transport.seen == [("queued", 1, asked.clock() + LEASE)] * 3


async def test_what_is_claimed_nobody_else_gets(asked: DeskInMemory) -> None:
    other = Observing(lambda _: None)

    def claim_meanwhile(_: str) -> int:
        return asyncio.run(replace(asked.dispatcher, transport=other).deliver_batch())

    transport = Observing(claim_meanwhile)
    await replace(asked.dispatcher, transport=transport).deliver_batch()

    assert (transport.seen, other.seen) == ([0, 0, 0], [])


async def test_the_envelope_and_the_octets_are_those_of_the_queue(asked: DeskInMemory) -> None:
    await deliver_all(asked.dispatcher)

    queued = {(row.mail_from, row.rcpt_to, row.content) for row in asked.queued()}
    assert set(asked.transport.handed_over) == queued


async def test_sent_deferred_and_failed_are_written_down_with_what_the_server_said(asked: DeskInMemory) -> None:
    answers = {LUC: GOOD, EVA: LATER, NILS: NEVER}
    asked.transport.answer = lambda rcpt_to: answers[rcpt_to]

    await asked.dispatcher.deliver_batch()

    assert status(asked, LUC) == ("sent", 1, "250 2.0.0 queued")
    assert status(asked, EVA) == ("queued", 1, "451 4.3.0 come back")
    assert status(asked, NILS) == ("failed", 1, "550 5.1.1 no such mailbox")
    assert {(row.rcpt_to, row.done_at) for row in asked.queued() if row.kind != "undelivered"} == {
        (LUC, asked.clock()),
        (EVA, None),
        (NILS, asked.clock()),
    }
    assert {row.claimed_until for row in asked.queued()} == {None}


async def test_a_batch_is_limited_and_says_how_many_it_tried(desk: DeskInMemory) -> None:
    for _ in range(4):
        desk.ask()

    assert [await desk.dispatcher.deliver_batch() for _ in range(3)] == [AT_ONCE, 12 - AT_ONCE, 0]


# --- again -----------------------------------------------------------------------------------------------------------


async def test_a_deferred_mail_is_tried_again_at_the_times_of_the_schedule_and_not_before(asked: DeskInMemory) -> None:
    asked.transport.answer = only(LUC, LATER)
    await deliver_all(asked.dispatcher)
    for attempts in range(1, 8):
        row = to(LUC, asked.queued())
        assert row.attempts == attempts
        assert row.next_attempt_at == next_attempt(attempts, row.queued_at, asked.clock(), seed=row.id)

        asked.clock.time = row.next_attempt_at - timedelta(microseconds=1)
        assert await asked.dispatcher.deliver_batch() == 0
        asked.clock.time = row.next_attempt_at
        assert await asked.dispatcher.deliver_batch() == 1


async def test_the_outgoing_octets_are_identical_at_every_attempt(asked: DeskInMemory) -> None:
    asked.transport.answer = only(LUC, LATER)
    for _ in range(4):
        await deliver_all(asked.dispatcher)
        asked.clock.time = to(LUC, asked.queued()).next_attempt_at

    tries = [handed for handed in asked.transport.handed_over if handed[1] == LUC]
    assert len(tries) == 4
    assert len(set(tries)) == 1


async def test_a_mail_that_is_deferred_until_its_lifetime_ends_is_given_up_and_told(asked: DeskInMemory) -> None:
    asked.transport.answer = only(LUC, LATER)
    await deliver_all(asked.dispatcher)
    asked.clock.time = to(LUC, asked.queued()).queued_at + LIFETIME

    await deliver_all(asked.dispatcher)

    assert status(asked, LUC)[0] == "failed"
    assert {row.rcpt_to for row in asked.queued() if row.kind == "undelivered"} == {EVA, NILS}


def delayed(desk: DeskInMemory) -> list[outbox.OutboxMail]:
    return [row for row in desk.queued() if row.kind == "delayed"]


async def deliver_for(desk: DeskInMemory, duration: timedelta) -> None:
    """Let the time pass in steps of five minutes, delivering whatever is due."""
    end = desk.clock() + duration
    while desk.clock() < end:
        await deliver_all(desk.dispatcher)
        desk.clock.advance(timedelta(minutes=5))


async def test_a_mail_that_the_smarthost_defers_for_four_hours_is_told_once_to_the_engineers(
    asked: DeskInMemory,
) -> None:
    asked.transport.answer = only(LUC, replace(LATER, is_answered=True))
    await deliver_for(asked, timedelta(hours=3, minutes=55))
    assert delayed(asked) == []

    await deliver_for(asked, timedelta(hours=8))

    assert [(row.rcpt_to, row.state) for row in delayed(asked)] == [(EVA, "sent"), (NILS, "sent")]
    assert status(asked, LUC)[0] == "queued"
    assert undelivered(asked) == []


async def test_that_a_delay_could_not_be_told_is_not_told_in_turn(asked: DeskInMemory) -> None:
    asked.transport.answer = lambda _: replace(LATER, is_answered=True)
    await deliver_for(asked, timedelta(hours=13))

    about = {row.id for row in asked.queued() if row.kind not in {"delayed", "undelivered"}}
    told = {row.notice_key for row in delayed(asked)}
    assert told
    assert {int(key.split()[1].partition("/")[0]) for key in told} <= about


async def test_an_hour_and_a_day_without_a_smarthost_lose_double_and_tell_nothing(asked: DeskInMemory) -> None:
    asked.transport.answer = lambda _: LATER
    await deliver_for(asked, timedelta(hours=1))
    asked.ask()  # mail comes in all the same
    await deliver_for(asked, timedelta(hours=23))
    assert {row.state for row in asked.queued()} == {"queued"}
    waiting = {(row.rcpt_to, row.content) for row in asked.queued()}
    asked.transport.handed_over.clear()

    asked.transport.answer = lambda _: GOOD
    await deliver_for(asked, timedelta(hours=5))

    handed_over = [(rcpt_to, content) for _, rcpt_to, content in asked.transport.handed_over]
    assert len(handed_over) == len(set(handed_over))
    assert set(handed_over) == waiting


# --- a permanent failure ---------------------------------------------------------------------------------------------


def undelivered(desk: DeskInMemory) -> list[outbox.OutboxMail]:
    return [row for row in desk.queued() if row.kind == "undelivered"]


async def test_a_permanent_failure_is_on_the_tickets_trail_with_what_the_server_said(asked: DeskInMemory) -> None:
    asked.transport.answer = only(LUC, NEVER)
    await asked.dispatcher.deliver_batch()

    (event,) = [event for event in asked.events() if event.verb == "undelivered"]
    assert event.detail == f"acknowledgement to {LUC}: {NEVER.reply}"
    assert (event.inbox_id, event.person_id, event.at) == (1, asked.people[LUC], asked.clock())


async def test_a_permanent_failure_is_told_to_the_group_while_nobody_has_the_ticket(asked: DeskInMemory) -> None:
    asked.transport.answer = only(LUC, NEVER)
    await asked.dispatcher.deliver_batch()

    assert [row.rcpt_to for row in undelivered(asked)] == [EVA, NILS]
    for row in undelivered(asked):
        body = read(row).get_body(("plain",))
        assert body is not None
        text = " ".join(body.get_content().split())
        assert LUC in text
        assert "550 5.1.1" in text


async def test_a_permanent_failure_is_told_to_the_assignee_alone(asked: DeskInMemory) -> None:
    asked.say(EVA, "[take]", to=asked.signed(EVA))
    asked.transport.answer = lambda rcpt_to: NEVER if rcpt_to == LUC else GOOD
    await deliver_all(asked.dispatcher)

    assert {row.rcpt_to for row in undelivered(asked)} == {EVA}


async def test_an_engineer_whose_own_mail_failed_is_not_told_of_it_but_the_others_are(asked: DeskInMemory) -> None:
    asked.transport.answer = only(EVA, NEVER)
    await asked.dispatcher.deliver_batch()

    assert [row.rcpt_to for row in undelivered(asked)] == [NILS]


async def test_that_a_failure_could_not_be_told_is_not_told_in_turn(asked: DeskInMemory) -> None:
    asked.transport.answer = lambda _: NEVER
    await deliver_all(asked.dispatcher)

    assert {row.state for row in asked.queued()} == {"failed"}
    told = [(row.inbox_id, row.rcpt_to) for row in undelivered(asked)]
    assert sorted(told) == [(1, EVA), (1, EVA), (1, NILS), (1, NILS)]  # of Luc's mail both, and each of the other's


async def test_a_failure_about_no_ticket_ends_in_the_outbox(desk: DeskInMemory) -> None:
    desk.say(REFERENT, "[balance]")
    desk.transport.answer = lambda _: NEVER
    await deliver_all(desk.dispatcher)

    assert {(row.kind, row.state) for row in desk.queued()} == {("balance", "failed")}


# --- the unforeseen --------------------------------------------------------------------------------------------------


async def test_a_way_out_that_raises_defers_that_mail_and_the_others_leave(asked: DeskInMemory) -> None:
    transport = Raising(LUC, ValueError(SECRET))
    with capture_logs() as lines:
        await replace(asked.dispatcher, transport=transport).deliver_batch()

    row = to(LUC, asked.queued())
    assert (row.state, row.attempts, row.claimed_until) == ("queued", 1, None)
    assert row.next_attempt_at == next_attempt(1, row.queued_at, asked.clock(), seed=row.id)
    assert sorted(transport.sent) == [EVA, NILS]
    assert SECRET not in f"{lines} {row.last_reply}"
    assert "delivery_failed" in {line["event"] for line in lines}


async def test_a_mail_over_which_the_way_out_always_stumbles_is_given_up_one_day_and_told(asked: DeskInMemory) -> None:
    dispatcher = replace(asked.dispatcher, transport=Raising(LUC, ValueError(SECRET)))
    await deliver_all(dispatcher)
    asked.clock.advance(LIFETIME)
    await deliver_all(dispatcher)

    assert status(asked, LUC)[0] == "failed"
    assert len(undelivered(asked)) == 2


async def test_the_end_of_the_process_while_sending_keeps_the_mail_until_its_lease_ends(asked: DeskInMemory) -> None:
    asked.dispatcher._claim()  # and then nothing more

    asked.clock.advance(LEASE - timedelta(microseconds=1))
    assert await asked.dispatcher.deliver_batch() == 0
    asked.clock.advance(timedelta(microseconds=1))
    assert await asked.dispatcher.deliver_batch() == 3

    assert status(asked, LUC)[:2] == ("sent", 2)


async def test_an_outcome_that_cannot_be_written_down_is_an_error_after_all_others_are(asked: DeskInMemory) -> None:
    luc = to(LUC, asked.queued()).id
    with asked.crashing("UPDATE OF state ON outbox", f"NEW.id = {luc}"), pytest.raises(TemporaryError):
        await asked.dispatcher.deliver_batch()

    assert (status(asked, EVA)[0], status(asked, NILS)[0]) == ("sent", "sent")
    assert status(asked, LUC)[0] == "queued"
    asked.clock.advance(LEASE)
    await deliver_all(asked.dispatcher)
    assert status(asked, LUC)[0] == "sent"
    twice = [content for _, rcpt_to, content in asked.transport.handed_over if rcpt_to == LUC]
    assert len(twice) == 2
    assert len(set(twice)) == 1  # one mail twice, not two mails


async def test_outcomes_that_wait_together_share_one_commit(asked: DeskInMemory) -> None:
    commits: list[sa.Connection] = []
    note = commits.append
    sa.event.listen(asked.database._engine, "commit", note)
    try:
        assert await asked.dispatcher.deliver_batch() == 3
    finally:
        sa.event.remove(asked.database._engine, "commit", note)

    assert len(commits) == 2  # the claim, and what came of it
    assert {row.state for row in asked.queued()} == {"sent"}


async def test_a_delivery_is_logged_by_numbers_without_address_or_words(asked: DeskInMemory) -> None:
    asked.transport.answer = only(LUC, NEVER)
    with capture_logs() as lines:
        await asked.dispatcher.deliver_batch()

    assert sorted((line["outbox_id"], line["ticket_id"], line["status"]) for line in lines) == [
        (1, 1, "failed"),
        (2, 1, "sent"),
        (3, 1, "sent"),
    ]
    assert "@" not in str(lines)
