"""Promises about time that was paid for: every minute of work is posted once, and no pack gives what it has not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mailgate.store.database import Transaction
from mailgate.store.promises.promise import Promise, promise, stream


def wrong_balances(tx: Transaction) -> Iterator[str]:
    """Yield the packs whose balance, as it is looked up, is not what their contract's entries come to one by one.

    A balance is a sum over an index; the entries are read from the table, so that a wrong index shows.
    """
    entries = "SELECT contract_id, pack_id, minutes FROM entry WHERE pack_id IS NOT NULL ORDER BY id"
    sums = """
        SELECT pack.contract_id, pack.id AS pack_id, sum(entry.minutes) AS minutes
        FROM pack JOIN entry ON entry.pack_id = pack.id GROUP BY pack.contract_id, pack.id
        """
    folded: Counter[tuple[int, int]] = Counter()
    for row in stream(tx, entries):
        folded[row.contract_id, row.pack_id] += row.minutes
    summed = {(row.contract_id, row.pack_id): int(row.minutes) for row in stream(tx, sums)}
    wrong = {pack_id for (_, pack_id), _ in folded.items() ^ summed.items()}
    yield from map(str, sorted(wrong))


PROMISES = (
    promise(
        "packs-never-negative",
        "no pack has given more than it had",
        "SELECT pack_id FROM entry WHERE pack_id IS NOT NULL GROUP BY pack_id HAVING sum(minutes) < 0",
    ),
    promise(
        "packs-bought-once",
        "each pack has one purchase in the ledger, of all its minutes",
        """
        SELECT pack.id FROM pack LEFT JOIN entry ON entry.pack_id = pack.id AND entry.kind = 'purchase'
        GROUP BY pack.id, pack.minutes HAVING count(entry.id) <> 1 OR sum(entry.minutes) <> pack.minutes
        """,
    ),
    Promise(name="balances-true", says="a balance is the sum of the entries of its contract", find=wrong_balances),
    promise(
        "work-posted",
        "the minutes that count of each work, corrections included, are those that the ledger posted for it",
        """
        WITH work AS (
            SELECT coalesce(corrects_id, id) AS id, sum(counted_minutes) AS counted
            FROM intervention GROUP BY coalesce(corrects_id, id)
        ), posted AS (
            SELECT coalesce(intervention.corrects_id, intervention.id) AS id,
                sum(CASE WHEN entry.pack_id IS NULL THEN entry.minutes ELSE -entry.minutes END) AS minutes
            FROM entry JOIN intervention ON intervention.id = entry.intervention_id
            GROUP BY coalesce(intervention.corrects_id, intervention.id)
        )
        SELECT work.id FROM work LEFT JOIN posted ON posted.id = work.id
        WHERE work.counted <> coalesce(posted.minutes, 0)
        """,
    ),
    promise(
        "work-not-negative",
        "corrections take back no more than was reported",
        """
        SELECT coalesce(corrects_id, id) FROM intervention GROUP BY coalesce(corrects_id, id)
        HAVING sum(worked_minutes) < 0 OR sum(counted_minutes) < 0
        """,
    ),
    promise(
        "corrections-of-work",
        "a correction is of work itself, on the same ticket and contract",
        """
        SELECT correction.id FROM intervention AS correction
        JOIN intervention AS work ON work.id = correction.corrects_id
        WHERE work.corrects_id IS NOT NULL OR work.ticket_id <> correction.ticket_id
            OR coalesce(work.contract_id, 0) <> coalesce(correction.contract_id, 0)
        """,
    ),
    promise(
        "entries-name-their-work",
        "an entry for work, or against it, names that work, on its ticket and contract",
        """
        SELECT entry.id FROM entry LEFT JOIN intervention ON intervention.id = entry.intervention_id
        WHERE (entry.kind IN ('intervention', 'reversal') AND intervention.id IS NULL)
            OR (intervention.id IS NOT NULL AND (
                intervention.ticket_id <> coalesce(entry.ticket_id, 0)
                OR coalesce(intervention.contract_id, 0) <> entry.contract_id))
        """,
    ),
    promise(
        "entries-have-their-mail",
        "the mail that caused an entry is in the inbox and was processed",
        """
        SELECT entry.id FROM entry LEFT JOIN inbox ON inbox.digest = entry.mail_digest
        WHERE entry.mail_digest <> '' AND (inbox.id IS NULL OR inbox.state NOT IN ('done', 'withheld'))
        """,
    ),
    promise(
        "reservations-approved",
        "no ticket keeps time beyond what was approved for it, and a closed one keeps none",
        """
        SELECT id FROM ticket
        WHERE coalesce(allowance_minutes, 0) < approved_minutes
            OR (state = 'closed' AND (approved_minutes > 0 OR allowance_minutes IS NOT NULL))
        """,
    ),
)
