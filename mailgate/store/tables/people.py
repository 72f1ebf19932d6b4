"""Organisations, the people the desk knows, and their addresses.

Names and addresses are nowhere else, so that a person can be erased without touching the ledger or the audit trail.
"""

from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field

from mailgate.domain.people import Language
from mailgate.store.tables.base import NEVER_REUSE_IDS, Row, core, one_of


class PersonKind(StrEnum):
    """Which of the domain's classes a person is."""

    CONTACT = "contact"  # of a client organisation
    ENGINEER = "engineer"  # of the support company


class OrganisationRow(Row, table=True):
    """A client organisation; an authenticated new address in one of its domains may become a contact of it."""

    __tablename__ = "organisation"
    __table_args__ = (NEVER_REUSE_IDS,)

    id: int = Field(primary_key=True)
    name: str = Field(unique=True)
    domains: list[str] = Field(sa_type=sa.JSON)
    accepts_new_contacts: bool


class PersonRow(Row, table=True):
    """A contact or an engineer; never deleted while the ledger names them, only made inactive or emptied."""

    __tablename__ = "person"
    __table_args__ = (
        sa.UniqueConstraint("id", "organisation_id"),
        sa.CheckConstraint("(kind = 'contact') = (organisation_id IS NOT NULL)", name="contact_has_organisation"),
        NEVER_REUSE_IDS,
    )

    id: int = Field(primary_key=True)
    kind: PersonKind = Field(sa_type=one_of(PersonKind, "kind"), index=True)
    organisation_id: int | None = Field(foreign_key="organisation.id", index=True)
    name: str
    language: Language = Field(sa_type=one_of(Language, "language"))
    phone: str
    groups: list[str] = Field(sa_type=sa.JSON)
    is_administrator: bool
    is_active: bool


class AddressRow(Row, table=True):
    """An address of a person; `key` is the form under which addresses are compared (`people.address_key`)."""

    __tablename__ = "address"
    __table_args__ = (sa.UniqueConstraint("person_id", "position"),)

    key: str = Field(primary_key=True)
    address: str
    person_id: int = Field(foreign_key="person.id")
    position: int  # 0: the registered address, which the desk writes to


ORGANISATION = core("organisation")
PERSON = core("person")
ADDRESS = core("address")
