"""Whose command it is: through the real listener, with and without the proofs that a mail can carry."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from mailgate.domain.ticket import State, Ticket
from mailgate.entrypoints.demo.script import CAMILLE, HUGO, LUCIA, OLIVER, PAUL, TOWN, Actor, Line
from mailgate.entrypoints.demo.stage import Sent
from mailgate.services import reports
from mailgate.store import inbox, tickets
from tests.entrypoints.world import World, running_desk

DESK = "support@example.org"
PROOF = "Authentication-Results: mx.example.org; dmarc=pass header.from={domain}"
FOREIGN_PROOF = "Authentication-Results: mx.evil.example.net; dmarc=pass header.from={domain}"
FORGED_BELOW = (
    "Received: from evil.example.net by mx.example.org; Mon, 23 Nov 2026 09:00:00 +0000\r\n"
    "Received: from bot by evil.example.net; Mon, 23 Nov 2026 08:59:00 +0000\r\n" + PROOF
)
FAILED = "Authentication-Results: mx.example.org; dmarc=fail header.from={domain}"
SPF_ONLY = "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom={domain}"


@dataclass(slots=True)
class Post:
    """Writes mails as anybody could, and reads what the desk sends because of them."""

    world: World
    written: int = 0

    async def send(
        self, sender: str, body: str, *, to: str = DESK, proof: str = PROOF, subject: str = "Bonjour", **fields: str
    ) -> list[Sent]:
        """Send one mail; further header fields are given by name, `_` for `-`."""
        self.written += 1
        before = set(self._files())
        header = {
            "From": sender,
            "To": DESK,
            "Subject": subject,
            "Message-ID": f"<{self.written}@client.example.com>",
            **{name.replace("_", "-"): value for name, value in fields.items()},
        }
        lines = [proof.format(domain=sender.rpartition("@")[2])] if proof else []
        lines += [f"{name}: {value}" for name, value in header.items()]
        raw = ("\r\n".join(lines) + "\r\n\r\n" + body.replace("\n", "\r\n") + "\r\n").encode()
        await asyncio.to_thread(self.transmit, sender, to, raw)
        await self.world.stage.settled()
        return [sent for name, sent in self._files().items() if name not in before]

    def transmit(self, sender: str, to: str, raw: bytes) -> None:
        with smtplib.SMTP("127.0.0.1", self.world.stage.port, local_hostname="localhost", timeout=30) as client:
            client.sendmail(sender, [to], raw)

    def _files(self) -> dict[str, Sent]:
        return {sent.message_id: sent for sent in self.world.stage.outgoing()}

    def ticket(self, number: int = 1) -> Ticket:
        """The ticket as it is now."""
        with self.world.stage.app.database.reading() as tx:
            ticket = tickets.load(tx, number)
        assert ticket is not None
        return ticket

    def last(self) -> inbox.InboxLine:
        """The mail that was received last."""
        with self.world.stage.app.database.reading() as tx:
            return inbox.listing(tx, limit=1)[0]

    def remaining(self) -> object:
        """The minutes left on the contract."""
        app = self.world.stage.app
        with app.database.reading() as tx:
            return reports.balance_sheet(tx, TOWN, app.now())["remaining_minutes"]

    async def say(self, actor: Actor, body: str, *, answers: str = "", subject: str = "Bonjour") -> list[Sent]:
        """Have somebody write with all proofs."""
        return await self.world.performance.say(Line(actor=actor, body=body, answers=answers, subject=subject))


@pytest_asyncio.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    async with running_desk(tmp_path) as world:
        post = Post(world)
        await post.say(HUGO, "Mon index n’est pas utilisé.", subject="Index")
        yield post


def newest(post: Post, actor: Actor, kind: str) -> Sent:
    return next(sent for sent in reversed(post.world.performance.mailboxes[actor.address]) if sent.kind == kind)


async def test_a_stranger_is_held_without_any_answer(post: Post) -> None:
    assert await post.send("mallory@evil.example.net", "[balance]") == []
    assert (post.last().state, post.last().ticket_id) == ("held", None)


@pytest.mark.parametrize("proof", ["", FOREIGN_PROOF, FORGED_BELOW, FAILED, SPF_ONLY])
async def test_a_mail_that_only_bears_the_referents_address_commands_nothing(post: Post, proof: str) -> None:
    sent = await post.send(CAMILLE.address, "[close]", proof=proof, subject="Re: Index [#1]", References=root(post))

    assert post.ticket().state is State.NEW
    assert [(mail.to, "clore" in mail.text.lower()) for mail in sent] == [
        ("Camille Martin <camille@saint-remy.example.com>", True)
    ]


async def test_forged_mail_warns_the_real_person_five_times_a_day_at_most(post: Post) -> None:
    sent = [await post.send(CAMILLE.address, "[close]", proof="", References=root(post)) for _ in range(7)]
    assert [len(mails) for mails in sent] == [1, 1, 1, 1, 1, 0, 0]

    post.world.clock.advance(timedelta(days=1, minutes=1))
    assert len(await post.send(CAMILLE.address, "[close]", proof="", References=root(post))) == 1


def root(post: Post) -> str:
    return post.ticket().root_message_id


async def test_the_own_signed_address_proves_the_referent_for_closing(post: Post) -> None:
    await post.say(PAUL, "C’est corrigé.\n\n[solved]", answers="question")

    await post.send(CAMILLE.address, "[close]", proof="", to=newest(post, CAMILLE, "please_close").reply_to)

    assert post.ticket().state is State.CLOSED


async def test_somebody_elses_signed_address_proves_nothing(post: Post) -> None:
    await post.say(PAUL, "C’est corrigé.\n\n[solved]", answers="question")
    hugos = newest(post, HUGO, "answer").reply_to

    await post.send(CAMILLE.address, "[close]", proof="", to=hugos)

    assert post.ticket().state is State.SOLVED


async def test_a_damaged_signed_address_is_accepted_and_proves_nothing(post: Post) -> None:
    await post.say(PAUL, "C’est corrigé.\n\n[solved]", answers="question")
    local, _, domain = newest(post, CAMILLE, "please_close").reply_to.partition("@")
    damaged = f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"

    await post.send(CAMILLE.address, "[close]", proof="", to=damaged)

    assert post.ticket().state is State.SOLVED


@pytest.mark.parametrize(("proof", "by_reply"), [(PROOF, False), ("", True), (SPF_ONLY, True), (FAILED, True)])
async def test_approving_needs_both_proofs_and_is_offered_again(post: Post, proof: str, by_reply: bool) -> None:  # noqa: FBT001 - a column of the table
    await post.say(PAUL, "Une étude est nécessaire.\n\n[estimate 4h]", answers="question")
    to = newest(post, CAMILLE, "approval_request").reply_to if by_reply else DESK

    sent = await post.send(CAMILLE.address, "[approve 4h]", proof=proof, to=to, References=root(post))

    assert post.ticket().state is State.WAITING_APPROVAL
    assert [mail.to for mail in sent] == ["Camille Martin <camille@saint-remy.example.com>"]


async def test_an_empty_mail_to_the_offered_address_approves(post: Post) -> None:
    await post.say(PAUL, "Une étude est nécessaire.\n\n[estimate 4h]", answers="question")
    offered = newest(post, CAMILLE, "approval_request").addresses()[0]

    await post.send(CAMILLE.address, "", to=offered, subject="")

    assert (post.ticket().state, post.ticket().reserved_minutes) == (State.OPEN, 240)


async def test_an_offered_address_works_once_and_only_for_its_reader(post: Post) -> None:
    await post.say(PAUL, "Une étude est nécessaire.\n\n[estimate 4h]", answers="question")
    approve, decline = newest(post, CAMILLE, "approval_request").addresses()

    await post.send(HUGO.address, "", to=approve)
    assert post.ticket().state is State.WAITING_APPROVAL
    await post.send(CAMILLE.address, "", to=approve)
    await post.send(CAMILLE.address, "", to=decline)
    await post.send(CAMILLE.address, "", to=approve)

    assert (post.ticket().state, post.ticket().reserved_minutes) == (State.OPEN, 240)


async def test_undo_works_by_a_reply_to_the_receipt_and_by_its_link(post: Post) -> None:
    await post.say(PAUL, "[time 20m]", answers="question")
    await post.say(PAUL, "[time 1h]", answers="question")
    assert post.remaining() == 510

    await post.say(PAUL, "[undo]", answers="receipt")
    assert post.remaining() == 570
    first = next(sent for sent in post.world.performance.mailboxes[PAUL.address] if sent.kind == "receipt")
    await post.send(PAUL.address, "", to=first.addresses()[0])

    assert post.remaining() == 600


async def test_a_mistyped_note_never_reaches_the_client_and_its_correction_releases_it(post: Post) -> None:
    sent = await post.say(PAUL, "Ce client n’a rien compris.\n\n[nte]", answers="question")
    assert [mail.to for mail in sent] == ["Paul Girard <paul@support.example.org>"]
    assert post.last().state == "withheld"

    sent = await post.say(PAUL, "[note]", answers="receipt")

    assert not any("hugo" in mail.to for mail in sent)
    with post.world.stage.app.database.reading() as tx:
        (note,) = [line for line in tickets.conversation(tx, 1) if line.is_internal]
    assert note.text == "Ce client n’a rien compris."


async def test_a_withheld_command_is_carried_out_once_by_whichever_way(post: Post) -> None:
    await post.say(PAUL, "Voici.\n\n[tme 30m]", answers="question")
    receipt = newest(post, PAUL, "receipt")
    await post.say(PAUL, "[time 30m]", answers="receipt")
    assert post.remaining() == 570

    for address in receipt.addresses():
        await post.send(PAUL.address, "", to=address)

    assert post.remaining() == 570


async def test_an_engineers_address_alone_sends_nothing_to_the_client(post: Post) -> None:
    sent = await post.send(PAUL.address, "Donnez-moi votre mot de passe.", proof="", References=root(post))

    assert [mail.to for mail in sent] == ["Paul Girard <paul@support.example.org>"]


async def test_another_client_cannot_write_to_the_ticket(post: Post) -> None:
    assert await post.send(OLIVER.address, "[close]", References=root(post)) == []
    assert post.last().state == "held"


async def test_a_colleague_joins_only_by_answering_the_mail_on_which_he_was_copied(post: Post) -> None:
    assert await post.send(LUCIA.address, "¿Y yo?", References=root(post)) == []
    await post.send(HUGO.address, "Encore autre chose.", subject="Autre", Cc=LUCIA.address)
    first = post.ticket(2).root_message_id

    await post.send(LUCIA.address, "También me pasa.", References=first)

    (lucia,) = post.ticket(2).participant_ids
    assert post.ticket(2).copied_ids == frozenset()
    assert lucia != post.ticket(2).requester_id


async def test_a_proven_participant_is_threaded_by_the_subject_and_nobody_else(post: Post) -> None:
    await post.send(HUGO.address, "Une précision.", subject="Index [#1]")
    assert post.last().ticket_id == 1
    await post.send(HUGO.address, "Une précision.", subject="Index [#1]", proof="")
    assert post.last().ticket_id == 2


async def test_an_automatic_reply_is_noted_and_changes_nothing(post: Post) -> None:
    await post.say(PAUL, "Quelle version ?\n\n[info]", answers="question")
    to = newest(post, HUGO, "details_request").reply_to

    sent = await post.send(HUGO.address, "Je suis absent.\n\n[close]", to=to, Auto_Submitted="auto-replied")

    assert sent == []
    assert (post.last().state, post.last().ticket_id) == ("noted", 1)
    assert post.ticket().state is State.WAITING_CLIENT


async def test_our_own_mail_coming_back_is_discarded(post: Post) -> None:
    own = next(post.world.stage.app.config.outgoing.folder.glob("*.eml")).read_bytes()

    await asyncio.to_thread(post.transmit, "bounce@example.com", DESK, own)
    await post.world.stage.settled()

    assert post.last().state == "discarded"


async def test_other_content_under_a_known_message_id_keeps_its_words_and_asks_about_its_command(post: Post) -> None:
    await post.say(PAUL, "C’est corrigé.\n\n[solved]", answers="question")
    to = newest(post, CAMILLE, "please_close").reply_to
    await post.send(CAMILLE.address, "Merci, je regarde.", to=to, Message_ID="<known@client.example.com>")

    await post.send(CAMILLE.address, "C’est bon.\n\n[close]", to=to, Message_ID="<known@client.example.com>")

    assert post.ticket().state is State.SOLVED
    with post.world.stage.app.database.reading() as tx:
        assert tickets.conversation(tx, 1)[-1].text.startswith("C’est bon.")


async def test_a_quoted_command_is_not_executed(post: Post) -> None:
    await post.say(PAUL, "C’est corrigé.\n\n[solved]", answers="question")
    to = newest(post, CAMILLE, "please_close").reply_to

    await post.send(CAMILLE.address, "Pas encore.\n\nLe 23/11/2026, Support a écrit :\n> [close]\n", to=to)

    assert post.ticket().state is State.SOLVED
