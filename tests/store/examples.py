"""A small desk for the tests: one client with a contract, one engineer, and a clock that stands still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from mailgate.domain.contract import last_day_of_validity
from mailgate.domain.ledger import Authorship, EntryKind, Posting
from mailgate.domain.message import Envelope
from mailgate.domain.people import Language
from mailgate.domain.ticket import State, Ticket
from mailgate.store import contracts, inbox, ledger, outbox, people, tickets
from mailgate.store.database import Database, Transaction

NOW = datetime(2026, 9, 22, 8, 0, tzinfo=UTC)
TODAY = date(2026, 9, 22)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The ids of what `set_up` made."""

    organisation_id: int
    referent_id: int
    contact_id: int
    engineer_id: int
    contract_id: int
    pack_id: int
    ticket_id: int


def set_up(database: Database, *, minutes: int = 600) -> Desk:
    """Make a client with one pack and one ticket."""
    with database.transaction() as tx:
        organisation_id = people.add_organisation(
            tx, name="Example Town", domains=["example.org"], accepts_new_contacts=True
        )
        referent_id = contact(tx, organisation_id, "Ana", "ana@example.org")
        contact_id = contact(tx, organisation_id, "Luc", "luc@example.org")
        engineer_id = people.add_engineer(
            tx,
            name="Eva",
            language=Language.FR,
            addresses=["eva@example.com"],
            groups={"gis"},
            is_administrator=True,
        )
        contract_id = contracts.add(
            tx,
            organisation_id=organisation_id,
            referent_id=referent_id,
            language=Language.FR,
            currency="EUR",
            zone="Europe/Paris",
            group="gis",
            response_minutes=720,
        )
        pack_id = pack(tx, contract_id, engineer_id, minutes=minutes)
        ticket_id = tickets.insert(
            tx, ticket(organisation_id, contract_id, contact_id), opened_by_inbox_id=mail(tx, "first").id
        )
    return Desk(
        organisation_id=organisation_id,
        referent_id=referent_id,
        contact_id=contact_id,
        engineer_id=engineer_id,
        contract_id=contract_id,
        pack_id=pack_id,
        ticket_id=ticket_id,
    )


def contact(tx: Transaction, organisation_id: int, name: str, *addresses: str) -> int:
    return people.add_contact(
        tx, organisation_id=organisation_id, name=name, language=Language.FR, addresses=addresses, phone=""
    )


def pack(tx: Transaction, contract_id: int, person_id: int, *, minutes: int = 600, first_day: date = TODAY) -> int:
    return contracts.add_pack(
        tx,
        contract_id=contract_id,
        name="10 h",
        minutes=minutes,
        price_cents=180_000,
        bought_on=first_day,
        first_day=first_day,
        last_day=last_day_of_validity(first_day),
        authorship=Authorship(person_id=person_id, authenticated_by="command line"),
        recorded_at=NOW,
    )


def ticket(organisation_id: int, contract_id: int | None, requester_id: int) -> Ticket:
    return Ticket(
        id=0,
        subject="A map is white",
        state=State.NEW,
        organisation_id=organisation_id,
        contract_id=contract_id,
        requester_id=requester_id,
        opened_at=NOW,
        root_message_id="<first@example.org>",
    )


def envelope(*rcpt_to: str, at: datetime = NOW) -> Envelope:
    return Envelope(mail_from="luc@example.org", rcpt_to=rcpt_to or ("support@example.com",), received_at=at)


def mail(tx: Transaction, name: str, *rcpt_to: str, message_id: str | None = None) -> inbox.Stored:
    """Store a mail whose content goes by a name."""
    return inbox.store(
        tx,
        digest=f"digest of {name}",
        raw=f"Subject: {name}\r\n\r\n{name}\r\n".encode(),
        message_id=f"<{name}@example.org>" if message_id is None else message_id,
        envelope=envelope(*rcpt_to),
    )


def work(
    tx: Transaction, desk: Desk, minutes: int, *, corrects_id: int | None = None, inbox_id: int | None = None
) -> int:
    """Record an intervention without any entry."""
    return ledger.record_intervention(
        tx,
        ticket_id=desk.ticket_id,
        contract_id=desk.contract_id,
        engineer_id=desk.engineer_id,
        inbox_id=inbox_id,
        day=TODAY,
        worked_minutes=minutes,
        counted_minutes=minutes,
        is_free=False,
        note="",
        recorded_at=NOW,
        corrects_id=corrects_id,
    )


def post(
    tx: Transaction,
    desk: Desk,
    posting: Posting,
    *,
    kind: EntryKind = EntryKind.INTERVENTION,
    digest: str = "",
    ordinal: int = 0,
    intervention_id: int | None = None,
) -> int:
    """Add an entry on the desk's ticket."""
    return ledger.post(
        tx,
        contract_id=desk.contract_id,
        kind=kind,
        posting=posting,
        day=TODAY,
        recorded_at=NOW,
        authorship=Authorship(person_id=desk.engineer_id, authenticated_by="dmarc pass", mail_digest=digest),
        ordinal=ordinal,
        ticket_id=desk.ticket_id,
        intervention_id=intervention_id,
        reason="",
    )


def outgoing(desk: Desk, key: str, *, at: datetime = NOW) -> outbox.Outgoing:
    return outbox.Outgoing(
        notice_key=key,
        kind="answer",
        ticket_id=desk.ticket_id,
        inbox_id=None,
        person_id=desk.contact_id,
        mail_from="bounces@example.com",
        rcpt_to="luc@example.org",
        message_id=f"<{key}@example.com>",
        content=b"Subject: answer\r\n\r\n",
        queued_at=at,
    )
