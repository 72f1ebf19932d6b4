"""Carrying out a decision: ticket, words, ledger, audit trail and outbox rows, all in the caller's transaction.

The doors share it: what a mail, the command line or later the portal decides is carried out here and nowhere else.
Decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from mailgate.domain.contract import Contract
from mailgate.domain.effects import Decision
from mailgate.domain.ledger import Authorship
from mailgate.domain.message import Verdict
from mailgate.domain.people import Person
from mailgate.domain.progress import Work
from mailgate.domain.situation import Mail, Situation
from mailgate.domain.ticket import Ticket
from mailgate.errors import TemporaryError
from mailgate.services.mailroom import Mailroom, Occasion
from mailgate.store import action, inbox, ledger, tickets
from mailgate.store.database import Transaction

#: Verbs after which a link that was offered earlier on the ticket no longer fits.
SUPERSEDING = frozenset({"estimate", "approve", "decline", "close", "reopen"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One mail with what was decided about it, and when."""

    mail: Mail
    decision: Decision
    now: datetime
    sender: Person | None = None
    situation: Situation | None = None

    @property
    def contract(self) -> Contract | None:
        """The contract that the mail falls under."""
        return self.situation.contract if self.situation else None

    @property
    def sender_id(self) -> int | None:
        """The known sender."""
        return self.sender.id if self.sender else None

    @property
    def proof(self) -> str:
        """How it was proven who wrote the mail, for ledger and audit trail."""
        authentication = self.mail.authentication
        proofs = [f"{authentication.method} pass"] if authentication.verdict is Verdict.PASS else []
        if self.situation is not None and self.situation.authority.has_own_token:
            proofs.append("signed address")
        return ", ".join(proofs) or "nothing"


def carry_out(tx: Transaction, case: Case, mailroom: Mailroom) -> None:
    """Store all effects of a decision on one mail, the mail's own fate included."""
    _take_up_offer(tx, case)
    ticket = _store_ticket(tx, case)
    _keep_words(tx, case, ticket)
    _record_works(tx, case, ticket)
    _record_events(tx, case, ticket)
    occasion = Occasion(
        ticket=ticket,
        contract=case.contract,
        inbox_id=case.mail.inbox_id,
        message_id=case.mail.message.message_id,
        author_id=case.sender_id,
    )
    mailroom.post(tx, case.decision.notices, occasion, case.now)
    _close_file(tx, case, ticket)


def _take_up_offer(tx: Transaction, case: Case) -> None:
    offered = case.decision.used_action_id
    if offered is not None and not action.use(tx, offered, case.now):
        raise TemporaryError("the offer was taken up by another mail at the same time")


def _store_ticket(tx: Transaction, case: Case) -> Ticket | None:
    ticket = case.decision.ticket
    if ticket is None:
        return None
    if ticket.id == 0:
        return replace(ticket, id=tickets.insert(tx, ticket, opened_by_inbox_id=case.mail.inbox_id))
    if any(happening.verb in SUPERSEDING for happening in case.decision.happenings):
        action.supersede(tx, ticket_id=ticket.id, at=case.now)
    tickets.save(tx, ticket)
    return ticket


def _keep_words(tx: Transaction, case: Case, ticket: Ticket | None) -> None:
    if ticket is None:
        return
    for words in case.decision.words:
        tickets.add_message(
            tx,
            ticket_id=ticket.id,
            inbox_id=case.mail.inbox_id,
            person_id=words.person_id,
            text=words.text,
            is_internal=words.is_internal,
            is_verified=words.is_verified,
            written_at=case.mail.received_at,
            message_id=case.mail.message.message_id,
        )


def _record_works(tx: Transaction, case: Case, ticket: Ticket | None) -> None:
    ordinal = 0
    for work in case.decision.works:
        ordinal = _record_work(tx, case, ticket, work, ordinal)


def _record_work(tx: Transaction, case: Case, ticket: Ticket | None, work: Work, ordinal: int) -> int:
    """Write one work and its entries; the ordinal makes a second debit by the same mail impossible."""
    if ticket is None or case.contract is None or case.sender is None:
        raise ValueError("work needs a ticket, a contract and somebody who did it")
    intervention_id = work.corrects_id
    if work.worked_minutes or work.counted_minutes or intervention_id is None:
        row = ledger.record_intervention(
            tx,
            ticket_id=ticket.id,
            contract_id=case.contract.id,
            engineer_id=case.sender.id,
            inbox_id=case.mail.inbox_id,
            day=work.day,
            worked_minutes=work.worked_minutes,
            counted_minutes=work.counted_minutes,
            is_free=work.is_free,
            note=work.note,
            recorded_at=case.now,
            corrects_id=work.corrects_id,
        )
        intervention_id = intervention_id or row
    authorship = Authorship(person_id=case.sender.id, authenticated_by=case.proof, mail_digest=case.mail.digest)
    for position, posting in enumerate(work.postings):
        ledger.post(
            tx,
            contract_id=case.contract.id,
            kind=work.kind,
            posting=posting,
            day=work.day,
            recorded_at=case.now,
            authorship=authorship,
            ordinal=ordinal + position,
            ticket_id=ticket.id,
            intervention_id=intervention_id,
            reason=work.note,
        )
    return ordinal + len(work.postings)


def _record_events(tx: Transaction, case: Case, ticket: Ticket | None) -> None:
    for event in case.decision.events:
        tickets.record_event(
            tx,
            ticket_id=ticket.id if ticket else None,
            inbox_id=case.mail.inbox_id,
            person_id=case.sender_id,
            verb=event.verb,
            detail=event.detail,
            authenticated_by=case.proof,
            at=case.now,
        )


def _close_file(tx: Transaction, case: Case, ticket: Ticket | None) -> None:
    """Write down the fate of the mail, and of the mail that it released."""
    decision = case.decision
    inbox.finish(
        tx,
        case.mail.inbox_id,
        state=decision.fate.value,
        rule=case.mail.classification.rule,
        reason=decision.reason,
        ticket_id=ticket.id if ticket else None,
        person_id=case.sender_id,
        authentication=case.mail.authentication,
        at=case.now,
    )
    if decision.released_inbox_id is not None:
        inbox.release(tx, decision.released_inbox_id, by_inbox_id=case.mail.inbox_id, at=case.now)
        action.withdraw(tx, about_inbox_id=decision.released_inbox_id, at=case.now)
