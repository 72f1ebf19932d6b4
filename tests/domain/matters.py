"""Small matters to decide upon: people, a contract with one pack, a ticket, and mails about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TypeVar

from mailgate.domain.calendar import BusinessCalendar, Span
from mailgate.domain.contract import Contract, Pack
from mailgate.domain.decision import decide
from mailgate.domain.effects import Decision
from mailgate.domain.ledger import Account, Intervention
from mailgate.domain.message import (
    Attachment,
    Authentication,
    Classification,
    Disposition,
    IncomingMessage,
    Kind,
    Mailbox,
    NewText,
    Verdict,
)
from mailgate.domain.notice import Notice
from mailgate.domain.people import Contact, Engineer, Language, Role
from mailgate.domain.permissions import Authority
from mailgate.domain.situation import Mail, Rules, Situation
from mailgate.domain.ticket import State, Ticket

N = TypeVar("N", bound=Notice)

NOW = datetime(2026, 9, 22, 8, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Paris
OFFICE = BusinessCalendar(
    zone="Europe/Paris", hours={day: (Span(opens_minute=540, closes_minute=1080),) for day in range(5)}
)

CAMILLE = Contact(
    id=1,
    name="Camille Martin",
    language=Language.FR,
    addresses=("camille@saint-remy.example.com",),
    organisation_id=7,
    organisation_name="Mairie de Saint-Rémy",
)
HUGO = replace(CAMILLE, id=2, name="Hugo Bernard", addresses=("hugo@saint-remy.example.com",))
LUCIA = replace(CAMILLE, id=3, name="Lucía Ortega", language=Language.ES, addresses=("lucia@saint-remy.example.com",))
OLIVER = replace(
    CAMILLE,
    id=4,
    name="Oliver Bennett",
    language=Language.EN,
    addresses=("oliver@northshire.example.net",),
    organisation_id=8,
    organisation_name="Northshire Council",
)
PAUL = Engineer(id=10, name="Paul Girard", language=Language.FR, addresses=("paul@support.example.org",))
ANNE = replace(PAUL, id=11, name="Anne Roy", addresses=("anne@support.example.org",))

CONTRACT = Contract(
    id=5,
    organisation_id=7,
    organisation_name="Mairie de Saint-Rémy",
    referent_id=CAMILLE.id,
    language=Language.FR,
    currency="EUR",
    zone="Europe/Paris",
    group="support",
    response_minutes=720,
)
PACK = Pack(
    id=6,
    contract_id=5,
    name="Pack 10 h",
    minutes=600,
    price_cents=180_000,
    bought_on=date(2026, 9, 1),
    first_day=date(2026, 9, 1),
    last_day=date(2027, 8, 31),
)
TICKET = Ticket(
    id=12,
    subject="Index",
    state=State.OPEN,
    organisation_id=7,
    contract_id=5,
    requester_id=HUGO.id,
    opened_at=NOW,
    deadline=NOW,
    root_message_id="<first@saint-remy.example.com>",
)


def account(remaining: int = 600, **reserved: int) -> Account:
    """The account of the one pack; reservations are given as t12=60."""
    return Account(
        packs=(PACK,),
        remaining_by_pack={PACK.id: remaining},
        reserved_by_ticket={int(name[1:]): kept for name, kept in reserved.items()},
    )


def mail(sender: Contact | Engineer, text: str, *, subject: str = "Re: Index [#12]", files: int = 0) -> Mail:
    """A mail of that person with this new text, without quotations."""
    attachments = tuple(
        Attachment(part=part, filename=f"{part}.txt", content_type="text/plain", size_octets=3)
        for part in range(1, files + 1)
    )
    message = IncomingMessage(
        message_id="<this@example.com>",
        subject=subject,
        from_=(Mailbox(name=sender.name, address=sender.address),),
        has_plain_from=True,
        text=text,
        new_text=NewText(text=text, is_wrapped=True),
        attachments=attachments,
    )
    return Mail(
        inbox_id=100,
        digest="d" * 64,
        received_at=NOW,
        message=message,
        classification=Classification(kind=Kind.HUMAN, disposition=Disposition.ACCEPT, rule="default"),
        authentication=Authentication(verdict=Verdict.PASS, method="dmarc"),
    )


def situation(sender: Contact | Engineer, text: str, **changes: object) -> Situation:
    """A proven mail of that person on the open ticket, written to the person's own signed address."""
    role = Role.ENGINEER if isinstance(sender, Engineer) else Role.CONTACT
    if sender.id == CONTRACT.referent_id:
        role = Role.REFERENT
    base = Situation(
        mail=mail(sender, text),
        sender=sender,
        role=role,
        authority=Authority(verdict=Verdict.PASS, has_own_token=True),
        now=NOW,
        rules=Rules(slice_minutes=15, threshold_minutes=120),
        calendar=OFFICE,
        ticket=TICKET,
        contract=CONTRACT,
        account=account(),
        referent=CAMILLE,
        requester=HUGO,
        engineers=(PAUL, ANNE),
    )
    return replace(base, **changes)  # type: ignore[arg-type] # the tests name fields of Situation


def decided(sender: Contact | Engineer, text: str, **changes: object) -> Decision:
    """What such a mail leads to."""
    return decide(situation(sender, text, **changes))


def without_ticket(sender: Contact | Engineer, text: str, *, subject: str = "Index", **changes: object) -> Decision:
    """What a mail about no ticket leads to."""
    changed = {"mail": mail(sender, text, subject=subject), "ticket": None, "requester": None, **changes}
    return decided(sender, text, **changed)


def told(decision: Decision) -> list[tuple[str, int]]:
    """Who is told what: the kind of each notice with its recipient's id."""
    return [(notice.kind, notice.to.id) for notice in decision.notices]


def only(decision: Decision, kind: type[N]) -> N:
    """The one notice of that class."""
    (found,) = (notice for notice in decision.notices if type(notice) is kind)
    return found


def intervention(worked: int, counted: int, postings: Iterable[object] = (), **changes: object) -> Intervention:
    """An intervention of Paul's on the ticket."""
    base = Intervention(
        id=50,
        ticket_id=12,
        engineer_id=PAUL.id,
        inbox_id=99,
        day=date(2026, 9, 21),
        worked_minutes=worked,
        counted_minutes=counted,
        postings=tuple(postings),  # type: ignore[arg-type] # postings, by the caller's word
    )
    return replace(base, **changes)  # type: ignore[arg-type] # the tests name fields of Intervention
