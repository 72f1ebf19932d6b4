"""Delivering what is queued: claim, send, write down what the other server said.

A row is claimed, with its attempt counted, in a transaction of its own before any connection is made; so the only
window in which a mail can leave twice lies between the smarthost's 250 and our commit, and the copy is then
byte-identical. What failed for good is told to the engineers on the ticket, and what has been deferred for hours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from mailgate.domain.notice import Delayed, Undelivered
from mailgate.domain.people import Engineer
from mailgate.killpoints import Place, passing
from mailgate.outbound.deliver import Delivery, Transport
from mailgate.outbound.retry import TOLD_AFTER, Status, next_attempt
from mailgate.services.mailroom import Mailroom, Occasion
from mailgate.services.receiving import kind_and_place
from mailgate.store import contracts, outbox, people, tickets
from mailgate.store.database import Database, Transaction

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LEASE = timedelta(minutes=10)
AT_ONCE = 10  # mails that are sent at the same time
NOT_TOLD = {Undelivered.kind, Delayed.kind}  # of mails that tell of others


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher:
    """Empties the outbox through one transport."""

    database: Database
    transport: Transport
    mailroom: Mailroom
    now: Callable[[], datetime]

    async def deliver_batch(self) -> int:
        """Deliver mail that is due; return how many mails were tried, once all of them are through.

        Raises TemporaryError where an outcome could not be written down; that mail is sent again when its lease ends.
        """
        batch = await asyncio.to_thread(self._claim)
        if batch:
            passing(Place.NOTICES_CLAIMED)
        records = _Records(self._record_all)
        outcomes = await asyncio.gather(*(self._deliver(row, records) for row in batch), return_exceptions=True)
        for failure in filter(None, outcomes):
            raise failure
        return len(batch)

    def _claim(self) -> list[outbox.OutboxMail]:
        with self.database.transaction() as tx:
            return outbox.claim(tx, self.now(), lease=LEASE, limit=AT_ONCE)

    async def _deliver(self, row: outbox.OutboxMail, records: _Records) -> None:
        delivery = await self._send(row)
        if delivery.status is Status.SENT:
            passing(Place.NOTICE_TAKEN)
        await records.add(_Outcome(row, delivery))
        _log.info("delivery", outbox_id=row.id, ticket_id=row.ticket_id, status=delivery.status.value)

    async def _send(self, row: outbox.OutboxMail) -> Delivery:
        """Hand a mail over; what no transport foresaw defers it, so that it is given up one day and told."""
        try:
            return await self.transport.send(row.mail_from, row.rcpt_to, row.content)
        except Exception as error:  # noqa: BLE001 - the unforeseen is temporary, and one mail must not stop the others
            _log.error("delivery_failed", outbox_id=row.id, error=kind_and_place(error))
            return Delivery(status=Status.DEFERRED, reply=f"it could not be sent: {type(error).__name__}")

    def _record_all(self, outcomes: Sequence[_Outcome]) -> list[Exception | None]:
        """Write outcomes down in one transaction; where one of them spoils it, each in its own. Return what failed."""
        try:
            with self.database.transaction() as tx:
                for outcome in outcomes:
                    self._record(tx, outcome.row, outcome.delivery)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others must be written down
            if len(outcomes) == 1:
                return [error]
            return [failure for outcome in outcomes for failure in self._record_all([outcome])]
        return [None] * len(outcomes)

    def _record(self, tx: Transaction, row: outbox.OutboxMail, delivery: Delivery) -> None:
        now = self.now()
        if delivery.status is Status.SENT:
            outbox.sent(tx, row.id, delivery.reply, now)
            passing(Place.DELIVERY_WRITTEN)
            return
        again = next_attempt(row.attempts, row.queued_at, now, seed=row.id)
        if delivery.status is Status.DEFERRED and again is not None:
            outbox.deferred(tx, row.id, delivery.reply, again)
            # One refused mail is news. That nothing can leave at all is not told by mail, which could not leave either.
            if delivery.is_answered and now - row.queued_at >= TOLD_AFTER:
                self._tell_engineers(tx, Delayed, row, delivery.reply, now)
            return
        outbox.failed(tx, row.id, delivery.reply, now)
        self._note_failure(tx, row, delivery.reply, now)
        self._tell_engineers(tx, Undelivered, row, delivery.reply, now)

    def _note_failure(self, tx: Transaction, row: outbox.OutboxMail, reply: str, now: datetime) -> None:
        if row.ticket_id is None or row.kind in NOT_TOLD:
            return
        tickets.record_event(
            tx,
            ticket_id=row.ticket_id,
            inbox_id=row.inbox_id,
            person_id=row.person_id,
            verb="undelivered",
            detail=f"{row.kind} to {row.rcpt_to}: {reply}",
            authenticated_by="",
            at=now,
        )

    def _tell_engineers(
        self, tx: Transaction, told: type[Undelivered], row: outbox.OutboxMail, reply: str, now: datetime
    ) -> None:
        """Tell those who work on the ticket, once about each mail; that they could not be told is not told in turn."""
        ticket = tickets.load(tx, row.ticket_id) if row.ticket_id is not None else None
        if ticket is None or row.kind in NOT_TOLD:
            return
        contract = contracts.by_id(tx, ticket.contract_id) if ticket.contract_id else None
        concerned = {ticket.assignee_id, *ticket.follower_ids} - {None}
        named = [person for person in people.by_ids(tx, concerned).values() if isinstance(person, Engineer)]
        notices = [
            told(to=engineer, addressee=row.rcpt_to, about=ticket.subject, text=reply)
            for engineer in named or people.engineers(tx, contract.group if contract else None)
            if engineer.id != row.person_id
        ]
        occasion = Occasion(ticket=ticket, contract=contract, inbox_id=row.inbox_id, outbox_id=row.id)
        self.mailroom.post(tx, notices, occasion, now)


@dataclass(frozen=True, slots=True)
class _Outcome:
    row: outbox.OutboxMail
    delivery: Delivery


class _Records:
    """Writes outcomes down in groups: what comes while one group is written is the next. Nobody waits for a timer."""

    def __init__(self, record_all: Callable[[Sequence[_Outcome]], list[Exception | None]]) -> None:
        self._record_all = record_all
        self._waiting: list[tuple[_Outcome, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def add(self, outcome: _Outcome) -> None:
        """Return once the outcome is committed; raises what kept it from being."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((outcome, written))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        await written

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            failures = await asyncio.to_thread(self._record_all, [outcome for outcome, _ in group])
            for (_, written), failure in zip(group, failures, strict=True):
                if written.done():  # its worker was cancelled
                    continue
                if failure is None:
                    written.set_result(None)
                else:
                    written.set_exception(failure)
        self._writer = None
