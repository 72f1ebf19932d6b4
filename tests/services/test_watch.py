"""What time itself causes: administrators hear of held mail, in business hours, seldom, and once of each mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mailgate.services.intake import MOST_ATTEMPTS, RETRY_AFTER
from mailgate.store import inbox
from tests.services.desk_in_memory import EVA, LUC, MINUTE, NOW, DeskInMemory, read

STRANGER = "mallory@evil.example.net"
HOUR = timedelta(hours=1)


def hold(desk: DeskInMemory) -> int:
    inbox_id = desk.write(STRANGER, "Let me in.")
    desk.process()
    assert desk.mail(inbox_id).state == "held"
    return inbox_id


def told(desk: DeskInMemory) -> list[str]:
    """The subjects of the notices, oldest first."""
    rows = [row for row in desk.queued() if row.kind == "mail_held"]
    assert {row.rcpt_to for row in rows} <= {EVA}  # the one administrator
    return [str(read(row)["Subject"]) for row in rows]


def test_held_mail_is_told_to_the_administrators_alone(desk: DeskInMemory) -> None:
    hold(desk)
    hold(desk)

    assert desk.watch.report_held_mail() == 1

    (subject,) = told(desk)
    assert subject.startswith("2 messages")


@pytest.mark.parametrize(
    "closed",
    [
        datetime(2026, 9, 22, 6, 59, tzinfo=UTC),  # a Tuesday, 08:59 in Paris
        datetime(2026, 9, 22, 16, 0, tzinfo=UTC),  # 18:00
        datetime(2026, 9, 26, 10, 0, tzinfo=UTC),  # a Saturday
    ],
)
def test_outside_business_hours_nobody_is_told_and_at_the_opening_everything_is(
    desk: DeskInMemory, closed: datetime
) -> None:
    desk.clock.time = closed
    hold(desk)

    assert desk.watch.report_held_mail() == 0
    desk.clock.time = desk.watch.calendar.next_opening(closed)
    assert desk.watch.report_held_mail() == 1


def test_the_same_mail_is_not_told_twice(desk: DeskInMemory) -> None:
    hold(desk)

    assert [desk.watch.report_held_mail()] == [1]
    for _ in range(3):
        desk.clock.advance(HOUR)
        assert desk.watch.report_held_mail() == 0


def test_what_is_held_after_a_notice_waits_for_the_next_hour(desk: DeskInMemory) -> None:
    hold(desk)
    desk.watch.report_held_mail()
    desk.clock.advance(MINUTE)
    hold(desk)
    hold(desk)

    while desk.clock() < NOW + HOUR:
        assert desk.watch.report_held_mail() == 0
        desk.clock.advance(MINUTE)
    assert desk.watch.report_held_mail() == 1

    assert [subject[:5] for subject in told(desk)] == ["One m", "2 mes"]


def test_two_schedulers_tell_once(desk: DeskInMemory) -> None:
    hold(desk)

    assert desk.watch.report_held_mail() + desk.watch.report_held_mail() == 1


def test_parked_mail_is_told_as_held_mail_is(desk: DeskInMemory) -> None:
    inbox_id = desk.write(LUC, "The map is white.")
    desk.spoil_raw_mail()
    for _ in range(MOST_ATTEMPTS):
        desk.process()
        desk.clock.advance(RETRY_AFTER)
    assert desk.mail(inbox_id).state == "parked"

    assert desk.watch.report_held_mail() == 1


def test_a_mail_that_is_held_again_after_a_retry_is_told_again(desk: DeskInMemory) -> None:
    inbox_id = hold(desk)
    desk.watch.report_held_mail()
    desk.clock.advance(HOUR)
    with desk.database.transaction() as tx:
        assert inbox.retry(tx, inbox_id, at=desk.clock())
    desk.process()

    assert desk.watch.report_held_mail() == 1


def test_without_an_administrator_the_mail_waits_until_there_is_one(desk: DeskInMemory) -> None:
    hold(desk)
    desk.execute("UPDATE person SET is_administrator = FALSE")
    assert desk.watch.report_held_mail() == 0

    desk.execute(f"UPDATE person SET is_administrator = TRUE WHERE id = {desk.people[EVA]}")
    assert desk.watch.report_held_mail() == 1


def test_nothing_is_told_while_nothing_is_held(desk: DeskInMemory) -> None:
    desk.ask()

    assert desk.watch.report_held_mail() == 0
    assert told(desk) == []
