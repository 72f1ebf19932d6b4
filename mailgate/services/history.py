"""What came in and what was done with it, as people look at it: tickets with their conversation, received mail.

Rows of plain values, for the command line's tables and its JSON alike: minutes are integers, moments are aware;
nothing is formatted here, and nothing is changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mailgate.domain.ticket import State, Ticket
from mailgate.errors import PermanentError
from mailgate.inbound.parse import parse
from mailgate.services.reports import Row
from mailgate.store import inbox, people, tickets
from mailgate.store.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSheet:
    """A ticket with everything that was said and done."""

    facts: Row
    conversation: list[Row]
    events: list[Row]


def ticket_rows(tx: Transaction, state: State | None, limit: int) -> list[Row]:
    """Return the newest tickets, as lines."""
    found = tickets.listing(tx, state=state, limit=limit)
    organisations = {organisation.id: organisation.name for organisation in people.organisations(tx)}
    assignees = people.by_ids(tx, {ticket.assignee_id for ticket in found})
    names = {person_id: person.name for person_id, person in assignees.items()}
    return [
        {
            "number": ticket.id,
            "organisation": organisations.get(ticket.organisation_id, ""),
            "subject": ticket.subject,
            "state": ticket.state.value,
            "assignee": _name(ticket.assignee_id, names),
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
        raise PermanentError(f"there is no ticket {number}; see: mailgate ticket list")
    conversation = tickets.conversation(tx, number)
    events = tickets.events(tx, number)
    known = people.by_ids(
        tx,
        {
            ticket.requester_id,
            ticket.assignee_id,
            *ticket.participant_ids,
            *ticket.follower_ids,
            *(message.person_id for message in conversation),
            *(event.person_id for event in events),
        },
    )
    names = {person_id: person.name for person_id, person in known.items()}
    return TicketSheet(
        facts=_owned(tx, ticket) | _ticket_facts(ticket) | _taking_part(ticket, names),
        conversation=[_message_row(message, names) for message in conversation],
        events=[_event_row(event, names) for event in events],
    )


def _owned(tx: Transaction, ticket: Ticket) -> Row:
    owners = (known.name for known in people.organisations(tx) if known.id == ticket.organisation_id)
    return {"number": ticket.id, "organisation": next(owners, "")}


def _ticket_facts(ticket: Ticket) -> Row:
    return {
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


def _taking_part(ticket: Ticket, names: Mapping[int, str]) -> Row:
    return {
        "requester": _name(ticket.requester_id, names),
        "participants": [_name(person_id, names) for person_id in sorted(ticket.participant_ids)],
        "assignee": _name(ticket.assignee_id, names),
        "followers": [_name(person_id, names) for person_id in sorted(ticket.follower_ids)],
    }


def _message_row(message: tickets.MessageLine, names: Mapping[int, str]) -> Row:
    return {
        "author": _name(message.person_id, names),
        "written_at": message.written_at,
        "is_internal": message.is_internal,
        "is_verified": message.is_verified,
        "mail": message.inbox_id,
        "text": message.text,
    }


def _event_row(event: tickets.EventLine, names: Mapping[int, str]) -> Row:
    return {
        "at": event.at,
        "author": _name(event.person_id, names),
        "verb": event.verb,
        "detail": event.detail,
        "authenticated_by": event.authenticated_by,
        "mail": event.inbox_id,
    }


def _name(person_id: int | None, names: Mapping[int, str]) -> str:
    return names.get(person_id, "") if person_id is not None else ""


def inbox_rows(tx: Transaction, state: str | None, limit: int) -> list[Row]:
    """Return the newest received mails, in that state or all, as lines; `state` is a value of `InboxState`."""
    states = [state] if state is not None else None
    return [
        {
            "id": mail.id,
            "received_at": mail.received_at,
            "mail_from": mail.mail_from,
            "rcpt_to": list(mail.rcpt_to),
            "message_id": mail.message_id,
            "state": mail.state,
            "reason": mail.reason,
            "ticket": mail.ticket_id,
        }
        for mail in inbox.listing(tx, states=states, limit=limit)
    ]


def mail_sheet(tx: Transaction, number: int) -> Row:
    """Return a received mail with what was made of it; raises PermanentError where there is none."""
    mail = inbox.find(tx, number)
    if mail is None:
        raise PermanentError(f"there is no mail {number}; see: mailgate inbox list")
    message = parse(mail.raw)
    sender = message.sender
    return {
        "id": mail.id,
        "state": mail.state,
        "reason": mail.reason,
        "rule": mail.rule,
        "ticket": mail.ticket_id,
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
