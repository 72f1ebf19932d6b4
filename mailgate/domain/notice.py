"""Notices: what the desk tells people, as values, one class a notice.

The fields of a class are the variables of its template, `templates/<language>/<kind>.md`, besides those that every
template has (`outbound/render.py`). A field named `text` holds somebody else's words. Nothing here is worded: the
words are in the templates, in the recipient's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

from mailgate.domain.ledger import Balance
from mailgate.domain.outcome import Outcome
from mailgate.domain.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A command that the reader can give with one tap. The address that carries it is made when the mail is composed.

    `about_inbox_id` names the withheld mail that the command would release.
    """

    command: str  # in brackets, such as "[approve 4h]"; empty: release the withheld mail without any command
    verb: str  # what the template's wording of the link goes by, such as "approve"; "release" for a withheld mail
    minutes: int | None = None
    about_inbox_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An attachment that travels on with a notice: a leaf of a stored mail."""

    inbox_id: int
    part: int
    filename: str
    content_type: str
    size_octets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PackState:
    """One pack in a balance."""

    name: str
    minutes: int
    remaining: int
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLine:
    """One ticket in an overview."""

    number: int
    subject: str
    state: str  # the value of ticket.State
    deadline: datetime | None
    counted_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One mail to one person; `kind` is its template's name."""

    kind: ClassVar[str]

    to: Person
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay(Notice):
    """A mail that passes on somebody's words; where there are none, it is the machine's own."""

    author: Person
    text: str
    files: tuple[File, ...] = ()

    @property
    def is_automatic(self) -> bool:
        """Tell whether nothing that a person wrote is passed on."""
        return not (self.text or self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement(Notice):
    """To the requester: the question arrived, who will answer by when (None: nobody promised)."""

    kind: ClassVar[str] = "acknowledgement"
    deadline: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Relay):
    """To engineers: what a client wrote."""

    kind: ClassVar[str] = "question"
    organisation: str
    rest: str = ""  # what the mail holds besides: quotations, a signature
    is_rest_whole: bool = False  # old and new alternate: `rest` is the whole text
    is_new: bool  # it opened the ticket
    is_verified: bool
    deadline: datetime | None
    uncovered_minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Relay):
    """To the client: what an engineer wrote, and the time it took."""

    kind: ClassVar[str] = "answer"
    worked_minutes: int = 0
    counted_minutes: int = 0
    free_minutes: int = 0
    uncovered_minutes: int = 0
    estimate_minutes: int | None = None  # the referent was asked for this effort
    is_solved: bool = False  # the referent is asked to close
    is_closed: bool = False  # the ticket was closed before this mail
    balance: Balance | None = None  # None: this reader does not see it
    others: tuple[str, ...] = ()  # names of who else received it


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailsRequest(Answer):
    """To the client: an engineer needs details before answering («demande de compléments d'information»)."""

    kind: ClassVar[str] = "details_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalNote(Relay):
    """To engineers: what a colleague noted; never to a client."""

    kind: ClassVar[str] = "internal_note"
    worked_minutes: int = 0
    counted_minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequest(Relay):
    """To the referent: may this much more time be taken?"""

    kind: ClassVar[str] = "approval_request"
    asked_minutes: int
    uncovered_minutes: int = 0  # of these, already worked
    counted_minutes: int = 0  # by this mail
    balance: Balance  # before
    balance_after: Balance  # once all of it is used


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved(Notice):
    """To engineers and requester: the referent approved time."""

    kind: ClassVar[str] = "approved"
    author: Person
    text: str
    minutes: int
    reserved_minutes: int  # now open on this ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined(Notice):
    """To engineers and requester: the referent declined the estimate."""

    kind: ClassVar[str] = "declined"
    author: Person
    text: str
    minutes: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PleaseClose(Relay):
    """To the referent: the answer is there, may the ticket be closed?"""

    kind: ClassVar[str] = "please_close"
    worked_minutes: int = 0
    counted_minutes: int = 0
    total_minutes: int = 0
    balance: Balance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Notice):
    """To all on the ticket but the referent who closed it (a receipt goes there)."""

    kind: ClassVar[str] = "closed"
    author: Person
    text: str
    is_abandoned: bool
    total_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened(Notice):
    """To all on the ticket but the referent: it is open again, with a new deadline where it was closed."""

    kind: ClassVar[str] = "reopened"
    author: Person
    text: str
    reason: str
    deadline: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken(Notice):
    """To the requester: an engineer has taken charge."""

    kind: ClassVar[str] = "taken"
    author: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferentAsked(Notice):
    """To the referent, once: a colleague, who may not, asked for something only the referent decides."""

    kind: ClassVar[str] = "referent_asked"
    author: Person
    text: str
    verb: str  # approve, decline, close or reopen
    minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketIsClosed(Notice):
    """To whoever wrote on a closed ticket: kept, read by the engineers, and how to reopen."""

    kind: ClassVar[str] = "ticket_is_closed"
    referent: str
    is_referent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceChanged(Notice):
    """To the referent: time was taken by a mail that nobody at the client received."""

    kind: ClassVar[str] = "balance_changed"
    author: Person
    worked_minutes: int
    counted_minutes: int
    reversed_minutes: int = 0
    uncovered_minutes: int = 0
    balance: Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfContract(Notice):
    """To the sender: the question is kept, but no contract covers it now."""

    kind: ClassVar[str] = "out_of_contract"
    referent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal(Notice):
    """To the referent: somebody asked, and there is no time left; how to renew."""

    kind: ClassVar[str] = "renewal"
    author: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceReport(Notice):
    """To a contact who asked: the balance of the contract."""

    kind: ClassVar[str] = "balance"
    organisation: str
    balance: Balance | None  # None: this reader may not see it
    packs: tuple[PackState, ...] = ()
    exhausted_minutes: int = 0
    unapproved_minutes: int = 0
    referent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport(Notice):
    """To anybody known who asked: the ticket, or all open ones of this person."""

    kind: ClassVar[str] = "status"
    tickets: tuple[TicketLine, ...]
    is_overview: bool
    assignee: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpText(Notice):
    """To anybody known who asked: what this person may write. `verbs` are English names."""

    kind: ClassVar[str] = "help"
    verbs: tuple[str, ...]
    words: Mapping[str, str] = field(default_factory=dict)  # verb → its word in the reader's language


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(Notice):
    """To whoever commanded: each command, done or why not, and the balance before and after."""

    kind: ClassVar[str] = "receipt"
    outcomes: tuple[Outcome, ...]
    is_dry_run: bool = False  # [check]: nothing of this was done
    is_withheld: bool = False  # an engineer's mail that was not sent to the client
    is_text_kept: bool = False  # a client's words, which reached the engineers all the same
    worked_minutes: int = 0
    counted_minutes: int = 0
    uncovered_minutes: int = 0
    text: str = ""  # of the withheld mail
    about_inbox_id: int | None = None  # the mail that a reply is about, where it is not the one that caused this
    balance_before: Balance | None = None
    balance_after: Balance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverified(Notice):
    """To the person whose address a mail bears: it asked for something, its origin is not proven, nothing was done."""

    kind: ClassVar[str] = "unverified"
    outcomes: tuple[Outcome, ...]
    is_withheld: bool = False  # an engineer's text that was not sent to the client


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered(Notice):
    """To engineers: a mail of the ticket could not be delivered, and what the other server said."""

    kind: ClassVar[str] = "undelivered"
    addressee: str
    about: str  # the subject of the mail that was not delivered
    text: str  # the server's reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Delayed(Undelivered):
    """To engineers: a mail of the ticket has not been taken for hours; it is tried again until it is given up."""

    kind: ClassVar[str] = "delayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailHeld(Notice):
    """To administrators, at most one an hour: mail waits for a decision."""

    kind: ClassVar[str] = "mail_held"
    number: int
