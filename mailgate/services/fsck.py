"""Every promise about the stored data, checked: what is broken, how often, and by which rows.

Looks at one state of the database throughout, so that it may run beside the desk; changes nothing. What the promises
are is in `store/promises/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mailgate.services.intake import MOST_ATTEMPTS
from mailgate.store.database import Transaction
from mailgate.store.promises import PROMISES, Promise, attempts_within

#: What is checked, in this order.
ALL_PROMISES: tuple[Promise, ...] = (*PROMISES, attempts_within(MOST_ATTEMPTS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one promise: how often it is broken, and the first rows that break it."""

    name: str
    says: str
    broken: int
    ids: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Tell whether nothing breaks it."""
        return self.broken == 0


def check(tx: Transaction, *, most_ids: int = 0) -> Iterator[Verdict]:
    """Check one promise after the other and yield each verdict, with at most so many ids."""
    for promise in ALL_PROMISES:
        found = promise.find(tx)
        ids = tuple(islice(found, most_ids))
        yield Verdict(name=promise.name, says=promise.says, broken=len(ids) + sum(1 for _ in found), ids=ids)
