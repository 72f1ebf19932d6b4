"""When a mail is tried again, and what an SMTP reply means for it: pure functions over numbers and instants.

Not here: the queue itself (`store/outbox.py`) and the connection (`deliver.py`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

FIRST_DELAY = timedelta(minutes=5)
LONGEST_DELAY = timedelta(hours=4)
LIFETIME = timedelta(days=5)  # RFC 5321 section 4.5.4.1: at least four to five days
TOLD_AFTER = timedelta(hours=4)  # of delay, when a mail that still waits is worth a word


class Status(Enum):
    """What one attempt made of a mail."""

    SENT = "sent"  # the next server has taken the responsibility
    DEFERRED = "deferred"  # to be tried again
    FAILED = "failed"  # trying again cannot help


def verdict(code: int) -> Status:
    """Return what the reply to MAIL, RCPT or DATA means (RFC 5321 section 4.2.1).

    A reply of any other shape comes from a broken server, and what is broken may be mended: deferred.
    """
    if 200 <= code <= 299:
        return Status.SENT
    if 500 <= code <= 599:
        return Status.FAILED
    return Status.DEFERRED


def next_attempt(
    attempts: int, queued_at: datetime, now: datetime, *, seed: int = 0, lifetime: timedelta = LIFETIME
) -> datetime | None:
    """Return when to try again after that many attempts (at least one), or None when the mail is given up.

    Five minutes, doubled each time up to four hours, and up to a tenth more: by how much depends on `seed` (such as
    the row's id) alone, so that mails deferred together do not come back together. The last attempt is made when the
    lifetime ends.
    """
    expires_at = queued_at + lifetime
    if now >= expires_at:
        return None
    doublings = min(max(attempts, 1) - 1, 10)
    delay = min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)
    lateness = delay // 10 * (seed * 7919 % 1000) // 1000
    return min(now + delay + lateness, expires_at)
