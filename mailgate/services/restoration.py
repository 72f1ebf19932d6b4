"""What must happen to an older state of the database before it is served again, so that nothing is told twice.

Whatever was queued when the backup was made has most probably left since; the desk cannot know. Not here: making the
backup (`store/backup.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailgate.store import inbox, outbox
from mailgate.store.backup import skip_numbers
from mailgate.store.database import Transaction

#: More than any desk has given since its last backup.
SKIPPED_NUMBERS = 100_000
HELD_BACK = "held back after a restore: it may have been sent before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoration:
    """What was found in the older state."""

    held_back: int  # notices that were queued and are not sent
    waiting: int  # mails that will be processed


def take_up(tx: Transaction, now: datetime) -> Restoration:
    """Hold back what was queued, and skip the numbers that tickets and links of the lost time had."""
    skip_numbers(tx, SKIPPED_NUMBERS)
    held_back = outbox.give_up_queued(tx, HELD_BACK, now)
    return Restoration(held_back=held_back, waiting=inbox.count_by_state(tx).get("received", 0))
