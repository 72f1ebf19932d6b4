"""Who is told what of a client's mail: engineers the words, all others the decisions, the referent what is asked.

What the mail does is decided in `client_mail.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from mailgate.domain.commands import Reading
from mailgate.domain.courtesy import is_courtesy
from mailgate.domain.execution import Attempt
from mailgate.domain.notice import (
    Approved,
    Closed,
    Declined,
    Notice,
    Offer,
    Question,
    ReferentAsked,
    Reopened,
    TicketIsClosed,
)
from mailgate.domain.outcome import Problem
from mailgate.domain.people import Contact, Person
from mailgate.domain.progress import Happening
from mailgate.domain.situation import Situation
from mailgate.domain.ticket import State, Ticket


def news(situation: Situation, sender: Contact, ticket: Ticket, reading: Reading, tried: Attempt) -> Iterator[Notice]:
    """Tell engineers and the client's people what was decided; the words go with the first of these notices."""
    text = reading.text.strip()
    events = [happening for happening in tried.progress.happenings if happening.verb in EVENT_NOTICES]
    if not events and (text or situation.mail.files):
        yield from question(situation, sender, ticket, reading, is_new=False)
    for position, happening in enumerate(events):
        words = text if position == 0 else ""
        for engineer in situation.engineers:
            yield EVENT_NOTICES[happening.verb](engineer, sender, ticket, words, happening)
        for client in situation.clients:
            if client.id != sender.id and not _has_it_already(situation, client):
                yield EVENT_NOTICES[happening.verb](client, sender, ticket, words, happening)
    if events and situation.mail.files:
        yield from question(situation, sender, ticket, replace(reading, text=""), is_new=False)


def _approved(to: Person, author: Contact, ticket: Ticket, text: str, happening: Happening) -> Notice:
    return Approved(
        to=to, author=author, text=text, minutes=happening.minutes or 0, reserved_minutes=ticket.reserved_minutes
    )


def _declined(to: Person, author: Contact, _ticket: Ticket, text: str, happening: Happening) -> Notice:
    return Declined(to=to, author=author, text=text, minutes=happening.minutes, reason=happening.reason)


def _closed(to: Person, author: Contact, ticket: Ticket, text: str, happening: Happening) -> Notice:
    return Closed(
        to=to, author=author, text=text, is_abandoned=happening.is_abandoned, total_minutes=ticket.counted_minutes
    )


def _reopened(to: Person, author: Contact, ticket: Ticket, text: str, happening: Happening) -> Notice:
    deadline = None if ticket.taken_at else ticket.deadline
    return Reopened(to=to, author=author, text=text, reason=happening.reason, deadline=deadline)


#: What the others are told of a referent's decision.
EVENT_NOTICES: dict[str, Callable[[Person, Contact, Ticket, str, Happening], Notice]] = {
    "approve": _approved,
    "decline": _declined,
    "close": _closed,
    "reopen": _reopened,
}


def question(
    situation: Situation, sender: Contact, ticket: Ticket, reading: Reading, *, is_new: bool
) -> Iterator[Question]:
    """Tell the engineers what the client wrote; what else the mail holds goes below, so that nothing is hidden."""
    rest, is_whole = _rest(situation, reading)
    for engineer in situation.engineers:
        yield Question(
            to=engineer,
            author=sender,
            organisation=sender.organisation_name,
            text=reading.text.strip(),
            rest=rest,
            is_rest_whole=is_whole,
            is_new=is_new,
            is_verified=situation.is_verified,
            deadline=ticket.deadline,
            files=situation.mail.files,
            uncovered_minutes=situation.exhausted_minutes + situation.unapproved_minutes,
        )


def _rest(situation: Situation, reading: Reading) -> tuple[str, bool]:
    """Return what a mail holds besides its new text, or, where old and new alternate, the whole: nothing is hidden."""
    message = situation.mail.message
    whole, new = message.text.strip(), message.new_text.text.strip()
    if whole == reading.text.strip():
        return "", False
    if whole.startswith(new):
        return whole[len(new) :].strip(), False
    return whole, True


def on_closed(
    situation: Situation, sender: Contact, before: Ticket, reading: Reading, tried: Attempt
) -> Iterator[Notice]:
    """Tell the sender of mail on a closed ticket how to reopen it, and ask the referent; a thank-you is just kept."""
    if before.state is not State.CLOSED or "reopen" in tried.verbs:
        return
    if is_courtesy(reading.text, name=sender.name) and not situation.mail.files:
        return
    referent = situation.referent
    is_referent = referent is not None and referent.id == sender.id
    offers = (Offer(command="[reopen]", verb="reopen"),)
    yield TicketIsClosed(
        to=sender,
        referent=referent.name if referent else "",
        is_referent=is_referent,
        offers=offers if is_referent else (),
    )
    if referent is not None and not is_referent and situation.is_verified:
        yield ReferentAsked(to=referent, author=sender, text=reading.text.strip(), verb="reopen", offers=offers)


def put_before_referent(situation: Situation, sender: Contact, reading: Reading, tried: Attempt) -> Iterator[Notice]:
    """A colleague who approves, declines or closes is told who can (receipt); the referent is asked, once."""
    if situation.referent is None or not situation.is_verified:
        return
    for outcome in tried.outcomes:
        if outcome.problem is Problem.REFERENT_ONLY:
            yield ReferentAsked(
                to=situation.referent,
                author=sender,
                text=reading.text.strip(),
                verb=outcome.verb,
                minutes=outcome.minutes,
                offers=(Offer(command=f"[{outcome.written}]", verb=outcome.verb, minutes=outcome.minutes),),
            )


def _has_it_already(situation: Situation, person: Contact) -> bool:
    """Nobody who already got the mail directly gets it again."""
    direct = (*situation.mail.message.to, *situation.mail.message.cc)
    return any(person.has_address(mailbox.address) for mailbox in direct)
