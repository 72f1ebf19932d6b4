"""The ledger: interventions and entries. Rows are added, never changed or removed; the database refuses it."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from mailgate.domain.ledger import Cause, EntryKind
from mailgate.store.tables.base import NEVER_REUSE_IDS, Row, core, index_where, one_of, unique_where


class InterventionRow(Row, table=True):
    """What one mail reported for one day, or, where it names another one, a signed correction of that."""

    __tablename__ = "intervention"
    __table_args__ = (
        sa.CheckConstraint(
            "corrects_id IS NOT NULL OR (worked_minutes >= 0 AND counted_minutes >= 0)",
            name="only_corrections_are_negative",
        ),
        sa.CheckConstraint("corrects_id <> id", name="corrects_another"),
        NEVER_REUSE_IDS,
    )

    id: int = Field(primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id", index=True)
    contract_id: int | None = Field(foreign_key="contract.id")
    engineer_id: int = Field(foreign_key="person.id")
    inbox_id: int | None = Field(foreign_key="inbox.id", index=True)
    day: date  # of the work, in the contract's zone
    worked_minutes: int
    counted_minutes: int
    is_free: bool
    note: str
    recorded_at: datetime
    corrects_id: int | None = Field(foreign_key="intervention.id", index=True)


class EntryRow(Row, table=True):
    """Signed minutes on one account: a pack of the contract (its remaining time) or a cause (uncovered time)."""

    __tablename__ = "entry"
    __table_args__ = (
        sa.ForeignKeyConstraint(["pack_id", "contract_id"], ["pack.id", "pack.contract_id"]),
        sa.CheckConstraint("(pack_id IS NULL) <> (cause IS NULL)", name="one_account"),
        sa.CheckConstraint("minutes <> 0", name="minutes"),
        sa.CheckConstraint("kind <> 'purchase' OR (pack_id IS NOT NULL AND minutes > 0)", name="purchase"),
        sa.CheckConstraint("kind <> 'donation' OR (pack_id IS NOT NULL AND minutes < 0)", name="donation"),
        unique_where("uq_entry_mail_digest_ordinal", "mail_digest", "ordinal", condition="mail_digest <> ''"),
        unique_where("uq_entry_one_purchase", "pack_id", condition="kind = 'purchase'"),
        sa.Index("ix_entry_pack_id_minutes", "pack_id", "minutes"),
        index_where("ix_entry_uncovered", "contract_id", "cause", "minutes", condition="cause IS NOT NULL"),
        NEVER_REUSE_IDS,
    )

    id: int = Field(primary_key=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    kind: EntryKind = Field(sa_type=one_of(EntryKind, "kind"))
    pack_id: int | None
    cause: Cause | None = Field(sa_type=one_of(Cause, "cause"))
    minutes: int
    day: date  # of the work, in the contract's zone
    recorded_at: datetime
    person_id: int = Field(foreign_key="person.id")
    authenticated_by: str
    mail_digest: str  # empty for the command line
    ordinal: int  # which of the entries that this mail caused
    ticket_id: int | None = Field(foreign_key="ticket.id", index=True)
    intervention_id: int | None = Field(foreign_key="intervention.id", index=True)
    reason: str


INTERVENTION = core("intervention")
ENTRY = core("entry")
