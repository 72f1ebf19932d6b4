"""What the referent is told of an engineer's mail: asked for time, asked to close, or told what the balance is now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mailgate.domain.durations import write_duration
from mailgate.domain.execution import Attempt
from mailgate.domain.moves import approvable
from mailgate.domain.notice import ApprovalRequest, BalanceChanged, Notice, Offer, PleaseClose
from mailgate.domain.people import Contact, Engineer
from mailgate.domain.situation import Situation
from mailgate.domain.ticket import State, Ticket
from mailgate.domain.withheld import Content


def questions(situation: Situation, sender: Engineer, tried: Attempt, content: Content) -> tuple[Notice, ...]:
    """Return what asks the referent for a decision: more time, and to close. The words travel with the first."""
    referent, ticket = situation.referent, tried.progress.ticket
    if referent is None or ticket is None or ticket.state is State.CLOSED:
        return ()
    asked: list[Notice] = []
    if "estimate" in tried.verbs or _leaves_unapproved(situation, ticket):
        asked.append(_approval_request(situation, sender, referent, tried, content))
        content = replace(content, text="", files=())
    if "solved" in tried.verbs:
        asked.append(_please_close(situation, sender, referent, tried, content))
    return tuple(asked)


def _leaves_unapproved(situation: Situation, ticket: Ticket) -> bool:
    return situation.ticket is not None and ticket.uncovered_minutes > situation.ticket.uncovered_minutes


def _approval_request(
    situation: Situation, sender: Engineer, referent: Contact, tried: Attempt, content: Content
) -> ApprovalRequest:
    """Ask for time, with the balance before and after («avant de nous engager dans une recherche de solution»)."""
    ticket = tried.progress.ticket
    asked = ticket.asked_minutes if ticket else 0
    before = situation.balance_of(tried.progress.account)
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
        offers=(*_approval_offer(promised), Offer(command="[decline]", verb="decline")),
    )


def _approval_offer(minutes: int) -> tuple[Offer, ...]:
    command = f"[approve {write_duration(minutes)}]"
    return (Offer(command=command, verb="approve", minutes=minutes),) if minutes else ()


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


def balance_news(situation: Situation, sender: Engineer, tried: Attempt, reached: frozenset[int]) -> Iterator[Notice]:
    """Tell the referent about time that no other mail to the referent carried."""
    referent = situation.referent
    if referent is None or referent.id in reached or not any(work.postings for work in tried.progress.works):
        return
    yield BalanceChanged(
        to=referent,
        author=sender,
        worked_minutes=max(0, tried.worked_minutes),
        counted_minutes=max(0, tried.counted_minutes),
        reversed_minutes=max(0, -tried.counted_minutes),
        uncovered_minutes=max(0, tried.uncovered_minutes),
        balance=situation.balance_of(tried.progress.account),
    )
