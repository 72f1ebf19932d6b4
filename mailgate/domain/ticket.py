"""Tickets: their states, which event leads to which state, and the effort that was allowed.

The table TRANSITIONS is the page «A ticket's life» of the manual. Nothing here knows mail, notices or the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class State(Enum):
    """Where a ticket stands."""

    NEW = "new"  # nobody has answered yet
    OPEN = "open"  # the support company has the next move
    WAITING_CLIENT = "waiting-client"  # details were asked for
    WAITING_APPROVAL = "waiting-approval"  # the referent has an estimate
    SOLVED = "solved"  # answered; the referent is asked to close
    CLOSED = "closed"  # by the referent, never by the machine


class Event(Enum):
    """What can change a ticket's state."""

    CLIENT_WRITES = "client writes"
    ENGINEER_ANSWERS = "engineer answers"
    ASKED_FOR_DETAILS = "info"
    ESTIMATED = "estimate"
    SOLVED = "solved"
    APPROVED = "approve"
    DECLINED = "decline"
    CLOSED = "close"
    REOPENED = "reopen"


S, E = State, Event

#: (event, state before) → state after. A pair that is missing is refused.
TRANSITIONS: dict[tuple[Event, State], State] = {
    (E.CLIENT_WRITES, S.NEW): S.NEW,
    (E.CLIENT_WRITES, S.OPEN): S.OPEN,
    (E.CLIENT_WRITES, S.WAITING_CLIENT): S.OPEN,
    (E.CLIENT_WRITES, S.WAITING_APPROVAL): S.WAITING_APPROVAL,
    (E.CLIENT_WRITES, S.SOLVED): S.SOLVED,
    (E.CLIENT_WRITES, S.CLOSED): S.CLOSED,
    (E.ENGINEER_ANSWERS, S.NEW): S.OPEN,
    (E.ENGINEER_ANSWERS, S.OPEN): S.OPEN,
    (E.ENGINEER_ANSWERS, S.WAITING_CLIENT): S.OPEN,
    (E.ENGINEER_ANSWERS, S.WAITING_APPROVAL): S.OPEN,
    (E.ENGINEER_ANSWERS, S.SOLVED): S.SOLVED,
    (E.ENGINEER_ANSWERS, S.CLOSED): S.CLOSED,
    (E.REOPENED, S.SOLVED): S.OPEN,
    (E.REOPENED, S.CLOSED): S.OPEN,
    **{(E.ASKED_FOR_DETAILS, state): S.WAITING_CLIENT for state in S if state is not S.CLOSED},
    **{(E.ESTIMATED, state): S.WAITING_APPROVAL for state in S if state is not S.CLOSED},
    **{(E.SOLVED, state): S.SOLVED for state in S if state is not S.CLOSED},
    **{
        (event, state): S.OPEN if state is S.WAITING_APPROVAL else state
        for event in (E.APPROVED, E.DECLINED)
        for state in S
        if state is not S.CLOSED
    },
    **{(E.CLOSED, state): S.CLOSED for state in S if state is not S.CLOSED},
}


def after(event: Event, state: State) -> State | None:
    """Return the state after the event, or None where the event is refused in that state."""
    return TRANSITIONS.get((event, state))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One question and all that came of it.

    `id` is the number that people see, as in `[#123]`; 0 before the ticket is stored. `allowance_minutes` is None
    until something is approved; `covered_minutes` are those debited from packs so far, `uncovered_minutes` those
    that wait for an approval.
    """

    id: int
    subject: str
    state: State
    organisation_id: int
    contract_id: int | None
    requester_id: int
    opened_at: datetime
    deadline: datetime | None = None
    assignee_id: int | None = None
    participant_ids: frozenset[int] = frozenset()  # contacts besides the requester
    copied_ids: frozenset[int] = frozenset()  # contacts copied on the first mail; who answers it becomes a participant
    follower_ids: frozenset[int] = frozenset()  # engineers besides the assignee
    taken_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    estimate_minutes: int | None = None  # the open estimate, additional effort
    allowance_minutes: int | None = None
    approved_minutes: int = 0  # by all approvals that stand
    covered_minutes: int = 0
    uncovered_minutes: int = 0
    counted_minutes: int = 0
    root_message_id: str = ""  # of the mail that opened it
    is_out_of_contract: bool = False

    def allowance(self, threshold_minutes: int) -> int:
        """Return how many minutes may be debited in all: the threshold until something is approved."""
        return threshold_minutes if self.allowance_minutes is None else self.allowance_minutes

    @property
    def reserved_minutes(self) -> int:
        """Approved and unused minutes, never more than was approved; a closed ticket keeps none."""
        if self.allowance_minutes is None or self.state is State.CLOSED:
            return 0
        return max(0, min(self.approved_minutes, self.allowance_minutes - self.covered_minutes))

    @property
    def asked_minutes(self) -> int:
        """The most that the referent can approve now: the open estimate and the work that waits for approval."""
        return (self.estimate_minutes or 0) + self.uncovered_minutes
