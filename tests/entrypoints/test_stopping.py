"""SIGTERM at any moment under load: the desk ends within ten seconds, nothing is half done, and nothing is lost."""

from __future__ import annotations

import smtplib
import threading
import time
from collections import Counter
from itertools import count
from pathlib import Path

import pytest

from tests.entrypoints.serving import ServedDesk, installed_desk, question

pytestmark = pytest.mark.timeout(240)

ENDS_WITHIN_SECONDS = 10
CLIENTS = 3


class Client(threading.Thread):
    """Sends mail after mail while the desk runs, and remembers which ones were taken."""

    def __init__(self, desk: ServedDesk, numbers: count[int]) -> None:
        super().__init__(daemon=True)
        self.taken: list[int] = []
        self._desk = desk
        self._numbers = numbers

    def run(self) -> None:
        """Send; a desk that ends meanwhile is no error, and the mail is not counted then."""
        while self._desk.is_running:
            number = next(self._numbers)
            try:
                self._desk.send(question(number))
            except (OSError, smtplib.SMTPException):
                continue
            self.taken.append(number)


@pytest.mark.parametrize("moment_seconds", [0.0, 0.3])
def test_sigterm_under_load_loses_nothing_and_doubles_nothing(tmp_path: Path, moment_seconds: float) -> None:
    numbers = count(1)
    with installed_desk(tmp_path) as desk:
        desk.start()
        desk.port()  # read once it is there, so that no client reads the log while it is young
        clients = [Client(desk, numbers) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        threading.Event().wait(moment_seconds)
        begun = time.monotonic()
        assert desk.terminate(ENDS_WITHIN_SECONDS) == 0
        assert time.monotonic() - begun < ENDS_WITHIN_SECONDS
        for client in clients:
            client.join()
        taken = {number for client in clients for number in client.taken}
        assert taken <= {int(line.message_id[1:].partition("@")[0]) for line in desk.inbox()}

        desk.start()
        desk.await_settled()
        assert desk.terminate() == 0
        assert {line.state.value for line in desk.inbox()} <= {"done"}
        notices = Counter((row.inbox_id, row.kind) for row in desk.outbox())
        assert set(notices.values()) <= {1}
        assert len(notices) == 2 * len(desk.inbox())
        assert {row.state.value for row in desk.outbox()} <= {"sent"}
