"""The log: one line an event, and in none of them what somebody wrote, a token, or an address."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import logging
import re
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from mailgate.entrypoints.demo.script import ACTORS, HUGO, SCRIPT, Line
from mailgate.entrypoints.logs import TALKATIVE, Unfailing, configure
from tests.entrypoints.world import World, running_desk

STRANGER = "mallory@evil.example.net"


@pytest.fixture
def _as_before() -> Iterator[None]:
    """Leave no logging behind."""
    levels = {name: logging.getLogger(name).level for name in (*TALKATIVE, "mail.log")}
    yield
    structlog.reset_defaults()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def words(text: str) -> list[str]:
    """What would be recognised of a text: its lines of some length."""
    return [line.strip() for line in text.splitlines() if len(line.strip()) > 8]


async def converse(world: World) -> None:
    """The whole demonstration, with a mail from a stranger, one that fails, and one that nobody can receive."""
    for line in SCRIPT:
        await world.performance.say(line)
    await world.performance.say(Line(actor=HUGO, subject="Secret subject", body="Bad [approve 4x\n\n[close]"))
    await asyncio.to_thread(intrude, world.stage.port)
    await world.stage.settled()


def intrude(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost", timeout=30) as client:
        client.sendmail(STRANGER, ["support@example.org"], b"From: " + STRANGER.encode() + b"\r\n\r\nSecret words.\r\n")
        client.rset()
        client.mail(STRANGER)
        client.rcpt("nobody@elsewhere.example.org")
        client.docmd("RCPT TO:<broken")
        client.docmd("VRFY", HUGO.address)


@pytest.mark.usefixtures("_as_before")
async def test_the_log_of_a_whole_conversation_has_no_words_no_token_and_no_address(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    configure("debug", "json")
    async with running_desk(tmp_path) as world:
        await converse(world)
        sent = world.stage.outgoing()

    log = capsys.readouterr().err
    lines = [json.loads(line) for line in log.splitlines()]
    assert {"started", "processed", "delivery", "stopped"} <= {line["event"] for line in lines}
    everything = log + "\n".join(record.getMessage() for record in caplog.records)
    for text in (*(line.body for line in SCRIPT), *(line.subject for line in SCRIPT), "Secret subject", "Secret words"):
        for part in words(text):
            assert part not in everything
    for mail in sent:
        assert mail.message_id.strip("<>").partition("@")[0] not in everything
        for token in re.findall(r"\+([a-z0-9-]+)@", mail.content.decode()):
            assert token not in everything
    for address in (*(actor.address for actor in ACTORS), STRANGER, "elsewhere.example.org", "support@example.org"):
        assert address not in everything


@pytest.mark.usefixtures("_as_before")
async def test_every_line_about_a_mail_carries_its_number(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as lines:
        async with running_desk(tmp_path) as world:
            await world.performance.say(Line(actor=HUGO, subject="Index", body="Mon index n’est pas utilisé."))

    assert [line["inbox_id"] for line in lines if line["event"] == "processed"] == [1]
    assert sorted((line["outbox_id"], line["ticket_id"]) for line in lines if line["event"] == "delivery") == [
        (1, 1),
        (2, 1),
    ]


@pytest.mark.usefixtures("_as_before")
def test_an_event_is_one_line_of_json_with_level_and_time_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    log = structlog.get_logger("any")
    log.info("delivery", outbox_id=7, reply="line\nline é")
    log.debug("not wanted")

    (line,) = capsys.readouterr().err.splitlines()
    entry = json.loads(line)
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {"event": "delivery", "level": "info", "outbox_id": 7, "reply": "line\nline é"}


@pytest.mark.usefixtures("_as_before")
def test_for_people_it_is_a_line_of_text_without_colours_where_it_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("info", "text")
    structlog.get_logger("any").info("started", port=2525)

    (line,) = capsys.readouterr().err.splitlines()
    assert "started" in line
    assert "port=2525" in line
    assert "\x1b" not in line


@pytest.mark.usefixtures("_as_before")
@pytest.mark.parametrize("name", TALKATIVE)
def test_libraries_that_would_log_the_dialogue_are_kept_quiet(name: str, caplog: pytest.LogCaptureFixture) -> None:
    configure("debug", "json")
    with caplog.at_level(logging.DEBUG):
        logging.getLogger(name).info("RCPT TO:<somebody@example.org>")
        logging.getLogger(name).debug("a body")

    assert caplog.records == []


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_log_that_cannot_be_written_disturbs_nobody() -> None:
    log = Unfailing(FullDisk())

    log.write("an event\n")
    log.flush()
