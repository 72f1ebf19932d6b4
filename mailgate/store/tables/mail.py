"""Mail that came, mail that goes, and the commands that mailed links offer.

Raw mail is kept whole, once, under its digest; attachments are views into it.
"""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field

from mailgate.domain.message import Verdict
from mailgate.store.tables.base import NEVER_REUSE_IDS, Row, core, index_where, one_of


class InboxState(StrEnum):
    """What became of a mail that was received."""

    RECEIVED = "received"  # waits to be processed
    DONE = "done"  # processed: it is on a ticket, or was answered
    HELD = "held"  # kept for the administrator's decision, unanswered
    NOTED = "noted"  # automatic: kept, nothing done
    DISCARDED = "discarded"  # our own mail coming back: kept, nothing done
    WITHHELD = "withheld"  # an engineer's mail that waits until its writer corrects or releases it
    PARKED = "parked"  # processing failed again and again; the operator looks


class OutboxState(StrEnum):
    """What became of a mail to one recipient."""

    QUEUED = "queued"  # to be delivered, perhaps after earlier attempts
    SENT = "sent"  # the smarthost took it
    FAILED = "failed"  # given up


class RawMailRow(Row, table=True):
    """The octets of a mail as they were received, compressed by zlib, under the SHA-256 of all of them."""

    __tablename__ = "raw_mail"

    digest: str = Field(primary_key=True)
    content: bytes = Field(sa_type=sa.LargeBinary)
    size_octets: int  # before compression


class InboxRow(Row, table=True):
    """A received mail and its life; `digest` leaves trace fields out, so that one mail over two ways is one row."""

    __tablename__ = "inbox"
    __table_args__ = (
        sa.Index("ix_inbox_state_next_attempt_at", "state", "next_attempt_at"),
        sa.Index("ix_inbox_state_told_at", "state", "told_at"),
        index_where("ix_inbox_told_at", "told_at", condition="told_at IS NOT NULL"),
        NEVER_REUSE_IDS,
    )

    id: int = Field(primary_key=True)
    digest: str = Field(unique=True)
    raw_digest: str = Field(foreign_key="raw_mail.digest", index=True)
    message_id: str = Field(index=True)
    mail_from: str
    rcpt_to: list[str] = Field(sa_type=sa.JSON)
    received_at: datetime
    is_repeated_id: bool  # an earlier mail had this Message-ID and other content
    state: InboxState = Field(sa_type=one_of(InboxState, "state"))
    rule: str
    reason: str
    attempts: int
    next_attempt_at: datetime
    last_error: str  # private
    ticket_id: int | None = Field(
        index=True, sa_column_args=[sa.ForeignKey("ticket.id", name="fk_inbox_ticket_id", use_alter=True)]
    )
    person_id: int | None = Field(foreign_key="person.id")
    verdict: Verdict | None = Field(sa_type=one_of(Verdict, "verdict"))
    method: str
    evidence: str
    processed_at: datetime | None
    told_at: datetime | None  # when the administrators heard that it is held or parked


class OutboxRow(Row, table=True):
    """A mail to one recipient: its bytes and Message-ID are fixed when it is queued, its notice exists once."""

    __tablename__ = "outbox"
    __table_args__ = (
        sa.Index("ix_outbox_state_next_attempt_at", "state", "next_attempt_at"),
        sa.Index("ix_outbox_person_id_kind_queued_at", "person_id", "kind", "queued_at"),
        NEVER_REUSE_IDS,
    )

    id: int = Field(primary_key=True)
    notice_key: str = Field(unique=True)
    kind: str
    ticket_id: int | None = Field(foreign_key="ticket.id", index=True)
    inbox_id: int | None = Field(foreign_key="inbox.id")
    person_id: int | None = Field(foreign_key="person.id")
    mail_from: str
    rcpt_to: str
    message_id: str = Field(unique=True)
    content: bytes = Field(sa_type=sa.LargeBinary)
    queued_at: datetime
    state: OutboxState = Field(sa_type=one_of(OutboxState, "state"))
    attempts: int
    next_attempt_at: datetime
    claimed_until: datetime | None
    last_reply: str
    done_at: datetime | None


class ActionRow(Row, table=True):
    """A command that was offered to one person as a signed address, and that works once."""

    __tablename__ = "action"
    __table_args__ = (NEVER_REUSE_IDS,)

    id: int = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    ticket_id: int | None = Field(foreign_key="ticket.id", index=True)
    command: str
    about_inbox_id: int | None = Field(foreign_key="inbox.id")
    created_at: datetime
    used_at: datetime | None


RAW_MAIL = core("raw_mail")
INBOX = core("inbox")
OUTBOX = core("outbox")
ACTION = core("action")
