"""What a contact's mail does: it opens a ticket or adds to one, and the referent decides by commands.

Whatever becomes of the commands, the words always reach the engineers. Nobody who may not decide
decides: a colleague's approval or closing is put before the referent, once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mailgate.domain.client_notices import news, on_closed, put_before_referent, question
from mailgate.domain.commands import Reading
from mailgate.domain.courtesy import is_courtesy
from mailgate.domain.dialogue import answers, audit, is_dry_run, receipt, rehearsal, unproven, unverified_notice
from mailgate.domain.effects import AuditEvent, Decision, Fate, Words
from mailgate.domain.execution import Attempt, attempt
from mailgate.domain.message import Verdict
from mailgate.domain.notice import (
    Acknowledgement,
    Notice,
    OutOfContract,
    Renewal,
)
from mailgate.domain.offered import read
from mailgate.domain.people import Contact
from mailgate.domain.situation import Situation
from mailgate.domain.ticket import Event, State, Ticket, after


def decide_client_mail(situation: Situation, sender: Contact) -> Decision:
    """Return what a registered contact's mail does."""
    reading = _with_all_words(situation, read(situation))
    tried = attempt(situation, reading)
    if is_dry_run(reading):
        return rehearsal(situation, tried)
    if situation.ticket is not None:
        return _continue(situation, sender, situation.ticket, reading, tried)
    if _asks_only(situation, reading, tried):
        return _answer_only(situation, tried)
    if _is_empty(situation, reading):
        return Decision(fate=Fate.HELD, reason="the mail is empty")
    return _open(situation, sender, reading, tried)


def _with_all_words(situation: Situation, reading: Reading) -> Reading:
    """Take the whole text where nothing in it is new, as in a mail that only forwards: words must reach somebody."""
    says_something = reading.text.strip() or reading != Reading(text=reading.text)
    if says_something or situation.offered is not None:
        return reading
    return replace(reading, text=situation.mail.message.text)


# --- without a ticket -----------------------------------------------------------------------------------------------


def _asks_only(situation: Situation, reading: Reading, tried: Attempt) -> bool:
    """Tell whether a mail holds commands and otherwise at most a greeting: it opens no ticket."""
    has_words = not is_courtesy(reading.text, name=situation.sender.name)
    return bool(tried.outcomes) and not has_words and not situation.mail.files


def _is_empty(situation: Situation, reading: Reading) -> bool:
    message = situation.mail.message
    return not (reading.text.strip() or message.subject.strip() or situation.mail.files)


def _answer_only(situation: Situation, tried: Attempt) -> Decision:
    return Decision(
        fate=Fate.DONE,
        reason="commands without a question",
        events=audit(tried),
        notices=(*answers(situation, tried), *_receipts(situation, tried, is_text_kept=False)),
        used_action_id=_used(situation, tried),
    )


def _open(situation: Situation, sender: Contact, reading: Reading, tried: Attempt) -> Decision:
    """Open a ticket: acknowledged with its deadline, or, without a running contract, kept and put to the referent."""
    ticket = _new_ticket(situation, sender)
    return Decision(
        fate=Fate.DONE,
        reason="a new question",
        ticket=ticket,
        words=(_words(situation, reading),),
        events=(AuditEvent(verb="open", detail="out of contract" if ticket.is_out_of_contract else ""), *audit(tried)),
        notices=(
            *_confirmations(situation, sender, ticket),
            *question(situation, sender, ticket, reading, is_new=True),
            *answers(situation, tried),
            *_receipts(situation, tried, is_text_kept=True),
        ),
        used_action_id=_used(situation, tried),
    )


def _new_ticket(situation: Situation, sender: Contact) -> Ticket:
    message = situation.mail.message
    return Ticket(
        id=0,
        subject=message.subject.strip(),
        state=State.NEW,
        organisation_id=sender.organisation_id,
        contract_id=situation.contract.id if situation.contract else None,
        requester_id=sender.id,
        opened_at=situation.mail.received_at,
        deadline=situation.deadline,
        copied_ids=frozenset(contact.id for contact in situation.copied if contact.id != sender.id),
        root_message_id=message.message_id,
        is_out_of_contract=not situation.runs,
    )


