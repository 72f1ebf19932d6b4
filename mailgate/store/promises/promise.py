"""What a promise about the stored data is: a name, a sentence, and a way to find the rows that break it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mailgate.store.database import Transaction

AT_A_TIME = 200  # rows that are in memory at once, however many there are


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Something that is true of the stored data at every moment, whatever crashed.

    `find` yields what breaks it: mostly the number of a row, else words that say which row of which table.
    """

    name: str
    says: str
    find: Callable[[Transaction], Iterator[str]]


def promise(name: str, says: str, query: str) -> Promise:
    """Return a promise that is broken by the rows of a query, which names each in its only column."""

    def find(tx: Transaction) -> Iterator[str]:
        return (str(row[0]) for row in stream(tx, query))

    return Promise(name=name, says=says, find=find)


def stream(tx: Transaction, query: str | sa.Executable) -> Iterator[sa.Row[Any]]:
    """Yield the rows of a query, few of them in memory at a time."""
    statement = sa.text(query) if isinstance(query, str) else query
    yield from tx.execute(statement, execution_options={"yield_per": AT_A_TIME})
