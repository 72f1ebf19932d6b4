"""What time itself causes. So far: telling the administrators that mail is held.

Each effect has its own unique notice key, so that a second run, a second scheduler or a crash changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailgate.domain.calendar import BusinessCalendar
from mailgate.domain.notice import MailHeld
from mailgate.services.mailroom import Mailroom, Occasion
from mailgate.store import inbox, people
from mailgate.store.database import Database

ONE_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The duties that a scheduler calls at fixed intervals."""

    database: Database
    mailroom: Mailroom
    calendar: BusinessCalendar
    now: Callable[[], datetime]

    def report_held_mail(self) -> int:
        """Tell the administrators, in business hours and at most once an hour, of mail held or parked since.

        Returns how many notices were queued.
        """
        now = self.now()
        if not self.calendar.is_open(now):
            return 0
        with self.database.transaction() as tx:
            waiting = inbox.untold(tx)
            last_told_at = inbox.last_told_at(tx)
            if not waiting or (last_told_at is not None and now - last_told_at < ONE_HOUR):
                return 0
            notices = [MailHeld(to=person, number=len(waiting)) for person in people.administrators(tx)]
            queued = self.mailroom.post(tx, notices, Occasion(period=now.isoformat()), now)
            if queued:
                inbox.told(tx, [mail.id for mail in waiting], now)
        return queued
