"""Mail as bad as it comes, through the real listener: none is lost, none stops the next."""

from __future__ import annotations

import asyncio
import json
import smtplib
from pathlib import Path

import pytest

from mailgate.entrypoints.demo.script import HUGO, Line
from mailgate.entrypoints.demo.stage import authenticated
from mailgate.services import history
from mailgate.store import inbox
from tests.entrypoints.world import World, running_desk

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

HEADER = b"From: hugo@saint-remy.example.com\r\nTo: support@example.org\r\nSubject: Bonjour\r\n"

#: What is wrong with it, the octets, and what `inbox show` says became of it.
BAD_MAIL = (
    ("nothing at all", b"", "held", "From"),
    ("a header only", HEADER, "done", "new question"),
    ("no Message-ID", HEADER + b"\r\nUne question.\r\n", "done", "new question"),
    ("no From", b"To: support@example.org\r\nSubject: Bonjour\r\n\r\nUne question.\r\n", "held", "From"),
    ("two From fields", b"From: oliver@northshire.example.net\r\n" + HEADER + b"\r\nUne question.\r\n", "held", "From"),
    (
        "two addresses in From",
        b"From: hugo@saint-remy.example.com, camille@saint-remy.example.com\r\nSubject: Bonjour\r\n\r\nQuoi ?\r\n",
        "held",
        "From",
    ),
    (
        "an address in the display name",
        b'From: "camille@saint-remy.example.com" <evil@example.net>\r\nSubject: Bonjour\r\n\r\n[close]\r\n',
        "held",
        "not known",
    ),
    (
        "broken MIME",
        HEADER + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x\r\n\r\n--x\r\nUne question.\r\n',
        "done",
        "new question",
    ),
    ("NUL octets", HEADER + b"\r\nUne\x00 question\x00.\r\n", "done", "new question"),
    (
        "a wrong charset",
        HEADER + b"Content-Type: text/plain; charset=utf-8\r\n\r\nUne requ\xeate lente.\r\n",
        "done",
        "new question",
    ),
    (
        "an unknown charset",
        HEADER + b"Content-Type: text/plain; charset=unicode_escape\r\n\r\n\\x5bclose\\x5d\r\n",
        "done",
        "new question",
    ),
    (
        "a NUL in the subject",
        HEADER.replace(b"Bonjour", b"=?utf-8?q?a=00b=0D=0ABcc=3A_x?=") + b"\r\nQuoi ?\r\n",
        "done",
        "",
    ),
    (
        "a header too long",
        HEADER + b"X-Long: " + b"\r\n  ".join([b"a" * 900] * 300) + b"\r\n\r\nQuoi ?\r\n",
        "parked",
        "limit",
    ),
    ("an empty mail", b"From: hugo@saint-remy.example.com\r\nMessage-ID: <e@example.com>\r\n\r\n", "held", "empty"),
)


def transmit(world: World, raw: bytes, sender: str = "hugo@saint-remy.example.com") -> None:
    with smtplib.SMTP("127.0.0.1", world.stage.port, local_hostname="localhost", timeout=30) as client:
        client.sendmail(sender, ["support@example.org"], raw)


async def test_every_bad_mail_is_stored_and_inbox_show_says_why(tmp_path: Path) -> None:
    async with running_desk(tmp_path) as world:
        for _, raw, _, _ in BAD_MAIL:
            await asyncio.to_thread(transmit, world, raw)
        await world.stage.settled()
        with world.stage.app.database.reading() as tx:
            sheets = [history.mail_sheet(tx, line.id) for line in reversed(inbox.listing(tx, limit=100))]

        assert len(sheets) == len(BAD_MAIL)
        for (what, _, state, reason), sheet in zip(BAD_MAIL, sheets, strict=True):
            assert (what, sheet["state"]) == (what, state)
            assert reason in str(sheet["reason"]), what
        await the_next_mail_is_answered(world)


async def the_next_mail_is_answered(world: World) -> None:
    line = Line(actor=HUGO, subject="Encore une question", body="Comment simplifier une géométrie ?")
    assert [sent.kind for sent in await world.performance.say(line)] == ["acknowledgement", "question"]


async def test_every_mail_of_the_corpus_is_kept_and_none_stops_the_next(tmp_path: Path) -> None:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real mail is not beside this checkout")
    cases = [json.loads(line) for line in (CORPUS / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    mails = {(CORPUS / case["file"]).read_bytes() for case in cases if case["format"] == "rfc822"}
    async with running_desk(tmp_path) as world:
        for raw in sorted(mails):
            await asyncio.to_thread(transmit, world, raw)
        await world.stage.settled(patience_seconds=100)
        with world.stage.app.database.reading() as tx:
            lines = inbox.listing(tx, limit=10_000)

        assert len(lines) >= len(mails) * 0.98  # a few differ in trace fields only, and count once
        assert {line.state for line in lines} <= {"held", "noted", "discarded", "parked"}
        unforeseen = [line for line in lines if line.state == "parked" and not line.reason.startswith("limit:")]
        assert unforeseen == []
        await the_next_mail_is_answered(world)


async def test_the_same_mail_counts_once_however_often_it_comes(tmp_path: Path) -> None:
    raw = authenticated(HEADER + b"Message-ID: <one@saint-remy.example.com>\r\n\r\nUne question.\r\n", HUGO.address)
    async with running_desk(tmp_path) as world:
        for _ in range(5):
            await asyncio.to_thread(transmit, world, raw)
            await world.stage.settled()
        with world.stage.app.database.reading() as tx:
            assert len(inbox.listing(tx, limit=10)) == 1
            assert len(history.ticket_rows(tx, None, 10)) == 1
        assert len(list(world.stage.app.config.outgoing.folder.glob("*.eml"))) == 2
