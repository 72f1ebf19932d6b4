"""The examination: all checks in order. One that breaks is itself a finding, and the next are made all the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator

from mailgate.app import App, border
from mailgate.entrypoints.doctor.finding import Finding, Level
from mailgate.entrypoints.doctor.machine import check_clock, check_disks
from mailgate.entrypoints.doctor.provider import check_provider
from mailgate.entrypoints.doctor.python import check_python
from mailgate.entrypoints.doctor.records import check_database, check_queues
from mailgate.entrypoints.doctor.round_trip import CHECK, Probe, await_arrivals, judge, probes
from mailgate.entrypoints.doctor.way_in import check_way_in
from mailgate.entrypoints.doctor.way_out import check_way_out
from mailgate.entrypoints.listeners import accounts
from mailgate.outbound.retry import Status
from mailgate.services import arrivals
from mailgate.services.arrivals import Arrival
from mailgate.services.receiving import kind_and_place

POLL_SECONDS = 0.5

Check = Callable[[App], Iterator[Finding]]


def _python(_app: App) -> Iterator[Finding]:
    return check_python()


def _clock(_app: App) -> Iterator[Finding]:
    return check_clock()


def _disks(app: App) -> Iterator[Finding]:
    return check_disks(app.config)


def _database(app: App) -> Iterator[Finding]:
    return check_database(app.database)


def _queues(app: App) -> Iterator[Finding]:
    return check_queues(app.database)


def _way_in(app: App) -> Iterator[Finding]:
    return check_way_in(app.config, accounts(app.config))


def _way_out(app: App) -> Iterator[Finding]:
    return iter(asyncio.run(_gathered(check_way_out(app.config, app.dispatcher.transport))))


def _provider(app: App) -> Iterator[Finding]:
    if not app.database.is_current():
        return iter(())
    with app.database.reading() as tx:
        newest = arrivals.recent(tx)
    own = app.intake.own_marks.loop_mark
    messages = [arrival.message for arrival in newest if own not in arrival.message.values("x-mailgate-loop")]
    return check_provider(border(app.config), messages)


async def _gathered(findings: AsyncIterator[Finding]) -> list[Finding]:
    return [finding async for finding in findings]


#: What is looked at, in the order in which a mail would need it.
CHECKS: tuple[tuple[str, Check], ...] = (
    ("python", _python),
    ("clock", _clock),
    ("disk", _disks),
    ("database", _database),
    ("queues", _queues),
    ("way in", _way_in),
    ("smarthost", _way_out),
    ("who wrote", _provider),
)


def examine(app: App, checks: tuple[tuple[str, Check], ...] = CHECKS) -> Iterator[Finding]:
    """Make all checks and yield their findings as they come."""
    for name, check in checks:
        try:
            yield from check(app)
        except Exception as error:  # noqa: BLE001 - a check that breaks must not hide what the others would find
            yield Finding(
                level=Level.PROBLEM,
                check=name,
                says=f"the check could not be carried out: {kind_and_place(error)}",
                advice="look at what the other checks say; if all of them are well, this is worth a report",
            )


def go_round(app: App, *, wait_seconds: float) -> Iterator[Finding]:
    """Make the round trip, which sends two mails to the desk itself, and yield what became of them."""
    if hindrance := _hindrance(app):
        yield hindrance
        return
    sent_at = app.now()
    made = probes(app.intake.mailroom, sent_at)
    refused = dict(asyncio.run(_send(app, made)))
    for probe in made:
        if reply := refused.get(probe.message_id):
            yield Finding(
                level=Level.PROBLEM,
                check=CHECK,
                says=f"the smarthost does not take the mail to {probe.rcpt_to}: {reply}",
                advice="it must relay mail from the desk to any address, its own ones included",
            )
    on_the_way = tuple(probe for probe in made if probe.message_id not in refused)
    begun = time.monotonic()
    came = await_arrivals(
        on_the_way,
        lambda message_id: _found(app, message_id),
        wait_seconds=wait_seconds,
        elapsed_seconds=lambda: time.monotonic() - begun,
        pause=lambda: time.sleep(POLL_SECONDS),  # another process receives: there is nothing else to wait on
    )
    for probe in on_the_way:
        yield from judge(
            probe, came.get(probe.message_id), addresses=app.addresses, sent_at=sent_at, wait_seconds=wait_seconds
        )


def _hindrance(app: App) -> Finding | None:
    """Return why nothing is sent at all."""
    if not app.config.outgoing.smarthost:
        return Finding(
            level=Level.PROBLEM,
            check=CHECK,
            says="there is no smarthost, so that no mail leaves",
            advice="set outgoing.smarthost, and everything that `mailgate doctor` says of it",
        )
    if not app.database.is_current():
        return Finding(
            level=Level.PROBLEM,
            check=CHECK,
            says="nothing was sent, since nothing could be received",
            advice="bring the database to this version with `mailgate init`, and start the desk",
        )
    return None


async def _send(app: App, made: tuple[Probe, ...]) -> list[tuple[str, str]]:
    """Hand the mails to the smarthost; return the Message-IDs of those that it did not take, and what it said."""
    refused: list[tuple[str, str]] = []
    for probe in made:
        delivery = await app.dispatcher.transport.send(app.config.desk.return_path, probe.rcpt_to, probe.content)
        if delivery.status is not Status.SENT:
            refused.append((probe.message_id, delivery.reply))
    await app.dispatcher.transport.close()
    return refused


def _found(app: App, message_id: str) -> Arrival | None:
    with app.database.reading() as tx:
        return arrivals.arrived(tx, message_id)
