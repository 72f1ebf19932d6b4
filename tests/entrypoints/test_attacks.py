"""Attacks on a running desk, through the real listener: on its memory, its trust, its silence and its arithmetic."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import re
import smtplib
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest_asyncio
import sqlalchemy as sa

from mailgate.app import build
from mailgate.config import load
from mailgate.domain.ticket import State
from mailgate.entrypoints.demo.play import set_up
from mailgate.entrypoints.demo.script import CAMILLE, HUGO, LUCIA, OLIVER, PAUL, TOWN
from mailgate.entrypoints.demo.stage import Sent, configuration, read_mail
from mailgate.services import reports
from mailgate.store import tickets
from mailgate.store.database import Database
from tests.entrypoints.test_trust import DESK, PROOF, Post, newest, root
from tests.entrypoints.world import running_desk
from tests.servers.programs import await_condition

MALLORY = "mallory@evil.example.net"
TOWN_DOMAIN = "saint-remy.example.com"
PASS = f"dmarc=pass header.from={TOWN_DOMAIN}"
NUMBERS = itertools.count(1)


@pytest_asyncio.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    async with running_desk(tmp_path) as world:
        post = Post(world)
        await post.say(HUGO, "Mon index n’est pas utilisé.", subject="Index")
        yield post


def mail(sender: str, body: str, *fields: str, proof: str = PROOF) -> bytes:
    """Write a mail as an attacker could: any fields, whose names replace the usual ones."""
    given = {line.partition(":")[0].lower() for line in fields}
    usual = {
        "From": sender,
        "To": DESK,
        "Subject": "Bonjour",
        "Message-ID": f"<{next(NUMBERS)}@attack.example.net>",
    }
    lines = [proof.format(domain=sender.rpartition("@")[2])] if proof else []
    lines += [f"{name}: {value}" for name, value in usual.items() if name.lower() not in given]
    return "\r\n".join([*lines, *fields, "", body.replace("\n", "\r\n"), ""]).encode()


async def push(post: Post, raw: bytes, *, to: str = DESK, mail_from: str = MALLORY) -> list[Sent]:
    """Hand the octets to the listener and return what the desk sent because of them."""
    folder = post.world.stage.app.config.outgoing.folder
    before = set(folder.glob("*.eml"))
    await asyncio.to_thread(post.transmit, mail_from, to, raw)
    await post.world.stage.settled()
    return [read_mail(path.read_bytes()) for path in sorted(set(folder.glob("*.eml")) - before)]


async def push_at_once(post: Post, mails: Sequence[tuple[bytes, str]]) -> None:
    await asyncio.gather(*(asyncio.to_thread(post.transmit, MALLORY, to, raw) for raw, to in mails))
    await post.world.stage.settled()


async def solved(post: Post) -> str:
    """Bring the ticket before the referent, and return the referent's own signed address."""
    await post.say(PAUL, "C’est corrigé.\n\n[solved]", answers="question")
    return newest(post, CAMILLE, "please_close").reply_to


def assert_books_balance(post: Post) -> None:
    """The balance is the sum of the entries, no pack is below zero, and no more is reserved than is left."""
    app = post.world.stage.app
    with app.database.reading() as tx:
        sheet = reports.balance_sheet(tx, TOWN, app.now())
        query = (
            "SELECT pack_id, SUM(minutes) FROM entry JOIN contract ON contract.id = contract_id "
            "JOIN organisation ON organisation.id = organisation_id "
            "WHERE pack_id IS NOT NULL AND organisation.name = :town GROUP BY pack_id"
        )
        packs = {pack: int(minutes) for pack, minutes in tx.execute(sa.text(query), {"town": TOWN})}
    assert min(packs.values()) >= 0
    assert sheet["remaining_minutes"] == sum(packs.values())
    reserved = sheet["reserved_minutes"]
    assert isinstance(reserved, int)
    assert 0 <= reserved <= sum(packs.values())


