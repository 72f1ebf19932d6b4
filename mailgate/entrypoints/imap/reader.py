"""Reading one mailbox, for ever: connect, take what waits, wait for more; on any error begin anew, ever more patiently.

Runs in a thread of its own, since the library blocks. Mails are handed over through a callable that returns once they
are committed; only then they are moved.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

import structlog
from imapclient.exceptions import LoginError

from mailgate.entrypoints.imap.account import MailboxAccount
from mailgate.entrypoints.imap.idle import await_news
from mailgate.entrypoints.imap.session import Fetched, Session
from mailgate.killpoints import Place, passing
from mailgate.services.receiving import kind_and_place

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

PAUSES_SECONDS = (1, 2, 5, 10, 30, 60)
LOGIN_PAUSE_SECONDS = 60  # a server locks those out who try again too quickly


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of a batch of mails: those that are committed, and may be moved."""

    uids: tuple[int, ...]
    is_complete: bool  # False where some of them must be tried again


class MailboxReader:
    """The thread of one mailbox."""

    def __init__(self, account: MailboxAccount, keep: Callable[[Sequence[Fetched]], Kept]) -> None:
        """`keep` is called in the thread; it raises nothing for what is temporary, but says so."""
        self._account = account
        self._keep = keep
        self._session: Session | None = None
        self._is_stopping = threading.Event()
        self._wake, self._waker = os.pipe()
        self._thread = threading.Thread(target=self._run, name=f"mailbox {account.name}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; `join` waits for it."""
        self._is_stopping.set()
        os.write(self._waker, b"x")

    def join(self, seconds: float) -> None:
        """Wait for the end; a thread that the server keeps waiting is cut off when a third of the time is over."""
        self._thread.join(seconds / 3)
        if self._thread.is_alive() and self._session is not None:
            self._session.interrupt()
        self._thread.join(seconds * 2 / 3)
        if not self._thread.is_alive():
            os.close(self._wake)
            os.close(self._waker)

    def _run(self) -> None:
        failures = count()
        while not self._is_stopping.is_set():
            try:
                with Session.opened(self._account) as self._session:
                    self._session.prepare()
                    _log.info("mailbox_opened", mailbox=self._account.name)
                    failures = count()
                    self._read(self._session)
            except Exception as error:  # noqa: BLE001 - whatever it is, the mails are safe where they are
                if not self._is_stopping.is_set():
                    self._wait_after(error, next(failures))
            finally:
                self._session = None
        _log.info("mailbox_closed", mailbox=self._account.name)

    def _read(self, session: Session) -> None:
        while not self._is_stopping.is_set():
            if not self._take(session):
                await_news(session.client, self._wake, self._account.poll_seconds)

    def _take(self, session: Session) -> bool:
        """Take what waits, or a part of it; tell whether there may be more."""
        waiting = session.look()
        too_big = [each for each in waiting if each.octets > self._account.max_octets]
        for each in too_big:
            _log.warning("mail_rejected", mailbox=self._account.name, octets=each.octets, reason="it is too big")
        session.put_away([each.uid for each in too_big], self._account.rejected)
        for batch in session.fetch([each for each in waiting if each not in too_big]):
            kept = self._keep(batch)
            passing(Place.MAILBOX_STORED)
            session.put_away(kept.uids, self._account.processed)
            passing(Place.MAILBOX_MOVED)
            if not kept.is_complete:
                self._pause(PAUSES_SECONDS[1])
                break
            if self._is_stopping.is_set():
                break
        return bool(waiting)

    def _wait_after(self, error: Exception, failures: int) -> None:
        is_login = isinstance(error, LoginError)
        event = "mailbox_login_failed" if is_login else "mailbox_failed"
        seconds = LOGIN_PAUSE_SECONDS if is_login else PAUSES_SECONDS[min(failures, len(PAUSES_SECONDS) - 1)]
        _log.warning(event, mailbox=self._account.name, error=kind_and_place(error), again_in_seconds=seconds)
        self._pause(seconds)

    def _pause(self, seconds: float) -> None:
        select.select([self._wake], [], [], seconds)
