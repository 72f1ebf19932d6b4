"""What people look at: balances, the ledger, tickets, received mail, as rows of plain values.

Every figure is computed from the entries, never kept. Rows are for the command line's tables and its JSON alike;
nothing is formatted here, and nothing is changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from mailgate.domain.contract import Contract
from mailgate.domain.ledger import Cause, Entry
from mailgate.domain.people import Person
from mailgate.domain.ticket import State, Ticket
from mailgate.errors import PermanentError
from mailgate.inbound.parse import parse
from mailgate.services import accounts
from mailgate.store import contracts, inbox, ledger, people, tickets
from mailgate.store.database import Transaction

Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSheet:
    """A ticket with everything that was said and done."""

    facts: Row
    conversation: list[Row]
    events: list[Row]


def balance_sheet(tx: Transaction, organisation: str, now: datetime) -> Row:
    """Return the time of an organisation's contract today, in minutes."""
    contract = accounts.contract_named(tx, organisation)
    today = _today(contract, now)
    balance = ledger.account(tx, contract.id, today=today).balance(today)
    uncovered = ledger.uncovered(tx, contract.id)
    return {
        "organisation": contract.organisation_name,
        "purchased_minutes": balance.purchased,
        "used_minutes": balance.used,
        "remaining_minutes": balance.remaining,
        "reserved_minutes": balance.reserved,
        "available_minutes": balance.available,
        "uncovered_exhausted_minutes": uncovered.get(Cause.EXHAUSTED, 0),
        "uncovered_unapproved_minutes": uncovered.get(Cause.UNAPPROVED, 0),
    }


def contract_sheet(tx: Transaction, organisation: str, now: datetime) -> Row:
    """Return the terms of a contract and its balance."""
    contract = accounts.contract_named(tx, organisation)
    referent = people.by_id(tx, contract.referent_id)
    terms: Row = {
        "id": contract.id,
        "organisation": contract.organisation_name,
        "referent": f"{referent.name} <{referent.address}>" if referent else "",
        "language": contract.language.value,
        "currency": contract.currency,
        "zone": contract.zone,
        "group": contract.group,
        "response_minutes": contract.response_minutes,
    }
    return terms | balance_sheet(tx, organisation, now)


def pack_rows(tx: Transaction, organisation: str | None, now: datetime) -> list[Row]:
    """Return the packs of one organisation's contract, or of all, with what is left of each."""
    chosen = [accounts.contract_named(tx, organisation)] if organisation else contracts.listing(tx)
    return [row for contract in chosen for row in _packs_of(tx, contract, now)]


def _packs_of(tx: Transaction, contract: Contract, now: datetime) -> list[Row]:
    account = ledger.account(tx, contract.id, today=_today(contract, now))
    return [
        {
            "id": pack.id,
            "organisation": contract.organisation_name,
            "name": pack.name,
            "minutes": pack.minutes,
            "remaining_minutes": account.remaining_by_pack.get(pack.id, 0),
            "price_cents": pack.price_cents,
            "price": f"{pack.price_cents // 100}.{pack.price_cents % 100:02d} {contract.currency}",
            "bought_on": pack.bought_on,
            "first_day": pack.first_day,
            "last_day": pack.last_day,
        }
        for pack in account.packs
    ]


def ledger_rows(tx: Transaction, organisation: str, ticket_id: int | None) -> list[Row]:
    """Return the entries of a contract, the oldest first, each with the sum of all packs after it."""
    contract = accounts.contract_named(tx, organisation)
    names = {pack.id: pack.name for pack in contracts.packs(tx, contract.id)}
    entries = ledger.entries(tx, contract.id)
    known = people.by_ids(tx, {entry.authorship.person_id for entry in entries})
    rows: list[Row] = []
    running = 0
    for entry in entries:
        running += entry.posting.minutes if entry.posting.pack_id is not None else 0
        if ticket_id is None or entry.ticket_id == ticket_id:
            rows.append(_entry_row(entry, names, known.get(entry.authorship.person_id), running))
    return rows


def _entry_row(entry: Entry, packs: dict[int, str], person: Person | None, running: int) -> Row:
    posting = entry.posting
    uncovered = f"uncovered ({posting.cause.value})" if posting.cause else ""
    return {
        "id": entry.id,
        "day": entry.day,
        "kind": entry.kind.value,
        "account": packs.get(posting.pack_id, "") if posting.pack_id is not None else uncovered,
        "minutes": posting.minutes,
        "balance_minutes": running,
        "ticket": entry.ticket_id,
        "person": person.name if person else "",
        "authenticated_by": entry.authorship.authenticated_by,
        "mail_digest": entry.authorship.mail_digest,
        "recorded_at": entry.recorded_at,
        "reason": entry.reason,
    }


