"""What an engineer's mail does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from mailgate.domain.commands import parse_commands
from mailgate.domain.effects import Fate
from mailgate.domain.ledger import Cause, EntryKind, Posting
from mailgate.domain.message import Verdict
from mailgate.domain.notice import (
    Answer,
    ApprovalRequest,
    BalanceChanged,
    DetailsRequest,
    PleaseClose,
    Receipt,
    Unverified,
)
from mailgate.domain.outcome import Problem
from mailgate.domain.permissions import Authority
from mailgate.domain.situation import OfferedCommand, Withheld
from mailgate.domain.ticket import State
from tests.domain.matters import (
    ANNE,
    CAMILLE,
    HUGO,
    LUCIA,
    NOW,
    PACK,
    PAUL,
    TICKET,
    account,
    decided,
    intervention,
    mail,
    only,
    told,
    without_ticket,
)

WITHHELD = Withheld(inbox_id=99, text="La réponse.", files=(), received_on=date(2026, 9, 18))


def test_an_answer_goes_to_requester_and_participants_without_the_command() -> None:
    decision = decided(PAUL, "Voici la réponse.\n\n[time 20m]", participants=(LUCIA,))

    answers = [notice for notice in decision.notices if isinstance(notice, Answer)]
    assert [(notice.to.id, notice.text) for notice in answers] == [
        (HUGO.id, "Voici la réponse."),
        (LUCIA.id, "Voici la réponse."),
    ]
    assert [(notice.worked_minutes, notice.counted_minutes) for notice in answers] == [(20, 30), (20, 30)]


def test_nobody_who_got_the_mail_directly_gets_it_again() -> None:
    copied = mail(PAUL, "Bonjour")
    message = replace(
        copied.message, cc=copied.message.from_, to=(replace(copied.message.from_[0], address=HUGO.address),)
    )

    assert told(decided(PAUL, "Bonjour", mail=replace(copied, message=message))) == []


def test_several_times_in_one_mail_are_added_before_they_are_rounded() -> None:
    decision = decided(PAUL, "[time 5m]\n[time 10m]\n\nFait.")

    (work,) = decision.works
    assert (work.worked_minutes, work.counted_minutes) == (15, 15)
    assert work.postings == (Posting(minutes=-15, pack_id=PACK.id),)


def test_the_referent_hears_of_time_that_no_mail_carried() -> None:
    decision = decided(PAUL, "[time 20m]")

    notice = only(decision, BalanceChanged)
    assert notice.to.id == CAMILLE.id
    assert (notice.counted_minutes, notice.balance.remaining) == (30, 570)
    assert told(decision) == [("balance_changed", CAMILLE.id), ("receipt", PAUL.id)]


def test_a_note_never_reaches_a_client() -> None:
    decision = decided(PAUL, "Le client se trompe.\n\n[note]")

    assert told(decision) == [("internal_note", ANNE.id), ("receipt", PAUL.id)]
    assert decision.words[0].is_internal
    assert decision.ticket == TICKET


@pytest.mark.parametrize("mistake", ["[nte]", "[tme 30m]", "[time]", "[time 30]", "[approve 4h]", "[undo]"])
def test_when_a_command_fails_nothing_is_sent_to_the_client(mistake: str) -> None:
    decision = decided(PAUL, f"Le client se trompe.\n\n{mistake}")

    assert decision.fate is Fate.WITHHELD
    assert told(decision) == [("receipt", PAUL.id)]
    assert decision.ticket == TICKET
    assert not decision.works
    receipt = only(decision, Receipt)
    assert receipt.is_withheld
    assert receipt.text == "Le client se trompe."


def test_all_commands_take_effect_together_or_not_at_all() -> None:
    decision = decided(PAUL, "[time 30m]\n[estimate 20h]\n\nOui.")

    assert not decision.works
    problems = [outcome.problem for outcome in only(decision, Receipt).outcomes]
    assert problems == [Problem.NOT_ALONE, Problem.MORE_THAN_AVAILABLE]


def test_a_reply_to_the_receipt_with_the_corrected_command_releases_the_mail() -> None:
    withheld = WITHHELD

    decision = decided(PAUL, "[time 30m]", withheld=withheld, is_about_a_receipt=True)

    assert decision.released_inbox_id == 99
    assert only(decision, Answer).text == "La réponse."
    assert decision.works[0].counted_minutes == 30


def test_prose_in_reply_to_the_receipt_of_a_withheld_mail_goes_nowhere() -> None:
    decision = decided(PAUL, "Surtout, n’envoyez pas cela au client !", withheld=WITHHELD, is_about_a_receipt=True)

    assert told(decision) == [("receipt", PAUL.id)]
    assert (decision.released_inbox_id, decision.words) == (None, ())
    receipt = only(decision, Receipt)
    assert receipt.outcomes[0].problem is Problem.NO_COMMAND
    assert receipt.about_inbox_id == WITHHELD.inbox_id


def test_a_correction_with_a_signature_sends_the_withheld_words_and_only_these() -> None:
    decision = decided(PAUL, "[time 30m]\n\nPaul Girard\nIngénieur SIG", withheld=WITHHELD, is_about_a_receipt=True)

    assert only(decision, Answer).text == WITHHELD.text
    assert decision.released_inbox_id == WITHHELD.inbox_id


def test_what_was_right_in_a_withheld_mail_need_not_be_repeated() -> None:
    (time, _) = parse_commands("[time 30m]\n[free 10m]", role=None, today=NOW.date(), is_wrapped=False).commands
    withheld = replace(WITHHELD, commands=(time,))

    decision = decided(PAUL, "[solved]", withheld=withheld, is_about_a_receipt=True)
    again = decided(PAUL, "[time 45m]\n[solved]", withheld=withheld, is_about_a_receipt=True)

    assert [work.worked_minutes for work in decision.works] == [30]
    assert [work.worked_minutes for work in again.works] == [45]


def test_a_command_that_is_dropped_when_its_mail_is_released_is_told() -> None:
    commands = parse_commands("[time 30m]\n[estimate 500h]", role=None, today=NOW.date(), is_wrapped=False).commands
    withheld = replace(WITHHELD, commands=commands)
    release = OfferedCommand(action_id=3, command="", is_outdated=False)

    corrected = decided(PAUL, "[take]", withheld=withheld, is_about_a_receipt=True)
    released = decided(PAUL, "", withheld=withheld, offered=release, is_about_a_receipt=True)

    assert [(told_of.verb, told_of.problem) for told_of in only(corrected, Receipt).outcomes] == [
        ("time", None),
        ("take", None),
        ("estimate", Problem.MORE_THAN_AVAILABLE),
    ]
    assert [told_of.problem for told_of in only(released, Receipt).outcomes] == [Problem.NOT_ALONE] * 2
    assert not released.works


def test_undated_work_of_a_withheld_mail_is_of_the_day_on_which_that_mail_came() -> None:
    decision = decided(PAUL, "[time 30m]", withheld=WITHHELD, is_about_a_receipt=True)

    assert [work.day for work in decision.works] == [date(2026, 9, 18)]


def test_a_correction_that_fails_leaves_the_mail_withheld_and_its_receipt_is_about_that_mail() -> None:
    decision = decided(PAUL, "[slved]", withheld=WITHHELD, is_about_a_receipt=True)

    assert (decision.fate, decision.released_inbox_id) == (Fate.DONE, None)
    assert only(decision, Receipt).about_inbox_id == WITHHELD.inbox_id
    assert {offer.about_inbox_id for offer in only(decision, Receipt).offers} == {WITHHELD.inbox_id}


def test_a_release_link_with_other_words_sends_neither_these_nor_the_withheld_ones() -> None:
    offered = OfferedCommand(action_id=3, command="", is_outdated=False)

    decision = decided(PAUL, "Non, pas comme cela.", withheld=WITHHELD, offered=offered, is_about_a_receipt=True)

    assert told(decision) == [("receipt", PAUL.id)]
    assert (decision.used_action_id, decision.released_inbox_id) == (None, None)
    assert only(decision, Receipt).outcomes[0].problem is Problem.OTHERWISE


@pytest.mark.parametrize("withheld", [WITHHELD, None])
def test_a_release_link_that_was_used_is_answered_and_changes_nothing(withheld: Withheld | None) -> None:
    offered = OfferedCommand(action_id=3, command="", is_outdated=withheld is not None)

    decision = decided(PAUL, "", withheld=withheld, offered=offered, is_about_a_receipt=True)

    assert decision.used_action_id is None
    assert only(decision, Receipt).outcomes[0].problem is Problem.OUTDATED


def test_words_beside_an_offered_command_are_never_sent() -> None:
    offered = OfferedCommand(action_id=3, command="[undo]", is_outdated=False)

    receipt = only(decided(PAUL, "Je me suis trompé.", offered=offered, is_about_a_receipt=True), Receipt)

    assert [outcome.problem for outcome in receipt.outcomes] == [Problem.OTHERWISE]
    assert [offer.verb for offer in receipt.offers] == ["undo"]


def test_a_mistyped_note_is_offered_as_a_note_and_never_to_be_sent() -> None:
    receipt = only(decided(PAUL, "Le client se trompe.\n\n[nte]"), Receipt)

    assert [(offer.verb, offer.command) for offer in receipt.offers] == [("note", "[note]")]


@pytest.mark.parametrize("reply", ["[help]", "[statut]"])
def test_a_question_in_reply_to_the_receipt_of_a_withheld_mail_releases_nothing(reply: str) -> None:
    decision = decided(PAUL, reply, withheld=WITHHELD, is_about_a_receipt=True)

    assert {recipient for _, recipient in told(decision)} == {PAUL.id}
    assert decision.released_inbox_id is None


@pytest.mark.parametrize("reply", ["[time 45m]", "[solved]"])
def test_what_was_perhaps_a_note_is_released_by_a_note_alone(reply: str) -> None:
    withheld = replace(WITHHELD, is_perhaps_internal=True)

    held = decided(PAUL, reply, withheld=withheld, is_about_a_receipt=True)
    as_a_note = f"{reply}\n[note]" if "time" in reply else "[note]"
    noted = decided(PAUL, as_a_note, withheld=withheld, is_about_a_receipt=True)

    assert (told(held), held.released_inbox_id) == ([("receipt", PAUL.id)], None)
    assert noted.released_inbox_id == WITHHELD.inbox_id
    assert noted.words[0].is_internal


def test_words_beside_an_offer_are_not_kept_to_be_released_later() -> None:
    offered = OfferedCommand(action_id=3, command="[undo]", is_outdated=False)

    decision = decided(PAUL, "Ce client est pénible.", offered=offered, is_about_a_receipt=True, about_inbox_id=77)

    assert decision.fate is Fate.DONE
    assert [offer.about_inbox_id for offer in only(decision, Receipt).offers] == [77]


@pytest.mark.parametrize("hint", ["⟦note⟧", "⟦temps 30m⟧", "  ⟦ note ⟧."])
def test_a_hint_that_was_copied_with_its_brackets_stops_the_mail_and_is_offered(hint: str) -> None:
    decision = decided(PAUL, f"{hint}\n\nCe client ment.")

    assert (decision.fate, told(decision)) == (Fate.WITHHELD, [("receipt", PAUL.id)])
    assert next(offer.verb for offer in only(decision, Receipt).offers) in {"note", "time"}


def test_a_text_that_was_not_read_to_its_end_is_not_sent() -> None:
    written = mail(PAUL, "Une longue trace")
    message = replace(written.message, new_text=replace(written.message.new_text, is_cut=True))

    decision = decided(PAUL, "", mail=replace(written, message=message))

    assert only(decision, Receipt).outcomes[0].problem is Problem.TOO_LONG


def test_who_notes_something_on_a_colleagues_ticket_follows_it() -> None:
    taken = replace(TICKET, assignee_id=ANNE.id)

    decision = decided(PAUL, "À vérifier.\n\n[note]", ticket=taken)

    assert decision.ticket is not None
    assert decision.ticket.follower_ids == frozenset({PAUL.id})


def test_a_rehearsal_finds_what_would_stop_the_mail() -> None:
    for text in ("{note} secret\n\n[check]\n[time 30m]", "[check]\n[info]"):
        told_of = only(decided(PAUL, text), Receipt)
        assert told_of.is_dry_run
        assert not all(outcome.is_done for outcome in told_of.outcomes)


def test_an_engineers_empty_mail_is_not_passed_on() -> None:
    decision = decided(PAUL, "")

    assert told(decision) == [("receipt", PAUL.id)]
    assert only(decision, Receipt).outcomes[0].problem is Problem.NO_TEXT


def test_solved_without_a_word_needs_an_earlier_answer() -> None:
    assert only(decided(PAUL, "[solved]"), Receipt).outcomes[0].problem is Problem.NO_TEXT
    answered = replace(TICKET, answered_at=NOW, taken_at=NOW)
    assert ("please_close", CAMILLE.id) in told(decided(PAUL, "[solved]", ticket=answered))


def test_solved_beyond_the_allowance_asks_for_the_time_and_to_close() -> None:
    decision = decided(PAUL, "C’est corrigé.\n\n[time 3h]\n[solved]")

    assert {("approval_request", CAMILLE.id), ("please_close", CAMILLE.id)} <= set(told(decision))
    assert (only(decision, ApprovalRequest).text, only(decision, PleaseClose).text) == ("C’est corrigé.", "")


def test_no_approval_is_asked_for_on_a_closed_ticket() -> None:
    closed = replace(TICKET, state=State.CLOSED, closed_at=NOW, covered_minutes=120)

    decision = decided(PAUL, "[time 1h]", ticket=closed)

    assert only(decision, BalanceChanged).uncovered_minutes == 60


def test_taking_charge_is_told_to_the_client_and_so_is_no_internal_note() -> None:
    decision = decided(PAUL, "Je regarde.\n\n[take]\n[note]")

    assert [outcome.problem for outcome in only(decision, Receipt).outcomes] == [Problem.CONTRADICTION] * 2


def test_an_engineer_of_another_group_reaches_nobody() -> None:
    zoe = replace(PAUL, id=77, groups=frozenset({"other"}))

    decision = decided(zoe, "Bonjour\n\n[time 30m]")

    assert (decision.fate, told(decision)) == (Fate.HELD, [("receipt", zoe.id)])
    assert only(decision, Receipt).outcomes[0].problem is Problem.OTHER_GROUP
    assert only(decision, Receipt).balance_after is None


def test_time_cannot_be_logged_where_there_is_no_contract() -> None:
    decision = decided(PAUL, "[time 30m]", contract=None, referent=None)

    assert only(decision, Receipt).outcomes[0].problem is Problem.NO_CONTRACT


def test_a_corrected_note_keeps_the_withheld_mail_internal() -> None:
    withheld = replace(WITHHELD, text="Le client se trompe.")

    decision = decided(PAUL, "[note]", withheld=withheld, is_about_a_receipt=True)

    assert ("answer", HUGO.id) not in told(decision)
    assert decision.words[0].is_internal


def test_a_link_releases_a_withheld_mail_without_any_command() -> None:
    withheld = WITHHELD
    offered = OfferedCommand(action_id=3, command="", is_outdated=False)

    decision = decided(PAUL, "", withheld=withheld, offered=offered, is_about_a_receipt=True)

    assert (only(decision, Answer).text, decision.used_action_id) == ("La réponse.", 3)


@pytest.mark.parametrize(
    "authority",
    [Authority(verdict=Verdict.NONE, has_own_token=False), Authority(verdict=Verdict.FAIL, has_own_token=True)],
)
def test_words_that_only_bear_an_engineers_address_reach_nobody_else(authority: Authority) -> None:
    decision = decided(PAUL, "Envoyez-moi votre mot de passe.", authority=authority)

    assert decision.fate is Fate.WITHHELD
    assert told(decision) == [("unverified", PAUL.id)]
    assert only(decision, Unverified).is_withheld


def test_details_are_asked_for_and_the_ticket_waits() -> None:
    decision = decided(PAUL, "Quelle version ?\n\n[info]")

    assert only(decision, DetailsRequest).text == "Quelle version ?"
    assert decision.ticket is not None
    assert (decision.ticket.state, decision.ticket.answered_at) == (State.WAITING_CLIENT, None)
    assert decision.ticket.taken_at is not None


def test_details_cannot_be_asked_for_without_words() -> None:
    decision = decided(PAUL, "[info]")

    assert decision.fate is Fate.WITHHELD
    assert only(decision, Receipt).outcomes[0].problem is Problem.NO_TEXT


def test_an_estimate_asks_the_referent_with_the_balance_before_and_after() -> None:
    decision = decided(PAUL, "Une étude est nécessaire.\n\n[estimate 4h]")

    request = only(decision, ApprovalRequest)
    assert (request.to.id, request.asked_minutes) == (CAMILLE.id, 240)
    assert (request.balance.remaining, request.balance_after.remaining) == (600, 360)
    assert [offer.command for offer in request.offers] == ["[approve 4h]", "[decline]"]
    assert only(decision, Answer).estimate_minutes == 240
    assert decision.ticket is not None
    assert (decision.ticket.state, decision.ticket.estimate_minutes) == (State.WAITING_APPROVAL, 240)


def test_work_beyond_the_allowance_waits_for_an_approval_and_the_referent_is_asked() -> None:
    decision = decided(PAUL, "[time 3h]")

    (work,) = decision.works
    assert work.postings == (
        Posting(minutes=-120, pack_id=PACK.id),
        Posting(minutes=60, cause=Cause.UNAPPROVED),
    )
    request = only(decision, ApprovalRequest)
    assert (request.asked_minutes, request.uncovered_minutes) == (60, 60)


def test_work_beyond_what_is_left_is_recorded_as_exhausted() -> None:
    decision = decided(PAUL, "[time 1h]", account=account(15))

    assert decision.works[0].postings == (
        Posting(minutes=-15, pack_id=PACK.id),
        Posting(minutes=45, cause=Cause.EXHAUSTED),
    )


def test_work_does_not_touch_what_other_tickets_have_reserved() -> None:
    decision = decided(PAUL, "[time 1h]", account=account(60, t99=45))

    assert decision.works[0].postings[0] == Posting(minutes=-15, pack_id=PACK.id)


def test_undo_reverses_the_minutes_of_the_mail_whose_receipt_is_answered() -> None:
    posted = (Posting(minutes=-30, pack_id=PACK.id),)

    decision = decided(PAUL, "[undo]", is_about_a_receipt=True, about=(intervention(20, 30, posted),))

    (work,) = decision.works
    assert (work.kind, work.corrects_id) == (EntryKind.REVERSAL, 50)
    assert (work.worked_minutes, work.counted_minutes) == (-20, -30)
    assert work.postings == (Posting(minutes=30, pack_id=PACK.id),)


def test_what_is_undone_after_an_approval_ended_reserves_nothing() -> None:
    posted = (Posting(minutes=-180, pack_id=PACK.id),)
    used = replace(TICKET, allowance_minutes=240, approved_minutes=240, covered_minutes=180, counted_minutes=180)
    declined = decided(CAMILLE, "[decline]", ticket=replace(used, estimate_minutes=60)).ticket
    assert declined is not None

    undone = decided(
        PAUL, "[undo]", ticket=declined, is_about_a_receipt=True, about=(intervention(180, 180, posted),)
    ).ticket

    assert undone is not None
    assert (declined.reserved_minutes, undone.reserved_minutes) == (0, 0)


def test_what_is_undone_while_an_approval_stands_is_reserved_again_and_no_more_than_was_approved() -> None:
    posted = (Posting(minutes=-300, pack_id=PACK.id),)
    used = replace(TICKET, allowance_minutes=300, approved_minutes=180, covered_minutes=300, counted_minutes=300)

    undone = decided(
        PAUL, "[undo]", ticket=used, is_about_a_receipt=True, about=(intervention(300, 300, posted),)
    ).ticket

    assert undone is not None
    assert undone.reserved_minutes == 180


def test_negative_time_computes_the_counted_minutes_anew() -> None:
    posted = (Posting(minutes=-60, pack_id=PACK.id),)

    decision = decided(PAUL, "[time -30m saisi deux fois]", own_work=(intervention(50, 60, posted),))

    (work,) = decision.works
    assert (work.worked_minutes, work.counted_minutes) == (-30, -30)
    assert work.postings == (Posting(minutes=30, pack_id=PACK.id),)


def test_more_than_was_worked_cannot_be_taken_back() -> None:
    decision = decided(PAUL, "[time -2h erreur]", own_work=(intervention(50, 60),))

    (outcome,) = only(decision, Receipt).outcomes
    assert (outcome.problem, outcome.minutes) == (Problem.MORE_THAN_WORKED, 50)


def test_solved_asks_the_referent_to_close() -> None:
    decision = decided(PAUL, "C’est corrigé.\n\n[solved]")

    assert [offer.command for offer in only(decision, PleaseClose).offers] == ["[close]"]
    assert only(decision, Answer).is_solved
    assert decision.ticket is not None
    assert decision.ticket.state is State.SOLVED


def test_take_tells_the_client_who_is_on_it() -> None:
    decision = decided(PAUL, "[take]")

    assert ("taken", HUGO.id) in told(decision)
    assert decision.ticket is not None
    assert decision.ticket.assignee_id == PAUL.id


def test_the_first_answer_makes_the_ticket_the_engineers_and_a_later_one_a_followers() -> None:
    first = decided(PAUL, "Bonjour").ticket
    assert first is not None
    second = decided(ANNE, "Bonjour", ticket=first).ticket

    assert (first.assignee_id, first.taken_at is not None, first.answered_at is not None) == (PAUL.id, True, True)
    assert second is not None
    assert (second.assignee_id, second.follower_ids) == (PAUL.id, frozenset({ANNE.id}))


def test_free_time_is_kept_but_not_counted() -> None:
    decision = decided(PAUL, "[free 30m geste commercial]\n\nVoilà.")

    (work,) = decision.works
    assert (work.is_free, work.worked_minutes, work.counted_minutes, work.postings) == (True, 30, 0, ())
    assert only(decision, Answer).free_minutes == 30


def test_a_rehearsal_does_nothing_and_says_what_would_happen() -> None:
    decision = decided(PAUL, "[time 30m]\n[check]\n\nBonjour")

    assert told(decision) == [("receipt", PAUL.id)]
    assert only(decision, Receipt).is_dry_run
    assert (decision.works, decision.ticket, decision.words) == ((), TICKET, ())


def test_an_engineers_mail_about_no_ticket_is_held_and_its_writer_told() -> None:
    decision = without_ticket(PAUL, "Bonjour à tous")

    assert decision.fate is Fate.HELD
    assert only(decision, Receipt).outcomes[0].problem is Problem.NO_TICKET


def test_contradicting_commands_are_refused() -> None:
    decision = decided(PAUL, "Alors ?\n\n[info]\n[solved]")

    assert [outcome.problem for outcome in only(decision, Receipt).outcomes] == [Problem.CONTRADICTION] * 2
