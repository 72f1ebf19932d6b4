"""What an engineer's or a referent's command does to a ticket and to the time that is promised to it.

Not here: reported time (`timekeeping.py`), who may command (`permissions.py`), who is told.
"""

from __future__ import annotations

from dataclasses import replace

from mailgate.domain.commands import Command
from mailgate.domain.ledger import Cause, EntryKind, Posting, debit
from mailgate.domain.outcome import Problem
from mailgate.domain.progress import Progress, Refusal, Work
from mailgate.domain.situation import Situation
from mailgate.domain.ticket import Event, State, Ticket, after


def _move(progress: Progress, event: Event) -> Progress | Refusal:
    if progress.ticket is None:
        return Refusal(problem=Problem.NO_TICKET)
    state = after(event, progress.ticket.state)
    if state is None:
        return Refusal(problem=Problem.CLOSED_TICKET)
    return progress.change(replace(progress.ticket, state=state))


def info(_situation: Situation, progress: Progress, _command: Command) -> Progress | Refusal:
    """Wait for the client, who is asked for details."""
    return _move(progress, Event.ASKED_FOR_DETAILS)


def solved(_situation: Situation, progress: Progress, _command: Command) -> Progress | Refusal:
    """Wait for the referent, who is asked to close."""
    return _move(progress, Event.SOLVED)


def note(_situation: Situation, progress: Progress, _command: Command) -> Progress | Refusal:
    """Change nothing on the ticket; that the whole mail stays internal is seen to where it is passed on."""
    return Refusal(problem=Problem.NO_TICKET) if progress.ticket is None else progress


def estimate(situation: Situation, progress: Progress, command: Command) -> Progress | Refusal:
    """Ask the referent for additional effort; what the contract cannot bear is refused with the maximum."""
    moved = _move(progress, Event.ESTIMATED)
    if isinstance(moved, Refusal) or moved.ticket is None:
        return moved
    if situation.contract is None:
        return Refusal(problem=Problem.NO_CONTRACT)
    most = approvable(situation, moved)
    if (command.minutes or 0) > most:
        return Refusal(problem=Problem.MORE_THAN_AVAILABLE, minutes=most)
    return moved.change(replace(moved.ticket, estimate_minutes=command.minutes)).happened(
        "estimate", minutes=command.minutes
    )


def take(situation: Situation, progress: Progress, _command: Command) -> Progress | Refusal:
    """Put the ticket into the sender's hands; this counts as taking charge."""
    ticket = progress.ticket
    if ticket is None:
        return Refusal(problem=Problem.NO_TICKET)
    if ticket.state is State.CLOSED:
        return Refusal(problem=Problem.CLOSED_TICKET)
    return progress.change(assigned(ticket, situation)).happened("take")


def assigned(ticket: Ticket, situation: Situation) -> Ticket:
    """Return the ticket in the hands of the sender; a former assignee goes on following it."""
    followers = ticket.follower_ids | ({ticket.assignee_id} if ticket.assignee_id is not None else set())
    return replace(
        ticket,
        assignee_id=situation.sender.id,
        follower_ids=frozenset(followers - {situation.sender.id}),
        taken_at=ticket.taken_at or situation.mail.received_at,
    )


def approvable(situation: Situation, progress: Progress) -> int:
    """Return the most that can be promised in addition: what no promise, to whichever ticket, keeps already."""
    return situation.balance_of(progress.account).available


def approve(situation: Situation, progress: Progress, command: Command) -> Progress | Refusal:
    """Promise time to the ticket: all that was asked, or the given part of it, and never more than is available.

    An estimate is additional effort: what is approved comes on top of what was debited, or of an older allowance.
    """
    moved = _move(progress, Event.APPROVED)
    if isinstance(moved, Refusal) or moved.ticket is None:
        return moved
    ticket = moved.ticket
    if not ticket.asked_minutes:
        return Refusal(problem=Problem.NOTHING_ASKED)
    minutes = command.minutes or ticket.asked_minutes
    most = approvable(situation, moved)
    if minutes > ticket.asked_minutes:
        return Refusal(problem=Problem.MORE_THAN_ASKED, minutes=min(ticket.asked_minutes, most))
    if minutes > most:
        return Refusal(problem=Problem.MORE_THAN_AVAILABLE, minutes=most)
    allowance = max(ticket.covered_minutes, ticket.allowance_minutes or 0) + minutes
    approved = ticket.approved_minutes + minutes
    allowed = moved.change(
        replace(ticket, allowance_minutes=allowance, approved_minutes=approved, estimate_minutes=None)
    )
    return _charge_waiting(situation, allowed).happened("approve", minutes=minutes)


def _charge_waiting(situation: Situation, progress: Progress) -> Progress:
    """Charge work that waited for an approval, the oldest first, as far as the new allowance covers it."""
    for intervention in situation.unapproved:
        waiting = sum(posting.minutes for posting in intervention.postings if posting.cause is Cause.UNAPPROVED)
        ticket = progress.ticket
        if ticket is None:
            return progress
        charged = min(waiting, ticket.reserved_minutes)
        if charged <= 0:
            continue
        limit = progress.account.available_to(ticket.id, intervention.day, situation.today)
        postings = debit(charged, progress.account, intervention.day, limit=limit)
        settled = Posting(minutes=-charged, cause=Cause.UNAPPROVED)
        progress = progress.record(
            Work(
                kind=EntryKind.INTERVENTION,
                day=intervention.day,
                worked_minutes=0,
                counted_minutes=0,
                postings=(settled, *postings),
                corrects_id=intervention.id,
            )
        )
    return progress


def decline(_situation: Situation, progress: Progress, command: Command) -> Progress | Refusal:
    """Decline the open estimate; the reservation of the ticket ends."""
    moved = _move(progress, Event.DECLINED)
    if isinstance(moved, Refusal) or moved.ticket is None:
        return moved
    ticket = moved.ticket
    if not (ticket.asked_minutes or ticket.reserved_minutes):
        return Refusal(problem=Problem.NOTHING_ASKED)
    asked = ticket.estimate_minutes
    declined = replace(_without_reservation(ticket), estimate_minutes=None)
    return moved.change(declined).happened("decline", minutes=asked, reason=command.note)


def _without_reservation(ticket: Ticket) -> Ticket:
    """End all approvals; what was not debited by then needs a new one, except below the threshold."""
    return replace(ticket, allowance_minutes=None, approved_minutes=0)


def close(situation: Situation, progress: Progress, command: Command) -> Progress | Refusal:
    """Close the ticket: its reservation ends and an open estimate lapses."""
    moved = _move(progress, Event.CLOSED)
    if isinstance(moved, Refusal) or moved.ticket is None:
        return moved
    ticket = _without_reservation(moved.ticket)
    closed = replace(ticket, closed_at=situation.mail.received_at, estimate_minutes=None)
    return moved.change(closed).happened("close", abandoned=command.is_abandoned)


def reopen(situation: Situation, progress: Progress, command: Command) -> Progress | Refusal:
    """Open the ticket again; what was closed gets a new deadline, counted from this mail's reception."""
    ticket = progress.ticket
    if ticket is None:
        return Refusal(problem=Problem.NO_TICKET)
    state = after(Event.REOPENED, ticket.state)
    if state is None:
        return Refusal(problem=Problem.NOT_CLOSED)
    reopened = replace(ticket, state=state, closed_at=None)
    if ticket.state is State.CLOSED:
        reopened = replace(reopened, deadline=situation.deadline, taken_at=None, answered_at=None)
    return progress.change(reopened).happened("reopen", reason=command.note)
