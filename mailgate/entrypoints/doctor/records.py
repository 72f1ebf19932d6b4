"""The database: whether it opens, has the schema of this version and is whole, and what waits in it for somebody."""

from __future__ import annotations

from collections.abc import Iterator

from mailgate.entrypoints.doctor.finding import Finding, Level
from mailgate.services import arrivals
from mailgate.services.arrivals import Workload
from mailgate.store.database import Database


def check_database(database: Database) -> Iterator[Finding]:
    """Look at schema and file."""
    damage = database.quick_check()  # first: of a damaged file nothing else may be asked
    if damage:
        yield Finding(
            level=Level.PROBLEM,
            check="database",
            says=f"the file is damaged: {damage[0]}",
            advice="stop the desk, keep the file, and restore the newest backup",
        )
    elif not database.is_current():
        yield Finding(
            level=Level.PROBLEM,
            check="database",
            says="its schema is not the one of this version",
            advice="stop the desk, make a backup, and run: mailgate init",
        )
    else:
        yield Finding(level=Level.OK, check="database", says="opens, is whole, and has the schema of this version")


def check_queues(database: Database) -> Iterator[Finding]:
    """Look for mail that waits for somebody's decision, and for mail that does not get out."""
    if not database.is_current():
        return
    with database.reading() as tx:
        load = arrivals.workload(tx)
    findings = [*_inbox(load), *_outbox(load)]
    yield from findings or [Finding(level=Level.OK, check="queues", says="no mail waits for anybody")]


def _inbox(load: Workload) -> Iterator[Finding]:
    if parked := load.inbox.get("parked", 0):
        yield Finding(
            level=Level.WARNING,
            check="queues",
            says=f"{parked} received mails could not be processed",
            advice="mailgate inbox list --state parked; then inbox retry, or inbox export and a report of the error",
        )
    if held := load.inbox.get("held", 0):
        yield Finding(
            level=Level.NOTE,
            check="queues",
            says=f"{held} received mails are held",
            advice="mailgate inbox list --state held shows them with their reasons",
        )


def _outbox(load: Workload) -> Iterator[Finding]:
    if load.deferred:
        yield Finding(
            level=Level.WARNING,
            check="queues",
            says=f"{load.deferred} mails were refused by the smarthost for the time being",
            advice="mailgate outbox list --state queued shows its last words",
        )
    if failed := load.outbox.get("failed", 0):
        yield Finding(
            level=Level.NOTE,
            check="queues",
            says=f"{failed} mails could not be delivered and were given up",
            advice="mailgate outbox list --state failed shows to whom, and why",
        )
