"""Promises about tickets: opened once, with their words and their trail, by people who belong there."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from mailgate.domain.people import address_key
from mailgate.store.database import Transaction
from mailgate.store.promises.promise import Promise, promise, stream
from mailgate.store.tables import ADDRESS


def misfiled_addresses(tx: Transaction) -> Iterator[str]:
    """Yield the addresses by which their person would not be found."""
    for row in stream(tx, sa.select(ADDRESS.c.key, ADDRESS.c.address)):
        if address_key(row.address) != row.key:
            yield row.key


PROMISES = (
    promise(
        "tickets-opened-by-their-mail",
        "the mail that opened a ticket is done, and is on that ticket",
        """
        SELECT ticket.id FROM ticket JOIN inbox ON inbox.id = ticket.opened_by_inbox_id
        WHERE inbox.state <> 'done' OR coalesce(inbox.ticket_id, 0) <> ticket.id
        """,
    ),
    promise(
        "tickets-have-a-trail",
        "each ticket has a line in the audit trail",
        "SELECT id FROM ticket EXCEPT SELECT ticket_id FROM event",
    ),
    promise(
        "words-on-their-ticket",
        "what somebody wrote is on the ticket of the mail in which they wrote it",
        """
        SELECT message.id FROM message JOIN inbox ON inbox.id = message.inbox_id
        WHERE coalesce(inbox.ticket_id, 0) <> message.ticket_id
        """,
    ),
    promise(
        "tickets-closed-with-a-date",
        "a ticket has a moment of closing exactly if it is closed, and then no open estimate",
        """
        SELECT id FROM ticket
        WHERE (state = 'closed') <> (closed_at IS NOT NULL) OR (state = 'closed' AND estimate_minutes IS NOT NULL)
        """,
    ),
    promise(
        "tickets-of-their-client",
        "whoever asked, and the contract, are of the organisation of the ticket",
        """
        SELECT ticket.id FROM ticket
        JOIN person ON person.id = ticket.requester_id
        LEFT JOIN contract ON contract.id = ticket.contract_id
        WHERE coalesce(person.organisation_id, 0) <> ticket.organisation_id
            OR contract.organisation_id <> ticket.organisation_id
        """,
    ),
    promise(
        "tickets-in-right-hands",
        "engineers are assigned and follow; contacts take part",
        """
        SELECT ticket.id FROM ticket JOIN person ON person.id = ticket.assignee_id WHERE person.kind <> 'engineer'
        UNION
        SELECT ticket_person.ticket_id FROM ticket_person JOIN person ON person.id = ticket_person.person_id
        WHERE (ticket_person.part = 'follower') <> (person.kind = 'engineer')
        """,
    ),
    promise(
        "people-reachable",
        "whoever is active has a registered address",
        "SELECT id FROM person WHERE is_active EXCEPT SELECT person_id FROM address WHERE position = 0",
    ),
    Promise(name="addresses-found", says="each address is filed as it is looked up", find=misfiled_addresses),
)
