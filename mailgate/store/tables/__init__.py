"""The schema, one module an aggregate: SQLModel classes that declare it, and their Core tables, which queries use.

What must never be true is refused here, by CHECKs, unique and foreign keys; what a declaration cannot say (rows that
are never changed, packs that never fall below zero) the triggers of `migrations/` refuse. The classes are never
instantiated: SQLModel does not validate table classes, and the values of this product are the domain's.
"""

from mailgate.store.tables.base import Row
from mailgate.store.tables.contracts import CONTRACT, PACK
from mailgate.store.tables.ledger import ENTRY, INTERVENTION
from mailgate.store.tables.mail import ACTION, INBOX, OUTBOX, RAW_MAIL, InboxState, OutboxState
from mailgate.store.tables.people import ADDRESS, ORGANISATION, PERSON, PersonKind
from mailgate.store.tables.tickets import EVENT, MESSAGE, TICKET, TICKET_PERSON, Part

METADATA = Row.metadata

__all__ = [
    "ACTION",
    "ADDRESS",
    "CONTRACT",
    "ENTRY",
    "EVENT",
    "INBOX",
    "INTERVENTION",
    "MESSAGE",
    "METADATA",
    "ORGANISATION",
    "OUTBOX",
    "PACK",
    "PERSON",
    "RAW_MAIL",
    "TICKET",
    "TICKET_PERSON",
    "InboxState",
    "OutboxState",
    "Part",
    "PersonKind",
]
