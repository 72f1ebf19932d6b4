"""What waits for the operator, by the command line: tried again, let in, dropped, exported, each on record."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailgate.app import App, build
from mailgate.config import load
from mailgate.domain.message import Envelope
from mailgate.inbound.parse import parse
from mailgate.services.receiving import content_digest, peek_message_id
from mailgate.store import inbox, outbox
from mailgate.store.database import Database
from tests.entrypoints.command_line import CAMILLE, CommandLine

BY_A_LIST = (
    f"From: {CAMILLE}\r\nTo: support@example.org\r\nSubject: Index\r\nList-Id: <gis.example.org>\r\n\r\nWhy?\r\n"
)
BY_A_STRANGER = "From: somebody@example.net\r\nTo: support@example.org\r\nSubject: Offer\x1b[31m\r\n\r\nBuy this.\r\n"


@pytest.fixture
def waiting(tmp_path: Path, _prepared: Path) -> CommandLine:
    """An installation with three mails: 1 parked, 2 held as a list's, 3 held as a stranger's; nothing is running."""
    folder = tmp_path / "desk"
    shutil.copytree(_prepared, folder)
    app = build(load(folder / "config.toml"), parse=parse)
    try:
        store(app, f"From: {CAMILLE}\r\nTo: support@example.org\r\nSubject: Map\r\n\r\nThe map is white.\r\n")
        with app.database.transaction() as tx:
            inbox.park(tx, 1, reason="it could not be processed", error="ValueError at parse.py:1", at=app.now())
        for text in (BY_A_LIST, BY_A_STRANGER):
            store(app, text)
            app.intake.process_batch()
    finally:
        app.close()
    return CommandLine(folder)


def store(app: App, text: str) -> None:
    raw = text.encode("latin-1")
    envelope = Envelope(mail_from="a@example.net", rcpt_to=("support@example.org",), received_at=app.now())
    with app.database.transaction() as tx:
        inbox.store(tx, digest=content_digest(raw), raw=raw, message_id=peek_message_id(raw), envelope=envelope)


def process(call: CommandLine) -> None:
    app = build(load(call.folder / "config.toml"), parse=parse)
    try:
        app.intake.process_batch()
    finally:
        app.close()


def states(call: CommandLine) -> list[str]:
    return [mail["state"] for mail in call("inbox", "list", "--json").json][::-1]


def audit(call: CommandLine) -> list[str]:
    database = Database.open(load(call.folder / "config.toml").storage.database)
    try:
        with database.reading() as tx:
            return list(tx.exec_driver_sql("SELECT detail FROM event WHERE verb IN ('inbox', 'outbox')").scalars())
    finally:
        database.close()


def test_a_parked_mail_that_is_tried_again_yields_exactly_one_ticket(waiting: CommandLine) -> None:
    assert states(waiting) == ["parked", "held", "held"]

    waiting.done("inbox", "retry", "1")
    process(waiting)
    process(waiting)

    assert states(waiting)[0] == "done"
    assert len(waiting("ticket", "list", "--json").json) == 1
    assert audit(waiting) == ["mail 1 is tried again"]


def test_a_mail_that_a_rule_held_is_let_in_once(waiting: CommandLine) -> None:
    assert waiting.done("inbox", "release", "2") == "mail 2 is done now\n"

    assert states(waiting)[1] == "done"
    assert [ticket["subject"] for ticket in waiting("ticket", "list", "--json").json] == ["Index"]
    assert audit(waiting) == ["mail 2 is let in"]
    assert waiting.refused("inbox", "release", "2") == "mail 2 is not held"


def test_letting_in_gives_a_stranger_no_ticket(waiting: CommandLine) -> None:
    waiting.done("inbox", "release", "3")

    assert states(waiting)[2] == "held"
    assert waiting("ticket", "list", "--json").json == []


@pytest.mark.parametrize("number", ["1", "2"])
def test_a_dropped_mail_stays_with_its_octets_and_the_reason(waiting: CommandLine, number: str) -> None:
    before = waiting("inbox", "show", number, "--json").json

    waiting.done("inbox", "drop", number, "--reason", "asked by phone")
    process(waiting)

    after = waiting("inbox", "show", number, "--json").json
    assert (after["state"], after["reason"]) == ("discarded", "dropped: asked by phone")
    assert after["text"] == before["text"]
    assert audit(waiting) == [f"mail {number} is dropped: asked by phone"]


@pytest.mark.parametrize(
    "words", [("retry", "9"), ("drop", "9", "--reason", "x"), ("release", "9"), ("export", "9", "-")]
)
def test_a_mail_that_is_not_there_is_said_not_to_be(waiting: CommandLine, words: tuple[str, ...]) -> None:
    assert waiting.refused("inbox", *words) == "there is no mail 9 in the inbox"


@pytest.mark.parametrize("words", [("retry", "2"), ("drop", "2", "--reason", "x")])
def test_a_mail_that_was_dealt_with_is_left_alone(waiting: CommandLine, words: tuple[str, ...]) -> None:
    waiting.done("inbox", "release", "2")

    assert waiting.refused("inbox", *words).startswith("mail 2 does not wait for the operator: it is done")


def test_a_mail_is_exported_octet_by_octet_and_no_file_is_overwritten(waiting: CommandLine) -> None:
    waiting.done("inbox", "export", "3", "offer.eml")

    assert (waiting.folder / "offer.eml").read_bytes() == BY_A_STRANGER.encode("latin-1")
    assert "offer.eml" in waiting.refused("inbox", "export", "3", "offer.eml", status=74)


def test_nothing_in_a_mail_steers_the_terminal(waiting: CommandLine) -> None:
    assert "\x1b" not in waiting.done("inbox", "list") + waiting.done("inbox", "show", "3")


# --- outgoing ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def outgoing(waiting: CommandLine) -> CommandLine:
    """The same installation with notices: 1 given up, 2 sent, and others that wait."""
    waiting.done("inbox", "retry", "1")
    process(waiting)
    waiting.done("inbox", "release", "2")
    app = build(load(waiting.folder / "config.toml"), parse=parse)
    try:
        with app.database.transaction() as tx:
            outbox.claim(tx, app.now(), app.now() - app.now(), 2)
            outbox.failed(tx, 1, "550 5.1.1 no such user", app.now())
            outbox.sent(tx, 2, "250 ok", app.now())
    finally:
        app.close()
    return waiting


def rows(call: CommandLine) -> dict[int, tuple[str, int]]:
    return {row["id"]: (row["state"], row["attempts"]) for row in call("outbox", "list", "--json").json}


def test_outgoing_mail_is_listed_by_state_with_what_the_smarthost_said(outgoing: CommandLine) -> None:
    assert {state for state, _ in rows(outgoing).values()} == {"failed", "sent", "queued"}
    [failed] = outgoing("outbox", "list", "--state", "failed", "--json").json
    assert (failed["id"], failed["last_reply"], failed["attempts"]) == (1, "550 5.1.1 no such user", 1)
    assert "550 5.1.1 no such user" in outgoing.done("outbox", "list")
    assert outgoing("outbox", "show", "1", "--json").json["subject"]


def test_a_mail_that_was_given_up_is_tried_again_with_all_its_attempts(outgoing: CommandLine) -> None:
    outgoing.done("outbox", "retry", "1")

    assert rows(outgoing)[1] == ("queued", 0)
    assert audit(outgoing)[-1] == "mail 1 is tried again"


def test_a_mail_that_was_delivered_is_not_sent_twice(outgoing: CommandLine) -> None:
    assert outgoing.refused("outbox", "retry", "2") == "mail 2 was delivered; it is not sent twice"
    assert outgoing.refused("outbox", "drop", "2", "--reason", "x") == "mail 2 does not wait: it is sent"


def test_a_mail_that_waits_can_be_given_up_for_a_reason(outgoing: CommandLine) -> None:
    waiting = next(number for number, (state, _) in rows(outgoing).items() if state == "queued")

    outgoing.done("outbox", "drop", str(waiting), "--reason", "told by phone")

    assert rows(outgoing)[waiting][0] == "failed"
    assert outgoing("outbox", "show", str(waiting), "--json").json["last_reply"] == "dropped: told by phone"


def test_an_outgoing_mail_that_is_not_there_is_said_not_to_be(outgoing: CommandLine) -> None:
    for words in (("show", "99"), ("retry", "99"), ("drop", "99", "--reason", "x")):
        assert outgoing.refused("outbox", *words) == "there is no outgoing mail 99; see: mailgate outbox list"


def test_the_moments_are_those_of_the_desk(outgoing: CommandLine) -> None:
    assert datetime.now(UTC).strftime("%Y-%m-%d") in outgoing.done("outbox", "list")
