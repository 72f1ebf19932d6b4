"""The desk that is tortured: a real `mailgate serve` in a session of its own, started and killed again and again."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mailgate.app import build
from mailgate.config import load
from mailgate.domain.people import Language
from mailgate.killpoints import VARIABLE
from mailgate.services import accounts
from tests.programmes.torture.letters import BORDER, CONTACTS, ENGINEERS, REFERENT, SUPPORT
from tests.servers.dovecot import PASSWORD, USER, Dovecot
from tests.servers.programs import free_port

TOWN = "Town"
DYING_WITH_US = ("setpriv", "--pdeathsig", "KILL")  # should the programme itself be killed
PATIENCE_SECONDS = 60
END_SECONDS = 10  # in which the desk ends when it is asked to

CONFIGURATION = f"""\
[desk]
name = "Support"
address = "{SUPPORT}"
reply_template = "support+{{{{token}}}}@example.org"

[smtp]
port = {{smtp}}

[lmtp]
enabled = true
port = {{lmtp}}

[outgoing]
smarthost = "127.0.0.1"
port = {{sink}}
tls = "none"

[trust]
authentication_servers = ["{BORDER}"]

[log]
level = "info"
"""

MAILBOX = """
[[mailbox]]
host = "127.0.0.1"
port = {port}
tls = "none"
username = "{user}"
password_file = "{password}"
"""


@dataclass(slots=True)
class TorturedDesk:
    """An installation in a folder, and the process that serves it now, if any."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)  # seconds until it took mail

    @property
    def config_path(self) -> Path:
        """The configuration file."""
        return self.folder / "config.toml"

    @property
    def database_path(self) -> Path:
        """The file of the database."""
        return next(self.folder.rglob("mailgate.db"))

    def set_up(self, sink_port: int, packs: int, dovecot: Dovecot | None) -> None:
        """Make the installation, with a client that has so many of the largest packs, perhaps with a mailbox."""
        self.ports = {"smtp": free_port(), "lmtp": free_port()}
        text = CONFIGURATION.format(sink=sink_port, **self.ports)
        if dovecot is not None:
            password = self.folder / "password"
            password.write_text(PASSWORD, "ascii")
            password.chmod(0o600)
            text += MAILBOX.format(port=dovecot.port, user=USER, password=password)
        self.config_path.write_text(text, "utf-8")
        app = build(load(self.config_path))
        app.database.migrate()
        now = app.now()
        with app.database.transaction() as tx:
            for address in ENGINEERS:
                accounts.add_engineer(
                    tx,
                    name=address.partition("@")[0].title(),
                    language=Language.EN,
                    addresses=[address],
                    groups=["support"],
                    is_administrator=address == ENGINEERS[0],
                    now=now,
                )
            accounts.add_organisation(tx, name=TOWN, domains=[], accepts_new_contacts=False, now=now)
            for address in (REFERENT, *CONTACTS):
                accounts.add_contact(
                    tx,
                    organisation=TOWN,
                    name=address.partition("@")[0].title(),
                    language=Language.EN,
                    addresses=[address],
                    phone="",
                    now=now,
                )
            accounts.add_contract(
                tx,
                organisation=TOWN,
                referent=REFERENT,
                language=Language.EN,
                currency="EUR",
                zone="Europe/Paris",
                group="support",
                response_minutes=480,
                now=now,
            )
            for _ in range(packs):
                accounts.add_pack(
                    tx,
                    organisation=TOWN,
                    item=max(app.catalogue, key=lambda item: item.minutes),
                    bought_on=now.date(),
                    first_day=now.date(),
                    acting_person_id=accounts.acting_administrator(tx, None).id,
                    now=now,
                )
        app.database.close()

    async def start(self, kill_at: str | None = None) -> None:
        """Start the desk, and return when it takes mail or has been killed at that place before."""
        environment = os.environ if kill_at is None else {**os.environ, VARIABLE: kill_at}
        begun = time.monotonic()
        self.process = self._open(environment)
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            greeting = await asyncio.to_thread(self.process.stdout.readline)
        if greeting:
            self.starts.append(time.monotonic() - begun)
        elif await self.ended() != -signal.SIGKILL:
            raise AssertionError(f"the desk did not start; see {self.folder}/desk.log")

    def _open(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with (self.folder / "desk.log").open("ab") as log:
            return subprocess.Popen(
                [*DYING_WITH_US, sys.executable, "-m", "mailgate", "serve", "--config", str(self.config_path)],
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=self.folder,
                env=environment,
                start_new_session=True,
            )

    async def ended(self, seconds: float = PATIENCE_SECONDS) -> int | None:
        """Return the status of the desk once it has ended, or None after so many seconds."""
        assert self.process is not None
        until = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > until:
                return None
            await asyncio.sleep(0.01)
        return self.process.returncode

    async def kill(self, *, with_children: bool) -> None:
        """Kill the desk, alone or with its children at the same moment; its children must end in any case."""
        assert self.process is not None
        assert self.process.stdout is not None
        leader = self.process.pid
        victims = set(_session(leader)) if with_children else {leader}
        if self.process.poll() is not None:
            victims.discard(leader)  # the number may be another process's by now
        for process in victims:
            _kill(process)
        await asyncio.to_thread(self.process.wait)
        self.process.stdout.close()
        until = time.monotonic() + PATIENCE_SECONDS  # a child that was just started ends once it is up
        while any(_session(leader)):
            if time.monotonic() > until:
                raise AssertionError("a child of the desk lives on after the desk was killed")
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """End the desk kindly, which it must within ten seconds."""
        assert self.process is not None
        self.process.terminate()
        if await self.ended(END_SECONDS) != 0:
            raise AssertionError(f"the desk did not end by itself: status {self.process.poll()}")
        await self.kill(with_children=False)


def _session(leader: int) -> Iterator[int]:
    """Yield the processes of a session that still run."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state, _, _, session = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()[:4]
            except OSError:
                continue
            if int(session) == leader and state not in "ZX":
                yield int(folder.name)


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return
