"""What a daemon finds when it starts: claims and delays of one that was killed, which would only hold mail up.

Nothing is lost without this, and nothing is done twice because of it: attempts stay counted, effects stay unique.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from mailgate.store import inbox, outbox
from mailgate.store.database import Database

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def resume(database: Database, now: datetime) -> None:
    """Make everything due that a killed daemon has left behind, where no other daemon can be at it."""
    if not database.has_one_daemon:
        return
    with database.transaction() as tx:
        mails, notices = inbox.forget_delays(tx, now), outbox.forget_claims(tx)
    if mails or notices:
        _log.info("resumed", mails=mails, notices=notices)
