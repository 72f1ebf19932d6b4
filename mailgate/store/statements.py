"""The few statements that all query modules use, with their types. Nothing here is about one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from mailgate.store.database import Transaction


def insert(tx: Transaction, table: sa.Table, **values: object) -> int:
    """Add a row and return its id."""
    key = tx.execute(_insert(table), values).inserted_primary_key
    if key is None:
        raise TypeError(f"{table.name} has no key of its own")
    return int(key[0])


def insert_new(tx: Transaction, table: sa.Table, **values: object) -> Any:  # noqa: ANN401 - as the column's type
    """Add a row and return its primary key; return None where a unique key exists already, without any error.

    Unlike an error this leaves a PostgreSQL transaction usable.
    """
    key = tuple(table.primary_key)
    return tx.execute(_insert_new(table, tx.dialect.name, key), values).scalar_one_or_none()


def insert_new_rows(
    tx: Transaction, table: sa.Table, rows: Sequence[Mapping[str, object]], *returned: sa.Column[Any]
) -> Sequence[sa.Row[tuple[Any, ...]]]:
    """Add rows with one statement and return these columns of those that were new, in any order."""
    return tx.execute(_insert_new(table, tx.dialect.name, returned), rows).all()


@cache
def _insert(table: sa.Table) -> sa.Insert:
    """Return the statement without its values: building it anew would cost more than running it."""
    return sa.insert(table)


@cache
def _insert_new(
    table: sa.Table, dialect: str, returned: tuple[sa.Column[Any], ...]
) -> ReturningInsert[tuple[Any, ...]]:
    dialect_insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return dialect_insert(table).on_conflict_do_nothing().returning(*returned)


def update(tx: Transaction, table: sa.Table, *conditions: sa.ColumnElement[bool], **values: object) -> int:
    """Change the rows that meet all conditions and return how many there were."""
    return tx.execute(sa.update(table).where(*conditions).values(**values)).rowcount
