"""What every sender's mail has in common: receipts, the audit trail, and the answers to questions.

The differences are told in `client_mail.py` and `engineer_mail.py`.
"""

from __future__ import annotations

from dataclasses import replace

from mailgate.domain.commands import Reading
from mailgate.domain.effects import AuditEvent, Decision, Fate
from mailgate.domain.execution import Attempt
from mailgate.domain.ledger import Account, Balance
from mailgate.domain.notice import BalanceReport, HelpText, Notice, Receipt, StatusReport, TicketLine, Unverified
from mailgate.domain.offered import offers_for
from mailgate.domain.outcome import Outcome, Problem
from mailgate.domain.people import Engineer
from mailgate.domain.situation import Situation
from mailgate.domain.ticket import State, Ticket
from mailgate.domain.vocabulary import VOCABULARY, words_for


def is_dry_run(reading: Reading) -> bool:
    """Tell whether `[check]` asks for a rehearsal of this mail."""
    return any(command.verb.name == "check" for command in reading.commands)


def audit(attempt: Attempt) -> tuple[AuditEvent, ...]:
    """Return the audit trail of the commands: each as it was written, done or why not."""
    return tuple(
        AuditEvent(
            verb=outcome.verb or "mail",
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
    return Unverified(
        to=situation.sender,
        outcomes=attempt.outcomes,
        offers=offers_for(situation, attempt.outcomes),
        is_withheld=is_withheld,
    )


def rehearsal(situation: Situation, attempt: Attempt) -> Decision:
    """Do nothing, and say what the mail would do (`[check]`)."""
    told = replace(receipt(situation, attempt, attempt.outcomes), is_dry_run=True, offers=())
    return Decision(
        fate=Fate.DONE,
        reason="a rehearsal",
        ticket=situation.ticket,
        events=(AuditEvent(verb="check", detail="a rehearsal"),),
        notices=(told,),
    )


def receipt(situation: Situation, attempt: Attempt, outcomes: tuple[Outcome, ...]) -> Receipt:
    """Return the receipt of whoever commanded, with the balance before and after where time was moved.

    What only lacked its place in the mail is offered as a link that does it.
    """
    moved = bool(attempt.progress.works) or bool(attempt.verbs & {"approve", "decline", "close"})
    return Receipt(
        to=situation.sender,
        outcomes=outcomes,
        offers=offers_for(situation, outcomes),
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
    return HelpText(
        to=situation.sender,
        verbs=tuple(verb.name for verb in verbs),
        words=words_for(situation.sender.language),
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
