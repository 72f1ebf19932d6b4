"""Tickets and received mail by the command line, after a small conversation that the real code path has processed."""

from __future__ import annotations

import email
import shutil
from datetime import UTC, datetime
from email.policy import default
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from mailgate.app import App, build
from mailgate.config import load
from mailgate.domain.message import Envelope
from mailgate.entrypoints.cli.inbox import StateName
from mailgate.inbound.parse import parse
from mailgate.services.receiving import content_digest, peek_message_id
from mailgate.store import inbox, outbox
from mailgate.store.tables import InboxState
from tests.entrypoints.command_line import CAMILLE, ORGANISATION, PAUL, CommandLine

QUESTION = f"""\
From: Camille Martin <{CAMILLE}>
To: support@example.org
Subject: =?utf-8?q?L=27index_=C2=ABgist=C2=BB?= is =?utf-8?q?=1B=5B31mred=C2=9B?=
Message-ID: <question@saint-remy.example.org>

My index is not used.
Can you help?
"""

STRANGE = """\
From: Somebody <somebody@example.net>
To: support@example.org
Subject: An offer
Message-ID: <offer@example.net>

Buy this.
"""

ANSWER = """\
From: Paul Girard <{author}>
To: {address}
Subject: Re: index
Message-ID: <answer@support.example.org>
Authentication-Results: mx.example.org; dmarc=pass header.from=support.example.org

[time 20m]

Please run ANALYZE.
"""


@pytest.fixture(scope="module")
def _answered(tmp_path_factory: pytest.TempPathFactory, _prepared: Path) -> Path:
    """An installation with a ticket that was answered, and a stranger's mail."""
    folder = tmp_path_factory.mktemp("answered") / "desk"
    shutil.copytree(_prepared, folder)
    config_path = folder / "config.toml"
    settings = config_path.read_text(encoding="utf-8")
    trusting = settings.replace("authentication_servers = []", 'authentication_servers = ["mx.example.org"]')
    config_path.write_text(trusting, encoding="utf-8")
    app = build(load(config_path), now=lambda: datetime.now(UTC), parse=parse)
    try:
        receive(app, QUESTION, CAMILLE)
        receive(app, STRANGE, "somebody@example.net")
        receive(app, STRANGE.replace("offer@", "another@"), "")
        with app.database.reading() as tx:
            [question] = [row.content for row in outbox.listing(tx) if row.kind == "question"]
        address = str(email.message_from_bytes(question, policy=default)["Reply-To"])
        receive(app, ANSWER.format(author=PAUL, address=address), PAUL)
    finally:
        app.close()
    return folder


def receive(app: App, text: str, mail_from: str) -> None:
    raw = text.replace("\n", "\r\n").encode()
    envelope = Envelope(mail_from=mail_from, rcpt_to=("support@example.org",), received_at=app.now())
    with app.database.transaction() as tx:
        inbox.store(tx, digest=content_digest(raw), raw=raw, message_id=peek_message_id(raw), envelope=envelope)
    assert app.intake.process_batch() == 1


@pytest.fixture
def answered(_answered: Path) -> CommandLine:
    """The command line of that installation; nothing here changes it."""
    return CommandLine(_answered)


def in_paris(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo("Europe/Paris")).strftime("%Y-%m-%d %H:%M")


def test_a_ticket_is_listed_with_its_state_and_deadline(answered: CommandLine) -> None:
    [ticket] = answered("ticket", "list", "--json").json

    assert (ticket["number"], ticket["organisation"], ticket["state"]) == (1, ORGANISATION, "open")
    assert (ticket["assignee"], ticket["counted_minutes"]) == ("Paul Girard", 30)
    listed = answered.done("ticket", "list").splitlines()[1]
    assert listed.startswith("    #1  ")
    assert listed.endswith(f"  {in_paris(ticket['deadline'])}   30m")


def test_tickets_are_listed_by_state(answered: CommandLine) -> None:
    assert len(answered("ticket", "list", "--state", "open", "--json").json) == 1
    assert answered.done("ticket", "list", "--state", "closed") == "no ticket\n"


