"""What a contact's mail does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailgate.domain.decision import decide
from mailgate.domain.effects import Fate
from mailgate.domain.ledger import Account, Cause, Posting
from mailgate.domain.message import NewText, Verdict
from mailgate.domain.notice import (
    Acknowledgement,
    Approved,
    BalanceReport,
    Closed,
    HelpText,
    Question,
    Receipt,
    ReferentAsked,
    Reopened,
    TicketIsClosed,
    Unverified,
)
from mailgate.domain.outcome import Problem
from mailgate.domain.permissions import Authority
from mailgate.domain.situation import OfferedCommand, Rules, revived
from mailgate.domain.ticket import State
from tests.domain.matters import (
    ANNE,
    CAMILLE,
    HUGO,
    LUCIA,
    NOW,
    OLIVER,
    PACK,
    PAUL,
    TICKET,
    account,
    decided,
    intervention,
    mail,
    only,
    situation,
    told,
    without_ticket,
)

ESTIMATED = replace(TICKET, state=State.WAITING_APPROVAL, estimate_minutes=240, covered_minutes=30, counted_minutes=30)
CLOSED = replace(TICKET, state=State.CLOSED, closed_at=NOW)


def test_a_new_question_is_acknowledged_with_its_deadline() -> None:
    decision = without_ticket(HUGO, "Comment simplifier ?")

    assert only(decision, Acknowledgement).deadline == datetime(2026, 9, 23, 11, tzinfo=UTC)  # Wed 13:00 in Paris
    assert told(decision) == [("acknowledgement", HUGO.id), ("question", PAUL.id), ("question", ANNE.id)]
    assert decision.ticket is not None
    assert (decision.ticket.id, decision.ticket.state, decision.ticket.subject) == (0, State.NEW, "Index")


def test_without_time_left_a_question_is_kept_and_the_referent_told_how_to_renew() -> None:
    decision = without_ticket(HUGO, "Comment simplifier ?", account=account(0))

    assert told(decision)[:2] == [("out_of_contract", HUGO.id), ("renewal", CAMILLE.id)]
    assert decision.ticket is not None
    assert (decision.ticket.deadline, decision.ticket.is_out_of_contract) == (None, True)


def test_a_mail_of_commands_with_a_greeting_opens_no_ticket() -> None:
    decision = without_ticket(LUCIA, "Hola,\n\n[saldo]\n\nGracias,\nLucía")

    assert decision.ticket is None
    assert told(decision) == [("balance", LUCIA.id)]
    balance = only(decision, BalanceReport).balance
    assert balance is not None
    assert balance.available == 600


def test_a_question_beside_a_command_opens_a_ticket_and_is_answered_too() -> None:
    decision = without_ticket(HUGO, "Pourquoi est-ce si lent ?\n\n[solde]")

    assert {kind for kind, _ in told(decision)} == {"acknowledgement", "question", "balance"}


def test_the_balance_can_be_kept_for_the_referent_alone() -> None:
    rules = Rules(slice_minutes=15, threshold_minutes=120, balance_for_all_contacts=False)

    report = only(without_ticket(LUCIA, "[saldo]", rules=rules), BalanceReport)
    assert (report.balance, report.packs) == (None, ())


def test_an_empty_mail_is_held() -> None:
    assert without_ticket(HUGO, "", subject="").fate is Fate.HELD


def test_a_subject_alone_is_a_question() -> None:
    assert without_ticket(HUGO, "", subject="Le serveur ne répond plus").ticket is not None


def test_the_referent_approves_what_was_asked() -> None:
    decision = decided(CAMILLE, "[approuver 4h]\n\nAllez-y.", ticket=ESTIMATED)

    assert decision.ticket is not None
    assert (decision.ticket.state, decision.ticket.reserved_minutes) == (State.OPEN, 240)
    assert (decision.ticket.allowance_minutes, decision.ticket.estimate_minutes) == (270, None)
    receipt = only(decision, Receipt)
    assert receipt.balance_before is not None
    assert receipt.balance_after is not None
    assert (receipt.balance_before.available, receipt.balance_after.available) == (600, 360)
    approved = [notice for notice in decision.notices if isinstance(notice, Approved)]
    assert [(notice.to.id, notice.minutes, notice.text) for notice in approved] == [
        (PAUL.id, 240, "Allez-y."),
        (ANNE.id, 240, "Allez-y."),
        (HUGO.id, 240, "Allez-y."),
    ]


def test_a_bare_approval_grants_all_that_was_asked_waiting_work_included() -> None:
    ticket = replace(ESTIMATED, uncovered_minutes=60, covered_minutes=120)
    waiting = intervention(60, 60, (Posting(minutes=60, cause=Cause.UNAPPROVED),))

    decision = decided(CAMILLE, "[accord]", ticket=ticket, unapproved=(waiting,))

    assert decision.ticket is not None
    assert (decision.ticket.uncovered_minutes, decision.ticket.reserved_minutes) == (0, 240)
    assert decision.works[0].postings == (
        Posting(minutes=-60, cause=Cause.UNAPPROVED),
        Posting(minutes=-60, pack_id=PACK.id),
    )


def test_an_estimate_is_additional_effort_and_so_is_its_approval() -> None:
    ticket = replace(ESTIMATED, estimate_minutes=120, allowance_minutes=270, approved_minutes=240, covered_minutes=90)

    decision = decided(CAMILLE, "[approve]", ticket=ticket, account=account(510, t12=180))

    assert decision.ticket is not None
    assert (decision.ticket.allowance_minutes, decision.ticket.reserved_minutes) == (390, 300)


def test_what_is_approved_and_closed_in_one_mail_is_approved_first() -> None:
    decision = decided(CAMILLE, "[clore]\n[approuver 4h]", ticket=ESTIMATED)

    assert decision.ticket is not None
    assert decision.ticket.state is State.CLOSED
    assert all(outcome.is_done for outcome in only(decision, Receipt).outcomes)


def test_a_mail_that_only_forwards_reaches_the_engineers_whole() -> None:
    forwarded = mail(HUGO, "")
    message = replace(forwarded.message, text="---------- Forwarded message ---------\nERROR: no index")

    decision = decided(HUGO, "", mail=replace(forwarded, message=message))

    questions = [notice for notice in decision.notices if isinstance(notice, Question)]
    assert ["ERROR: no index" in notice.text for notice in questions] == [True, True]
    assert "ERROR: no index" in decision.words[0].text


def test_the_person_is_told_of_words_that_a_server_calls_forged() -> None:
    decision = decided(HUGO, "Une question.", authority=Authority(verdict=Verdict.FAIL, has_own_token=False))

    assert ("unverified", HUGO.id) in told(decision)


def test_the_link_for_a_misplaced_command_keeps_its_amount() -> None:
    decision = decided(CAMILLE, "Pour moi c’est oui, [approve 4h] donc.", ticket=ESTIMATED)

    (offer,) = only(decision, Receipt).offers
    assert (offer.command, offer.minutes) == ("[approve 4h]", 240)


def test_a_signature_under_an_offered_command_does_no_harm() -> None:
    offered = OfferedCommand(action_id=3, command="[close]", is_outdated=False)

    decision = decided(CAMILLE, "Merci,\nCamille Martin", offered=offered)

    assert decision.ticket is not None
    assert decision.ticket.state is State.CLOSED


def test_a_new_pack_brings_a_ticket_back_under_contract() -> None:
    ticket = replace(TICKET, is_out_of_contract=True, deadline=None)

    revived_ticket = revived(situation(HUGO, "Et maintenant ?", ticket=ticket)).ticket

    assert revived_ticket is not None
    assert (revived_ticket.is_out_of_contract, revived_ticket.deadline) == (
        False,
        datetime(2026, 9, 23, 11, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("command", "held", "problem", "maximum"),
    [
        ("[approve 5h]", account(), Problem.MORE_THAN_ASKED, 240),
        ("[approve 4h]", account(90), Problem.MORE_THAN_AVAILABLE, 90),
        ("[approve 4h]", account(600, t99=500), Problem.MORE_THAN_AVAILABLE, 100),
    ],
)
def test_too_large_an_approval_is_refused_with_the_maximum(
    command: str, held: Account, problem: Problem, maximum: int
) -> None:
    decision = decided(CAMILLE, command, ticket=ESTIMATED, account=held)

    (outcome,) = only(decision, Receipt).outcomes
    assert (outcome.problem, outcome.minutes) == (problem, maximum)
    assert decision.ticket == ESTIMATED


@pytest.mark.parametrize(
    "authority",
    [
        Authority(verdict=Verdict.PASS, has_own_token=False),
        Authority(verdict=Verdict.NONE, has_own_token=True),
        Authority(verdict=Verdict.NONE, has_own_token=False),
        Authority(verdict=Verdict.FAIL, has_own_token=True),
        Authority(verdict=Verdict.PASS, has_own_token=True, is_repeated_id=True),
    ],
)
def test_approving_needs_a_proven_sender_and_the_own_signed_address(authority: Authority) -> None:
    decision = decided(CAMILLE, "[approve 4h]", ticket=ESTIMATED, authority=authority)

    assert decision.ticket is not None
    assert decision.ticket.allowance_minutes is None
    assert told(decision) == [("unverified", CAMILLE.id)]
    assert [offer.command for offer in only(decision, Unverified).offers] == ["[approve 4h]"]


def test_the_referent_closes_and_the_reservation_ends() -> None:
    ticket = replace(ESTIMATED, allowance_minutes=270, estimate_minutes=None, state=State.SOLVED)

    decision = decided(CAMILLE, "[clore]\n\nParfait.", ticket=ticket, account=account(570, t12=240))

    assert decision.ticket is not None
    assert (decision.ticket.state, decision.ticket.reserved_minutes) == (State.CLOSED, 0)
    closed = [notice for notice in decision.notices if isinstance(notice, Closed)]
    assert [notice.to.id for notice in closed] == [PAUL.id, ANNE.id, HUGO.id]
    assert closed[0].total_minutes == 30


def test_a_contact_who_closes_is_told_who_can_and_the_referent_is_asked() -> None:
    decision = decided(HUGO, "[close]")

    assert only(decision, Receipt).outcomes[0].problem is Problem.REFERENT_ONLY
    assert [offer.command for offer in only(decision, ReferentAsked).offers] == ["[close]"]
    assert only(decision, ReferentAsked).to.id == CAMILLE.id


def test_whatever_becomes_of_the_commands_the_words_reach_the_engineers() -> None:
    decision = decided(CAMILLE, "Cela échoue encore.\n\n[aprove 4h]")

    questions = [notice for notice in decision.notices if isinstance(notice, Question)]
    assert [(notice.to.id, notice.text) for notice in questions] == [
        (PAUL.id, "Cela échoue encore."),
        (ANNE.id, "Cela échoue encore."),
    ]
    (outcome,) = only(decision, Receipt).outcomes
    assert (outcome.problem, outcome.suggestion) == (Problem.NEAR_MISS, "approve 4h")


def test_a_command_inside_a_sentence_is_not_executed_but_offered() -> None:
    decision = decided(CAMILLE, "Surtout, ne faites pas encore [close] avant lundi.")

    assert decision.ticket == TICKET
    receipt = only(decision, Receipt)
    assert receipt.outcomes[0].problem is Problem.MISPLACED
    assert [offer.command for offer in receipt.offers] == ["[close]"]


def test_no_command_of_an_uncertain_text_takes_effect() -> None:
    unsure = mail(CAMILLE, "[close]")
    message = replace(unsure.message, new_text=NewText(text="[close]", is_sure=False))

    decision = decided(CAMILLE, "[close]", mail=replace(unsure, message=message))

    assert decision.ticket is not None
    assert decision.ticket.state is State.OPEN
    assert only(decision, Receipt).outcomes[0].problem is Problem.UNSURE


@pytest.mark.parametrize("body", ["", "[close]", "[clore]"])
def test_an_action_address_is_itself_the_command(body: str) -> None:
    offered = OfferedCommand(action_id=3, command="[close]", is_outdated=False)

    decision = decided(CAMILLE, body, offered=offered)

    assert decision.ticket is not None
    assert (decision.ticket.state, decision.used_action_id) == (State.CLOSED, 3)


@pytest.mark.parametrize("body", ["Non, pas encore.", "[reopen]", "[close abandoned]"])
def test_a_body_that_says_otherwise_asks_for_confirmation(body: str) -> None:
    offered = OfferedCommand(action_id=3, command="[close]", is_outdated=False)

    decision = decided(CAMILLE, body, offered=offered)

    assert decision.ticket is not None
    assert (decision.ticket.state, decision.used_action_id) == (State.OPEN, None)
    assert [offer.command for offer in only(decision, Receipt).offers] == ["[close]"]


def test_an_outdated_link_does_nothing() -> None:
    offered = OfferedCommand(action_id=3, command="[close]", is_outdated=True)

    assert only(decided(CAMILLE, "", offered=offered), Receipt).outcomes[0].problem is Problem.OUTDATED


def test_mail_on_a_closed_ticket_is_kept_its_sender_told_and_the_referent_asked() -> None:
    decision = decided(HUGO, "Cela échoue à nouveau.", ticket=CLOSED)

    assert only(decision, TicketIsClosed).to.id == HUGO.id
    assert only(decision, ReferentAsked).verb == "reopen"
    assert decision.words[0].text == "Cela échoue à nouveau."
    assert decision.ticket == CLOSED


def test_a_thank_you_neither_reopens_nor_is_lost() -> None:
    decision = decided(HUGO, "Merci beaucoup !\nHugo", ticket=CLOSED)

    assert {kind for kind, _ in told(decision)} == {"question"}
    assert decision.words[0].text == "Merci beaucoup !\nHugo"


def test_a_reopened_ticket_gets_a_new_deadline_from_this_mail() -> None:
    decision = decided(CAMILLE, "[rouvrir l’erreur est revenue]", ticket=replace(CLOSED, taken_at=NOW))

    assert decision.ticket is not None
    assert decision.ticket.state is State.OPEN
    assert decision.ticket.deadline == datetime(2026, 9, 23, 11, tzinfo=UTC)
    reopened = [notice for notice in decision.notices if isinstance(notice, Reopened)]
    assert {notice.reason for notice in reopened} == {"l’erreur est revenue"}


def test_a_decline_ends_the_reservation_and_reopens() -> None:
    decision = decided(CAMILLE, "[refuser trop cher]", ticket=ESTIMATED)

    assert decision.ticket is not None
    assert (decision.ticket.state, decision.ticket.estimate_minutes) == (State.OPEN, None)


def test_a_decline_ends_a_reservation_that_nobody_asks_about_any_more() -> None:
    approved = replace(TICKET, allowance_minutes=240, approved_minutes=240)

    decision = decided(CAMILLE, "[decline]", ticket=approved, account=account(600, t12=240))

    assert decision.ticket is not None
    assert (approved.reserved_minutes, decision.ticket.reserved_minutes) == (240, 0)


def test_words_that_a_server_calls_forged_change_no_state() -> None:
    waiting = replace(TICKET, state=State.WAITING_CLIENT)

    decision = decided(HUGO, "Voici.", ticket=waiting, authority=Authority(verdict=Verdict.FAIL, has_own_token=False))

    assert decision.ticket is not None
    assert decision.ticket.state is State.WAITING_CLIENT


def test_a_copied_hint_is_offered_as_a_link() -> None:
    decision = decided(CAMILLE, "⟦approuver 4h⟧", ticket=ESTIMATED)

    assert [offer.command for offer in only(decision, Receipt).offers] == ["[approuver 4h]"]


def test_help_names_what_this_person_may_do_on_this_ticket() -> None:
    assert "close" not in only(decided(HUGO, "[aide]"), HelpText).verbs
    assert "close" in only(decided(CAMILLE, "[aide]"), HelpText).verbs
    assert "close" not in only(decided(CAMILLE, "[aide]", ticket=CLOSED), HelpText).verbs
    assert (
        only(decided(LUCIA, "[ayuda]", requester=LUCIA, ticket=replace(TICKET, requester_id=LUCIA.id)), HelpText).words[
            "balance"
        ]
        == "saldo"
    )


def test_another_organisations_contact_is_kept_out() -> None:
    decision = decide(situation(OLIVER, "[close]"))

    assert (decision.fate, told(decision)) == (Fate.HELD, [])


def test_a_colleague_who_does_not_take_part_is_kept_out() -> None:
    decision = decided(LUCIA, "Et moi ?")

    assert (decision.fate, told(decision)) == (Fate.HELD, [])


def test_who_was_copied_on_the_first_mail_and_answers_it_takes_part() -> None:
    written = mail(LUCIA, "También me pasa.")
    message = replace(written.message, references=(TICKET.root_message_id,))
    ticket = replace(TICKET, copied_ids=frozenset({LUCIA.id}))

    decision = decided(LUCIA, "", mail=replace(written, message=message), ticket=ticket)

    assert decision.ticket is not None
    assert decision.ticket.participant_ids == frozenset({LUCIA.id})
