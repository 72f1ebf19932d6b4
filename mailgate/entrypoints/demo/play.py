"""Playing the demonstration: set the stage, say the lines, show what happens, check the sum at the end."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rich.console import Console

from mailgate.app import App, build
from mailgate.config import load
from mailgate.domain.people import Language
from mailgate.entrypoints.daemon import Daemon, stop_signal
from mailgate.entrypoints.demo import show
from mailgate.entrypoints.demo.script import (
    ACTORS,
    COUNCIL,
    REFERENTS,
    SCRIPT,
    TOWN,
    Actor,
    Line,
)
from mailgate.entrypoints.demo.stage import Letter, Sent, Stage, configuration
from mailgate.entrypoints.logs import configure
from mailgate.services import accounts, reports
from mailgate.store.database import Transaction

#: What must be left in the end: 10 h less 30 min (20 worked) and 3 h; 10 h less 30 min.
EXPECTED = {TOWN: 600 - 30 - 180, COUNCIL: 600 - 30}


def play(*, keep: bool) -> int:
    """Play everything and return the exit status: 0 when the minutes are right. With `keep` the daemon goes on."""
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="mailgate-demo-") as folder:
        config_path = Path(folder) / "config.toml"
        config_path.write_text(configuration(), encoding="utf-8")
        config = load(config_path)
        configure(config.log.level, config.log.format)
        app = build(config)
        try:
            app.database.migrate()
            return asyncio.run(_perform(app, config_path, console, keep=keep))
        finally:
            app.close()


async def _perform(app: App, config_path: Path, console: Console, *, keep: bool) -> int:
    with app.database.transaction() as tx:
        set_up(tx, app)
    daemon = Daemon(app)
    try:
        stage = Stage(app=app, port=await daemon.start())
        show.opening(console, app, stage.port)
        performance = Performance(stage=stage)
        for line in SCRIPT:
            await _say(performance, line, console)
        status = _closing(app, console)
        if keep:
            show.invitation(console, app, config_path, stage.port)
            await stop_signal().wait()
        return status
    finally:
        await daemon.stop()


@dataclass(slots=True)
class Performance:
    """The stage, and what everybody has in the mailbox so far."""

    stage: Stage
    mailboxes: dict[str, list[Sent]] = field(default_factory=dict)

    async def say(self, line: Line) -> list[Sent]:
        """Have one mail written and return what the desk sent because of it."""
        answered = self._newest(line.actor, line.answers) if line.answers else None
        letter = Letter(
            name=line.actor.name,
            address=line.actor.address,
            to=answered.reply_to if answered else self.stage.app.config.desk.address,
            subject=line.subject,
            body=line.body,
            answers=answered,
            attachment=line.attachment,
        )
        sent = await self.stage.deliver(letter)
        for mail in sent:
            self.mailboxes.setdefault(mail.to.partition("<")[2].rstrip(">") or mail.to, []).append(mail)
        return sent

    def _newest(self, actor: Actor, kind: str) -> Sent:
        return next(mail for mail in reversed(self.mailboxes[actor.address]) if mail.kind == kind)


async def _say(performance: Performance, line: Line, console: Console) -> None:
    app = performance.stage.app
    before = _ledgers(app)
    show.spoken(console, line)
    for mail in await performance.say(line):
        show.sent(console, mail)
    rows = _ledgers(app)[line.client]
    show.entries(console, line.client, rows[len(before[line.client]) :], _balance(app, line.client))


def set_up(tx: Transaction, app: App, actors: tuple[Actor, ...] = ACTORS) -> None:
    """Add the two clients with a 10 h pack each, their people, and the engineer."""
    now = app.now()
    for actor in actors:
        if not actor.organisation:
            _add_engineer(tx, actor, now)
    for organisation, referent in REFERENTS.items():
        accounts.add_organisation(tx, name=organisation, domains=[], accepts_new_contacts=False, now=now)
        for actor in actors:
            if actor.organisation == organisation:
                _add_contact(tx, actor, now)
        accounts.add_contract(
            tx,
            organisation=organisation,
            referent=referent.address,
            language=referent.language,
            currency="EUR",
            zone="Europe/London" if referent.language is Language.EN else "Europe/Paris",
            group="support",
            response_minutes=app.config.support.response_minutes,
            now=now,
        )
        _add_pack(tx, app, organisation, now)


def _add_engineer(tx: Transaction, actor: Actor, now: datetime) -> None:
    accounts.add_engineer(
        tx,
        name=actor.name,
        language=actor.language,
        addresses=[actor.address],
        groups=["support"],
        is_administrator=True,
        now=now,
    )


def _add_contact(tx: Transaction, actor: Actor, now: datetime) -> None:
    accounts.add_contact(
        tx,
        organisation=actor.organisation,
        name=actor.name,
        language=actor.language,
        addresses=[actor.address],
        phone="",
        now=now,
    )


def _add_pack(tx: Transaction, app: App, organisation: str, now: datetime) -> None:
    accounts.add_pack(
        tx,
        organisation=organisation,
        item=app.catalogue[0],
        bought_on=now.date(),
        first_day=now.date(),
        acting_person_id=accounts.acting_administrator(tx, None).id,
        now=now,
    )


def _ledgers(app: App) -> dict[str, list[reports.Row]]:
    with app.database.reading() as tx:
        return {organisation: reports.ledger_rows(tx, organisation, None) for organisation in REFERENTS}


def _balance(app: App, organisation: str) -> reports.Row:
    with app.database.reading() as tx:
        return reports.balance_sheet(tx, organisation, app.now())


def _closing(app: App, console: Console) -> int:
    """Show the statements and compare the sums with what they must be."""
    status = 0
    for organisation, rows in _ledgers(app).items():
        balance = _balance(app, organisation)
        show.statement(console, organisation, rows, balance)
        if balance["remaining_minutes"] != EXPECTED[organisation]:
            console.print(f"[red]the balance of {organisation} is wrong[/red]")
            status = 1
    return status
