"""Storing a group of mails with few statements: what a busy listener costs is decided here.

A statement for each row would cost several times as much, most of it in handing the interpreter from thread to thread.
What is known already, or is not alone in its group, goes the long way (`inbox.store_one`). Not here: the transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from mailgate.store import inbox
from mailgate.store.database import Transaction
from mailgate.store.inbox import Arrival, Stored
from mailgate.store.statements import insert_new_rows
from mailgate.store.tables import INBOX, RAW_MAIL


def store_all(tx: Transaction, arrivals: Sequence[Arrival]) -> list[Stored]:
    """Store mails, or add recipients where a mail is known; return an outcome for each, in order.

    The same as `inbox.store_one` for one after the other.
    """
    alone = _unlike_earlier_ones(arrivals)
    known = set(tx.execute(_known_digests(), {"digests": [arrival.digest for arrival in alone]}).scalars())
    stored = _insert(tx, [arrival for arrival in alone if arrival.digest not in known])
    return [
        stored.pop(arrival.digest) if arrival.digest in stored else inbox.store_one(tx, arrival) for arrival in arrivals
    ]


def _unlike_earlier_ones(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Return those that share neither digest nor Message-ID with an earlier one of the group."""
    seen: set[str] = set()
    alone = []
    for arrival in arrivals:
        marks = {arrival.digest, arrival.message_id} - {""}
        if seen.isdisjoint(marks):
            alone.append(arrival)
        seen |= marks
    return alone


def _insert(tx: Transaction, arrivals: Sequence[Arrival]) -> dict[str, Stored]:
    """Add these and return what was added by digest; one that another node has just added is left out."""
    if not arrivals:
        return {}
    ids = [arrival.message_id for arrival in arrivals if arrival.message_id]
    repeated = set(tx.execute(_known_message_ids(), {"message_ids": ids}).scalars())
    insert_new_rows(tx, RAW_MAIL, [inbox.raw_row(arrival) for arrival in arrivals], RAW_MAIL.c.digest)
    rows = [inbox.new_row(arrival, is_repeated_id=arrival.message_id in repeated) for arrival in arrivals]
    added = insert_new_rows(tx, INBOX, rows, INBOX.c.digest, INBOX.c.id)
    return {row.digest: Stored(id=row.id, is_new=True) for row in added}


@cache
def _known_digests() -> sa.Select[tuple[Any]]:
    return sa.select(INBOX.c.digest).where(INBOX.c.digest.in_(sa.bindparam("digests", expanding=True)))


@cache
def _known_message_ids() -> sa.Select[tuple[Any]]:
    return sa.select(INBOX.c.message_id).where(INBOX.c.message_id.in_(sa.bindparam("message_ids", expanding=True)))
