"""Showing the demonstration on a terminal: who wrote what, what was sent to whom, ledger and balance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from mailgate.app import App
from mailgate.entrypoints.cli.output import minutes
from mailgate.entrypoints.demo.script import HUGO, Line
from mailgate.entrypoints.demo.stage import Sent
from mailgate.services.reports import Row

SHOWN_LINES = 12  # of each mail that leaves

NAMES = {
    "acknowledgement": "acknowledgement",
    "question": "relayed question",
    "answer": "relayed answer",
    "details_request": "request for details",
    "approval_request": "approval request",
    "please_close": "please close",
}


def opening(console: Console, app: App, port: int) -> None:
    """Say what is going on."""
    console.rule("mailgate, a demonstration")
    console.print(f"A real daemon listens on 127.0.0.1:{port} (SMTP); its database and outgoing mail are temporary.")
    console.print(f"Two clients have bought a {app.catalogue[0].name}. Mails to the desk: ◀, from the desk: ▶.\n")


def spoken(console: Console, line: Line) -> None:
    """Show what somebody wrote to the desk."""
    about = f"answers the {NAMES.get(line.answers, line.answers)}" if line.answers else f"«{line.subject}»"
    body = line.body + (f"\n\n(attached: {line.attachment[0]})" if line.attachment else "")
    title = Text(f"◀ {line.actor.name}: {about}")
    console.print()
    console.print(Panel(Text(body), title=title, title_align="left", border_style="cyan"))


def sent(console: Console, mail: Sent) -> None:
    """Show what the desk sent because of it: the head of the mail, without blank lines."""
    console.print(Text(f"  ▶ {NAMES.get(mail.kind, mail.kind.replace('_', ' '))} to {mail.to}", style="green"))
    lines = [line for line in mail.text.splitlines() if line.strip()]
    shown = [f"Subject: {mail.subject}", *lines[:SHOWN_LINES], *(["…"] if len(lines) > SHOWN_LINES else [])]
    console.print(Padding(Text("\n".join(shown), style="dim"), (0, 0, 0, 4)))


def entries(console: Console, organisation: str, rows: Sequence[Row], balance: Row) -> None:
    """Show new ledger entries of a client and the balance after them."""
    for row in rows:
        account = f"{minutes(row['minutes'])} on {row['account']}"
        console.print(Text(f"  ≡ ledger: {row['kind']} {account}, ticket #{row['ticket']}", style="yellow"))
    console.print(Text(f"  ≡ {organisation}: {_in_words(balance)}", style="yellow"))


def statement(console: Console, organisation: str, rows: Sequence[Row], balance: Row) -> None:
    """Show the whole ledger of a client."""
    console.print()
    console.rule(f"Statement: {organisation}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Day", "Entry", "Account", "Ticket", "Time", "Balance", "Who"):
        table.add_column(heading, justify="right" if heading in NUMBERS else "left", no_wrap=True)
    for row in rows:
        ticket = f"#{row['ticket']}" if row["ticket"] else ""
        time, left = minutes(row["minutes"]), minutes(row["balance_minutes"])
        cells = (row["day"], row["kind"], row["account"], ticket, time, left, row["person"])
        table.add_row(*(Text(str(cell)) for cell in cells))
    console.print(table)
    console.print(_in_words(balance), style="bold")


NUMBERS = frozenset({"Ticket", "Time", "Balance"})


INVITATION = """\
Write to {desk} through 127.0.0.1:{port}, for example:

  .venv/bin/python -c "import smtplib; smtplib.SMTP('127.0.0.1', {port}).sendmail(
      '{client}', '{desk}',
      'From: {client}\\nTo: {desk}\\nSubject: Une autre question\\n'
      'Message-ID: <{unique}@saint-remy.example.com>\\n\\nComment simplifier des polygones ?\\n')"

What the desk sends lies in {folder};
answers go to the Reply-To address. A command counts when the mail server in front has proven
the sender; to play that server, write as the first line of a mail:

  Authentication-Results: mx.example.org; dmarc=pass header.from=saint-remy.example.com

Look at the desk from another terminal:

  .venv/bin/mailgate ticket list -c {config}
  .venv/bin/mailgate inbox list -c {config}
  .venv/bin/mailgate ledger "{organisation}" -c {config}
"""


def invitation(console: Console, app: App, config_path: Path, port: int) -> None:
    """Say how to write to the daemon that goes on."""
    console.rule("The desk goes on; stop it with Ctrl-C")
    text = INVITATION.format(
        desk=app.config.desk.address,
        port=port,
        client=HUGO.address,
        unique=config_path.parent.name,
        folder=app.config.outgoing.folder,
        config=config_path,
        organisation=HUGO.organisation,
    )
    console.print(Text(text), soft_wrap=True)


def _in_words(balance: Row) -> str:
    parts = ("used", "reserved", "available")
    return ", ".join(f"{minutes(balance[f'{part}_minutes'])} {part}" for part in parts)
