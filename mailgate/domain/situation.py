"""What a decision looks at: one mail, its sender, and all that the desk knows about the matter.

Gathered by `services/intake.py` inside one transaction and handed to `decision.decide`. Values only; who gathers them
and what follows is not this module's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from mailgate.domain.calendar import BusinessCalendar
from mailgate.domain.commands import Command
from mailgate.domain.contract import Contract
from mailgate.domain.ledger import Account, Balance, Intervention
from mailgate.domain.message import Authentication, Classification, IncomingMessage, Verdict
from mailgate.domain.notice import File, PackState, TicketLine
from mailgate.domain.people import Contact, Engineer, Person, Role
from mailgate.domain.permissions import Authority
from mailgate.domain.ticket import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The settings that decisions depend on."""

    slice_minutes: int  # «tranche de 15 minutes»
    threshold_minutes: int  # a ticket's allowance until something is approved
    balance_for_all_contacts: bool = True  # false: the referent only


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One stored mail after the first stations: read, classified, authenticated."""

    inbox_id: int
    digest: str
    received_at: datetime
    message: IncomingMessage
    classification: Classification
    authentication: Authentication

    @property
    def files(self) -> tuple[File, ...]:
        """The attachments, as they can travel on with a notice."""
        return tuple(
            File(
                inbox_id=self.inbox_id,
                part=attachment.part,
                filename=attachment.filename,
                content_type=attachment.content_type,
                size_octets=attachment.size_octets,
            )
            for attachment in self.message.attachments
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """An engineer's mail that was not sent, because a command in it failed; a reply to its receipt releases it."""

    inbox_id: int
    text: str
    files: tuple[File, ...]
    received_on: date  # in the contract's zone: the day of its undated work
    commands: tuple[Command, ...] = ()  # those that were written rightly
    is_perhaps_internal: bool = False  # it bears a mark that was perhaps meant for a note


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedCommand:
    """The command behind the signed action address that this mail was written to."""

    action_id: int
    command: str  # in brackets; empty releases the withheld mail without commands
    is_outdated: bool  # used, superseded, or older than 30 days


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything that bears on one mail of a known sender.

    `account` is empty where there is no contract. `engineers` are those who are told what the client writes:
    the contract's group, or the assignee and followers. `about` are the interventions of the mail whose receipt is
    being answered; `own_work` those of the sender on this ticket; `unapproved` those that wait for an approval.
    """

    mail: Mail
    sender: Contact | Engineer
    role: Role
    authority: Authority
    now: datetime
    rules: Rules
    calendar: BusinessCalendar
    ticket: Ticket | None = None
    contract: Contract | None = None
    account: Account = field(default_factory=Account)
    referent: Contact | None = None
    requester: Contact | None = None
    participants: tuple[Contact, ...] = ()
    copied: tuple[Contact, ...] = ()  # registered colleagues in To or Cc
    engineers: tuple[Engineer, ...] = ()
    is_about_a_receipt: bool = False
    about: tuple[Intervention, ...] = ()
    about_inbox_id: int | None = None  # the mail whose receipt is being answered
    own_work: tuple[Intervention, ...] = ()
    unapproved: tuple[Intervention, ...] = ()
    exhausted_minutes: int = 0
    unapproved_minutes: int = 0
    withheld: Withheld | None = None
    offered: OfferedCommand | None = None
    open_tickets: tuple[TicketLine, ...] = ()
    assignee: Engineer | None = None

    @property
    def today(self) -> date:
        """The calendar day on which the server received the mail, in the contract's zone."""
        return self.calendar.day_of(self.mail.received_at)

    @property
    def runs(self) -> bool:
        """Tell whether a contract with time left covers new questions."""
        return self.contract is not None and self.account.is_open_on(self.today)

    @property
    def deadline(self) -> datetime | None:
        """When this mail is to be taken in charge, counted from its reception; None without a running contract."""
        if self.contract is None or not self.runs:
            return None
        return self.calendar.due(self.mail.received_at, self.contract.response_minutes)

    @property
    def is_verified(self) -> bool:
        """Tell whether it is proven that the sender wrote this: an aligned pass, or the person's own signed address."""
        authority = self.authority
        return authority.verdict is not Verdict.FAIL and (authority.verdict is Verdict.PASS or authority.has_own_token)

    @property
    def clients(self) -> tuple[Contact, ...]:
        """The requester and the participants of the ticket."""
        everybody = ((self.requester,) if self.requester else ()) + self.participants
        return tuple({person.id: person for person in everybody}.values())

    def balance_of(self, account: Account) -> Balance:
        """Return the balance today."""
        return account.balance(self.today)

    def balance_for(self, reader: Person, account: Account) -> Balance | None:
        """Return the balance where this reader may see it: contacts of the contract's organisation."""
        if self.contract is None or not isinstance(reader, Contact):
            return None
        if reader.organisation_id != self.contract.organisation_id:
            return None
        if not self.rules.balance_for_all_contacts and reader.id != self.contract.referent_id:
            return None
        return self.balance_of(account)

    def pack_states(self) -> tuple[PackState, ...]:
        """Return the packs that are not expired, with what is left of each."""
        return tuple(
            PackState(
                name=pack.name,
                minutes=pack.minutes,
                remaining=self.account.remaining_by_pack.get(pack.id, 0),
                last_day=pack.last_day,
            )
            for pack in sorted(self.account.packs, key=lambda pack: (pack.last_day, pack.bought_on, pack.id))
            if pack.last_day >= self.today
        )


def revived(situation: Situation) -> Situation:
    """Return the situation with a ticket that a new pack has brought back under contract, due from this mail on."""
    ticket = situation.ticket
    if ticket is None or not ticket.is_out_of_contract or not situation.runs:
        return situation
    deadline = ticket.deadline if ticket.taken_at else situation.deadline
    return replace(situation, ticket=replace(ticket, is_out_of_contract=False, deadline=deadline))
