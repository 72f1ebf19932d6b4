"""Time that engineers report: added up per mail and day, rounded up to slices, split over packs, undone again.

Not here: who may report (`permissions.py`), how the ledger adds up (`ledger.py`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from mailgate.domain.commands import Command
from mailgate.domain.ledger import Cause, EntryKind, Intervention, Posting, counted, debit, reduce, reverse
from mailgate.domain.outcome import Problem
from mailgate.domain.progress import Progress, Refusal, Work
from mailgate.domain.situation import Situation


def report_time(situation: Situation, progress: Progress, command: Command) -> Progress | Refusal:
    """Add worked minutes, or subtract them, for a day; `settle` posts the sum once all commands are read."""
    if (refusal := _unbillable(situation, progress)) is not None:
        return refusal
    day = command.day or situation.today
    reported = {**progress.reported, day: progress.reported.get(day, 0) + (command.minutes or 0)}
    notes = (*progress.notes, command.note) if command.note else progress.notes
    return replace(progress, reported=reported, notes=notes)


def report_free_time(situation: Situation, progress: Progress, command: Command) -> Progress | Refusal:
    """Record work that is not counted."""
    if (refusal := _unbillable(situation, progress)) is not None:
        return refusal
    return progress.record(
        Work(
            kind=EntryKind.INTERVENTION,
            day=situation.today,
            worked_minutes=command.minutes or 0,
            counted_minutes=0,
            postings=(),
            is_free=True,
            note=command.note,
        )
    )


def _unbillable(situation: Situation, progress: Progress) -> Refusal | None:
    """Time needs a ticket and a contract to stand on, be it one without a minute left."""
    if progress.ticket is None:
        return Refusal(problem=Problem.NO_TICKET)
    return Refusal(problem=Problem.NO_CONTRACT) if situation.contract is None else None


def settle(situation: Situation, progress: Progress) -> Progress | Refusal:
    """Post the reported time: the minutes of one mail and day are added, then rounded up, then split over packs."""
    for day, minutes in sorted(progress.reported.items()):
        if minutes > 0:
            progress = progress.record(_intervention(situation, progress, day, minutes))
    taken_back = -sum(minutes for minutes in progress.reported.values() if minutes < 0)
    return _correct(situation, progress, taken_back) if taken_back else progress


def _intervention(situation: Situation, progress: Progress, day: date, worked: int) -> Work:
    minutes = counted(worked, situation.rules.slice_minutes)
    return Work(
        kind=EntryKind.INTERVENTION,
        day=day,
        worked_minutes=worked,
        counted_minutes=minutes,
        postings=_cover(situation, progress, day, minutes),
        note="; ".join(progress.notes),
    )


def _cover(situation: Situation, progress: Progress, day: date, minutes: int) -> tuple[Posting, ...]:
    """Split counted minutes: what the allowance permits goes to the packs, the rest waits for an approval."""
    ticket = progress.ticket
    if ticket is None or situation.contract is None:
        return (Posting(minutes=minutes, cause=Cause.EXHAUSTED),)
    allowed = max(0, ticket.allowance(situation.rules.threshold_minutes) - ticket.covered_minutes)
    permitted = min(minutes, allowed)
    limit = progress.account.available_to(ticket.id, day, situation.today)
    postings = debit(permitted, progress.account, day, limit=limit)
    if minutes > permitted:
        postings = (*postings, Posting(minutes=minutes - permitted, cause=Cause.UNAPPROVED))
    return postings


def _correct(situation: Situation, progress: Progress, worked: int) -> Progress | Refusal:
    """Reduce the engineer's own worked time, newest first; the counted minutes are computed anew."""
    own = [work for work in situation.own_work if not work.is_free and work.worked_minutes > 0]
    total = sum(work.worked_minutes for work in own)
    if worked > total:
        return Refusal(problem=Problem.MORE_THAN_WORKED, minutes=total)
    for intervention in reversed(own):
        taken = min(worked, intervention.worked_minutes)
        if taken > 0:
            progress = progress.record(_reduction(situation, intervention, taken, "; ".join(progress.notes)))
            worked -= taken
    return progress


def _reduction(situation: Situation, intervention: Intervention, taken: int, reason: str) -> Work:
    left = counted(intervention.worked_minutes - taken, situation.rules.slice_minutes)
    given_back = max(0, intervention.counted_minutes - left)  # the slice may have been another then
    return Work(
        kind=EntryKind.REVERSAL,
        day=situation.today,
        worked_minutes=-taken,
        counted_minutes=-given_back,
        postings=reduce(intervention.postings, given_back) if given_back else (),
        note=reason,
        corrects_id=intervention.id,
    )


def undo(situation: Situation, progress: Progress, _command: Command) -> Progress | Refusal:
    """Reverse the minutes of the mail whose receipt is being answered, to the packs they came from."""
    if not situation.is_about_a_receipt:
        return Refusal(problem=Problem.NO_RECEIPT)
    standing = [work for work in situation.about if work.worked_minutes]
    if not standing:
        return Refusal(problem=Problem.NOTHING_TO_UNDO)
    for intervention in standing:
        progress = progress.record(
            Work(
                kind=EntryKind.REVERSAL,
                day=situation.today,
                worked_minutes=-intervention.worked_minutes,
                counted_minutes=-intervention.counted_minutes,
                postings=reverse(intervention.postings),
                is_free=intervention.is_free,
                corrects_id=intervention.id,
            )
        )
    return progress.happened("undo", minutes=sum(work.counted_minutes for work in standing))