# --- memory ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Sender:
    """Somebody's mail server: tries each mail until it hears 250, and remembers which it heard it for."""

    port: int = 0
    is_over: threading.Event = field(default_factory=threading.Event)
    acknowledged: list[str] = field(default_factory=list)

    def work(self, worker: int) -> None:
        for number in itertools.count():
            message_id = f"<{worker}-{number}@support.example.org>"
            raw = mail(PAUL.address, "[time 5m]", f"Message-ID: {message_id}", "References: <root@client.example.com>")
            while not self._try(raw):
                if self.is_over.wait(0.02):
                    return
            self.acknowledged.append(message_id)

    def _try(self, raw: bytes) -> bool:
        try:
            with smtplib.SMTP("127.0.0.1", self.port, local_hostname="localhost", timeout=10) as client:
                client.sendmail(PAUL.address, [DESK], raw)
        except (OSError, smtplib.SMTPException):
            return False
        return True


@contextlib.contextmanager
def serving(config_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run `mailgate serve` as a process of its own, to be killed; yield it with its port."""
    command = [sys.executable, "-m", "mailgate", "serve", "-c", str(config_path)]
    with subprocess.Popen(command, cwd=config_path.parent, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            greeting = next(line for line in process.stdout if "(SMTP)" in line)
            found = re.search(r":(\d+) \(SMTP\)", greeting)
            assert found is not None
            yield process, int(found[1])
        finally:
            process.kill()


def test_a_kill_at_any_moment_loses_no_acknowledged_mail_and_doubles_no_minute(tmp_path: Path) -> None:
    config_path = tmp_path / "config.toml"
    config_path.write_text(configuration(), encoding="utf-8")
    app = build(load(config_path))
    app.database.migrate()
    with app.database.transaction() as tx:
        set_up(tx, app)
    sender, moments = Sender(), random.Random(4)
    workers = [threading.Thread(target=sender.work, args=(number,)) for number in range(3)]
    for kill in range(2):
        with serving(config_path) as (process, sender.port):
            if not kill:
                question = mail(HUGO.address, "Une question.", "Message-ID: <root@client.example.com>")
                with smtplib.SMTP("127.0.0.1", sender.port, local_hostname="localhost", timeout=10) as client:
                    client.sendmail(HUGO.address, [DESK], question)
                wait_until_opened(app.database)
                for worker in workers:
                    worker.start()
            wait_until_acknowledged(sender, 8 * (kill + 1))
            wait_until_booked(app.database)  # while mail pours in, processing waits for a lull
            time.sleep(moments.uniform(0, 0.1))  # so that the kill falls at any moment
            process.kill()
    sender.is_over.set()
    for worker in workers:
        worker.join()
    with app.database.reading() as tx:
        received = tx.execute(sa.text("SELECT message_id, COUNT(*) FROM inbox GROUP BY message_id")).all()
        done = tx.execute(sa.text("SELECT COUNT(*) FROM inbox WHERE state = 'done' AND ticket_id = 1")).scalar_one()
        booked = tx.execute(sa.text("SELECT inbox_id, SUM(counted_minutes) FROM intervention GROUP BY 1")).all()
        answers = tx.execute(sa.text("SELECT COUNT(*) FROM outbox WHERE kind = 'receipt'")).scalar_one()
        packs = tx.execute(sa.text("SELECT SUM(minutes) FROM entry WHERE pack_id IS NOT NULL")).scalar_one()
        uncovered = tx.execute(sa.text("SELECT SUM(minutes) FROM entry WHERE cause IS NOT NULL")).scalar_one() or 0
    app.close()

    assert set(sender.acknowledged) <= {message_id for message_id, _ in received}
    assert all(times == 1 for _, times in received)
    assert len(booked) == done - 1 == answers
    assert {minutes for _, minutes in booked} == {15}
    assert 2 * 600 - packs + uncovered == 15 * len(booked)


def wait_until_booked(database: Database) -> None:
    def is_booked() -> bool:
        with database.reading() as tx:
            return bool(tx.execute(sa.text("SELECT COUNT(*) FROM intervention")).scalar_one())

    await_condition(is_booked, "the first work is booked")


def wait_until_opened(database: Database) -> None:
    for _ in range(1000):
        with database.reading() as tx:
            if tickets.load(tx, 1) is not None:
                return
        time.sleep(0.01)
    raise AssertionError("the question opened no ticket")


def wait_until_acknowledged(sender: Sender, mails: int) -> None:
    for _ in range(2000):
        if len(sender.acknowledged) >= mails:
            return
        time.sleep(0.01)
    raise AssertionError("no mail was acknowledged")


async def test_a_folder_that_cannot_be_written_defers_and_loses_no_mail(post: Post) -> None:
    folder = post.world.stage.app.config.outgoing.folder
    kept = folder.rename(folder.with_name("kept"))
    folder.write_text("in the way", encoding="utf-8")
    await asyncio.to_thread(post.transmit, HUGO.address, DESK, mail(HUGO.address, "Autre question.", "Subject: Autre"))
    async with asyncio.timeout(10):
        while set(outbox_states(post)) != {("sent", False), ("queued", True)}:  # noqa: ASYNC110 - a condition in the database
            await asyncio.sleep(0.01)

    folder.unlink()
    kept.rename(folder)
    post.world.clock.advance(timedelta(hours=12))
    sent = await push(post, mail(HUGO.address, "Encore une.", "Subject: Encore"))

    assert {mail.subject for mail in sent} == {"Re: Autre [#2]", "Re: Encore [#3]"}
    assert {state for state, _ in outbox_states(post)} == {"sent"}


def outbox_states(post: Post) -> list[tuple[str, bool]]:
    query = sa.text("SELECT state, claimed_until IS NULL AND attempts > 0 AND state = 'queued' FROM outbox")
    with post.world.stage.app.database.reading() as tx:
        return [(str(state), bool(is_deferred)) for state, is_deferred in tx.execute(query)]


# --- trust ----------------------------------------------------------------------------------------------------------

FORGED_FROM = (
    f"{CAMILLE.address} (c)",
    f"g: {CAMILLE.address};",
    f"{CAMILLE.address}, {MALLORY}",
    f"{MALLORY}, {CAMILLE.address}",
    f"=?utf-8?q?camille=40saint-remy=2Eexample=2Ecom?= <{MALLORY}>",
    f'"{CAMILLE.address}" <{MALLORY}>',
    f"{CAMILLE.address} <{MALLORY}>",
    f"<{CAMILLE.address}> <{MALLORY}>",
    f"<@evil.example.net:{CAMILLE.address}>",
    f"{CAMILLE.address}\r\nFrom: {MALLORY}",
    "camille@saint\u2010remy.example.com",
    "c\u0430mille@saint-remy.example.com",
    "camil\u200ble@saint-remy.example.com",
    '"camille"@saint-remy.example.com',
    "=?utf-8?b?Y2FtaWxsZUBzYWludC1yZW15LmV4YW1wbGUuY29t?=",
    "camille",
    "",
)


FORGED_RESULTS = (
    f'Authentication-Results: "mx.example.org.evil.example.net"; {PASS}',
    f"Authentication-Results: mx.\r\n example.org; {PASS}",
    f"Authentication-Results: mx.example.org.; {PASS}",
    f"Authentication-Results: mx.example.org 2; {PASS}",
    f"Authentication-Results: ｍx.example.org; {PASS}",
    f"Authentication-Results: =?utf-8?q?mx.example.org?=; {PASS}",
    f"Authentication-Results: mx.evil.example.net (mx.example.org; {PASS})",
    f"Authentication-Results: mx.evil.example.net; none; mx.example.org; {PASS}",
    f'Authentication-Results: mx.example.org; spf=pass smtp.mailfrom="x; {PASS}"@evil.example.net',
    f'Authentication-Results: mx.example.org; spf=fail reason="; {PASS}" smtp.mailfrom=evil.example.net',
    "Authentication-Results: mx.example.org; dmarc=pass header.from=evil.example.net",
    "Authentication-Results: mx.example.org; dmarc=pass",
    f"Authentication-Results: mx.example.org; dmarc=bestguesspass header.from={TOWN_DOMAIN}",
    f"Authentication-Results: mx.example.org; dkim=pass header.d=com header.i=@{TOWN_DOMAIN}",
    f"Authentication-Results: mx.example.org; dkim=pass header.d=evil.example.net header.i=@{TOWN_DOMAIN}",
    f"Authentication-Results: mx.example.org; dmarc=none\r\nAuthentication-Results: mx.example.org; {PASS}",
    f"Received: x\r\nRECEIVED: y\r\nAuthentication-Results: mx.example.org; {PASS}",
    f"ARC-Authentication-Results: i=1; mx.example.org; {PASS}",
    f"X-Authentication-Results: mx.example.org; {PASS}",
    f"Authentication-Results: mx.exam\u200bple.org; {PASS}",
    f"Authentication-Results: \ufeffmx.example.org; {PASS}",
    f"Authentication-Results: mx.exam\x7fple.org; {PASS}",
    f"Authentication-Results: (a) mx.example.org; {PASS}",
    f'Authentication-Results: "mx.example.org"; {PASS}',
    f"Authentication-Results: mx.example.org; dmarc/2=pass header.from={TOWN_DOMAIN}",
    f"Authentication-Results: mx.example.org; dkim=pass header.d=evil@{TOWN_DOMAIN}",
    f"Authentication-Results: mx.example.org; {PASS}\r\nAuthentication-Results: mx.example.org; dmarc=",
)


async def test_neither_an_odd_from_nor_a_forged_result_makes_a_mail_the_referents(post: Post) -> None:
    to = await solved(post)
    proof = f"Authentication-Results: mx.example.org; {PASS}"

    for form in FORGED_FROM:
        assert await push(post, mail("", "[close]", f"From: {form}", proof=proof), to=to) == [], form
        assert (post.last().state, post.ticket().state) == ("held", State.SOLVED), form
    for forged in FORGED_RESULTS:
        post.world.clock.advance(timedelta(hours=6))  # a person is warned five times a day at most
        sent = await push(post, mail(CAMILLE.address, "[close]", f"References: {root(post)}", proof=forged))
        assert post.ticket().state is State.SOLVED, forged
        assert [told.to for told in sent] == [f"{CAMILLE.name} <{CAMILLE.address}>"], forged

    await push(post, mail("", "[close]", f"From: {CAMILLE.address.upper()}", proof=proof), to=to)
    assert post.ticket().state is State.CLOSED


async def test_signed_addresses_prove_only_their_own_reader_and_only_their_own_ticket(post: Post) -> None:
    camilles = await solved(post)
    hugos = newest(post, HUGO, "answer").reply_to
    await post.say(HUGO, "Autre chose.", subject="Autre")
    await post.say(PAUL, "Corrigé aussi.\n\n[solved]", answers="question")
    of_the_second = newest(post, CAMILLE, "please_close").reply_to
    local, _, domain = camilles.partition("@")

    for to, fields in (
        (hugos, []),
        (f"{local[:-1]}@{domain}", []),
        (f"{local}a@{domain}", []),
        (hugos, [f"To: {hugos}", f"Cc: {hugos.upper()}", f"Delivered-To: {hugos}"]),
        (DESK, [f"Reply-To: {camilles}", f"X-Original-To: {camilles}", f"Subject: {camilles}"]),
    ):
        await push(post, mail(CAMILLE.address, "[close]", *fields, proof=""), to=to)
        assert post.ticket(1).state is State.SOLVED, (to, fields)
    await push(post, mail(HUGO.address, "[close]"), to=camilles)
    assert post.ticket(1).state is State.SOLVED
    await push(post, mail(CAMILLE.address, "[close]", f"References: {root(post)}", proof=""), to=of_the_second)
    assert (post.ticket(1).state, post.ticket(2).state) == (State.SOLVED, State.CLOSED)


MIXED = "Content-Type: multipart/mixed; boundary=b"
ALTERNATIVE = "Content-Type: multipart/alternative; boundary=b"
HTML = "Content-Type: text/html; charset=utf-8"
WORDS = "--b\nContent-Type: text/plain\n\nJe regarde cela demain.\n"
ELSEWHERE = (
    ("Je regarde cela demain.", ("Subject: [close]",)),
    (f"{WORDS}--b\nContent-Type: text/plain; name=a.txt\nContent-Disposition: attachment\n\n[close]\n--b--", (MIXED,)),
    (f"{WORDS}--b\nContent-Type: text/plain\n\n[close]\n--b--", (MIXED,)),
    (f"{WORDS}--b\nContent-Type: message/rfc822\n\nFrom: a@example.net\n\n[close]\n--b--", (MIXED,)),
    (f"{WORDS}--b\nContent-Type: text/calendar\n\n[close]\n--b--", (MIXED,)),
    (f"{WORDS}--b\nContent-Type: text/html\n\n<p>[close]</p>\n--b--", (ALTERNATIVE,)),
    (f"[close]\n{WORDS}--b--\n[close]", (MIXED,)),
    ("From: a@example.net\n\n[close]", ("Content-Type: message/rfc822",)),
    ("--b\n\nFrom: a@example.net\n\n[close]\n--b--", ("Content-Type: multipart/digest; boundary=b",)),
    ("Je regarde cela demain.\n\n-- \nCamille\n[close]", ()),
    ("Je regarde cela demain.\n\n-----Message d'origine-----\nDe : Hugo\n\n[close]", ()),
    ("Je regarde.\n\n```\n[close]\n```\n\n    [close]\n", ()),
    ("<p>Je regarde.</p><p style='Display : /**/ none'>[close]</p><!-- [close] --><p hidden>[close]</p>", (HTML,)),
    ("<p>Je regarde.</p><p style='font-size:0.0px'>[close]</p><script>[close]</script>", (HTML,)),
    ("<p>Je regarde.</p><style>.a{display:none}</style><p class=a>[close]</p>", (HTML,)),
    ("<p>Je regarde.</p><div class=gmail_quote><p>[close]</p></div><blockquote>[close]</blockquote>", (HTML,)),
    (r"<p>Je regarde.</p><p style='d\69splay:none'>[close]</p><p style='font:0/0 a'>[close]</p>", (HTML,)),
    ("<p>Je regarde.</p><p style='color:#fff'>[close]</p>", (HTML,)),
    ("<p>Je regarde.</p><p style='font-size:1px'>[close]</p>", (HTML,)),
    (f"<p>Je regarde.</p><p style='{'color:red;' * 300}display:none'>[close]</p>", (HTML,)),
    ("<p>Je regarde.</p><link rel=stylesheet href=x><font color=white>[close]</font>", (HTML,)),
    ("<p>Je regarde.</p><noscript>[close]</noscript><select><option>[close]</select>", (HTML,)),
    ("[close]\n--b\n--b--", ("Content-Type: multipart; boundary=b",)),
    (r"\x5bclose\x5d", ("Content-Type: text/plain; charset=unicode_escape",)),
    ("+AFs-close+AF0-", ("Content-Type: text/plain; charset=utf-7",)),
    ("[pybfr]", ("Content-Type: text/plain; charset=rot13",)),
    ("[close]", ("Content-Type: text/plain; charset=x-unknown",)),
)


async def test_a_command_counts_nowhere_but_in_what_its_writer_visibly_wrote(post: Post) -> None:
    to = await solved(post)

    for body, fields in ELSEWHERE:
        await push(post, mail(CAMILLE.address, body, *fields), to=to)
        assert post.ticket().state is State.SOLVED, (body, fields)

    await push(post, mail(CAMILLE.address, "<p>C’est bon.</p><p>[close]</p>", HTML), to=to)
    assert post.ticket().state is State.CLOSED


# --- silence --------------------------------------------------------------------------------------------------------

AUTOMATIC = (
    "Auto-Submitted: auto-replied",
    "Auto-Submitted: (no) auto-generated; owner-email=x",
    "Auto-Submitted: no\r\nAuto-Submitted: auto-replied",
    "Precedence: bulk",
    "Precedence: auto_reply",
    "X-Auto-Response-Suppress: OOF",
    "X-Autoreply: yes",
    "List-Id: <l.example.net>",
    "List-Unsubscribe: <mailto:x@example.net>",
    "Return-Path: <>",
    "Subject: =?utf-8?q?R=C3=A9ponse_automatique_=3A_absent?=",
    f"From: postmaster@{TOWN_DOMAIN}",
    "From: SUPPORT+abc@EXAMPLE.ORG",
    "Content-Type: multipart/report; report-type=feedback-report; boundary=b",
    "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
    "\r\n".join(["Received: x"] * 51),
)


async def test_no_automatic_mail_is_answered_or_moves_a_ticket(post: Post) -> None:
    await post.say(PAUL, "Quelle version ?\n\n[info]", answers="question")
    to = newest(post, HUGO, "details_request").reply_to

    for fields in AUTOMATIC:
        assert await push(post, mail(HUGO.address, "Je suis absent.\n\n[close]", fields), to=to) == [], fields
        assert post.ticket().state is State.WAITING_CLIENT, fields
        assert post.last().state in {"noted", "held", "discarded"}, fields
    assert await push(post, mail(HUGO.address, "Je suis absent."), to=to, mail_from="") == []
    assert post.ticket().state is State.WAITING_CLIENT


async def test_history_and_balance_go_to_nobody_who_may_not_have_them(post: Post) -> None:
    await post.say(PAUL, "Secret de l’équipe.\n\n[note]", answers="question")
    await post.say(PAUL, "Secret mal tapé.\n\n[nte]", answers="question")
    engineers = newest(post, PAUL, "question").reply_to
    about = f"References: {root(post)}"

    for raw, to, readers in (
        (mail(MALLORY, "[balance] [status]", about), DESK, []),
        (mail(MALLORY, "[status]"), engineers, []),
        (mail(OLIVER.address, "[status]", about), DESK, []),
        (mail(LUCIA.address, "[status]", about), DESK, []),
        (mail(HUGO.address, "[balance]", f"Reply-To: {MALLORY}", f"Cc: {MALLORY}", f"Sender: {MALLORY}"), DESK, [HUGO]),
        (mail(HUGO.address, "[balance]", proof=""), DESK, [HUGO]),
        (mail(OLIVER.address, "[status]", "Subject: Re: Index [#1]"), DESK, [OLIVER]),
        (mail(OLIVER.address, "[status]"), engineers, [OLIVER]),
        (mail(LUCIA.address, "[status]", "Subject: Re: Index [#1]"), DESK, [LUCIA]),
    ):
        sent = await push(post, raw, to=to)
        assert [found.to for found in sent] == [f"{reader.name} <{reader.address}>" for reader in readers]
        assert not any("Index" in found.text for found in sent if readers != [HUGO])

    for sent_mail in post.world.stage.outgoing():
        assert sent_mail.to.count("@") == 1
        assert "Secret" not in sent_mail.text or PAUL.address in sent_mail.to
        assert b"\r\nCc:" not in sent_mail.content
        assert b"\r\nBcc:" not in sent_mail.content


NOTES = (
    "[note] Secret",
    "Secret\n\n[note]",
    "Secret [note]",
    "\ufeff[note]\nSecret",
    "[no\u200bte]\nSecret",
    "[no\u00adte] Secret",
    "[note\u00a0] Secret",
    "[note Secret]",
    "[note: Secret]",
    "[note] : Secret",
    "[Note interne] Secret",
    "[nte] Secret",
    "[notes] Secret",
    "- [note] Secret",
    "**[note]** Secret",
    "Bonjour Hugo,\n[note] Secret",
    "[time 10m] Secret [note]",
    "Secret\n[note] [solved]",
)


async def test_no_way_to_write_or_mistype_note_sends_it_to_the_client(post: Post) -> None:
    for body in NOTES:
        sent = await post.say(PAUL, body, answers="question")
        assert not any("Secret" in mail.text for mail in sent if PAUL.address not in mail.to), body


# --- arithmetic -----------------------------------------------------------------------------------------------------

WRONG_TIMES = (
    "[time 1h 2026-11-24]",
    "[time 0m]",
    "[time 25h]",
    "[time 99999999999h]",
    "[time -90h trop]",
    "[time -0m x]",
    "[time 1h][time -1h]",
    "[time 30]",
    "[time ½h]",
    "[time ٣h]",
    "[time 1e3m]",
    "[time PT-4H]",
    "[time 1h 2026-02-30]",
    "[free -30m x]",
    "[time 30m][undo]",
    "[undo]",
)


async def test_no_odd_amount_moves_a_minute(post: Post) -> None:
    for written in WRONG_TIMES:
        await post.say(PAUL, f"Voici.\n\n{written}", answers="question")
        assert (post.last().state, post.remaining()) == ("withheld", 600), written

    await post.say(PAUL, "[time 10m] [time 5m] [time 1m]", answers="question")
    assert post.remaining() == 570
    await post.say(PAUL, "[time 1h 2026-11-20]", answers="question")  # before the pack's first day
    assert post.remaining() == 570
    await post.say(PAUL, "[time 24h]", answers="question")  # beyond the allowance of two hours
    assert post.remaining() == 480
    assert_books_balance(post)


async def test_minutes_are_given_back_once_however_often_and_by_whomever_it_is_asked(post: Post) -> None:
    await post.say(PAUL, "[time 20m]", answers="question")
    first = newest(post, PAUL, "receipt")
    await post.say(PAUL, "[time -10m faux]", answers="question")
    correction = newest(post, PAUL, "receipt")
    assert post.remaining() == 585

    await push(post, mail(PAUL.address, "[undo]"), to=correction.reply_to)
    assert post.remaining() == 585
    for thief in (HUGO, CAMILLE):
        await push(post, mail(thief.address, "[undo]"), to=first.reply_to)
        await push(post, mail(thief.address, ""), to=first.addresses()[0])
    assert post.remaining() == 585
    by_link = [(mail(PAUL.address, ""), first.addresses()[0]) for _ in range(4)]
    by_reply = [(mail(PAUL.address, "[undo]"), first.reply_to) for _ in range(4)]
    await push_at_once(post, by_link + by_reply)

    assert post.remaining() == 600
    assert_books_balance(post)


async def test_what_comes_many_times_at_once_has_its_effect_once(post: Post) -> None:
    raw = mail(PAUL.address, "Voici.\n\n[time 30m]", f"References: {root(post)}")
    await push_at_once(post, [(f"Received: way {way}\r\n".encode() + raw, DESK) for way in range(16)])
    assert post.remaining() == 570

    await post.say(PAUL, "Une étude est nécessaire.\n\n[estimate 4h]", answers="question")
    request = newest(post, CAMILLE, "approval_request")
    approve, decline = request.addresses()
    votes = [(mail(CAMILLE.address, ""), approve) for _ in range(3)]
    votes += [(mail(CAMILLE.address, ""), decline) for _ in range(3)]
    votes += [(mail(CAMILLE.address, "[approve 4h]"), request.reply_to) for _ in range(2)]

    await push_at_once(post, votes)

    query = sa.text("SELECT detail FROM event WHERE verb IN ('approve', 'decline') AND detail LIKE '%done%'")
    with post.world.stage.app.database.reading() as tx:
        (done,) = tx.execute(query).scalars()
    assert post.ticket().reserved_minutes == (240 if done.startswith("approve") else 0)
    assert_books_balance(post)


async def test_an_exhausted_pack_is_never_overdrawn_whatever_is_approved(post: Post) -> None:
    for _ in range(5):
        await post.say(PAUL, "[time 3h]", answers="question")
        offered = newest(post, CAMILLE, "approval_request").addresses()
        if len(offered) == 2:  # there is something left to approve: the most that is available
            await push(post, mail(CAMILLE.address, ""), to=offered[0])
        assert_books_balance(post)

    query = sa.text("SELECT SUM(minutes) FROM entry WHERE cause IS NOT NULL")
    with post.world.stage.app.database.reading() as tx:
        assert (post.remaining(), tx.execute(query).scalar_one()) == (0, 5 * 180 - 600)
