"""Offered commands: each works once, and not after something on the ticket made it meaningless."""

from __future__ import annotations

from mailgate.store import action
from mailgate.store.database import Database, Transaction
from tests.store.examples import MINUTE, NOW, Desk, mail


def offer(tx: Transaction, desk: Desk, command: str, *, about_inbox_id: int | None = None) -> int:
    return action.offer(
        tx,
        person_id=desk.referent_id,
        ticket_id=desk.ticket_id,
        command=command,
        about_inbox_id=about_inbox_id,
        at=NOW,
    )


def test_an_offer_comes_back_as_it_was_made(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        action_id = offer(tx, desk, "[approve 4h]")
        assert action.load(tx, action_id) == action.Action(
            id=action_id,
            person_id=desk.referent_id,
            ticket_id=desk.ticket_id,
            command="[approve 4h]",
            about_inbox_id=None,
            created_at=NOW,
            used_at=None,
        )
        assert action.load(tx, action_id + 1) is None


def test_an_offer_is_taken_up_once(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        action_id = offer(tx, desk, "[close]")
        assert action.use(tx, action_id, NOW + MINUTE)
        assert not action.use(tx, action_id, NOW + 2 * MINUTE)
        used = action.load(tx, action_id)
    assert used is not None
    assert used.used_at == NOW + MINUTE


def test_a_superseded_offer_works_no_more_but_what_is_about_one_mail_does(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        approve = offer(tx, desk, "[approve 4h]")
        undo = offer(tx, desk, "[undo]", about_inbox_id=mail(tx, "work").id)
        action.supersede(tx, ticket_id=desk.ticket_id, at=NOW)
        assert not action.use(tx, approve, NOW)
        assert action.use(tx, undo, NOW)
