"""What an engineer's mail does: it answers the client or stays internal.

One rule governs all: where a command fails or nearly matches, or the origin of the mail is not proven, nothing of it
reaches the client (`withheld.py`). So a mistyped `[nte]` never leaks an internal note.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mailgate.domain.dialogue import answers, audit, is_dry_run, receipt, rehearsal, unproven
from mailgate.domain.effects import AuditEvent, Decision, Fate, Words
from mailgate.domain.execution import Attempt, attempt
from mailgate.domain.moves import assigned
from mailgate.domain.notice import Answer, DetailsRequest, InternalNote, Notice, Offer, Taken
from mailgate.domain.outcome import Outcome, Problem
from mailgate.domain.people import Contact, Engineer
from mailgate.domain.permissions import may_relay
from mailgate.domain.referent_notices import balance_news, questions
from mailgate.domain.situation import Situation
from mailgate.domain.ticket import Event, State, Ticket, after
from mailgate.domain.withheld import (
    Content,
    heard,
    refuse,
    with_words,
    withhold_failed,
    withhold_unproven,
    without_unheeded_note,
)


def decide_engineer_mail(situation: Situation, sender: Engineer) -> Decision:
    """Return what an engineer's mail does."""
    understood = heard(situation)
    content = understood.content
    tried = without_unheeded_note(situation, attempt(situation, understood.reading), content)
    tried = with_words(situation, tried, content)
    if is_dry_run(understood.reading) and _serves(situation, sender):
        return rehearsal(situation, tried)
    return _kept_back(situation, sender, tried, content) or _carried_out(situation, sender, tried, content)


def _kept_back(situation: Situation, sender: Engineer, tried: Attempt, content: Content) -> Decision | None:
    if unproven(tried) or not may_relay(situation.authority):
        return withhold_unproven(situation, tried, content)
    if not _serves(situation, sender):
        return refuse(situation, content, Problem.OTHER_GROUP)
    if tried.has_failed:
        return withhold_failed(situation, tried, content)
    if situation.ticket is None and not tried.outcomes:
        return refuse(situation, content, Problem.NO_TICKET)
    return None


def _carried_out(situation: Situation, sender: Engineer, tried: Attempt, content: Content) -> Decision:
    if situation.ticket is None:
        return _answer_questions(situation, tried)
    if "note" in tried.verbs:
        return _keep_internal(situation, sender, tried, content)
    return _answer(situation, sender, situation.ticket, tried, content)


def _serves(situation: Situation, sender: Engineer) -> bool:
    """Tell whether the ticket is this engineer's business: by group, by hand, or as an administrator."""
    ticket, contract = situation.ticket, situation.contract
    if ticket is None or contract is None or sender.is_administrator or contract.group in sender.groups:
        return True
    return sender.id in {engineer.id for engineer in situation.engineers}


# --- mail that does not reach the client ----------------------------------------------------------------------------


def _answer_questions(situation: Situation, tried: Attempt) -> Decision:
    return Decision(
        fate=Fate.DONE,
        reason="commands without a ticket",
        events=audit(tried),
        notices=(*answers(situation, tried), *_receipt(situation, tried)),
    )


def _keep_internal(situation: Situation, sender: Engineer, tried: Attempt, content: Content) -> Decision:
    """`[note]`: the whole mail stays among the engineers; its time counts all the same."""
    notes = tuple(
        InternalNote(
            to=engineer,
            author=sender,
            text=content.text,
            worked_minutes=tried.worked_minutes,
            counted_minutes=tried.counted_minutes,
            files=content.files,
        )
        for engineer in situation.engineers
        if engineer.id != sender.id and not content.is_empty
    )
    asked = questions(situation, sender, tried, replace(content, text="", files=()))
    reached = frozenset(notice.to.id for notice in asked)
    return _decision(
        situation,
        tried,
        content,
        ticket=_followed(tried.progress.ticket, sender),
        reason="an internal note",
        is_internal=True,
        notices=(*notes, *asked, *balance_news(situation, sender, tried, reached)),
    )


def _followed(ticket: Ticket | None, sender: Engineer) -> Ticket | None:
    """Who notes something on a colleague's ticket hears what comes of it."""
    if ticket is None or ticket.assignee_id in {None, sender.id}:
        return ticket
    return replace(ticket, follower_ids=ticket.follower_ids | {sender.id})


# --- mail that does -------------------------------------------------------------------------------------------------


def _answer(situation: Situation, sender: Engineer, before: Ticket, tried: Attempt, content: Content) -> Decision:
    """Pass the words on to the client's people, one copy each, and tell the referent what concerns time."""
    ticket = tried.progress.ticket or before
    if not content.is_empty:
        ticket = _answered(situation, before, ticket, tried)
    asked = questions(situation, sender, tried, content)
    carriers = {notice.to.id for notice in asked}
    answered = tuple(
        _relay(situation, sender, reader, before, tried, content)
        for reader in (_readers(situation) if not content.is_empty else ())
        if reader.id not in carriers
    )
    reached = frozenset(notice.to.id for notice in (*answered, *asked))
    return _decision(
        situation,
        tried,
        content,
        ticket=ticket,
        reason=f"on ticket {ticket.id}",
        is_internal=False,
        notices=(
            *answered,
            *asked,
            *balance_news(situation, sender, tried, reached),
            *_taken(situation, sender, tried, content),
        ),
    )


