"""A ticket's life, row by row, and the effort that was allowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailgate.domain.ticket import Event, State, Ticket, after

STATES = {
    "new": State.NEW,
    "open": State.OPEN,
    "client": State.WAITING_CLIENT,
    "approval": State.WAITING_APPROVAL,
    "solved": State.SOLVED,
    "closed": State.CLOSED,
    "-": None,  # refused
}

COLUMNS = "new       open      client    approval  solved    closed"

TABLE = {
    Event.CLIENT_WRITES:
              "new       open      open      approval  solved    closed",
    Event.ENGINEER_ANSWERS:
              "open      open      open      open      solved    closed",
    Event.ASKED_FOR_DETAILS:
              "client    client    client    client    client    -",
    Event.ESTIMATED:
              "approval  approval  approval  approval  approval  -",
    Event.SOLVED:
              "solved    solved    solved    solved    solved    -",
    Event.APPROVED:
              "new       open      client    open      solved    -",
    Event.DECLINED:
              "new       open      client    open      solved    -",
    Event.CLOSED:
              "closed    closed    closed    closed    closed    -",
    Event.REOPENED:
              "-         -         -         -         open      open",
}  # fmt: skip

TICKET = Ticket(
    id=123,
    subject="Projection of a layer",
    state=State.OPEN,
    organisation_id=1,
    contract_id=1,
    requester_id=2,
    opened_at=datetime(2026, 9, 22, 8, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("event", "before", "expected"),
    [
        (event, before, expected)
        for event, row in TABLE.items()
        for before, expected in zip(COLUMNS.split(), row.split(), strict=True)
    ],
)
def test_a_ticket_s_life_is_the_table(event: Event, before: str, expected: str) -> None:
    state = STATES[before]

    assert state is not None
    assert after(event, state) is STATES[expected]


def test_the_table_is_complete() -> None:
    assert set(TABLE) == set(Event)
    assert {STATES[column] for column in COLUMNS.split()} == set(State)


def test_only_the_referent_s_command_closes_a_ticket() -> None:
    closing = {
        event for event in Event for state in State if state is not State.CLOSED and after(event, state) is State.CLOSED
    }

    assert closing == {Event.CLOSED}


def test_a_closed_ticket_is_left_by_reopening_alone() -> None:
    leaving = {event for event in Event if after(event, State.CLOSED) not in {None, State.CLOSED}}

    assert leaving == {Event.REOPENED}


def test_the_threshold_is_allowed_until_something_is_approved() -> None:
    assert TICKET.allowance(120) == 120
    assert replace(TICKET, allowance_minutes=300).allowance(120) == 300
    assert replace(TICKET, allowance_minutes=60).allowance(120) == 60
    assert replace(TICKET, allowance_minutes=0).allowance(120) == 0


@pytest.mark.parametrize(
    ("allowed", "covered", "reserved"),
    [(None, 0, 0), (None, 60, 0), (240, 0, 240), (240, 60, 180), (240, 240, 0), (240, 255, 0), (0, 0, 0)],
)
def test_approved_and_unused_minutes_are_reserved(allowed: int | None, covered: int, reserved: int) -> None:
    assert (
        replace(TICKET, allowance_minutes=allowed, approved_minutes=240, covered_minutes=covered).reserved_minutes
        == reserved
    )


def test_a_closed_ticket_reserves_nothing() -> None:
    approved = replace(TICKET, allowance_minutes=240, approved_minutes=240, covered_minutes=60)

    assert replace(approved, state=State.CLOSED).reserved_minutes == 0
    assert all(replace(approved, state=state).reserved_minutes == 180 for state in State if state is not State.CLOSED)


@pytest.mark.parametrize(
    ("estimate", "uncovered", "asked"), [(None, 0, 0), (240, 0, 240), (None, 45, 45), (240, 45, 285), (0, 0, 0)]
)
def test_the_referent_is_asked_for_the_estimate_and_the_work_that_waits(
    estimate: int | None, uncovered: int, asked: int
) -> None:
    assert replace(TICKET, estimate_minutes=estimate, uncovered_minutes=uncovered).asked_minutes == asked
