"""Packs as they were bought. Adding one is a matter of `contracts.py`, what is left of one of `ledger.py`."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa

from mailgate.domain.contract import Pack
from mailgate.store.database import Transaction
from mailgate.store.tables import PACK


def of_contract(tx: Transaction, contract_id: int, *, ending_from: date = date.min) -> list[Pack]:
    """Return the packs of a contract whose last day is that day or later, in the order in which they end."""
    rows = tx.execute(_of_contract(), {"contract_id": contract_id, "ending_from": ending_from})
    return [Pack(**row._asdict()) for row in rows]


@cache
def _of_contract() -> sa.Select[tuple[Any, ...]]:
    return (
        sa.select(PACK)
        .where(PACK.c.contract_id == sa.bindparam("contract_id"), PACK.c.last_day >= sa.bindparam("ending_from"))
        .order_by(PACK.c.last_day, PACK.c.bought_on, PACK.c.id)
    )
