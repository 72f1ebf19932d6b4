"""Carrying out the commands of one mail: together or not at all.

EXECUTORS is the table: verb → step. If one command fails, the beginning is kept and every outcome says why. Nothing
here knows who is told.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from mailgate.domain import moves, timekeeping
from mailgate.domain.commands import Command, Malformed, Reading
from mailgate.domain.offered import objection
from mailgate.domain.outcome import Outcome, Problem
from mailgate.domain.people import Engineer, Role
from mailgate.domain.permissions import Ruling, ruling
from mailgate.domain.progress import Progress, Refusal, Step
from mailgate.domain.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of all commands of a mail. Where one failed, `progress` is the beginning, untouched."""

    outcomes: tuple[Outcome, ...]
    beginning: Progress
    progress: Progress
    has_failed: bool

    @property
    def verbs(self) -> frozenset[str]:
        """The verbs that were carried out."""
        return frozenset() if self.has_failed else frozenset(outcome.verb for outcome in self.outcomes)

    @property
    def worked_minutes(self) -> int:
        """Worked minutes that this mail reported, corrections included."""
        return sum(work.worked_minutes for work in self.progress.works if not work.is_free)

    @property
    def counted_minutes(self) -> int:
        """Counted minutes that this mail moved."""
        return sum(work.counted_minutes for work in self.progress.works)

    @property
    def free_minutes(self) -> int:
        """Minutes worked that are not counted."""
        return sum(work.worked_minutes for work in self.progress.works if work.is_free)

    @property
    def uncovered_minutes(self) -> int:
        """Minutes of this mail's work that no pack bears."""
        postings = (posting for work in self.progress.works for posting in work.postings)
        return sum(posting.minutes for posting in postings if posting.cause is not None)


def attempt(situation: Situation, reading: Reading) -> Attempt:
    """Carry out what a mail commands, all of it or nothing."""
    beginning = Progress(ticket=situation.ticket, account=situation.account)
    objected = objection(situation)
    if objected is not None:
        return Attempt(outcomes=(objected,), beginning=beginning, progress=beginning, has_failed=True)
    faults = _faults_of_writing(situation, reading)
    progress, outcomes = beginning, list[Outcome]()
    contradicting = _contradictions(reading.commands)
    for command in sorted(reading.commands, key=_closes):
        step = _permitted(situation, command) or (
            Refusal(problem=Problem.CONTRADICTION) if command.verb.name in contradicting else None
        )
        result = step or EXECUTORS[command.verb.name](situation, progress, command)
        if isinstance(result, Progress):
            progress = result
        outcomes.append(_outcome(command, result))
    settled = timekeeping.settle(situation, progress)
    if isinstance(settled, Refusal):
        outcomes = [_outcome_of_time(outcome, settled) for outcome in outcomes]
    has_failed = bool(faults) or any(not outcome.is_done for outcome in outcomes)
    if has_failed:
        outcomes = [_spoiled(outcome) for outcome in outcomes]
    kept = beginning if has_failed or isinstance(settled, Refusal) else settled
    return Attempt(outcomes=(*outcomes, *faults), beginning=beginning, progress=kept, has_failed=has_failed)


def _closes(command: Command) -> bool:
    """Closing comes last, wherever it is written: what else the mail decides is decided on the open ticket."""
    return command.verb.name == "close"


def _permitted(situation: Situation, command: Command) -> Refusal | None:
    """Return why this mail may not command that: the policy table on role and proof of origin."""
    if situation.role not in command.verb.roles:
        referents = command.verb.roles == frozenset({Role.REFERENT})
        is_contact = situation.role is Role.CONTACT
        return Refusal(problem=Problem.REFERENT_ONLY if referents and is_contact else Problem.WRONG_ROLE)
    allowed, problem = ruling(command.verb.name, situation.authority)
    if allowed is Ruling.REFUSE:
        return Refusal(problem=problem or Problem.UNVERIFIED)
    if not situation.mail.message.new_text.is_sure and situation.offered is None:
        return Refusal(problem=Problem.UNSURE)
    return None


