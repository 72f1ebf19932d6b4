"""The path of one message, from the stored bytes to the queued notices: read `Intake.process` from top to bottom.

Receiving lies before it (`receiving.py`), delivering after it (`dispatch.py`). What a mail means is decided by the
domain; here is only the order of the stations, the transaction, and what happens when one of them fails.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from mailgate.domain.decision import STRANGER, admit, decide
from mailgate.domain.effects import Fate
from mailgate.domain.message import Classification, Disposition, IncomingMessage, Kind
from mailgate.domain.situation import Mail
from mailgate.errors import PermanentError, UnavailableError
from mailgate.inbound.authenticate import Border, authenticate
from mailgate.inbound.classify import OwnMarks, classify
from mailgate.killpoints import Place, passing
from mailgate.services import held_mail
from mailgate.services.desk import Case, carry_out
from mailgate.services.mailroom import Mailroom
from mailgate.services.receiving import kind_and_place
from mailgate.services.situations import Gatherer
from mailgate.store import inbox
from mailgate.store.database import Database, Transaction

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

#: A mail that failed so often is parked, so that it cannot hold up the others.
MOST_ATTEMPTS = 3

#: What a mail is that the operator let in, whatever a rule said.
RELEASED = Classification(disposition=Disposition.ACCEPT, kind=Kind.HUMAN, rule="released")
RETRY_AFTER = timedelta(minutes=1)
BATCH = 10  # so few that the desk can turn to something more urgent


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Processes stored mail, one at a time, each in a transaction of its own."""

    database: Database
    gatherer: Gatherer
    mailroom: Mailroom
    parse: Callable[[bytes], IncomingMessage]  # in a process that may be killed
    own_marks: OwnMarks
    border: Border  # whose Authentication-Results are believed
    now: Callable[[], datetime]

    def process_batch(self) -> int:
        """Process mail that waits and is due, the oldest first; return how many mails were looked at."""
        with self.database.reading() as tx:
            waiting = inbox.waiting(tx, self.now(), limit=BATCH)
        if not waiting:
            return 0
        with self.database.transaction() as tx:
            untried = inbox.count_first_attempts(tx, waiting, next_attempt_at=self.now() + RETRY_AFTER)
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader") as reader:
            ahead = {inbox_id: reader.submit(self._load, inbox_id) for inbox_id in waiting if inbox_id in untried}
            for inbox_id in waiting:
                if inbox_id in ahead:
                    self._attempt(inbox_id, 1, ahead[inbox_id].result)
                else:
                    self._attempt(inbox_id, self._count(inbox_id), partial(self._load, inbox_id))
        return len(waiting)

    def _load(self, inbox_id: int) -> tuple[inbox.InboxMail, Mail]:
        """Fetch and read a mail; while one mail is carried out, another process is busy with the next."""
        with self.database.reading() as tx:
            stored = inbox.load(tx, inbox_id)
        return stored, self._read(stored)

    def _count(self, inbox_id: int) -> int:
        """Count a further attempt and return which it is: alone, since a batch counts for those it never came to."""
        with self.database.transaction() as tx:
            inbox.count_attempt(tx, inbox_id, next_attempt_at=self.now() + RETRY_AFTER)
            return inbox.summary(tx, inbox_id).attempts

    def _attempt(self, inbox_id: int, attempts: int, load: Callable[[], tuple[inbox.InboxMail, Mail]]) -> None:
        """Process one mail whose attempt was counted first, so that a mail that kills the process counts too.

        Not even its octets are read before that: a row that cannot be read must not hold up the others.
        """
        now = self.now()
        passing(Place.ATTEMPT_COUNTED)
        if attempts > MOST_ATTEMPTS:
            self._park(inbox_id, "the process ended during each attempt")
            return
        try:
            stored, mail = load()
            self._carry_out(stored, mail, now)
        except UnavailableError as error:
            _log.warning("processing_put_off", inbox_id=inbox_id, error=kind_and_place(error))
            self._put_off(inbox_id)
        except Exception as error:  # noqa: BLE001 - the unforeseen is temporary, and one mail must not stop the next
            _log.error("processing_failed", inbox_id=inbox_id, error=kind_and_place(error))
            self._failed(inbox_id, attempts, kind_and_place(error))

    def process(self, stored: inbox.InboxMail, now: datetime) -> None:
        """Take one mail through the stations: parse, vet, thread, decide, commit."""
        self._carry_out(stored, self._read(stored), now)

    def _carry_out(self, stored: inbox.InboxMail, mail: Mail, now: datetime) -> None:
        passing(Place.PARSED)
        with self.database.transaction() as tx:
            if not inbox.is_waiting(tx, stored.id):
                return
            case = self._decided(tx, stored, mail, now)
            carry_out(tx, case, self.mailroom)
            passing(Place.EFFECTS_WRITTEN)
        passing(Place.EFFECTS_STORED)
        _log.info("processed", inbox_id=stored.id, fate=case.decision.fate.value, reason=case.decision.reason)

    def release(self, inbox_id: int) -> Fate:
        """Let a held mail in as if no rule had held it; return what became of it.

        Raises PermanentError for a mail that is not held.
        """
        with self.database.reading() as tx:
            stored = inbox.load(tx, inbox_id)
        now = self.now()
        mail = replace(self._read(stored), classification=RELEASED)
        with self.database.transaction() as tx:
            if inbox.summary(tx, inbox_id).state != "held":
                raise PermanentError(f"mail {inbox_id} is not held")
            case = self._decided(tx, stored, mail, now)
            carry_out(tx, case, self.mailroom)
            held_mail.record_release(tx, inbox_id, now)
        return case.decision.fate

    def _decided(self, tx: Transaction, stored: inbox.InboxMail, mail: Mail, now: datetime) -> Case:
        """Find out who wrote, about which ticket, and what follows."""
        unread = admit(mail)
        if unread is not None:
            is_noted = unread.fate is Fate.NOTED
            about = self.gatherer.mentioned_ticket(tx, mail, stored.envelope, stored.raw) if is_noted else None
            return Case(mail=mail, decision=replace(unread, ticket=about), now=now)
        sender = self.gatherer.sender(tx, mail)
        if sender is None:
            return Case(mail=mail, decision=STRANGER, now=now)
        situation = self.gatherer.situation(
            tx, mail, stored.envelope, sender, is_repeated_id=stored.is_repeated_id or _has_two_ids(mail), now=now
        )
        return Case(mail=mail, sender=sender, situation=situation, decision=decide(situation), now=now)

    def _read(self, stored: inbox.InboxMail) -> Mail:
        """Parse and vet; no transaction is open meanwhile."""
        message = self.parse(stored.raw)
        return Mail(
            inbox_id=stored.id,
            digest=stored.digest,
            received_at=stored.envelope.received_at,
            message=message,
            classification=classify(message, stored.envelope, self.own_marks),
            authentication=authenticate(message, self.border),
        )

    def _put_off(self, inbox_id: int) -> None:
        """Try again later without counting: no mail is parked because the database was locked or a disk was full."""
        with self.database.transaction() as tx:
            inbox.uncount_attempt(tx, inbox_id, next_attempt_at=self.now() + RETRY_AFTER)

    def _failed(self, inbox_id: int, attempts: int, error: str) -> None:
        if attempts >= MOST_ATTEMPTS:
            self._park(inbox_id, error)
            return
        with self.database.transaction() as tx:
            inbox.defer(tx, inbox_id, error=error, next_attempt_at=self.now() + RETRY_AFTER)

    def _park(self, inbox_id: int, error: str) -> None:
        with self.database.transaction() as tx:
            inbox.park(tx, inbox_id, reason="it could not be processed", error=error, at=self.now())


def _has_two_ids(mail: Mail) -> bool:
    """A signature may cover another Message-ID than the one that we go by: such a mail may be a replay."""
    return len(list(mail.message.values("message-id"))) > 1