def _confirmations(situation: Situation, sender: Contact, ticket: Ticket) -> Iterator[Notice]:
    if not ticket.is_out_of_contract:
        yield Acknowledgement(to=sender, deadline=ticket.deadline)
        return
    referent = situation.referent
    yield OutOfContract(to=sender, referent=referent.name if referent else "")
    if referent is not None and referent.id != sender.id:
        yield Renewal(to=referent, author=sender)


# --- on a ticket ----------------------------------------------------------------------------------------------------


def _continue(situation: Situation, sender: Contact, before: Ticket, reading: Reading, tried: Attempt) -> Decision:
    ticket = _joined(_after_words(before, tried.progress.ticket or before, reading, situation), sender)
    says_something = bool(reading.text.strip() or situation.mail.files)
    return Decision(
        fate=Fate.DONE,
        reason=f"on ticket {ticket.id}",
        ticket=ticket,
        words=(_words(situation, reading),) if says_something else (),
        works=tried.progress.works,
        happenings=tried.progress.happenings,
        events=(*audit(tried), *_response_so_far(before, tried)),
        notices=(
            *news(situation, sender, ticket, reading, tried),
            *on_closed(situation, sender, before, reading, tried),
            *put_before_referent(situation, sender, reading, tried),
            *answers(situation, tried),
            *_receipts(situation, tried, is_text_kept=says_something),
        ),
        used_action_id=_used(situation, tried),
    )


def _response_so_far(before: Ticket, tried: Attempt) -> Iterator[AuditEvent]:
    """Keep the instants of a closed ticket that is reopened: its new deadline begins a second count."""
    if before.state is State.CLOSED and "reopen" in tried.verbs:
        instants = (("due", before.deadline), ("taken", before.taken_at), ("answered", before.answered_at))
        yield AuditEvent(
            verb="response", detail=", ".join(f"{name} {at.isoformat()}" for name, at in instants if at is not None)
        )


def _after_words(before: Ticket, ticket: Ticket, reading: Reading, situation: Situation) -> Ticket:
    """Return the ticket after the client's words; a thank-you, or a mail of commands only, moves nothing."""
    if is_courtesy(reading.text, name=situation.sender.name) and not situation.mail.files:
        return ticket
    if ticket.state is not before.state or situation.authority.verdict is Verdict.FAIL:
        return ticket
    return replace(ticket, state=after(Event.CLIENT_WRITES, ticket.state) or ticket.state)


def _joined(ticket: Ticket, sender: Contact) -> Ticket:
    """Who was copied on the first mail and answers it takes part from now on; the referent need not."""
    if sender.id not in ticket.copied_ids:
        return ticket
    return replace(
        ticket,
        participant_ids=ticket.participant_ids | {sender.id},
        copied_ids=ticket.copied_ids - {sender.id},
    )


def _receipts(situation: Situation, tried: Attempt, *, is_text_kept: bool) -> Iterator[Notice]:
    """Return the receipt; where the origin is not proven, the registered person is told in its place.

    Where a trusted server says that the mail is forged, the person is told whatever the mail wanted.
    """
    if unproven(tried) or situation.authority.verdict is Verdict.FAIL:
        yield unverified_notice(situation, tried)
        return
    told = tuple(outcome for outcome in tried.outcomes if not (outcome.is_done and outcome.verb in SELF_EVIDENT))
    if told:
        yield replace(receipt(situation, tried, told), is_text_kept=is_text_kept)


#: Questions that are answered by a mail of their own and need no receipt.
SELF_EVIDENT = frozenset({"balance", "status", "help"})


def _words(situation: Situation, reading: Reading) -> Words:
    return Words(
        person_id=situation.sender.id,
        text=_whole_words(situation, reading),
        is_internal=False,
        is_verified=situation.is_verified,
    )


def _whole_words(situation: Situation, reading: Reading) -> str:
    """Return what the client said, commands included: the conversation shows who decided what in which words."""
    new_text, whole = situation.mail.message.new_text, situation.mail.message.text
    return whole if new_text.is_cut else new_text.text.strip() or reading.text.strip()


def _used(situation: Situation, tried: Attempt) -> int | None:
    return situation.offered.action_id if situation.offered and not tried.has_failed else None
