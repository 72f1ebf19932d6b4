"""What a mail commands: its own text, or the command behind the signed action address that it was written to.

An action address is itself the command: an empty body is enough, a greeting or a name does no harm. A body that says
otherwise commands nothing; its writer is asked to confirm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from mailgate.domain.commands import NearMiss, Reading, parse_commands
from mailgate.domain.courtesy import is_courtesy
from mailgate.domain.notice import Offer
from mailgate.domain.outcome import Outcome, Problem
from mailgate.domain.situation import Situation

#: What has no command of its own: the withheld mail goes out as it is.
RELEASE = "release"


def read(situation: Situation) -> Reading:
    """Return what the mail says and commands."""
    own = _own(situation)
    if situation.offered is None:
        return own
    if _says_otherwise(situation, own):
        return replace(own, commands=(), malformed=(), near_misses=(), misplaced=())
    return replace(_offered(situation), text="")


def objection(situation: Situation) -> Outcome | None:
    """Return why what was offered is not done although its writer took it up: too late, or the body says otherwise."""
    offered = situation.offered
    if offered is None:
        return None
    is_past = offered.is_outdated or (not offered.command and situation.withheld is None)
    problem = Problem.OUTDATED if is_past else Problem.OTHERWISE
    if not is_past and not _says_otherwise(situation, _own(situation)):
        return None
    command = next(iter(_offered(situation).commands), None)
    if command is None:
        return Outcome(verb=RELEASE, written="", problem=problem)
    return Outcome(verb=command.verb.name, written=command.written, problem=problem, minutes=command.minutes)


def _own(situation: Situation) -> Reading:
    new_text = situation.mail.message.new_text
    own = parse_commands(new_text.text, role=situation.role, today=situation.today, is_wrapped=new_text.is_wrapped)
    hints = tuple(_pasted_hints(situation, own.text))
    return replace(own, near_misses=(*own.near_misses, *hints)) if hints else own


#: A line that is nothing but a command in the brackets of our own hints.
_HINT = re.compile(r"(?m)^[^\S\n]*⟦([^⟦⟧\n]{1,200})⟧[^\S\n]*[.!]?$")


def _pasted_hints(situation: Situation, text: str) -> Iterator[NearMiss]:
    """Yield the commands that somebody copied from one of our mails, with the brackets that command nothing."""
    for hint in _HINT.finditer(text):
        meant = parse_commands(f"[{hint[1]}]", role=situation.role, today=situation.today, is_wrapped=False)
        for command in meant.commands:
            yield NearMiss(verb=command.verb, written=command.written, suggestion=command.written)


def _offered(situation: Situation) -> Reading:
    command = situation.offered.command if situation.offered else ""
    return parse_commands(command, role=situation.role, today=situation.today, is_wrapped=False)


def _says_otherwise(situation: Situation, own: Reading) -> bool:
    """Tell whether a mail to an action address holds more than nothing, courtesy, or the same command."""
    if own.malformed or own.near_misses or own.misplaced:
        return True
    if not is_courtesy(own.text, name=situation.sender.name):
        return True
    meant = [replace(command, written="") for command in _offered(situation).commands]
    return any(replace(command, written="") not in meant for command in own.commands)


#: Commands that only lacked proof, place or spelling: their writer is offered a signed address that does it.
CONFIRMABLE = frozenset(
    {
        Problem.UNVERIFIED,
        Problem.NOT_BY_REPLY,
        Problem.REPEATED_ID,
        Problem.MISPLACED,
        Problem.UNSURE,
        Problem.NEAR_MISS,
        Problem.OTHERWISE,
    }
)


def offers_for(situation: Situation, outcomes: tuple[Outcome, ...]) -> tuple[Offer, ...]:
    """Return the commands among these that a tap can still give, or what was probably meant."""
    offers = (_offer(situation, outcome) for outcome in outcomes if outcome.problem in CONFIRMABLE)
    return tuple(dict.fromkeys(offer for offer in offers if offer is not None))


def _offer(situation: Situation, outcome: Outcome) -> Offer | None:
    if outcome.verb == RELEASE:
        return Offer(command="", verb=RELEASE)
    command = f"[{outcome.suggestion or outcome.written}]"
    reading = parse_commands(command, role=situation.role, today=situation.today, is_wrapped=False)
    if len(reading.commands) != 1:
        return None
    return Offer(command=command, verb=reading.commands[0].verb.name, minutes=reading.commands[0].minutes)
