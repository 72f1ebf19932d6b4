"""What every sender's mail has in common: which commands it holds, and the answers to questions.

The differences are told in `client_mail.py` and `engineer_mail.py`.
"""

from __future__ import annotations

from dataclasses import replace

from mailgate.domain.commands import Reading, parse_commands
from mailgate.domain.effects import AuditEvent
from mailgate.domain.execution import Attempt
from mailgate.domain.ledger import Account, Balance
from mailgate.domain.notice import BalanceReport, HelpText, Notice, Offer, Receipt, StatusReport, TicketLine, Unverified
from mailgate.domain.outcome import Outcome, Problem
from mailgate.domain.people import Contact, Engineer
from mailgate.domain.situation import Situation
from mailgate.domain.ticket import State, Ticket
from mailgate.domain.vocabulary import VOCABULARY


def read(situation: Situation) -> Reading:
    """Return what the mail says: its own text, or the command behind the action address that it was written to.

    An action address with an empty body is the command. A body that says otherwise gives no command at all: its
    writer is asked to confirm.
    """
    new_text = situation.mail.message.new_text
    own = parse_commands(new_text.text, role=situation.role, today=situation.today, is_wrapped=new_text.is_wrapped)
    if situation.offered is None:
        return own
    offered = parse_commands(situation.offered.command, role=situation.role, today=situation.today, is_wrapped=False)
    if says_otherwise(own, offered):
        return replace(own, commands=(), malformed=(), near_misses=(), misplaced=offered.commands)
    return replace(offered, text="")


def says_otherwise(own: Reading, offered: Reading) -> bool:
    """Tell whether a mail to an action address holds more than nothing or the same command."""
    if own.text or own.malformed or own.near_misses or own.misplaced:
        return True
    meant = [replace(command, written="") for command in offered.commands]
    return any(replace(command, written="") not in meant for command in own.commands)


def is_dry_run(reading: Reading) -> bool:
    """Tell whether `[check]` asks for a rehearsal of this mail."""
    return any(command.verb.name == "check" for command in reading.commands)


def audit(attempt: Attempt) -> tuple[AuditEvent, ...]:
    """Return the audit trail of the commands: each as it was written, done or why not."""
    return tuple(
        AuditEvent(
            verb=outcome.verb or "near-miss",
            detail=f"{outcome.written}: {outcome.problem.value if outcome.problem else 'done'}",
        )
        for outcome in attempt.outcomes
    )


def unproven(attempt: Attempt) -> bool:
    """Tell whether a command failed because the origin of the mail is not proven well enough."""
    problems = {outcome.problem for outcome in attempt.outcomes}
    return bool(problems & {Problem.UNVERIFIED, Problem.NOT_BY_REPLY, Problem.REPEATED_ID})


def unverified_notice(situation: Situation, attempt: Attempt, *, is_withheld: bool = False) -> Unverified:
    """Tell the registered person what a mail bearing that address asked for; a tap from there does it after all."""
    offers = tuple(
        offer_again(outcome) for outcome in attempt.outcomes if outcome.problem in CONFIRMABLE and outcome.verb
    )
    return Unverified(to=situation.sender, outcomes=attempt.outcomes, offers=offers, is_withheld=is_withheld)


#: Commands that only lacked proof or place: their writer is offered a signed address that does it.
CONFIRMABLE = frozenset(
    {Problem.UNVERIFIED, Problem.NOT_BY_REPLY, Problem.REPEATED_ID, Problem.MISPLACED, Problem.UNSURE}
)


def offer_again(outcome: Outcome) -> Offer:
    """Return the same command as an offer."""
    return Offer(command=f"[{outcome.written}]", verb=outcome.verb, minutes=outcome.minutes)


def receipt(situation: Situation, attempt: Attempt, outcomes: tuple[Outcome, ...]) -> Receipt:
    """Return the receipt of whoever commanded, with the balance before and after where time was moved.

    What only lacked its place in the mail is offered as a link that does it.
    """
    offers = tuple(offer_again(outcome) for outcome in outcomes if outcome.problem in CONFIRMABLE and outcome.verb)
    moved = bool(attempt.progress.works) or bool(attempt.verbs & {"approve", "decline", "close"})
    return Receipt(
        to=situation.sender,
        outcomes=outcomes,
        offers=offers,
        worked_minutes=attempt.worked_minutes + attempt.free_minutes,
        counted_minutes=attempt.counted_minutes,
        uncovered_minutes=max(0, attempt.uncovered_minutes),
        balance_before=_visible(situation, situation.account) if moved else None,
        balance_after=_visible(situation, attempt.progress.account) if moved else None,
    )


def _visible(situation: Situation, account: Account) -> Balance | None:
    """An engineer who logs time sees what it does to the balance; a contact by the rule of the contract."""
    if isinstance(situation.sender, Engineer):
        return situation.balance_of(account) if situation.contract else None
    return situation.balance_for(situation.sender, account)


def answers(situation: Situation, attempt: Attempt) -> tuple[Notice, ...]:
    """Return the answers to `[balance]`, `[status]` and `[help]`, each in a mail of its own to its asker."""
    asked = [happening.verb for happening in attempt.progress.happenings]
    return tuple(ANSWERS[verb](situation, attempt) for verb in dict.fromkeys(asked) if verb in ANSWERS)


def _balance_report(situation: Situation, attempt: Attempt) -> Notice:
    reader = situation.sender
    organisation = situation.contract.organisation_name if situation.contract else ""
    return BalanceReport(
        to=reader,
        organisation=organisation,
        balance=situation.balance_for(reader, attempt.progress.account),
        packs=situation.pack_states() if situation.balance_for(reader, attempt.progress.account) else (),
        exhausted_minutes=situation.exhausted_minutes,
        unapproved_minutes=situation.unapproved_minutes,
        referent=situation.referent.name if situation.referent else "",
    )


def _status_report(situation: Situation, attempt: Attempt) -> Notice:
    ticket = attempt.progress.ticket
    return StatusReport(
        to=situation.sender,
        tickets=(line(ticket),) if ticket else situation.open_tickets,
        is_overview=ticket is None,
        assignee=situation.assignee.name if situation.assignee else "",
    )


def _help_text(situation: Situation, attempt: Attempt) -> Notice:
    """Say what this person may write: by role, and by what the ticket's state permits."""
    closed = attempt.progress.ticket is not None and attempt.progress.ticket.state is State.CLOSED
    verbs = [
        verb for verb in VOCABULARY if situation.role in verb.roles and not (closed and verb.name in MOOT_WHEN_CLOSED)
    ]
    language = situation.sender.language
    return HelpText(
        to=situation.sender,
        verbs=tuple(verb.name for verb in verbs),
        words={verb.name: verb.words[language][0] for verb in verbs},
    )


MOOT_WHEN_CLOSED = frozenset({"info", "estimate", "solved", "take", "approve", "decline", "close"})

ANSWERS = {"balance": _balance_report, "status": _status_report, "help": _help_text}


def line(ticket: Ticket) -> TicketLine:
    """Return the ticket as a line of an overview."""
    return TicketLine(
        number=ticket.id,
        subject=ticket.subject,
        state=ticket.state.value,
        deadline=None if ticket.taken_at or ticket.state is State.CLOSED else ticket.deadline,
        counted_minutes=ticket.counted_minutes,
    )


def is_referent(person: Contact, situation: Situation) -> bool:
    """Tell whether the contract names this contact as its referent."""
    return situation.contract is not None and situation.contract.referent_id == person.id
