"""What all tables share: metadata with named constraints, and the types of their columns.

Every constraint has a name of its own, so that a later migration can change it on any database. Nothing here is
about one table.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import SQLModel

#: A primary key is never given twice, not even after an erasure: an old signed address must not name a new row.
NEVER_REUSE_IDS = {"sqlite_autoincrement": True}


class Row(SQLModel):
    """Base of all table classes; it keeps them in metadata of their own."""

    metadata: ClassVar[sa.MetaData] = sa.MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )


def one_of(values: type[Enum], name: str) -> sa.Enum:
    """Return the type of a column that holds the value of one of a closed list, with a CHECK of that name."""
    return sa.Enum(
        values,
        name=name,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=24,
        values_callable=_values,
    )


def _values(members: Sequence[Any]) -> list[str]:
    return [str(member.value) for member in members]


def core(name: str) -> sa.Table:
    """Return the Core table of that name."""
    return Row.metadata.tables[name]


def index_where(name: str, *columns: str, condition: str) -> sa.Index:
    """Return an index of the rows that meet the condition."""
    return sa.Index(name, *columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))


def unique_where(name: str, *columns: str, condition: str) -> sa.Index:
    """Return a unique key that holds among the rows which meet the condition."""
    return sa.Index(name, *columns, unique=True, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))
