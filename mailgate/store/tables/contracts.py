"""Contracts and the packs bought on them. What was used of a pack is in the ledger's tables."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import Field

from mailgate.domain.people import Language
from mailgate.store.tables.base import NEVER_REUSE_IDS, Row, core, one_of, unique_where


class ContractRow(Row, table=True):
    """The terms between the support company and one organisation, whose contact the referent is."""

    __tablename__ = "contract"
    __table_args__ = (
        sa.ForeignKeyConstraint(["referent_id", "organisation_id"], ["person.id", "person.organisation_id"]),
        sa.CheckConstraint("response_minutes > 0", name="response_minutes"),
        unique_where("uq_contract_one_active", "organisation_id", condition="is_active"),
        NEVER_REUSE_IDS,
    )

    id: int = Field(primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    referent_id: int = Field(index=True)
    language: Language = Field(sa_type=one_of(Language, "language"))
    currency: str
    zone: str
    engineer_group: str
    response_minutes: int
    is_active: bool


class PackRow(Row, table=True):
    """Prepaid time; a row never changes."""

    __tablename__ = "pack"
    __table_args__ = (
        sa.UniqueConstraint("id", "contract_id"),
        sa.CheckConstraint("minutes > 0", name="minutes"),
        sa.CheckConstraint("price_cents >= 0", name="price_cents"),
        sa.CheckConstraint("last_day >= first_day", name="days"),
        NEVER_REUSE_IDS,
    )

    id: int = Field(primary_key=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    name: str
    minutes: int
    price_cents: int
    bought_on: date
    first_day: date
    last_day: date
    vat_included: bool


CONTRACT = core("contract")
PACK = core("pack")
