"""Promises about the database itself: an unhurt file, its rules in force, and no row that they would refuse.

The declared rules are looked at one by one, because a file that was edited, restored or opened by another program may
hold what the rules refuse. All of it is made from the declarations in `tables/`, so that no new table is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from mailgate.store import sqlite
from mailgate.store.database import Transaction
from mailgate.store.promises.promise import Promise, stream
from mailgate.store.tables import METADATA

APPEND_ONLY = ("pack", "intervention", "entry", "message", "event")
ABOVE_ZERO = "entry_keeps_pack_above_zero"
KNOWN_RULES = {
    "sqlite": ("SELECT name FROM sqlite_master WHERE type = 'trigger'", ("update", "delete")),
    "postgresql": ("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D' AND NOT tgisinternal", ("change", "truncate")),
}


def damage(tx: Transaction) -> Iterator[str]:
    """Yield what SQLite finds wrong with its file; PostgreSQL looks after its own."""
    if tx.dialect.name != "sqlite":
        return
    try:
        yield from (row[0] for row in tx.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok")
    except sa.exc.DatabaseError as error:
        if not sqlite.says_damaged(error):
            raise
        yield "the file is so damaged that it cannot be checked"


def missing_rules(tx: Transaction) -> Iterator[str]:
    """Yield the triggers that are not there or are switched off."""
    query, verbs = KNOWN_RULES[tx.dialect.name]
    expected = {ABOVE_ZERO, *(f"{table}_refuses_{verb}" for table in APPEND_ONLY for verb in verbs)}
    yield from sorted(expected - {row[0] for row in stream(tx, query)})


def orphans(tx: Transaction) -> Iterator[str]:
    """Yield the rows that name a row which does not exist."""
    for table in METADATA.sorted_tables:
        for key in table.foreign_key_constraints:
            parent = key.referred_table.alias()
            pairs = [(element.parent, parent.c[element.column.name]) for element in key.elements]
            named = sa.and_(*(mine.is_not(None) for mine, _ in pairs))
            join = sa.outerjoin(table, parent, sa.and_(*(mine == theirs for mine, theirs in pairs)))
            lost = sa.select(*_keys(table)).select_from(join).where(named, pairs[0][1].is_(None))
            yield from _told(tx, lost, f"{table.name}.{'+'.join(mine.name for mine, _ in pairs)}")


def unknown_values(tx: Transaction) -> Iterator[str]:
    """Yield the rows whose state, kind or other value of a closed list is none of the list."""
    for table in METADATA.sorted_tables:
        for column in table.c:
            if isinstance(column.type, sa.Enum):
                value = sa.type_coerce(column, sa.String)
                wrong = sa.select(*_keys(table)).where(value.not_in(column.type.enums))
                yield from _told(tx, wrong, f"{table.name}.{column.name}")


def broken_checks(tx: Transaction) -> Iterator[str]:
    """Yield the rows that a CHECK would refuse."""
    for table in METADATA.sorted_tables:
        for rule in table.constraints:
            if isinstance(rule, sa.CheckConstraint) and isinstance(rule.sqltext, sa.TextClause):
                wrong = sa.select(*_keys(table)).where(sa.text(f"NOT ({rule.sqltext.text})"))
                yield from _told(tx, wrong, str(rule.name))


def doubled_keys(tx: Transaction) -> Iterator[str]:
    """Yield what stands twice where it may stand once: a notice, a mail, the entry of a mail."""
    for table in METADATA.sorted_tables:
        for columns, condition in _unique_keys(table):
            known = sa.and_(*(column.is_not(None) for column in columns), condition)
            twice = sa.select(*columns).where(known).group_by(*columns).having(sa.func.count() > 1)
            yield from _told(tx, twice, f"{table.name}.{'+'.join(column.name for column in columns)}")


def _unique_keys(table: sa.Table) -> Iterator[tuple[list[sa.Column[object]], sa.ColumnElement[bool]]]:
    for rule in table.constraints:
        if isinstance(rule, sa.UniqueConstraint | sa.PrimaryKeyConstraint):
            yield list(rule.columns), sa.true()
    for index in table.indexes:
        if index.unique:
            yield list(index.columns), index.dialect_options["sqlite"]["where"]


def used_up_numbers(tx: Transaction) -> Iterator[str]:
    """Yield the tables that would give a number again: an old signed address would then name a new row."""
    for table in METADATA.sorted_tables:
        if table.dialect_options["sqlite"].get("autoincrement"):
            highest = tx.execute(sa.select(sa.func.max(table.c.id))).scalar_one()
            if highest is not None and _last_number(tx, table.name) < highest:
                yield table.name


def _last_number(tx: Transaction, table: str) -> int:
    if tx.dialect.name == "sqlite":
        given = tx.execute(sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table})
    else:
        name = tx.execute(sa.text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table}).scalar_one()
        given = tx.execute(sa.text(f"SELECT last_value FROM {name}"))  # noqa: S608 - a name of our own schema
    return int(given.scalar_one_or_none() or 0)


def _keys(table: sa.Table) -> list[sa.Column[object]]:
    """Return the key, not as a value of its own type: that of a broken row need not be one."""
    return list(table.primary_key)


def _told(tx: Transaction, query: sa.Executable, place: str) -> Iterator[str]:
    for row in stream(tx, query):
        yield f"{place}: {' '.join(str(value) for value in row)}"


PROMISES = (
    Promise(name="file-whole", says="the file of the database is in order", find=damage),
    Promise(name="rules-in-force", says="the database refuses changes of what only grows", find=missing_rules),
    Promise(name="no-orphans", says="whatever a row names exists", find=orphans),
    Promise(name="values-known", says="states and kinds are those of their lists", find=unknown_values),
    Promise(name="checks-hold", says="no row is one that the database would refuse", find=broken_checks),
    Promise(name="keys-unique", says="no notice, no mail and no entry of a mail is there twice", find=doubled_keys),
    Promise(name="numbers-new", says="no number is given twice, even after an erasure", find=used_up_numbers),
)
