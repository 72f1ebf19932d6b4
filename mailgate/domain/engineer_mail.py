"""What an engineer's mail does: it answers the client, stays internal, or is withheld.

One rule governs all: where a command fails or nearly matches, or the origin of the mail is not proven, nothing of it
reaches the client. So a mistyped `[nte]` never leaks an internal note.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mailgate.domain.commands import Reading
from mailgate.domain.dialogue import answers, audit, is_dry_run, read, receipt, unproven, unverified_notice
from mailgate.domain.durations import write_duration
from mailgate.domain.effects import AuditEvent, Decision, Fate, Words
from mailgate.domain.execution import Attempt, attempt
from mailgate.domain.moves import approvable, assigned
from mailgate.domain.notice import (
    Answer,
    ApprovalRequest,
    BalanceChanged,
    DetailsRequest,
    File,
    InternalNote,
    Notice,
    Offer,
    PleaseClose,
    Receipt,
    Taken,
)
from mailgate.domain.outcome import Outcome, Problem
from mailgate.domain.people import Contact, Engineer
from mailgate.domain.permissions import may_relay
from mailgate.domain.situation import Situation
from mailgate.domain.ticket import Event, Ticket, after


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What an engineer wants the client to read: the words of this mail, or of the withheld one it corrects."""

    text: str
    files: tuple[File, ...]
    released_inbox_id: int | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to pass on."""
        return not (self.text or self.files)


def decide_engineer_mail(situation: Situation, sender: Engineer) -> Decision:
    """Return what an engineer's mail does."""
    reading = read(situation)
    content = _content(situation, reading)
    tried = _with_words(attempt(situation, reading), content)
    if is_dry_run(reading):
        told = replace(receipt(situation, tried, tried.outcomes), is_dry_run=True, offers=())
        return Decision(fate=Fate.DONE, reason="a rehearsal", notices=(told,))
    if unproven(tried) or not may_relay(situation.authority):
        return _unproven(situation, tried, content)
    if tried.has_failed:
        return _withhold(situation, tried, content)
    if situation.ticket is None:
        return _without_ticket(situation, tried, content)
    if "note" in tried.verbs:
        return _keep_internal(situation, sender, tried, content)
    return _answer(situation, sender, situation.ticket, tried, content)


def _content(situation: Situation, reading: Reading) -> Content:
    """A reply to the receipt of a withheld mail that brings commands, or an action address, releases that mail."""
    withheld = situation.withheld
    releases = bool(reading.commands) or situation.offered is not None
    if withheld is not None and releases and not reading.text.strip():
        return Content(text=withheld.text, files=withheld.files, released_inbox_id=withheld.inbox_id)
    return Content(text=reading.text.strip(), files=situation.mail.files)


def _with_words(tried: Attempt, content: Content) -> Attempt:
    """A request for details, or a solution, without a word for the client is a mistake."""
    if tried.has_failed or not content.is_empty or not tried.verbs & {"info"}:
        return tried
    outcomes = tuple(
        replace(outcome, problem=Problem.NO_TEXT if outcome.verb == "info" else Problem.NOT_ALONE)
        for outcome in tried.outcomes
    )
    return replace(tried, outcomes=outcomes, has_failed=True)


# --- mail that does not reach the client ----------------------------------------------------------------------------


def _unproven(situation: Situation, tried: Attempt, content: Content) -> Decision:
    """A mail that only bears an engineer's address: kept as an unverified note, and the engineer is told."""
    told = unverified_notice(situation, tried, is_withheld=not content.is_empty)
    release = Offer(command="", verb="release", about_inbox_id=situation.mail.inbox_id)
    offers = tuple(replace(offer, about_inbox_id=situation.mail.inbox_id) for offer in told.offers)
    if not offers and not content.is_empty and situation.ticket is not None:
        offers = (release,)
    return Decision(
        fate=Fate.WITHHELD,
        reason="the origin of the mail is not proven",
        ticket=situation.ticket,
        events=audit(tried),
        notices=(replace(told, offers=offers),),
    )


def _withhold(situation: Situation, tried: Attempt, content: Content) -> Decision:
    """Nothing goes to the client; a reply to the receipt with the corrected commands releases the mail."""
    told = receipt(situation, tried, tried.outcomes)
    release = (Offer(command="", verb="release"),) if situation.ticket is not None and not content.is_empty else ()
    offers = [replace(offer, about_inbox_id=situation.mail.inbox_id) for offer in (*told.offers, *release)]
    return Decision(
        fate=Fate.WITHHELD,
        reason="a command failed",
        ticket=situation.ticket,
        events=audit(tried),
        notices=(replace(told, is_withheld=not content.is_empty, text=content.text, offers=tuple(offers)),),
    )


def _without_ticket(situation: Situation, tried: Attempt, content: Content) -> Decision:
    """An engineer's mail about no ticket: questions are answered, words have nobody to go to."""
    if tried.outcomes:
        told = _done_receipt(situation, tried)
        return Decision(
            fate=Fate.DONE,
            reason="commands without a ticket",
            works=tried.progress.works,
            happenings=tried.progress.happenings,
            events=audit(tried),
            notices=(*answers(situation, tried), *told),
        )
    outcome = Outcome(verb="", written="", problem=Problem.NO_TICKET)
    told_of = Receipt(to=situation.sender, outcomes=(outcome,), is_withheld=True, text=content.text)
    return Decision(fate=Fate.HELD, reason="an engineer's mail about no ticket", notices=(told_of,))


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
    return _decision(
        situation,
        tried,
        content,
        ticket=tried.progress.ticket,
        reason="an internal note",
        is_internal=True,
        notices=(*notes, *_tell_referent(situation, sender, tried, content, reached=frozenset())),
    )


