"""A group of mails is stored as if one came after the other; raw mail comes back to the octet, however it is packed."""

from __future__ import annotations

import base64
import random
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailgate.store import inbox
from mailgate.store.database import Database, Transaction
from mailgate.store.inbox import Arrival
from mailgate.store.raw_mail import LARGE, pack, unpack
from mailgate.store.reception import store_all
from mailgate.store.tables import INBOX, RAW_MAIL
from tests.store.examples import envelope

FILE = base64.encodebytes(random.Random(1).randbytes(LARGE))
LOG = b"2026-09-22 08:00:00 INFO nothing happened\r\n" * (LARGE // 40)

arrivals = st.builds(
    lambda number, message_id, recipient: Arrival(
        digest=f"digest {number}", packed=pack(b"%d" % number), message_id=message_id, envelope=envelope(recipient)
    ),
    st.integers(0, 5),
    st.sampled_from(["", "<1@example.org>", "<2@example.org>", "<3@example.org>"]),
    st.sampled_from(["support@example.com", "gis@example.com"]),
)


def outcome(
    database: Database, groups: Sequence[Sequence[Arrival]], *, together: bool
) -> tuple[list[tuple[str, bool]], list[tuple[str, tuple[str, ...], bool]]]:
    """What was answered, and what then lies in the inbox."""
    answers = []
    with database.transaction() as tx:
        tx.execute(sa.delete(INBOX))
        tx.execute(sa.delete(RAW_MAIL))
    for group in groups:
        with database.transaction() as tx:
            answers += store_all(tx, group) if together else [inbox.store_one(tx, each) for each in group]
    with database.reading() as tx:
        digest_of = {line.id: line.digest for line in inbox.listing(tx)}
        lines = sorted((line.digest, line.rcpt_to, line.is_repeated_id) for line in inbox.listing(tx))
    return [(digest_of[answer.id], answer.is_new) for answer in answers], lines


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(arrivals, min_size=1, max_size=6), min_size=1, max_size=3))
def test_a_group_is_stored_as_if_one_came_after_the_other(database: Database, groups: list[list[Arrival]]) -> None:
    assert outcome(database, groups, together=True) == outcome(database, groups, together=False)


def test_a_group_costs_as_many_statements_as_one_mail(database: Database) -> None:
    def statements(tx: Transaction, numbers: range) -> int:
        counted: list[str] = []
        driver: Any = tx.connection.dbapi_connection
        driver.set_trace_callback(counted.append)
        store_all(
            tx,
            [
                Arrival(digest=f"d{n}", packed=pack(b"%d" % n), message_id=f"<{n}@example.org>", envelope=envelope())
                for n in numbers
            ],
        )
        driver.set_trace_callback(None)
        return len(counted)

    with database.transaction() as tx:
        if tx.dialect.name != "sqlite":
            pytest.skip("only SQLite's driver shows its statements")
        assert statements(tx, range(16)) == statements(tx, range(100, 101)) == 4


@pytest.mark.parametrize("raw", [b"", b"Subject: x\r\n\r\nHello\r\n", FILE, LOG], ids=["none", "small", "file", "log"])
def test_a_mail_comes_back_to_the_octet(raw: bytes) -> None:
    packed = pack(raw)

    assert unpack(packed.content) == raw
    assert packed.size_octets == len(raw)


def test_a_file_in_base64_is_kept_as_it_is() -> None:
    assert len(FILE) < len(pack(FILE).content) < len(FILE) * 1.001


def test_a_large_mail_that_repeats_itself_is_pressed_by_it() -> None:
    assert len(pack(LOG).content) < len(LOG) // 20