def test_a_ticket_is_shown_with_its_conversation_and_trail(answered: CommandLine) -> None:
    ticket = answered("ticket", "show", "1", "--json").json

    assert (ticket["requester"], ticket["assignee"], ticket["participants"]) == ("Camille Martin", "Paul Girard", [])
    assert [(said["author"], said["is_internal"]) for said in ticket["conversation"]] == [
        ("Camille Martin", False),
        ("Paul Girard", False),
    ]
    assert ticket["conversation"][0]["text"] == "My index is not used.\nCan you help?"
    assert [said["mail"] for said in ticket["conversation"]] == [1, 4]
    assert "time" in {event["verb"] for event in ticket["events"]}


def test_people_read_a_ticket_in_the_time_zone_of_the_desk(answered: CommandLine) -> None:
    shown = answered.done("ticket", "show", "1")

    assert "counted          30m\n" in shown
    opened_at = in_paris(answered("ticket", "show", "1", "--json").json["opened_at"])
    assert f"opened at        {opened_at}\n" in shown
    assert f"--- Camille Martin, {opened_at}, unverified\nMy index is not used.\nCan you help?\n" in shown


def test_what_came_by_mail_cannot_steer_the_terminal(answered: CommandLine) -> None:
    for words in ("ticket list", "ticket show 1", "inbox list", "inbox show 1"):
        shown = answered.done(*words.split())
        assert not {char for char in shown if char != "\n" and (ord(char) < 32 or 127 <= ord(char) < 160)}


def test_the_ledger_shows_the_work_on_a_ticket(answered: CommandLine) -> None:
    [entry] = answered("ledger", ORGANISATION, "--ticket", "1", "--json").json

    assert (entry["kind"], entry["minutes"], entry["balance_minutes"]) == ("intervention", -30, 570)
    assert (entry["person"], entry["ticket"], len(entry["mail_digest"])) == ("Paul Girard", 1, 64)
    line = answered.done("ledger", ORGANISATION).splitlines()[2]
    assert [part.strip() for part in line.split("  ") if part][2:] == [
        "intervention",
        "Pack 10 h",
        "-30m",
        "9h30",
        "#1",
        "Paul Girard",
    ]


def test_received_mail_is_listed_with_what_became_of_it(answered: CommandLine) -> None:
    mails = answered("inbox", "list", "--json").json

    assert [(mail["id"], mail["state"], mail["ticket"]) for mail in mails] == [
        (4, "done", 1),
        (3, "noted", None),
        (2, "held", None),
        (1, "done", 1),
    ]
    assert len(answered("inbox", "list", "--limit", "1", "--json").json) == 1
    listed = answered.done("inbox", "list", "--state", "noted").splitlines()
    assert len(listed) == 2
    assert "  <>  " in listed[1]


def test_a_mail_is_shown_with_the_reason_of_its_fate(answered: CommandLine) -> None:
    held = answered("inbox", "show", "2", "--json").json

    assert (held["state"], held["from"], held["subject"]) == ("held", "Somebody <somebody@example.net>", "An offer")
    assert held["reason"]
    assert held["text"] == "Buy this."
    shown = answered.done("inbox", "show", "2")
    assert f"reason               {held['reason']}\n" in shown
    assert shown.endswith("\n\nBuy this.\n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("ticket show 9", "there is no ticket 9; see: mailgate ticket list"),
        ("inbox show 9", "there is no mail 9; see: mailgate inbox list"),
    ],
)
def test_a_number_that_nothing_has_is_refused(answered: CommandLine, words: str, complaint: str) -> None:
    assert answered.refused(*words.split()) == complaint


@pytest.mark.parametrize("words", ["ticket list --state shut", "inbox list --state shut", "ticket show one"])
def test_what_is_no_state_or_number_is_wrong_usage(answered: CommandLine, words: str) -> None:
    outcome = answered(*words.split())

    assert outcome.status == 2
    assert "Invalid value for" in outcome.err


def test_the_states_of_mail_that_can_be_asked_for_are_those_that_there_are() -> None:
    assert set(get_args(StateName)) == {state.value for state in InboxState}
