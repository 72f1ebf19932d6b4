"""Promises about mail that came and mail that goes: whole, processed once, sent for a reason."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator

import sqlalchemy as sa

from mailgate.store.database import Transaction
from mailgate.store.promises.promise import Promise, promise, stream
from mailgate.store.raw_mail import unpack
from mailgate.store.tables import OUTBOX, RAW_MAIL


def damaged_mails(tx: Transaction) -> Iterator[str]:
    """Yield the raw mails whose octets are not those that came."""
    for row in stream(tx, sa.select(RAW_MAIL.c.digest, RAW_MAIL.c.content, RAW_MAIL.c.size_octets)):
        try:
            raw = unpack(row.content)
        except (zlib.error, TypeError):
            yield row.digest
        else:
            if hashlib.sha256(raw).hexdigest() != row.digest or len(raw) != row.size_octets:
                yield row.digest


def damaged_notices(tx: Transaction) -> Iterator[str]:
    """Yield the queued mails whose octets do not carry the Message-ID under which they are known."""
    for row in stream(tx, sa.select(OUTBOX.c.id, OUTBOX.c.message_id, OUTBOX.c.content)):
        if f"\r\nMessage-ID: {row.message_id}\r\n".encode() not in row.content:
            yield str(row.id)


def attempts_within(most: int) -> Promise:
    """Return the promise that no mail was tried more often; one more is counted where each attempt killed us."""
    return promise(
        "attempts-bounded",
        "no mail is processed again and again without end",
        f"""
        SELECT 'inbox: ' || id FROM inbox
        WHERE attempts < 0 OR attempts > {int(most) + 1} OR (state NOT IN ('received', 'held') AND attempts = 0)
        UNION ALL
        SELECT 'outbox: ' || id FROM outbox WHERE attempts < 0
        """,  # noqa: S608 - the value is an integer
    )


PROMISES = (
    Promise(name="raw-mail-whole", says="the octets of a mail are those that came", find=damaged_mails),
    promise(
        "raw-mail-owned",
        "all octets belong to a mail of the inbox",
        "SELECT digest FROM raw_mail EXCEPT SELECT raw_digest FROM inbox",
    ),
    promise(
        "mail-dated",
        "a mail has the moment of its processing exactly if it was processed",
        "SELECT id FROM inbox WHERE (state = 'received') <> (processed_at IS NULL)",
    ),
    promise(
        "done-mail-has-effects",
        "whatever is done has left something: words, a line of the audit trail, or an answer",
        """
        SELECT id FROM inbox WHERE state = 'done' AND reason NOT LIKE 'released by mail %'
        EXCEPT SELECT inbox_id FROM message
        EXCEPT SELECT inbox_id FROM event
        EXCEPT SELECT inbox_id FROM outbox
        """,
    ),
    promise(
        "waiting-mail-has-no-effects",
        "whatever is not done has changed nothing yet",
        """
        WITH effect AS (
            SELECT inbox_id FROM message
            UNION SELECT inbox_id FROM intervention
            UNION SELECT opened_by_inbox_id FROM ticket
            UNION SELECT inbox.id FROM entry JOIN inbox ON inbox.digest = entry.mail_digest
        )
        SELECT inbox.id FROM effect JOIN inbox ON inbox.id = effect.inbox_id
        WHERE inbox.state IN ('received', 'held', 'discarded', 'parked')
        """,
    ),
    promise(
        "withheld-mail-told",
        "whoever wrote a mail that is withheld has a receipt that says so",
        "SELECT id FROM inbox WHERE state = 'withheld' EXCEPT SELECT inbox_id FROM outbox",
    ),
    promise(
        "notices-have-a-cause",
        "the key of a notice names its kind, its cause and its recipient, and they are those of its row",
        """
        SELECT id FROM outbox
        WHERE notice_key NOT LIKE kind || '/%/person ' || coalesce(person_id, 0)
            OR (notice_key LIKE kind || '/mail %'
                AND notice_key NOT LIKE kind || '/mail ' || coalesce(inbox_id, 0) || '/%')
            OR (notice_key LIKE kind || '/ticket %'
                AND notice_key NOT LIKE kind || '/ticket ' || coalesce(ticket_id, 0) || '/%')
        """,
    ),
    promise(
        "delivery-settled",
        "a mail that goes is queued, or has a moment at which it was sent or given up, and no claim",
        """
        SELECT id FROM outbox
        WHERE (state = 'queued') <> (done_at IS NULL)
            OR (state <> 'queued' AND claimed_until IS NOT NULL)
        """,
    ),
    Promise(name="notices-whole", says="the octets of a notice carry its Message-ID", find=damaged_notices),
    promise(
        "offers-withdrawn",
        "a mail that was released is not offered for release any more",
        """
        SELECT action.id FROM action JOIN inbox ON inbox.id = action.about_inbox_id
        WHERE action.used_at IS NULL AND inbox.reason LIKE 'released by mail %'
        """,
    ),
)
