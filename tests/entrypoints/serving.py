"""A real desk for tests: `mailgate serve` as a process of its own, and what it logs, stores and sends."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mailgate.app import App, build
from mailgate.config import load
from mailgate.entrypoints.demo.play import set_up
from mailgate.entrypoints.demo.stage import Sent, authenticated, configuration, read_mail
from mailgate.store import inbox, outbox
from tests.servers import programs
from tests.servers.programs import PATIENCE_SECONDS, await_condition

DESK = "support@example.org"
CLIENT = "hugo@saint-remy.example.com"


@dataclass(slots=True)
class ServedDesk:
    """An installation with the people of the demonstration; `serve` runs it, as often as wanted."""

    folder: Path
    app: App  # this process's own view of the database
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    log: Path = Path()
    _starts: int = 0

    def start(self) -> None:
        """Start the daemon and return once it says so."""
        self.begin()
        self.await_event("started")

    def begin(self) -> None:
        """Start the daemon; its log is a new file."""
        self._starts += 1
        self.log = self.folder / f"serve-{self._starts}.log"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAILGATE_")}
        settings = {"MAILGATE_LOG__LEVEL": "info", "MAILGATE_LOG__FORMAT": "json"}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mailgate", "serve", "--config", str(self.folder / "config.toml")],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**inherited, **settings, **self.environment},
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        """Tell whether the daemon has not ended."""
        return self.process is not None and self.process.poll() is None

    def terminate(self, seconds: float = 10) -> int:
        """Ask the daemon to end, and return its status; it may take no longer than that."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """End the daemon as a power failure would; its children must notice by themselves."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def events(self, *names: str) -> list[dict[str, Any]]:
        """Return what was logged, or the events of these names. A last line that is being written is not read yet."""
        whole, _, _ = self.log.read_bytes().rpartition(b"\n")
        lines = whole.splitlines()
        events = [json.loads(line) for line in lines if line.startswith(b"{")]
        assert len(events) == len(lines), self.log.read_text(errors="replace")
        return [event for event in events if not names or event["event"] in names]

    def await_event(self, *names: str) -> dict[str, Any]:
        """Return the newest event of one of these names, once there is one."""
        await_condition(lambda: self.events(*names), f"the event {names}", process=self.process)
        return self.events(*names)[-1]

    def port(self, dialect: str = "smtp") -> int:
        """Return where the daemon listens."""
        return int(self.events(f"{dialect}_listening")[-1]["port"])

    def send(self, raw: bytes, *, mail_from: str = CLIENT, rcpt_to: str = DESK) -> None:
        """Hand a mail to the listener, as the server in front does."""
        with smtplib.SMTP("127.0.0.1", self.port(), "mx.example.org", timeout=PATIENCE_SECONDS) as client:
            client.sendmail(mail_from, [rcpt_to], raw)

    def await_settled(self) -> None:
        """Return once every mail is processed and every notice has left."""
        await_condition(self.is_settled, "everything is processed and delivered")

    def is_settled(self) -> bool:
        """Tell whether nothing waits."""
        with self.app.database.reading() as tx:
            is_waiting = bool(inbox.listing(tx, states=["received"], limit=1))
            return not is_waiting and not outbox.listing(tx, states=["queued"], limit=1)

    def inbox(self) -> list[inbox.InboxLine]:
        """Return what was received, oldest first."""
        with self.app.database.reading() as tx:
            return inbox.listing(tx, limit=100_000)[::-1]

    def outbox(self) -> list[outbox.OutboxMail]:
        """Return what was queued, oldest first."""
        with self.app.database.reading() as tx:
            return outbox.listing(tx, limit=100_000)[::-1]

    def outgoing(self) -> list[Sent]:
        """Return what was written into the folder of outgoing mail."""
        return [read_mail(path.read_bytes()) for path in sorted(self.app.config.outgoing.folder.glob("*.eml"))]


@contextmanager
def installed_desk(
    folder: Path, settings: str = "", environment: Mapping[str, str] | None = None, *, with_people: bool = True
) -> Iterator[ServedDesk]:
    """Set an installation up, with further settings; whatever runs of it is ended afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(configuration() + settings, encoding="utf-8")
    app = build(load(folder / "config.toml"))
    desk = ServedDesk(folder=folder, app=app, environment=environment or {})
    try:
        app.database.migrate()
        if with_people:
            with app.database.transaction() as tx:
                set_up(tx, app)
        yield desk
    finally:
        if desk.process is not None:
            programs.end(desk.process)
        app.close()


@contextmanager
def served_desk(folder: Path, settings: str = "", environment: Mapping[str, str] | None = None) -> Iterator[ServedDesk]:
    """Run a desk."""
    with installed_desk(folder, settings, environment) as desk:
        desk.start()
        yield desk


def question(number: int = 1, *, to: str = DESK, sender: str = CLIENT, body: str = "") -> bytes:
    """Return a client's mail with its own number, as it comes from the server in front."""
    domain = sender.rpartition("@")[2]
    header = f"From: {sender}\r\nTo: {to}\r\nSubject: Index {number}\r\nMessage-ID: <{number}@{domain}>\r\n"
    return authenticated(f"{header}\r\n{body or f'The index {number} is not used.'}\r\n".encode(), sender)
