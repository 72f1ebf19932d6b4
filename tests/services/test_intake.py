"""The path of one message: counted before it is read, tried three times, its effects all or none, and once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from mailgate.domain.message import IncomingMessage
from mailgate.errors import UnavailableError
from mailgate.inbound.parse import parse
from mailgate.inbound.pool import ReaderKilledError
from mailgate.services.intake import BATCH, MOST_ATTEMPTS, RETRY_AFTER, Intake
from mailgate.store import inbox
from tests.services.desk_in_memory import EVA, LUC, MINUTE, NILS, REFERENT, DeskInMemory

SECRET = "the parcel of Mrs Durand"


def failing_token(*, after: int = 0) -> Callable[[], str]:
    """A source of tokens that gives some, then fails with a text that must not be seen anywhere."""
    tokens = iter([f"early-{number}" for number in range(after)])

    def new_token() -> str:
        token = next(tokens, None)
        if token is None:
            raise RuntimeError(SECRET)
        return token

    return new_token


class ProcessEnded(BaseException):
    """Stands for what no handler sees: the end of the process."""


def ending_token() -> str:
    raise ProcessEnded


def state(desk: DeskInMemory, inbox_id: int) -> tuple[str, int]:
    mail = desk.mail(inbox_id)
    return mail.state, mail.attempts


# --- attempts --------------------------------------------------------------------------------------------------------


def test_the_attempt_is_counted_before_the_mail_is_read(desk: DeskInMemory) -> None:
    inbox_id = desk.write(LUC, "The map is white.")
    desk.spoil_raw_mail()

    desk.process()

    assert state(desk, inbox_id) == ("received", 1)


def test_a_mail_whose_octets_cannot_be_read_is_parked_and_holds_up_nobody(desk: DeskInMemory) -> None:
    damaged = desk.write(LUC, "This one.")
    desk.spoil_raw_mail()
    good = desk.write(LUC, "And this one.")

    for _ in range(MOST_ATTEMPTS):
        desk.process()
        desk.clock.advance(RETRY_AFTER)

    assert desk.mail(good).state == "done"
    assert state(desk, damaged) == ("parked", MOST_ATTEMPTS)


def test_a_mail_that_fails_three_times_is_parked_with_a_reason_and_the_others_flow(desk: DeskInMemory) -> None:
    bad = desk.write(LUC, "This one.")
    good = desk.write(LUC, "And this one.")
    with desk.crashing("INSERT ON ticket", f"NEW.opened_by_inbox_id = {bad}"):
        desk.process()
        assert (state(desk, bad), state(desk, good)) == (("received", 1), ("done", 1))
        for attempt in (2, 3):
            desk.clock.advance(RETRY_AFTER)
            desk.process()
            assert desk.mail(bad).attempts == attempt

    parked = desk.mail(bad)
    assert (parked.state, parked.reason) == ("parked", "it could not be processed")
    assert parked.last_error.startswith("TemporaryError from IntegrityError")
    desk.clock.advance(timedelta(days=1))
    assert desk.intake.process_batch() == 0


def test_a_mail_that_killed_the_process_three_times_is_parked_without_being_read_again(desk: DeskInMemory) -> None:
    inbox_id = desk.write(LUC, "This one.")
    for attempt in range(1, MOST_ATTEMPTS + 1):
        with pytest.raises(ProcessEnded):
            desk.with_tokens(ending_token).process_batch()
        assert state(desk, inbox_id) == ("received", attempt)
        desk.clock.advance(RETRY_AFTER)

    desk.with_tokens(ending_token).process_batch()

    parked = desk.mail(inbox_id)
    assert (parked.state, parked.reason) == ("parked", "it could not be processed")
    assert parked.last_error == "the process ended during each attempt"
    assert desk.queued() == []


def test_a_deferred_mail_is_tried_again_when_it_is_due_and_not_before(desk: DeskInMemory) -> None:
    inbox_id = desk.write(LUC, "The map is white.")
    desk.with_tokens(failing_token()).process_batch()

    desk.clock.advance(RETRY_AFTER - timedelta(microseconds=1))
    assert desk.intake.process_batch() == 0
    desk.clock.advance(timedelta(microseconds=1))
    assert desk.intake.process_batch() == 1

    assert state(desk, inbox_id) == ("done", 2)


def test_a_mail_that_killed_the_process_is_not_taken_up_at_once(desk: DeskInMemory) -> None:
    desk.write(LUC, "The map is white.")
    with pytest.raises(ProcessEnded):
        desk.with_tokens(ending_token).process_batch()

    assert desk.intake.process_batch() == 0
    desk.clock.advance(RETRY_AFTER)
    assert desk.intake.process_batch() == 1


def test_a_parked_mail_that_the_operator_retries_has_three_attempts_again(desk: DeskInMemory) -> None:
    inbox_id = desk.write(LUC, "The map is white.")
    for _ in range(MOST_ATTEMPTS):
        desk.with_tokens(failing_token()).process_batch()
        desk.clock.advance(RETRY_AFTER)
    assert desk.mail(inbox_id).state == "parked"

    with desk.database.transaction() as tx:
        assert inbox.retry(tx, inbox_id, at=desk.clock())
    desk.process()

    assert state(desk, inbox_id) == ("done", 1)


def test_the_reason_that_is_kept_and_logged_names_the_place_and_never_the_text_of_an_exception(
    desk: DeskInMemory,
) -> None:
    inbox_id = desk.write(LUC, "The map is white.")
    with capture_logs() as lines:
        desk.with_tokens(failing_token()).process_batch()

    assert desk.mail(inbox_id).last_error.startswith("RuntimeError at ")
    assert [(line["event"], line["inbox_id"]) for line in lines] == [("processing_failed", inbox_id)]
    assert SECRET not in str(lines) + desk.mail(inbox_id).last_error


def test_a_batch_takes_the_oldest_mails_first_and_the_next_batch_the_rest(desk: DeskInMemory) -> None:
    written = [desk.write(LUC, f"Question {number}.") for number in range(BATCH + 2)]

    assert [desk.intake.process_batch() for _ in range(3)] == [BATCH, 2, 0]

    assert [row.inbox_id for row in desk.queued() if row.kind == "acknowledgement"] == written


# --- all or nothing --------------------------------------------------------------------------------------------------

#: Each place at which the processing of the mail below writes, from the first statement to the last.
WRITES = (
    "INSERT ON ticket_person",
    "UPDATE ON ticket",
    "UPDATE ON action",
    "INSERT ON message",
    "INSERT ON intervention",
    "INSERT ON entry",
    "INSERT ON event",
    "INSERT ON action",
    "INSERT ON outbox",
    "UPDATE OF processed_at ON inbox",
)


@pytest.fixture
def answered(desk: DeskInMemory) -> DeskInMemory:
    """A ticket with an open request for approval, so that the next mail supersedes an offer."""
    desk.ask()
    desk.say(EVA, "This needs a study.\n\n[estimate 4h]", to=desk.signed(EVA))
    return desk


def work(desk: DeskInMemory) -> int:
    """A mail that writes into every table there is: words, minutes over two days, an estimate, offers, notices."""
    body = "A part of it is done.\n\n[time 20m]\n[time 10m 2026-09-22]\n[estimate 3h]"
    return desk.write(NILS, body, to=desk.signed(NILS))


@pytest.mark.parametrize("place", WRITES)
def test_a_crash_while_writing_leaves_nothing_behind_and_the_retry_has_the_effects_once(
    answered: DeskInMemory, place: str
) -> None:
    inbox_id = work(answered)
    before = answered.contents()

    with answered.crashing(place):
        answered.process()

    assert state(answered, inbox_id) == ("received", 1)
    assert answered.contents() == before
    answered.clock.advance(RETRY_AFTER)
    answered.process()
    assert_effects_once(answered, inbox_id)


@pytest.mark.parametrize("tokens", range(3))
def test_a_crash_while_composing_a_notice_leaves_nothing_behind_and_the_retry_has_the_effects_once(
    answered: DeskInMemory, tokens: int
) -> None:
    inbox_id = work(answered)
    before = answered.contents()

    answered.with_tokens(failing_token(after=tokens)).process_batch()

    assert answered.contents() == before
    answered.clock.advance(RETRY_AFTER)
    answered.process()
    assert_effects_once(answered, inbox_id)


def test_the_end_of_the_process_inside_the_transaction_leaves_nothing_behind(answered: DeskInMemory) -> None:
    inbox_id = work(answered)
    before = answered.contents()

    with pytest.raises(ProcessEnded):
        answered.with_tokens(ending_token).process_batch()

    assert answered.contents() == before
    answered.clock.advance(RETRY_AFTER)
    answered.process()
    assert_effects_once(answered, inbox_id)


def assert_effects_once(desk: DeskInMemory, inbox_id: int) -> None:
    assert state(desk, inbox_id) == ("done", 2)
    of_mail = f"inbox_id = {inbox_id}"
    assert desk.query(f"SELECT worked_minutes, counted_minutes FROM intervention WHERE {of_mail}") == [(30, 30)]
    assert desk.query("SELECT minutes FROM entry WHERE kind = 'intervention'") == [(-30,)]
    assert desk.query(f"SELECT count(*) FROM message WHERE {of_mail}") == [(1,)]
    assert desk.query(f"SELECT verb FROM event WHERE {of_mail} ORDER BY id") == [("time",), ("time",), ("estimate",)]
    kinds = sorted((row.kind, row.rcpt_to) for row in desk.queued() if row.inbox_id == inbox_id)
    assert kinds == [("answer", EVA), ("answer", LUC), ("approval_request", REFERENT), ("receipt", NILS)]
    assert desk.query("SELECT count(*) FROM action WHERE used_at IS NOT NULL") == [(2,)]


# --- once ------------------------------------------------------------------------------------------------------------


def test_a_mail_that_is_done_is_not_processed_again(desk: DeskInMemory) -> None:
    inbox_id = desk.write(LUC, "The map is white.")
    with desk.database.reading() as tx:
        stored = inbox.load(tx, inbox_id)
    desk.process()
    before = desk.contents()

    desk.intake.process(stored, desk.clock())  # as another worker that had it in hand would
    desk.clock.advance(timedelta(days=1))
    desk.process()

    assert desk.contents() == before
    assert state(desk, inbox_id) == ("done", 1)


def test_a_mail_that_comes_again_by_another_way_counts_once(desk: DeskInMemory) -> None:
    raw = f"From: {LUC}\r\nMessage-ID: <same@client.example.com>\r\nSubject: A map\r\n\r\nWhite.\r\n".encode()
    first = desk.receive(raw, mail_from=LUC)
    desk.process()
    desk.clock.advance(MINUTE)

    assert desk.receive(b"Received: by another way\r\n" + raw, mail_from=LUC) == first
    desk.process()

    assert len(desk.queued()) == 3  # an acknowledgement, and the question to two engineers


# --- whose fault a failure is -----------------------------------------------------------------------------------------


def reading_by(desk: DeskInMemory, parse_mail: Callable[[bytes], IncomingMessage]) -> Intake:
    return replace(desk.intake, parse=parse_mail)


def test_a_mail_that_kills_its_reader_each_time_is_parked_after_three_attempts_and_the_others_go_on(
    desk: DeskInMemory,
) -> None:
    def parse_unless_harmful(raw: bytes) -> IncomingMessage:
        if b"harmful" in raw:
            raise ReaderKilledError("the process that read the mail ended with status -9")
        return parse(raw)

    intake = reading_by(desk, parse_unless_harmful)
    harmful = desk.write(LUC, "This one is harmful.")
    for number in range(MOST_ATTEMPTS):
        other = desk.write(LUC, f"And this is number {number}.")
        intake.process_batch()
        assert desk.mail(other).state == "done"
        desk.clock.advance(RETRY_AFTER)

    assert state(desk, harmful) == ("parked", MOST_ATTEMPTS)
    assert "ReaderKilledError" in desk.mail(harmful).last_error


def test_what_is_missing_for_every_mail_counts_against_none(desk: DeskInMemory) -> None:
    def unavailable(_raw: bytes) -> IncomingMessage:
        raise UnavailableError("no process can be started to read mails")

    inbox_id = desk.write(LUC, "The map is white.")
    for _ in range(MOST_ATTEMPTS + 2):
        reading_by(desk, unavailable).process_batch()
        desk.clock.advance(RETRY_AFTER)

    assert state(desk, inbox_id) == ("received", 0)
    desk.process()
    assert desk.mail(inbox_id).state == "done"