def ticket_rows(tx: Transaction, state: State | None, limit: int) -> list[Row]:
    """Return the newest tickets, as lines."""
    found = tickets.listing(tx, state=state, limit=limit)
    organisations = {organisation.id: organisation.name for organisation in people.organisations(tx)}
    assignees = people.by_ids(tx, {ticket.assignee_id for ticket in found if ticket.assignee_id is not None})
    return [
        {
            "number": ticket.id,
            "organisation": organisations.get(ticket.organisation_id, ""),
            "subject": ticket.subject,
            "state": ticket.state.value,
            "assignee": assignees[ticket.assignee_id].name if ticket.assignee_id in assignees else "",
            "deadline": ticket.deadline,
            "taken_at": ticket.taken_at,
            "counted_minutes": ticket.counted_minutes,
        }
        for ticket in found
    ]


def ticket_sheet(tx: Transaction, number: int) -> TicketSheet:
    """Return a ticket with its conversation and audit trail; raises PermanentError where there is none."""
    ticket = tickets.load(tx, number)
    if ticket is None:
        raise PermanentError(f"there is no ticket {number}")
    events = tickets.events(tx, number)
    messages = tickets.conversation(tx, number)
    ids = {event.person_id for event in events} | {message.person_id for message in messages}
    ids |= {ticket.requester_id, ticket.assignee_id, *ticket.participant_ids, *ticket.follower_ids}
    known = people.by_ids(tx, {person_id for person_id in ids if person_id is not None})

    def name(person_id: int | None) -> str:
        return known[person_id].name if person_id in known else ""

    return TicketSheet(
        facts=_ticket_facts(ticket)
        | {
            "requester": name(ticket.requester_id),
            "participants": [name(person_id) for person_id in sorted(ticket.participant_ids)],
            "assignee": name(ticket.assignee_id),
            "followers": [name(person_id) for person_id in sorted(ticket.follower_ids)],
        },
        conversation=[
            {
                "author": name(message.person_id),
                "written_at": message.written_at,
                "is_internal": message.is_internal,
                "is_verified": message.is_verified,
                "text": message.text,
            }
            for message in messages
        ],
        events=[
            {
                "at": event.at,
                "author": name(event.person_id),
                "verb": event.verb,
                "detail": event.detail,
                "authenticated_by": event.authenticated_by,
            }
            for event in events
        ],
    )


def _ticket_facts(ticket: Ticket) -> Row:
    return {
        "number": ticket.id,
        "subject": ticket.subject,
        "state": ticket.state.value,
        "is_out_of_contract": ticket.is_out_of_contract,
        "opened_at": ticket.opened_at,
        "deadline": ticket.deadline,
        "taken_at": ticket.taken_at,
        "answered_at": ticket.answered_at,
        "closed_at": ticket.closed_at,
        "counted_minutes": ticket.counted_minutes,
        "covered_minutes": ticket.covered_minutes,
        "uncovered_minutes": ticket.uncovered_minutes,
        "estimate_minutes": ticket.estimate_minutes,
        "reserved_minutes": ticket.reserved_minutes,
    }


def inbox_rows(tx: Transaction, states: Sequence[str] | None, limit: int) -> list[Row]:
    """Return the newest received mails, as lines."""
    return [
        {
            "id": mail.id,
            "received_at": mail.received_at,
            "mail_from": mail.mail_from,
            "rcpt_to": list(mail.rcpt_to),
            "message_id": mail.message_id,
            "state": mail.state,
            "reason": mail.reason,
            "ticket_id": mail.ticket_id,
        }
        for mail in inbox.listing(tx, states=states, limit=limit)
    ]


def mail_sheet(tx: Transaction, number: int) -> Row:
    """Return a received mail with what was made of it; raises PermanentError where there is none."""
    mail = inbox.find(tx, number)
    if mail is None:
        raise PermanentError(f"there is no mail {number}")
    message = parse(mail.raw)
    sender = message.sender
    return {
        "id": mail.id,
        "state": mail.state,
        "reason": mail.reason,
        "rule": mail.rule,
        "ticket_id": mail.ticket_id,
        "received_at": mail.envelope.received_at,
        "processed_at": mail.processed_at,
        "attempts": mail.attempts,
        "last_error": mail.last_error,
        "envelope_sender": mail.envelope.mail_from or "<>",
        "envelope_recipients": list(mail.envelope.rcpt_to),
        "authentication": mail.authentication_summary,
        "is_repeated_id": mail.is_repeated_id,
        "from": f"{sender.name} <{sender.address}>".strip() if sender else "",
        "subject": message.subject,
        "message_id": message.message_id,
        "date": message.date,
        "size_octets": len(mail.raw),
        "attachments": [attachment.filename for attachment in message.attachments],
        "defects": list(message.defects),
        "text": message.new_text.text,
    }


def _today(contract: Contract, now: datetime) -> date:
    return now.astimezone(ZoneInfo(contract.zone)).date()
