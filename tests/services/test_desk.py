"""Carrying out a decision: no minute is posted twice, and the audit trail has all that was commanded."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailgate.domain.effects import Decision, Fate
from mailgate.domain.ledger import Authorship, EntryKind, Posting
from mailgate.domain.message import Authentication, Classification, Disposition, IncomingMessage, Kind, Verdict
from mailgate.domain.progress import Work
from mailgate.domain.situation import Mail
from mailgate.errors import TemporaryError
from mailgate.services.desk import Case, carry_out
from mailgate.services.intake import RETRY_AFTER
from mailgate.store import ledger
from tests.services.desk_in_memory import EVA, LEA, LUC, NOW, REFERENT, TODAY, DeskInMemory, read, to

TWO_DAYS = "Both are done.\n\n[time 20m]\n[time 30m 2026-09-21]"


def digest(desk: DeskInMemory, inbox_id: int) -> str:
    return desk.mail(inbox_id).digest


def ordinals(desk: DeskInMemory, inbox_id: int) -> list[tuple[object, ...]]:
    return desk.query(f"SELECT ordinal, minutes FROM entry WHERE mail_digest = '{digest(desk, inbox_id)}' ORDER BY id")


# --- minutes ---------------------------------------------------------------------------------------------------------


def test_the_entries_of_several_works_in_one_mail_have_increasing_ordinals(desk: DeskInMemory) -> None:
    desk.ask()
    inbox_id = desk.write(EVA, TWO_DAYS, to=desk.signed(EVA))
    desk.process()

    assert ordinals(desk, inbox_id) == [(0, 30), (1, -30)]  # the pack was not there the day before


def test_a_work_that_is_split_over_packs_has_an_ordinal_for_each_part(desk: DeskInMemory) -> None:
    desk.ask()
    inbox_id = desk.write(EVA, "[time 3h]\n[time 1h 2026-09-21]", to=desk.signed(EVA))
    desk.process()

    found = ordinals(desk, inbox_id)
    assert [ordinal for ordinal, _ in found] == list(range(len(found)))
    assert len(found) == 3  # an hour of yesterday; two hours of today within the allowance, and one beyond it


def test_a_second_posting_of_the_same_mail_and_ordinal_is_refused_by_the_database(desk: DeskInMemory) -> None:
    desk.ask()
    inbox_id = desk.write(EVA, TWO_DAYS, to=desk.signed(EVA))
    desk.process()
    before = desk.contents()

    with pytest.raises(TemporaryError), desk.database.transaction() as tx:
        ledger.post(
            tx,
            contract_id=desk.contract_id,
            kind=EntryKind.INTERVENTION,
            posting=Posting(minutes=-15, pack_id=1),
            day=TODAY,
            recorded_at=NOW,
            authorship=Authorship(
                person_id=desk.people[EVA], authenticated_by="nothing", mail_digest=digest(desk, inbox_id)
            ),
            ordinal=1,
            ticket_id=1,
            intervention_id=1,
            reason="",
        )

    assert desk.contents() == before


def test_a_mail_of_which_the_inbox_forgot_that_it_is_done_moves_no_minute_again(desk: DeskInMemory) -> None:
    desk.ask()
    inbox_id = desk.write(EVA, TWO_DAYS, to=desk.signed(EVA))
    desk.process()
    desk.execute(f"UPDATE inbox SET state = 'received', attempts = 0 WHERE id = {inbox_id}")
    before = desk.contents()

    desk.clock.advance(RETRY_AFTER)
    desk.process()

    assert desk.contents() == before
    assert desk.mail(inbox_id).last_error.startswith("TemporaryError from IntegrityError")


def test_the_entries_name_who_how_it_was_proven_and_by_which_mail(desk: DeskInMemory) -> None:
    desk.ask()
    inbox_id = desk.write(EVA, "[time 20m]", to=desk.signed(EVA))
    desk.process()

    with desk.database.reading() as tx:
        entry = ledger.entries(tx, desk.contract_id, ticket_id=1)[-1]
    assert entry.authorship == Authorship(
        person_id=desk.people[EVA],
        authenticated_by="dmarc pass, signed address",
        mail_digest=digest(desk, inbox_id),
    )


# --- audit trail -----------------------------------------------------------------------------------------------------


def trail(desk: DeskInMemory) -> list[tuple[int | None, str, str, str]]:
    return [(event.person_id, event.verb, event.detail, event.authenticated_by) for event in desk.events()]


def test_the_audit_trail_has_a_row_for_each_command_with_who_how_proven_and_outcome(desk: DeskInMemory) -> None:
    desk.ask()
    desk.say(EVA, "Done.\n\n[time 20m]\n[solved]", to=desk.signed(EVA))
    desk.say(LUC, "[close]", to=desk.signed(LUC))
    desk.say(REFERENT, "[close]", to=desk.signed(REFERENT), is_proven=False)
    luc, eva, ana = desk.people[LUC], desk.people[EVA], desk.people[REFERENT]

    assert trail(desk) == [
        (luc, "open", "", "dmarc pass"),
        (eva, "time", "time 20m: done", "dmarc pass, signed address"),
        (eva, "solved", "solved: done", "dmarc pass, signed address"),
        (luc, "close", "close: referent-only", "dmarc pass, signed address"),
        (ana, "close", "close: done", "signed address"),
    ]


def test_commands_that_fail_together_are_each_on_the_trail_with_their_own_reason(desk: DeskInMemory) -> None:
    desk.ask()
    desk.say(EVA, "[time 20m]\n[slved]", to=desk.signed(EVA))

    assert [(verb, detail) for _, verb, detail, _ in trail(desk)[1:]] == [
        ("time", "time 20m: not-alone"),
        ("solved", "slved: near-miss"),
    ]


def test_a_command_without_any_proof_is_on_the_trail_as_unproven(desk: DeskInMemory) -> None:
    desk.ask()
    root = desk.ticket().root_message_id
    desk.say(REFERENT, "[close]", is_proven=False, References=root)

    assert trail(desk)[-1] == (desk.people[REFERENT], "close", "close: unverified", "nothing")


def test_a_command_about_no_ticket_is_on_the_trail_of_the_desk(desk: DeskInMemory) -> None:
    desk.say(LEA, "[balance]")

    (event,) = desk.query("SELECT ticket_id, person_id, verb, detail, authenticated_by FROM event")
    assert event == (None, desk.people[LEA], "balance", "balance: done", "dmarc pass")


# --- what else is in the same transaction ----------------------------------------------------------------------------


def test_an_offer_that_another_mail_took_up_meanwhile_undoes_the_whole_decision(desk: DeskInMemory) -> None:
    desk.ask()
    sent = desk.say(EVA, "A study.\n\n[estimate 4h]", to=desk.signed(EVA))
    assert to(REFERENT, sent).kind == "approval_request"
    inbox_id = desk.write(REFERENT, "Yes.", to=desk.signed(REFERENT))
    desk.execute("UPDATE action SET used_at = '2026-09-22 08:00:00.000000' WHERE id = 1")
    case = Case(
        mail=a_mail(desk, inbox_id),
        decision=Decision(fate=Fate.DONE, reason="taken up", ticket=desk.ticket(), used_action_id=1),
        now=desk.clock(),
    )
    before = desk.contents()

    with pytest.raises(TemporaryError), desk.database.transaction() as tx:
        carry_out(tx, case, desk.mailroom)

    assert desk.contents() == before


def test_work_without_a_ticket_is_refused_and_undoes_the_whole_decision(desk: DeskInMemory) -> None:
    work = Work(kind=EntryKind.INTERVENTION, day=TODAY, worked_minutes=20, counted_minutes=30, postings=())
    inbox_id = desk.write(EVA, "[time 20m]")
    astray = Decision(fate=Fate.DONE, reason="a mistake", works=(work,))
    case = Case(mail=a_mail(desk, inbox_id), decision=astray, now=NOW)
    before = desk.contents()

    with pytest.raises(ValueError, match="work needs a ticket"), desk.database.transaction() as tx:
        carry_out(tx, case, desk.mailroom)

    assert desk.contents() == before


def test_the_fate_of_a_mail_is_kept_with_rule_reason_ticket_person_and_proof(desk: DeskInMemory) -> None:
    desk.ask()

    mail = desk.mail(1)
    assert (mail.state, mail.reason, mail.ticket_id, mail.person_id) == ("done", "a new question", 1, desk.people[LUC])
    assert mail.rule
    assert mail.authentication_summary.startswith("pass (dmarc)")
    assert mail.processed_at == NOW


def test_a_withheld_mail_is_released_once(desk: DeskInMemory) -> None:
    desk.ask()
    sent = desk.say(EVA, "My answer.\n\n[tme 20m]", to=desk.signed(EVA))
    receipt = to(EVA, sent)
    assert desk.mail(2).state == "withheld"
    reply = str(read(receipt)["Reply-To"].addresses[0].addr_spec)

    first = desk.say(EVA, "[time 20m]", to=reply)
    assert "My answer." in read(to(LUC, first)).as_string()
    assert (desk.mail(2).state, desk.mail(2).reason) == ("done", "released by mail 3")

    desk.clock.advance(timedelta(minutes=1))
    second = desk.say(EVA, "[time 15m]", to=reply)
    assert LUC not in {row.rcpt_to for row in second}


def a_mail(desk: DeskInMemory, inbox_id: int) -> Mail:
    return Mail(
        inbox_id=inbox_id,
        digest=digest(desk, inbox_id),
        received_at=desk.clock(),
        message=IncomingMessage(message_id="", subject="", from_=(), has_plain_from=True),
        classification=Classification(kind=Kind.HUMAN, disposition=Disposition.ACCEPT, rule="default"),
        authentication=Authentication(verdict=Verdict.NONE),
    )
