"""From notices to outbox rows: one mail a reader, queued once, in the reader's own thread."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from email.utils import parseaddr

import pytest

from mailgate.domain.notice import MailHeld, Notice, Receipt
from mailgate.domain.people import Person
from mailgate.domain.reply_address import Purpose, SignedAddress
from mailgate.services.mailroom import Occasion
from mailgate.store import outbox, people
from tests.services.desk_in_memory import (
    BOUNCES,
    EVA,
    LEA,
    LOOP_MARK,
    LUC,
    MINUTE,
    NILS,
    NOW,
    REFERENT,
    SUPPORT,
    DeskInMemory,
    read,
    to,
)

MAP = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


def field(row: outbox.OutboxMail, name: str) -> str:
    return " ".join(str(read(row)[name] or "").split())


def claim(desk: DeskInMemory, row: outbox.OutboxMail) -> SignedAddress | None:
    return desk.mailroom.addresses.read(parseaddr(field(row, "Reply-To"))[1])


def person(desk: DeskInMemory, address: str) -> Person:
    with desk.database.reading() as tx:
        found = people.by_id(tx, desk.people[address])
    assert found is not None
    return found


def post(desk: DeskInMemory, notices: list[Notice], occasion: Occasion) -> int:
    with desk.database.transaction() as tx:
        return desk.mailroom.post(tx, notices, occasion, desk.clock())


# --- rows ------------------------------------------------------------------------------------------------------------


def test_each_recipient_has_a_row_and_a_mail_and_a_message_id_of_its_own(desk: DeskInMemory) -> None:
    desk.say(LUC, "The map is white.", Cc=LEA)
    desk.say(LEA, "Here too.", References=desk.ticket().root_message_id)
    sent = desk.say(EVA, "Reload it.", to=desk.signed(EVA))

    assert [(row.kind, row.rcpt_to) for row in sent] == [("answer", LUC), ("answer", LEA)]
    for row in desk.queued():
        assert parseaddr(field(row, "To"))[1] == row.rcpt_to
        assert field(row, "Message-ID") == row.message_id
        assert (read(row)["Cc"], read(row)["Bcc"]) == (None, None)
    assert len({row.message_id for row in desk.queued()}) == len(desk.queued())


def test_the_envelope_sender_is_the_bounce_address_and_the_from_address_the_desks(desk: DeskInMemory) -> None:
    for row in (*desk.ask(), *desk.say(EVA, "[take]", to=desk.signed(EVA))):
        assert row.mail_from == BOUNCES
        assert parseaddr(field(row, "From"))[1] == SUPPORT


def test_a_notice_is_queued_once_whatever_posts_it_again(desk: DeskInMemory) -> None:
    held = MailHeld(to=person(desk, EVA), number=1)

    assert post(desk, [held], Occasion(period="this hour")) == 1
    assert post(desk, [held, held], Occasion(period="this hour")) == 0
    assert post(desk, [MailHeld(to=person(desk, EVA), number=7)], Occasion(period="this hour")) == 0
    assert post(desk, [held], Occasion(period="the next hour")) == 1
    assert post(desk, [MailHeld(to=person(desk, NILS), number=1)], Occasion(period="this hour")) == 1

    assert [row.rcpt_to for row in desk.queued()] == [EVA, EVA, NILS]


def test_two_notices_of_one_kind_to_one_reader_by_one_mail_are_both_queued(desk: DeskInMemory) -> None:
    inbox_id = desk.write(LUC, "Twice.")
    receipt = Receipt(to=person(desk, LUC), outcomes=())

    assert post(desk, [receipt, receipt], Occasion(inbox_id=inbox_id)) == 2
    assert post(desk, [receipt, receipt], Occasion(inbox_id=inbox_id)) == 0


def test_the_referent_is_asked_once_for_the_same_matter_and_again_for_another(desk: DeskInMemory) -> None:
    desk.ask()

    def asked() -> list[str]:
        return [row.rcpt_to for row in desk.queued() if row.kind == "referent_asked"]

    desk.say(LUC, "Please.\n\n[close]", to=desk.signed(LUC))
    desk.say(LUC, "Please!\n\n[close]", to=desk.signed(LUC))
    assert asked() == [REFERENT]

    desk.say(EVA, "A study.\n\n[estimate 4h]", to=desk.signed(EVA))
    desk.say(LUC, "Fine with me.\n\n[approve 4h]", to=desk.signed(LUC))
    desk.say(LUC, "Really.\n\n[approve 4h]", to=desk.signed(LUC))
    assert asked() == [REFERENT] * 2

    desk.say(EVA, "Longer than I thought.\n\n[estimate 5h]", to=desk.signed(EVA))
    desk.say(LUC, "Still fine.\n\n[approve 5h]", to=desk.signed(LUC))
    assert asked() == [REFERENT] * 3


# --- thread ----------------------------------------------------------------------------------------------------------


def test_references_begin_with_the_clients_message_id_for_every_reader(desk: DeskInMemory) -> None:
    desk.ask()
    desk.clock.advance(MINUTE)
    desk.say(EVA, "A study.\n\n[estimate 4h]\n[time 20m]", to=desk.signed(EVA))
    desk.clock.advance(MINUTE)
    desk.say(REFERENT, "[approve 4h]", to=desk.signed(REFERENT))

    assert {row.rcpt_to for row in desk.queued()} == {LUC, EVA, NILS, REFERENT}
    for row in desk.queued():
        assert field(row, "References").split()[0] == "<1@client.example.com>", row.kind


def test_in_reply_to_is_the_newest_mail_that_the_recipient_wrote_or_was_sent(desk: DeskInMemory) -> None:
    acknowledgement = to(LUC, desk.ask())
    assert field(acknowledgement, "In-Reply-To") == "<1@client.example.com>"

    desk.clock.advance(MINUTE)
    first = to(LUC, desk.say(EVA, "Reload it.", to=desk.signed(EVA)))
    assert field(first, "In-Reply-To") == acknowledgement.message_id

    desk.clock.advance(MINUTE)
    question = to(EVA, desk.say(LUC, "No, still white.", to=desk.signed(LUC)))
    desk.clock.advance(MINUTE)
    second = to(LUC, desk.say(EVA, "Restart it.", to=desk.signed(EVA)))

    assert field(second, "In-Reply-To") == "<3@client.example.com>"  # what Luc wrote last
    assert field(second, "References").split() == [
        "<1@client.example.com>",
        acknowledgement.message_id,
        first.message_id,
        "<3@client.example.com>",
    ]
    assert question.message_id not in field(second, "References")  # which only Eva has


def test_a_receipt_answers_the_very_mail_that_it_is_for(desk: DeskInMemory) -> None:
    desk.ask()
    desk.clock.advance(MINUTE)
    receipt = to(EVA, desk.say(EVA, "[take]", to=desk.signed(EVA)))

    assert field(receipt, "In-Reply-To") == "<2@client.example.com>"
    assert field(receipt, "References").split()[-1] == "<2@client.example.com>"


def test_a_mail_that_has_no_message_id_is_answered_without_a_thread(desk: DeskInMemory) -> None:
    raw = f"From: {LUC}\r\nTo: {SUPPORT}\r\nSubject: A map\r\n\r\nWhite.\r\n".encode()
    desk.receive(raw, mail_from=LUC)
    desk.process()

    acknowledgement = to(LUC, desk.queued())
    assert (field(acknowledgement, "In-Reply-To"), field(acknowledgement, "References")) == ("", "")
    assert field(acknowledgement, "Auto-Submitted") == "auto-generated"


# --- addresses -------------------------------------------------------------------------------------------------------


def test_a_reply_is_about_the_ticket_and_each_reader_has_an_own_address(desk: DeskInMemory) -> None:
    for row in (*desk.ask(), *desk.say(EVA, "Done.\n\n[solved]", to=desk.signed(EVA))):
        if row.kind != "receipt":
            expected = SignedAddress(purpose=Purpose.REPLY, subject_id=1, person_id=desk.people[row.rcpt_to])
            assert claim(desk, row) == expected, row.kind

    addresses = {(row.rcpt_to, field(row, "Reply-To")) for row in desk.ask()}
    assert len({reply_to for _, reply_to in addresses}) == len(addresses)


def test_a_reply_to_a_receipt_is_about_the_mail_that_it_is_for(desk: DeskInMemory) -> None:
    desk.ask()
    inbox_id = desk.write(EVA, "[time 20m]", to=desk.signed(EVA))
    desk.process()

    receipt = to(EVA, desk.queued(), "receipt")
    assert claim(desk, receipt) == SignedAddress(
        purpose=Purpose.RECEIPT, subject_id=inbox_id, person_id=desk.people[EVA]
    )


def test_a_reply_to_a_mail_about_no_ticket_goes_to_the_desk(desk: DeskInMemory) -> None:
    post(desk, [MailHeld(to=person(desk, EVA), number=1)], Occasion(period="this hour"))

    assert parseaddr(field(to(EVA, desk.queued()), "Reply-To"))[1] == SUPPORT


def test_an_offer_becomes_an_address_that_is_its_readers_alone(desk: DeskInMemory) -> None:
    desk.ask()
    request = to(REFERENT, desk.say(EVA, "A study.\n\n[estimate 4h]", to=desk.signed(EVA)))

    offers = desk.query("SELECT id, person_id, ticket_id, command FROM action ORDER BY id")
    referent = desk.people[REFERENT]
    assert offers == [(1, referent, 1, "[approve 4h]"), (2, referent, 1, "[decline]")]
    for action_id in (1, 2):
        offered = SignedAddress(purpose=Purpose.ACTION, subject_id=action_id, person_id=referent)
        assert desk.mailroom.addresses.sign(offered) in body(request)


def body(row: outbox.OutboxMail) -> str:
    part = read(row).get_body(preferencelist=("plain",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


# --- whose words -----------------------------------------------------------------------------------------------------


def test_the_desks_own_words_are_marked_as_automatic_and_relayed_words_are_not(desk: DeskInMemory) -> None:
    desk.ask()
    desk.say(EVA, "Which version?\n\n[info]", to=desk.signed(EVA))
    desk.say(LUC, "The third.", to=desk.signed(LUC))
    desk.say(EVA, "A study.\n\n[estimate 4h]\n[time 20m]", to=desk.signed(EVA))
    desk.say(REFERENT, "[approve 4h]", to=desk.signed(REFERENT))
    desk.say(EVA, "For us.\n\n[note]", to=desk.signed(EVA))
    desk.say(EVA, "Done.\n\n[solved]", to=desk.signed(EVA))
    desk.say(REFERENT, "[close]", to=desk.signed(REFERENT))

    marks: dict[bool, set[str]] = {True: set(), False: set()}
    for row in desk.queued():
        is_marked = field(row, "Auto-Submitted").startswith("auto-")
        assert is_marked == (field(row, "X-Auto-Response-Suppress") == "All")
        marks[is_marked].add(row.kind)
    assert marks[False] == {"question", "details_request", "answer", "approval_request", "please_close"}
    assert marks[True] >= {"acknowledgement", "receipt", "approved", "closed"}
    assert not marks[True] & marks[False]


def test_a_request_that_carries_nobodys_words_is_marked_as_automatic(desk: DeskInMemory) -> None:
    desk.ask()
    request = to(REFERENT, desk.say(EVA, "[estimate 4h]", to=desk.signed(EVA)))

    assert request.kind == "approval_request"
    assert field(request, "Auto-Submitted") == "auto-replied"
    assert parseaddr(field(request, "From"))[0] == "Support"


def test_every_mail_carries_the_mark_by_which_it_is_known_when_it_comes_back(desk: DeskInMemory) -> None:
    for row in (*desk.ask(), *desk.say(EVA, "Reload it.", to=desk.signed(EVA))):
        assert field(row, "X-Mailgate-Loop") == LOOP_MARK

    returned = desk.receive(desk.queued()[-1].content, mail_from=LUC)
    desk.process()
    assert desk.mail(returned).state == "discarded"


def test_relayed_words_come_under_their_writers_name_and_the_desks_own_under_the_desks(desk: DeskInMemory) -> None:
    asked = desk.ask()
    answered = desk.say(EVA, "Reload it.\n\n[time 20m]", to=desk.signed(EVA))

    def name(row: outbox.OutboxMail) -> str:
        return parseaddr(field(row, "From"))[0]

    assert name(to(LUC, answered)) == "Eva Berg (Support)"
    assert name(to(EVA, asked)) == "Luc Petit (Support)"
    assert {name(to(LUC, asked)), name(to(EVA, answered)), name(to(REFERENT, answered))} == {"Support"}


@pytest.mark.parametrize(("writer", "reader"), [(LUC, EVA), (EVA, LUC)])
def test_attachments_travel_on_to_the_octet(desk: DeskInMemory, writer: str, reader: str) -> None:
    desk.ask()
    sent = desk.say(writer, "As you see.", to=desk.signed(writer), files=(("map.png", MAP), ("empty.png", b"")))

    attached = list(read(to(reader, sent)).iter_attachments())
    assert [(part.get_filename(), part.get_content_type()) for part in attached] == [
        ("map.png", "image/png"),
        ("empty.png", "image/png"),
    ]
    assert [part.get_payload(decode=True) for part in attached] == [MAP, b""]


def test_the_attachments_of_a_withheld_mail_travel_with_its_words_once_it_is_released(desk: DeskInMemory) -> None:
    desk.ask()
    sent = desk.say(EVA, "As you see.\n\n[tme 20m]", to=desk.signed(EVA), files=(("map.png", MAP),))
    assert [(row.rcpt_to, list(read(row).iter_attachments())) for row in sent] == [(EVA, [])]

    released = desk.say(EVA, "[time 20m]", to=parseaddr(field(to(EVA, sent), "Reply-To"))[1])

    (part,) = read(to(LUC, released)).iter_attachments()
    assert part.get_payload(decode=True) == MAP


def test_a_mail_is_dated_by_the_clock_when_it_is_queued(desk: DeskInMemory) -> None:
    desk.write(LUC, "The map is white.", Date="Fri, 01 Jan 1999 00:00:00 +0000")
    desk.clock.advance(timedelta(hours=1))
    desk.process()

    for row in desk.queued():
        assert row.queued_at == NOW + timedelta(hours=1)
        assert read(row)["Date"].datetime == row.queued_at
