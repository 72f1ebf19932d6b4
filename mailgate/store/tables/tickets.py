"""Tickets, who takes part in them, what was written on them, and the audit trail.

Minutes that a ticket used are not here: they are sums over the ledger.
"""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field

from mailgate.domain.ticket import State
from mailgate.store.tables.base import NEVER_REUSE_IDS, Row, core, one_of


class Part(StrEnum):
    """In what way a person takes part in a ticket, besides requester and assignee."""

    PARTICIPANT = "participant"  # a contact who receives the answers
    COPIED = "copied"  # a contact whom the first mail copied, and who takes part by answering it
    FOLLOWER = "follower"  # an engineer who receives the questions


class TicketRow(Row, table=True):
    """One question and its state."""

    __tablename__ = "ticket"
    __table_args__ = (
        sa.Index("ix_ticket_organisation_id_state", "organisation_id", "state"),
        sa.Index("ix_ticket_contract_id_state", "contract_id", "state"),
        sa.Index("ix_ticket_assignee_id_state", "assignee_id", "state"),
        sa.Index("ix_ticket_state", "state"),
        sa.CheckConstraint("estimate_minutes > 0", name="estimate_minutes"),
        sa.CheckConstraint("allowance_minutes >= 0", name="allowance_minutes"),
        sa.CheckConstraint("approved_minutes >= 0", name="approved_minutes"),
        sa.CheckConstraint("state <> 'closed' OR closed_at IS NOT NULL", name="closed_at"),
        NEVER_REUSE_IDS,
    )

    id: int = Field(primary_key=True)
    subject: str
    state: State = Field(sa_type=one_of(State, "state"))
    organisation_id: int = Field(foreign_key="organisation.id")
    contract_id: int | None = Field(foreign_key="contract.id")
    requester_id: int = Field(foreign_key="person.id")
    assignee_id: int | None = Field(foreign_key="person.id")
    opened_by_inbox_id: int | None = Field(foreign_key="inbox.id", unique=True)
    root_message_id: str = Field(index=True)
    is_out_of_contract: bool
    opened_at: datetime
    deadline: datetime | None
    taken_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    estimate_minutes: int | None
    allowance_minutes: int | None
    approved_minutes: int


class TicketPersonRow(Row, table=True):
    """Somebody who takes part in a ticket."""

    __tablename__ = "ticket_person"

    ticket_id: int = Field(foreign_key="ticket.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True, index=True)
    part: Part = Field(sa_type=one_of(Part, "part"))


class MessageRow(Row, table=True):
    """What somebody wrote on a ticket. A row never changes."""

    __tablename__ = "message"
    __table_args__ = (NEVER_REUSE_IDS,)

    id: int = Field(primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    inbox_id: int | None = Field(foreign_key="inbox.id")
    person_id: int | None = Field(foreign_key="person.id")
    text: str
    is_internal: bool  # for engineers only
    is_verified: bool  # its origin is proven
    written_at: datetime
    message_id: str = Field(index=True)


class EventRow(Row, table=True):
    """Who did what, and how they were authenticated: the audit trail. A row never changes."""

    __tablename__ = "event"
    __table_args__ = (NEVER_REUSE_IDS,)

    id: int = Field(primary_key=True)
    ticket_id: int | None = Field(foreign_key="ticket.id", index=True)
    inbox_id: int | None = Field(foreign_key="inbox.id", index=True)
    person_id: int | None = Field(foreign_key="person.id")
    verb: str
    detail: str
    authenticated_by: str
    at: datetime


TICKET = core("ticket")
TICKET_PERSON = core("ticket_person")
MESSAGE = core("message")
EVENT = core("event")
