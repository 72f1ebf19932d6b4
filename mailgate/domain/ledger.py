"""The ledger: immutable entries, the balance as their fold, debits over packs, reversals.

Time is integer minutes; an entry is never edited or removed, only answered by another one. An entry posts either to
a pack or, where no pack can bear the work, to the account of uncovered minutes with the cause. Not here: durations as
people write them (`durations.py`), who may post (`permissions.py`), persistence (`store/ledger.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from mailgate.domain.contract import Pack, in_order_of_use


class EntryKind(Enum):
    """Why an entry was posted."""

    PURCHASE = "purchase"  # + a pack was bought
    INTERVENTION = "intervention"  # − work was done
    REVERSAL = "reversal"  # ± work is undone or reduced; names the intervention
    CORRECTION = "correction"  # ± by the administrator, with a reason
    DONATION = "donation"  # − what was left of a settled pack


class Cause(Enum):
    """Why minutes of work are uncovered."""

    EXHAUSTED = "exhausted"  # beyond what is left on the contract
    UNAPPROVED = "unapproved"  # beyond the ticket's allowance


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Signed minutes on one account: a pack (its remaining time) or a cause (uncovered time)."""

    minutes: int
    pack_id: int | None = None
    cause: Cause | None = None

    def __post_init__(self) -> None:
        if (self.pack_id is None) == (self.cause is None):
            raise ValueError("a posting is on a pack or on a cause, never both")
        if self.minutes == 0:
            raise ValueError("a posting of nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorship:
    """Who caused an entry, how that was proven, and which mail or command did it."""

    person_id: int
    authenticated_by: str  # such as "dmarc pass", "signed address", "command line"
    mail_digest: str = ""  # SHA-256 of the mail; empty for the command line


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger, as it is stored."""

    id: int
    contract_id: int
    kind: EntryKind
    posting: Posting
    day: date  # of the work, in the contract's zone
    recorded_at: datetime
    authorship: Authorship
    ticket_id: int | None = None
    intervention_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """What one mail reported for one day: minutes worked, minutes counted, and where these were posted.

    `postings` are net of later reversals; their minutes are the opposite of the pack's loss: a pack posting is
    negative, an uncovered posting positive.
    """

    id: int
    ticket_id: int
    engineer_id: int
    inbox_id: int | None
    day: date
    worked_minutes: int
    counted_minutes: int
    is_free: bool = False
    postings: tuple[Posting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The time of a contract: purchased − used − donated = remaining; remaining − reserved = available."""

    purchased: int
    remaining: int
    reserved: int

    @property
    def used(self) -> int:
        """Minutes that are no longer there."""
        return self.purchased - self.remaining

    @property
    def available(self) -> int:
        """Minutes that no approval keeps for a ticket; never negative, although a pack may expire under a promise."""
        return max(0, self.remaining - self.reserved)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The time of one contract at one moment: its packs, what is left of each, what is reserved for which ticket."""

    packs: tuple[Pack, ...] = ()
    remaining_by_pack: Mapping[int, int] = field(default_factory=dict)
    reserved_by_ticket: Mapping[int, int] = field(default_factory=dict)

    def usable_packs(self, day: date) -> tuple[Pack, ...]:
        """Return the packs with time left that are valid on that day, in their order of use."""
        return tuple(pack for pack in in_order_of_use(self.packs, day) if self.remaining_by_pack.get(pack.id, 0) > 0)

    def is_open_on(self, day: date) -> bool:
        """Tell whether the contract still runs: a pack with time left is valid then or later."""
        return any(self.remaining_by_pack.get(pack.id, 0) > 0 and pack.last_day >= day for pack in self.packs)

    def balance(self, day: date) -> Balance:
        """Return the balance of the packs that have not expired by that day."""
        current = [pack for pack in self.packs if pack.last_day >= day]
        remaining = sum(self.remaining_by_pack.get(pack.id, 0) for pack in current)
        return Balance(
            purchased=sum(pack.minutes for pack in current),
            remaining=remaining,
            reserved=min(remaining, sum(self.reserved_by_ticket.values())),  # a pack may expire under a promise
        )

    def available_to(self, ticket_id: int, day: date, today: date) -> int:
        """Return the minutes that work of that day on that ticket can take: what the others have not reserved."""
        usable = sum(self.remaining_by_pack[pack.id] for pack in self.usable_packs(day))
        others = sum(minutes for other, minutes in self.reserved_by_ticket.items() if other != ticket_id)
        later = sum(
            self.remaining_by_pack.get(pack.id, 0)
            for pack in self.packs
            if pack.last_day >= today and not pack.is_valid_on(day)
        )
        return max(0, usable - max(0, others - later))

    def post(self, postings: Iterable[Posting]) -> Account:
        """Return the account after these postings."""
        remaining = Counter(self.remaining_by_pack)
        for posting in postings:
            if posting.pack_id is not None:
                remaining[posting.pack_id] += posting.minutes
        return Account(packs=self.packs, remaining_by_pack=dict(remaining), reserved_by_ticket=self.reserved_by_ticket)

    def reserve(self, ticket_id: int, minutes: int) -> Account:
        """Return the account with that reservation for the ticket in place of its former one."""
        reserved = {other: kept for other, kept in self.reserved_by_ticket.items() if other != ticket_id}
        if minutes > 0:
            reserved[ticket_id] = minutes
        return Account(packs=self.packs, remaining_by_pack=self.remaining_by_pack, reserved_by_ticket=reserved)


def fold(entries: Iterable[Entry]) -> Mapping[int, int]:
    """Return what is left of each pack: the sum of its postings. The database's sums must equal this."""
    remaining: Counter[int] = Counter()
    for entry in entries:
        if entry.posting.pack_id is not None:
            remaining[entry.posting.pack_id] += entry.posting.minutes
    return dict(remaining)


def counted(worked_minutes: int, slice_minutes: int) -> int:
    """Round up to whole slices («par tranche de 15 minutes»): any started slice counts."""
    return -(-worked_minutes // slice_minutes) * slice_minutes


def debit(minutes: int, account: Account, day: date, *, limit: int) -> tuple[Posting, ...]:
    """Take up to `limit` of the minutes from the packs valid that day; what is beyond goes uncovered as exhausted."""
    postings: list[Posting] = []
    wanted = min(minutes, limit)
    for pack in account.usable_packs(day):
        taken = min(wanted, account.remaining_by_pack[pack.id])
        if taken > 0:
            postings.append(Posting(minutes=-taken, pack_id=pack.id))
            wanted -= taken
    rest = minutes + sum(posting.minutes for posting in postings)
    if rest > 0:
        postings.append(Posting(minutes=rest, cause=Cause.EXHAUSTED))
    return tuple(postings)


def reverse(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    """Return the postings that undo these exactly, on the same accounts."""
    return tuple(
        Posting(minutes=-posting.minutes, pack_id=posting.pack_id, cause=posting.cause) for posting in postings
    )


def reduce(postings: Sequence[Posting], minutes: int) -> tuple[Posting, ...]:
    """Return the reversal of that many minutes of these postings: uncovered minutes first, then the last pack taken.

    Raises ValueError where the postings hold fewer minutes.
    """
    reversal: list[Posting] = []
    wanted = minutes
    last_first = list(reversed(postings))
    for posting in sorted(last_first, key=lambda posting: posting.cause is None):
        given = min(wanted, abs(posting.minutes))
        if given > 0:
            sign = -1 if posting.minutes > 0 else 1
            reversal.append(Posting(minutes=sign * given, pack_id=posting.pack_id, cause=posting.cause))
            wanted -= given
    if wanted:
        raise ValueError("more is to be reversed than was posted")
    return tuple(reversal)
