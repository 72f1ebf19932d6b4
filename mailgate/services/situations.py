"""Gathering what a decision looks at: who wrote, which ticket, which contract, who is concerned.

Reads inside the transaction that will carry the decision out, so that nothing changes in between. Decides nothing but
which ticket a mail belongs to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from mailgate.domain.calendar import BusinessCalendar, ClosedDays, Span
from mailgate.domain.commands import parse_commands, without_commands
from mailgate.domain.contract import Contract
from mailgate.domain.ledger import Account, Cause
from mailgate.domain.message import Envelope, IncomingMessage, Verdict
from mailgate.domain.notice import TicketLine
from mailgate.domain.people import Contact, Engineer, Role
from mailgate.domain.permissions import Authority
from mailgate.domain.reply_address import AddressBook, Purpose, SignedAddress
from mailgate.domain.situation import Mail, OfferedCommand, Rules, Situation, Withheld, revived
from mailgate.domain.ticket import Ticket
from mailgate.domain.unheeded import is_perhaps_internal
from mailgate.inbound.thread import Clues, clues, returned_ids
from mailgate.store import action, contracts, inbox, ledger, people, tickets
from mailgate.store.database import Transaction

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

#: How long an offered command can be taken up.
OFFER_LIFETIME = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeHours:
    """When the support company works; the zone is each contract's own."""

    hours: dict[int, tuple[Span, ...]]
    closed: ClosedDays
    zone: str  # where there is no contract

    def calendar(self, contract: Contract | None) -> BusinessCalendar:
        """Return the business calendar of a contract."""
        return BusinessCalendar(
            zone=contract.zone if contract else self.zone, hours=self.hours, closed_days=self.closed
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Where a mail belongs. `claim` is the sender's own signed address, if the mail was written to it."""

    ticket: Ticket | None = None
    claim: SignedAddress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gatherer:
    """Knows how to look up everything that bears on a mail."""

    parse: Callable[[bytes], IncomingMessage]  # in a process that may be killed
    addresses: AddressBook
    office_hours: OfficeHours
    rules: Rules
    desk_domain: str  # of our own Message-IDs

    def sender(self, tx: Transaction, mail: Mail) -> Contact | Engineer | None:
        """Return the known person whom the From field names; the display name proves nothing and is not looked at.

        An authenticated new address in a mail domain that an organisation owns becomes a contact of it.
        """
        mailbox = mail.message.sender
        if mailbox is None or not mail.message.has_plain_from:
            return None
        known = people.by_address(tx, mailbox.address)
        if known is not None or mail.authentication.verdict is not Verdict.PASS:
            return known
        organisation = people.organisation_by_domain(tx, mailbox.address.rpartition("@")[2])
        contract = contracts.of_organisation(tx, organisation.id) if organisation else None
        if organisation is None or contract is None:
            return None
        people.add_contact(
            tx,
            organisation_id=organisation.id,
            name=mailbox.name or mailbox.address.partition("@")[0],
            language=contract.language,
            addresses=(mailbox.address,),
            phone="",
        )
        return people.by_address(tx, mailbox.address)

    def situation(
        self,
        tx: Transaction,
        mail: Mail,
        envelope: Envelope,
        sender: Contact | Engineer,
        *,
        is_repeated_id: bool,
        now: datetime,
    ) -> Situation:
        """Return everything that bears on a mail of a known sender."""
        thread = self.thread(tx, mail, envelope, sender)
        ticket = thread.ticket
        contract = _contract(tx, sender, ticket)
        if ticket is not None and ticket.contract_id is None and contract is not None:
            ticket = replace(ticket, contract_id=contract.id)
        calendar = self.office_hours.calendar(contract)
        today = calendar.day_of(mail.received_at)
        uncovered = ledger.uncovered(tx, contract.id) if contract else {}
        base = Situation(
            mail=mail,
            sender=sender,
            role=_role(sender, contract),
            authority=Authority(
                verdict=mail.authentication.verdict,
                has_own_token=thread.claim is not None,
                is_repeated_id=is_repeated_id,
            ),
            now=now,
            rules=self.rules,
            calendar=calendar,
            ticket=ticket,
            contract=contract,
            account=ledger.account(tx, contract.id, today=today) if contract else Account(),
            referent=_contact(tx, contract.referent_id, sender) if contract else None,
            engineers=_engineers(tx, contract, ticket),
            exhausted_minutes=uncovered.get(Cause.EXHAUSTED, 0),
            unapproved_minutes=uncovered.get(Cause.UNAPPROVED, 0),
        )
        return self._with_offer(tx, _with_ticket(tx, revived(base), self.addresses.accepts), thread.claim, now)

    # --- which ticket -----------------------------------------------------------------------------------------------

    def thread(self, tx: Transaction, mail: Mail, envelope: Envelope, sender: Contact | Engineer) -> Thread:
        """Return where the mail belongs: signed address, then References, then the subject of a proven participant.

        A signed address of somebody else counts as none, and is worth an alarm.
        """
        found = clues(mail.message, envelope, self.addresses)
        own = next((claim for claim in found.signed if claim.person_id == sender.id), None)
        if own is not None:
            number = _ticket_of(tx, own)
            return Thread(ticket=tickets.load(tx, number) if number else None, claim=own)
        if found.signed:
            _log.warning("foreign_signed_address", inbox_id=mail.inbox_id, person_id=sender.id)
        number = tickets.by_message_ids(tx, found.message_ids) if found.message_ids else None
        ticket = tickets.load(tx, number) if number is not None else self._by_subject(tx, mail, found, sender)
        return Thread(ticket=ticket)

    def mentioned_ticket(self, tx: Transaction, mail: Mail, envelope: Envelope, raw: bytes) -> Ticket | None:
        """Return the ticket that an automatic mail is about; it may note something there, never change it.

        A bounce refers to nothing, but returns our own mail with its Message-ID.
        """
        found = clues(mail.message, envelope, self.addresses)
        if found.signed:
            number = _ticket_of(tx, found.signed[0])
        else:
            returned = returned_ids(raw, self.desk_domain)
            number = tickets.by_message_ids(tx, (*returned, *found.message_ids))
        return tickets.load(tx, number) if number else None

    def _by_subject(self, tx: Transaction, mail: Mail, found: Clues, sender: Contact | Engineer) -> Ticket | None:
        if found.number is None or mail.authentication.verdict is not Verdict.PASS:
            return None
        ticket = tickets.load(tx, found.number)
        if ticket is None or isinstance(sender, Engineer):
            return ticket
        contract = contracts.by_id(tx, ticket.contract_id) if ticket.contract_id else None
        concerned = {ticket.requester_id, *ticket.participant_ids}
        if contract is not None and contract.organisation_id == sender.organisation_id:
            concerned.add(contract.referent_id)
        return ticket if sender.id in concerned else None

    # --- what was offered -------------------------------------------------------------------------------------------

    def _with_offer(
        self, tx: Transaction, situation: Situation, claim: SignedAddress | None, now: datetime
    ) -> Situation:
        """Add what the signed address stands for: a receipt that is answered, or a command that was offered."""
        if claim is None or claim.purpose is Purpose.REPLY:
            return situation
        if claim.purpose is Purpose.RECEIPT:
            return self._about(tx, replace(situation, is_about_a_receipt=True), claim.subject_id)
        offered = action.load(tx, claim.subject_id)
        if offered is None:
            return situation
        is_past = offered.used_at is not None or now - offered.created_at > OFFER_LIFETIME
        command = OfferedCommand(action_id=offered.id, command=offered.command, is_outdated=is_past)
        situation = replace(situation, offered=command)
        if offered.about_inbox_id is None:
            return situation
        return self._about(tx, replace(situation, is_about_a_receipt=True), offered.about_inbox_id)

    def _about(self, tx: Transaction, situation: Situation, inbox_id: int) -> Situation:
        """Add the mail that a receipt is about: its interventions, and its text where it was withheld."""
        situation = replace(situation, about=tuple(ledger.of_mail(tx, inbox_id)), about_inbox_id=inbox_id)
        stored = inbox.load(tx, inbox_id)
        if stored.state != "withheld" or stored.person_id != situation.sender.id:
            return situation
        message = self.parse(stored.raw)
        mail = replace(situation.mail, inbox_id=inbox_id, message=message)
        reading = parse_commands(
            message.new_text.text,
            role=situation.role,
            today=situation.today,
            is_wrapped=message.new_text.is_wrapped,
        )
        text = without_commands(reading.text, reading.misplaced).strip()
        withheld = Withheld(
            inbox_id=inbox_id,
            text=text,
            files=mail.files,
            received_on=situation.calendar.day_of(stored.envelope.received_at),
            commands=reading.commands,
            is_perhaps_internal=is_perhaps_internal(message, reading),
        )
        return replace(situation, withheld=withheld)


def _ticket_of(tx: Transaction, claim: SignedAddress) -> int | None:
    match claim.purpose:
        case Purpose.REPLY:
            return claim.subject_id
        case Purpose.RECEIPT:
            return inbox.summary(tx, claim.subject_id).ticket_id
        case Purpose.ACTION:
            offered = action.load(tx, claim.subject_id)
            return offered.ticket_id if offered else None


def _contract(tx: Transaction, sender: Contact | Engineer, ticket: Ticket | None) -> Contract | None:
    """The ticket's contract; a ticket that was opened without one falls under its organisation's present contract."""
    if ticket is not None:
        own = contracts.by_id(tx, ticket.contract_id) if ticket.contract_id else None
        return own or contracts.of_organisation(tx, ticket.organisation_id)
    return contracts.of_organisation(tx, sender.organisation_id) if isinstance(sender, Contact) else None


def _role(sender: Contact | Engineer, contract: Contract | None) -> Role:
    if isinstance(sender, Engineer):
        return Role.ADMINISTRATOR if sender.is_administrator else Role.ENGINEER
    return Role.REFERENT if contract is not None and contract.referent_id == sender.id else Role.CONTACT


def _contact(tx: Transaction, person_id: int, sender: Contact | Engineer) -> Contact | None:
    person = sender if sender.id == person_id else people.by_id(tx, person_id)
    return person if isinstance(person, Contact) else None


def _engineers(tx: Transaction, contract: Contract | None, ticket: Ticket | None) -> tuple[Engineer, ...]:
    """The contract's group hears of a new ticket; once it is somebody's, that engineer and those who follow.

    A group without anybody in it must not swallow a question: then all engineers hear of it.
    """
    group = people.engineers(tx, contract.group if contract else None) or people.engineers(tx)
    if ticket is None or ticket.assignee_id is None:
        return tuple(group)
    concerned = {ticket.assignee_id, *ticket.follower_ids}
    known = people.by_ids(tx, concerned)
    remaining = tuple(person for person in known.values() if isinstance(person, Engineer))
    return remaining or tuple(group)


def _without_ticket(tx: Transaction, situation: Situation, is_ours: Callable[[str], bool]) -> Situation:
    """Add what bears on a mail about no ticket: registered colleagues whom the client copied, and what is open."""
    sender = situation.sender
    if isinstance(sender, Engineer):
        return replace(situation, open_tickets=_open_tickets(tx, situation))
    direct = (*situation.mail.message.to, *situation.mail.message.cc)
    copied = [people.by_address(tx, mailbox.address) for mailbox in direct if not is_ours(mailbox.address)]
    colleagues = {
        person.id: person
        for person in copied
        if isinstance(person, Contact) and person.organisation_id == sender.organisation_id and person.id != sender.id
    }
    return replace(situation, copied=tuple(colleagues.values()), open_tickets=_open_tickets(tx, situation))


def _open_tickets(tx: Transaction, situation: Situation) -> tuple[TicketLine, ...]:
    """What is open, for a mail that may ask for it: most have neither a bracket nor an address that stands for one."""
    if "[" not in situation.mail.message.new_text.text and not situation.authority.has_own_token:
        return ()
    sender = situation.sender
    if isinstance(sender, Engineer):
        found = tickets.open_of(tx, assignee_id=sender.id)
    else:
        concerned_id = None if situation.role is Role.REFERENT else sender.id
        found = tickets.open_of(tx, organisation_id=sender.organisation_id, concerned_id=concerned_id)
    return tuple(map(_line, found))


def _line(ticket: tickets.OpenTicket) -> TicketLine:
    return TicketLine(
        number=ticket.id,
        subject=ticket.subject,
        state=ticket.state.value,
        deadline=None if ticket.taken_at else ticket.deadline,
        counted_minutes=int(ticket.counted_minutes),
    )


def _with_ticket(tx: Transaction, situation: Situation, is_ours: Callable[[str], bool]) -> Situation:
    ticket = situation.ticket
    if ticket is None:
        return _without_ticket(tx, situation, is_ours)
    requester = _contact(tx, ticket.requester_id, situation.sender)
    found = people.by_ids(tx, ticket.participant_ids)
    assignee = people.by_id(tx, ticket.assignee_id) if ticket.assignee_id is not None else None
    is_engineer = isinstance(situation.sender, Engineer)
    return replace(
        situation,
        requester=requester,
        participants=tuple(person for person in found.values() if isinstance(person, Contact)),
        assignee=assignee if isinstance(assignee, Engineer) else None,
        own_work=tuple(ledger.of_engineer(tx, ticket.id, situation.sender.id)) if is_engineer else (),
        unapproved=tuple(ledger.unapproved(tx, ticket.id)),
    )
