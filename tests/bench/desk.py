"""A desk to measure: a temporary installation with one client, served by the real program in a process of its own."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mailgate.app import build
from mailgate.config import load
from mailgate.domain.people import Language
from mailgate.services import accounts
from tests.bench.mails import BORDER, CLIENT, SUPPORT, Answered

PATIENCE_SECONDS = 300
POLL_SECONDS = 0.02

ENGINEER = "eva@support.example.org"
TOWN = "Town"

CONFIGURATION = f"""\
[desk]
name = "Support"
address = "{SUPPORT}"
reply_template = "support+{{{{token}}}}@example.org"

[smtp]
port = 0

[outgoing]
smarthost = "127.0.0.1"
port = {{sink}}
tls = "none"

[trust]
authentication_servers = ["{BORDER}"]
"""

_PORT = re.compile(r"on 127\.0\.0\.1:(\d+) \(SMTP\)")


@dataclass(frozen=True, slots=True)
class BenchDesk:
    """A running desk: its port, and the database in which one sees how far it is."""

    port: int
    database: Path

    def await_processed(self) -> float:
        """Return the moment (monotonic seconds) at which every mail was processed and every notice had left."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        with closing(sqlite3.connect(self.database)) as connection:
            while connection.execute(
                "SELECT EXISTS (SELECT 1 FROM inbox WHERE state = 'received')"
                " OR EXISTS (SELECT 1 FROM outbox WHERE state = 'queued')"
            ).fetchone() != (0,):
                if time.monotonic() > give_up:
                    raise TimeoutError("the desk does not come to an end")
                time.sleep(POLL_SECONDS)
        return time.monotonic()

    def await_stored(self, mails: int) -> float:
        """Return the moment (monotonic seconds) at which so many mails were stored."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        with closing(sqlite3.connect(self.database)) as connection:
            while connection.execute("SELECT count(*) FROM inbox").fetchone() < (mails,):
                if time.monotonic() > give_up:
                    raise TimeoutError("the desk does not read its mailbox to the end")
                time.sleep(POLL_SECONDS)
        return time.monotonic()

    def check(self, mails: int) -> None:
        """Raise AssertionError unless every mail handed over so far is on a ticket, acknowledged and sent."""
        with closing(sqlite3.connect(self.database)) as connection:
            (done,) = connection.execute("SELECT count(*) FROM inbox WHERE state = 'done'").fetchone()
            (told,) = connection.execute("SELECT count(DISTINCT inbox_id) FROM outbox WHERE state = 'sent'").fetchone()
        assert (done, told) == (mails, mails), f"of {mails} mails {done} were processed, and {told} led to mail"

    def answered(self, limit: int = 50) -> list[Answered]:
        """Return mails of the desk to the client, a ticket each, for replies to answer."""
        query = """
            SELECT message_id, content FROM outbox
            WHERE rcpt_to = ? AND ticket_id IS NOT NULL GROUP BY ticket_id LIMIT ?
        """
        with closing(sqlite3.connect(self.database)) as connection:
            rows = connection.execute(query, (CLIENT, limit)).fetchall()
        return [Answered(message_id, _reply_to(content)) for message_id, content in rows]


def _reply_to(content: bytes) -> str:
    field = re.search(rb"^Reply-To:(?:.|\r\n[ \t])*?<([^>]+)>", content, re.MULTILINE)
    assert field
    return field[1].decode()


@contextmanager
def desk(sink_port: int, mailbox: str = "") -> Iterator[BenchDesk]:
    """Serve a new installation, and end it; `mailbox` is what the configuration says of a mailbox to be read."""
    with tempfile.TemporaryDirectory(prefix="mailgate-bench-") as name:
        folder = Path(name)
        config_path = folder / "config.toml"
        config_path.write_text(CONFIGURATION.format(sink=sink_port) + mailbox, "utf-8")
        _set_up(config_path)
        command = [sys.executable, "-m", "mailgate", "serve", "--config", str(config_path)]
        with (
            (folder / "log").open("wb") as log,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, cwd=folder) as process,
        ):
            try:
                assert process.stdout is not None
                greeting = _PORT.search(process.stdout.readline().decode())
                assert greeting, (folder / "log").read_text("utf-8")
                yield BenchDesk(int(greeting[1]), next(folder.rglob("*.db")))
            finally:
                process.terminate()


def _set_up(config_path: Path) -> None:
    app = build(load(config_path))
    app.database.migrate()
    now = app.now()
    with app.database.transaction() as tx:
        accounts.add_engineer(
            tx,
            name="Eva",
            language=Language.EN,
            addresses=[ENGINEER],
            groups=["support"],
            is_administrator=True,
            now=now,
        )
        accounts.add_organisation(tx, name=TOWN, domains=[], accepts_new_contacts=False, now=now)
        accounts.add_contact(
            tx, organisation=TOWN, name="Ana Prieto", language=Language.ES, addresses=[CLIENT], phone="", now=now
        )
        accounts.add_contract(
            tx,
            organisation=TOWN,
            referent=CLIENT,
            language=Language.ES,
            currency="EUR",
            zone="Europe/Madrid",
            group="support",
            response_minutes=480,
            now=now,
        )
        accounts.add_pack(
            tx,
            organisation=TOWN,
            item=app.catalogue[0],
            bought_on=now.date(),
            first_day=now.date(),
            acting_person_id=accounts.acting_administrator(tx, None).id,
            now=now,
        )
    app.close()