# --- mail that does -------------------------------------------------------------------------------------------------


def _answer(situation: Situation, sender: Engineer, before: Ticket, tried: Attempt, content: Content) -> Decision:
    """Pass the words on to the client's people, one copy each, and tell the referent what concerns time."""
    ticket = tried.progress.ticket or before
    if not content.is_empty:
        ticket = _answered(situation, before, ticket, tried)
    special = _referents_notice(situation, sender, tried, content)
    readers = _readers(situation) if not content.is_empty else ()
    told_specially = {notice.to.id for notice in special}
    answered = tuple(
        _relay(situation, sender, reader, before, tried, content)
        for reader in readers
        if reader.id not in told_specially
    )
    reached = frozenset({notice.to.id for notice in answered} | told_specially)
    return _decision(
        situation,
        tried,
        content,
        ticket=ticket,
        reason=f"on ticket {ticket.id}",
        is_internal=False,
        notices=(
            *answered,
            *special,
            *_tell_referent(situation, sender, tried, content, reached=reached),
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
        is_closed=before.closed_at is not None,
        balance=situation.balance_for(reader, progress.account),
        others=tuple(person.name for person in situation.clients if person.id != reader.id),
        files=content.files,
    )


# --- what the referent is told --------------------------------------------------------------------------------------


def _referents_notice(situation: Situation, sender: Engineer, tried: Attempt, content: Content) -> tuple[Notice, ...]:
    """Return what asks the referent for a decision: more time, or to close. The words travel with it."""
    referent, ticket = situation.referent, tried.progress.ticket
    if referent is None or ticket is None:
        return ()
    asks_for_time = "estimate" in tried.verbs or _leaves_unapproved(situation, tried)
    if asks_for_time and ticket.asked_minutes:
        return (approval_request(situation, sender, referent, tried, content),)
    if "solved" in tried.verbs:
        return (_please_close(situation, sender, referent, tried, content),)
    return ()


def _leaves_unapproved(situation: Situation, tried: Attempt) -> bool:
    before, ticket = situation.ticket, tried.progress.ticket
    return before is not None and ticket is not None and ticket.uncovered_minutes > before.uncovered_minutes


def approval_request(
    situation: Situation, sender: Engineer, referent: Contact, tried: Attempt, content: Content
) -> ApprovalRequest:
    """Ask the referent for time, with the balance before and after («avant de nous engager»)."""
    ticket, account = tried.progress.ticket, tried.progress.account
    asked = ticket.asked_minutes if ticket else 0
    before = situation.balance_of(account)
    promised = min(asked, approvable(situation, tried.progress))
    return ApprovalRequest(
        to=referent,
        author=sender,
        text=content.text,
        asked_minutes=asked,
        uncovered_minutes=ticket.uncovered_minutes if ticket else 0,
        counted_minutes=tried.counted_minutes,
        balance=before,
        balance_after=replace(before, remaining=before.remaining - asked),
        files=content.files,
        offers=(
            *((_approval_offer(promised),) if promised else ()),
            Offer(command="[decline]", verb="decline"),
        ),
    )


def _approval_offer(minutes: int) -> Offer:
    return Offer(command=f"[approve {write_duration(minutes)}]", verb="approve", minutes=minutes)


def _please_close(
    situation: Situation, sender: Engineer, referent: Contact, tried: Attempt, content: Content
) -> PleaseClose:
    ticket = tried.progress.ticket
    return PleaseClose(
        to=referent,
        author=sender,
        text=content.text,
        worked_minutes=tried.worked_minutes,
        counted_minutes=tried.counted_minutes,
        total_minutes=ticket.counted_minutes if ticket else 0,
        balance=situation.balance_for(referent, tried.progress.account),
        files=content.files,
        offers=(Offer(command="[close]", verb="close"),),
    )


def _tell_referent(
    situation: Situation, sender: Engineer, tried: Attempt, content: Content, *, reached: frozenset[int]
) -> Iterator[Notice]:
    """Tell the referent about time that no mail to the referent carried."""
    referent = situation.referent
    if referent is None or referent.id in reached:
        return
    if "note" in tried.verbs and _leaves_unapproved(situation, tried):
        yield approval_request(situation, sender, referent, tried, replace(content, text="", files=()))
    elif any(work.postings for work in tried.progress.works):
        counted_minutes = tried.counted_minutes
        yield BalanceChanged(
            to=referent,
            author=sender,
            worked_minutes=max(0, tried.worked_minutes),
            counted_minutes=max(0, counted_minutes),
            reversed_minutes=max(0, -counted_minutes),
            uncovered_minutes=max(0, tried.uncovered_minutes),
            balance=situation.balance_of(tried.progress.account),
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
        notices=(*notices, *answers(situation, tried), *_done_receipt(situation, tried)),
        used_action_id=situation.offered.action_id if situation.offered else None,
        released_inbox_id=content.released_inbox_id,
    )


def _done_receipt(situation: Situation, tried: Attempt) -> tuple[Notice, ...]:
    """Every mail with commands gets a receipt; one that moved time says how to undo it."""
    if not tried.outcomes:
        return ()
    told = receipt(situation, tried, tried.outcomes)
    logged = any(work.worked_minutes > 0 for work in tried.progress.works)
    undo = (Offer(command="[undo]", verb="undo", about_inbox_id=situation.mail.inbox_id),) if logged else ()
    return (replace(told, offers=(*told.offers, *undo)),)