def _answered(situation: Situation, before: Ticket, ticket: Ticket, tried: Attempt) -> Ticket:
    """Return the ticket after words that go to the client: state, hands, and the two instants that reports need."""
    if ticket.state is before.state and not tried.verbs & {"info", "estimate", "solved"}:
        ticket = replace(ticket, state=after(Event.ENGINEER_ANSWERS, ticket.state) or ticket.state)
    if ticket.assignee_id is None:
        ticket = assigned(ticket, situation)
    elif ticket.assignee_id != situation.sender.id:
        ticket = replace(ticket, follower_ids=ticket.follower_ids | {situation.sender.id})
    received_at = situation.mail.received_at
    has_content = "info" not in tried.verbs
    return replace(
        ticket,
        taken_at=ticket.taken_at or received_at,
        answered_at=ticket.answered_at or (received_at if has_content else None),
    )


def _readers(situation: Situation) -> tuple[Contact | Engineer, ...]:
    """Return who gets a copy: requester, participants and colleagues on the ticket, unless they have it already."""
    direct = (*situation.mail.message.to, *situation.mail.message.cc)
    everybody: tuple[Contact | Engineer, ...] = (*situation.clients, *_colleagues(situation))
    return tuple(person for person in everybody if not any(person.has_address(mailbox.address) for mailbox in direct))


def _colleagues(situation: Situation) -> tuple[Engineer, ...]:
    """Return the engineers who follow the ticket; not the whole group of a ticket that was nobody's yet."""
    ticket = situation.ticket
    if ticket is None:
        return ()
    following = ticket.follower_ids | ({ticket.assignee_id} if ticket.assignee_id is not None else set())
    return tuple(
        engineer for engineer in situation.engineers if engineer.id in following and engineer.id != situation.sender.id
    )


def _relay(
    situation: Situation,
    sender: Engineer,
    reader: Contact | Engineer,
    before: Ticket,
    tried: Attempt,
    content: Content,
) -> Answer:
    notice = DetailsRequest if "info" in tried.verbs else Answer
    progress = tried.progress
    estimates = [happening.minutes for happening in progress.happenings if happening.verb == "estimate"]
    return notice(
        to=reader,
        author=sender,
        text=content.text,
        worked_minutes=tried.worked_minutes,
        counted_minutes=tried.counted_minutes,
        free_minutes=tried.free_minutes,
        uncovered_minutes=max(0, tried.uncovered_minutes),
        estimate_minutes=estimates[0] if estimates else None,
        is_solved="solved" in tried.verbs,
        is_closed=before.state is State.CLOSED,
        balance=situation.balance_for(reader, progress.account),
        others=tuple(person.name for person in situation.clients if person.id != reader.id),
        files=content.files,
    )


def _taken(situation: Situation, sender: Engineer, tried: Attempt, content: Content) -> Iterator[Notice]:
    """`[take]` without an answer tells the client who is on it."""
    if "take" in tried.verbs and content.is_empty and situation.requester is not None:
        yield Taken(to=situation.requester, author=sender)


def _decision(
    situation: Situation,
    tried: Attempt,
    content: Content,
    *,
    ticket: Ticket | None,
    reason: str,
    is_internal: bool,
    notices: tuple[Notice, ...],
) -> Decision:
    words = Words(
        person_id=situation.sender.id, text=content.text, is_internal=is_internal, is_verified=situation.is_verified
    )
    released = (AuditEvent(verb="release", detail=str(content.released_inbox_id)),) if content.released_inbox_id else ()
    return Decision(
        fate=Fate.DONE,
        reason=reason,
        ticket=ticket,
        words=() if content.is_empty else (words,),
        works=tried.progress.works,
        happenings=tried.progress.happenings,
        events=(*audit(tried), *released),
        notices=(*notices, *answers(situation, tried), *_receipt(situation, tried, content.dropped)),
        used_action_id=situation.offered.action_id if situation.offered else None,
        released_inbox_id=content.released_inbox_id,
    )


def _receipt(situation: Situation, tried: Attempt, dropped: tuple[Outcome, ...] = ()) -> tuple[Notice, ...]:
    """Every mail with commands gets a receipt; one that moved time says how to undo it."""
    outcomes = (*tried.outcomes, *dropped)
    if not outcomes:
        return ()
    told = receipt(situation, tried, outcomes)
    logged = any(work.worked_minutes > 0 for work in tried.progress.works)
    undo = (Offer(command="[undo]", verb="undo", about_inbox_id=situation.mail.inbox_id),) if logged else ()
    return (replace(told, offers=(*told.offers, *undo)),)