#: Verbs that exclude each other in one mail; a verb that stands twice contradicts itself, except those in REPEATABLE.
EXCLUSIVE = (
    frozenset({"approve", "decline"}),
    frozenset({"close", "reopen"}),
    frozenset({"info", "estimate", "solved"}),
    frozenset({"note", "info"}),
    frozenset({"note", "solved"}),
    frozenset({"note", "estimate"}),
    frozenset({"note", "take"}),
    frozenset({"undo", "time"}),
)
REPEATABLE = frozenset({"time", "free", "help", "status", "balance", "check", "take", "note"})


def _contradictions(commands: tuple[Command, ...]) -> frozenset[str]:
    written = Counter(command.verb.name for command in commands)
    twice = {verb for verb, times in written.items() if times > 1 and verb not in REPEATABLE}
    clashes = (group & written.keys() for group in EXCLUSIVE if len(group & written.keys()) > 1)
    return frozenset(twice.union(*clashes))


def _faults_of_writing(situation: Situation, reading: Reading) -> tuple[Outcome, ...]:
    """Return what the mail's writing spoils: wrong arguments, near misses, an engineer's command inside a sentence."""
    malformed = [_fault(situation, fault) for fault in reading.malformed]
    near = [
        Outcome(verb=miss.verb.name, written=miss.written, problem=Problem.NEAR_MISS, suggestion=miss.suggestion)
        for miss in reading.near_misses
    ]
    misplaced = [
        Outcome(verb=command.verb.name, written=command.written, problem=Problem.MISPLACED, minutes=command.minutes)
        for command in reading.misplaced
        if not isinstance(situation.sender, Engineer) or command.verb.roles <= ENGINEERS
    ]
    return (*malformed, *near, *misplaced)


def _fault(situation: Situation, fault: Malformed) -> Outcome:
    """Where nobody knows who asks, nothing is put before the referent: the want of proof comes first."""
    _, unproven = ruling(fault.verb.name, situation.authority)
    is_for_referent = fault.problem is Problem.REFERENT_ONLY and not situation.is_verified
    problem = unproven if is_for_referent and unproven else fault.problem
    return Outcome(verb=fault.verb.name, written=fault.written, problem=problem, minutes=fault.minutes)


ENGINEERS = frozenset({Role.ENGINEER, Role.ADMINISTRATOR})


def _outcome(command: Command, result: Progress | Refusal) -> Outcome:
    refusal = result if isinstance(result, Refusal) else None
    return Outcome(
        verb=command.verb.name,
        written=command.written,
        problem=refusal.problem if refusal else None,
        minutes=refusal.minutes if refusal else _moved(command, result),
    )


def _moved(command: Command, result: Progress | Refusal) -> int | None:
    if isinstance(result, Progress) and result.happenings and result.happenings[-1].verb == command.verb.name:
        return result.happenings[-1].minutes
    return command.minutes


def _outcome_of_time(outcome: Outcome, refusal: Refusal) -> Outcome:
    if outcome.verb != "time" or not outcome.is_done:
        return outcome
    return replace(outcome, problem=refusal.problem, minutes=refusal.minutes)


def _spoiled(outcome: Outcome) -> Outcome:
    return replace(outcome, problem=Problem.NOT_ALONE, minutes=None) if outcome.is_done else outcome


def _balance(situation: Situation, progress: Progress, _command: Command) -> Progress | Refusal:
    if situation.contract is None:
        return Refusal(problem=Problem.NO_CONTRACT)
    return progress.happened("balance")


def _answered(_situation: Situation, progress: Progress, command: Command) -> Progress | Refusal:
    return progress.happened(command.verb.name)


#: What each verb does. Every verb of the vocabulary has its row; a test compares the two.
EXECUTORS: dict[str, Step] = {
    "time": timekeeping.report_time,
    "free": timekeeping.report_free_time,
    "info": moves.info,
    "note": moves.note,
    "estimate": moves.estimate,
    "solved": moves.solved,
    "take": moves.take,
    "undo": timekeeping.undo,
    "approve": moves.approve,
    "decline": moves.decline,
    "close": moves.close,
    "reopen": moves.reopen,
    "balance": _balance,
    "status": _answered,
    "help": _answered,
    "check": _answered,
}
