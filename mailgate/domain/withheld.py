"""An engineer's mail that does not reach the client: withheld because a command failed or nothing proves its writer.

A reply to the receipt, or one of its links, releases it. Such a reply only ever brings commands: of its own words
nothing goes to the client, so that «please do not send this» is not sent either.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mailgate.domain.commands import Command, Reading
from mailgate.domain.dialogue import audit, receipt, unverified_notice
from mailgate.domain.effects import Decision, Fate
from mailgate.domain.execution import Attempt, attempt
from mailgate.domain.notice import File, Notice, Offer, Receipt
from mailgate.domain.offered import RELEASE, read
from mailgate.domain.outcome import Outcome, Problem
from mailgate.domain.situation import Situation, Withheld
from mailgate.domain.unheeded import note_mark
from mailgate.domain.vocabulary import words_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What an engineer wants the client to read: the words of this mail, or of the withheld one that it releases."""

    text: str
    files: tuple[File, ...]
    released_inbox_id: int | None = None
    dropped: tuple[Outcome, ...] = ()  # commands of the withheld mail that are not carried out with it

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to pass on."""
        return not (self.text or self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An engineer's mail as it is understood: what it commands, and what it wants to be passed on."""

    reading: Reading
    content: Content


def heard(situation: Situation) -> Heard:
    """Return what an engineer's mail means; a reply about a withheld mail speaks for that one."""
    reading = read(situation)
    withheld = situation.withheld
    if withheld is None and situation.offered is not None:
        return Heard(reading=reading, content=Content(text="", files=()))
    if withheld is None:
        return Heard(reading=reading, content=Content(text=reading.text.strip(), files=situation.mail.files))
    said = {command.verb.name for command in reading.commands}
    if said and said <= QUESTIONS:
        return Heard(reading=replace(reading, text=""), content=Content(text="", files=()))
    is_release = situation.offered is not None and not situation.offered.command
    kept, dropped = ((), _undone(withheld.commands)) if is_release else _standing(situation, withheld, said)
    content = Content(text=withheld.text, files=withheld.files, released_inbox_id=withheld.inbox_id, dropped=dropped)
    commands = tuple(_dated(withheld, command) for command in (*kept, *reading.commands))
    return Heard(reading=replace(reading, commands=commands, text=""), content=content)


#: Verbs that only ask: a reply that holds no others releases nothing.
QUESTIONS = frozenset({"help", "status", "check"})


def _standing(
    situation: Situation, withheld: Withheld, said: set[str]
) -> tuple[tuple[Command, ...], tuple[Outcome, ...]]:
    """Divide what the withheld mail commands rightly and the correction does not say again: what stands, what fails."""
    kept: list[Command] = []
    dropped: list[Outcome] = []
    for command in withheld.commands if said else ():
        if command.verb.name in said:
            continue
        alone = attempt(situation, Reading(commands=(command,)))
        if alone.has_failed:
            dropped += alone.outcomes
        else:
            kept.append(command)
    return tuple(kept), tuple(dropped)


def _undone(commands: tuple[Command, ...]) -> tuple[Outcome, ...]:
    return tuple(
        Outcome(verb=command.verb.name, written=command.written, problem=Problem.NOT_ALONE) for command in commands
    )


def _dated(withheld: Withheld, command: Command) -> Command:
    """Undated work is of the day on which the withheld mail was received, not of that of its correction."""
    if command.verb.name != "time" or command.day is not None:
        return command
    return replace(command, day=withheld.received_on)


def without_unheeded_note(situation: Situation, tried: Attempt, content: Content) -> Attempt:
    """Fail where words that were perhaps meant to stay internal would go out, and no command keeps them so."""
    if content.is_empty or any(outcome.verb == "note" for outcome in tried.outcomes):
        return tried
    word = words_for(situation.sender.language)["note"]
    if situation.withheld is None:
        found = note_mark(situation.mail.message)
    else:
        found = word if situation.withheld.is_perhaps_internal else None
    if found is None:
        return tried
    fault = Outcome(verb="note", written=found[:40].strip("[]"), problem=Problem.NEAR_MISS, suggestion=word)
    spoiled = (
        replace(outcome, problem=Problem.NOT_ALONE) if outcome.is_done else outcome for outcome in tried.outcomes
    )
    return _failed(tried, *spoiled, fault)


def with_words(situation: Situation, tried: Attempt, content: Content) -> Attempt:
    """Fail where words are missing: an empty mail, a request without a question, a solution that nobody was told."""
    if situation.withheld is not None and not tried.outcomes and situation.offered is None:
        return _failed(tried, Outcome(verb="", written="", problem=Problem.NO_COMMAND))
    if situation.withheld is None and situation.offered is None and situation.mail.message.new_text.is_cut:
        return _failed(tried, Outcome(verb="", written="", problem=Problem.TOO_LONG))
    if tried.has_failed or not content.is_empty:
        return tried
    if not tried.outcomes:
        return _failed(tried, Outcome(verb="", written="", problem=Problem.NO_TEXT))
    unanswered = situation.ticket is not None and situation.ticket.answered_at is None
    speechless = tried.verbs & ({"info", "solved"} if unanswered else {"info"})
    if not speechless:
        return tried
    outcomes = (
        replace(outcome, problem=Problem.NO_TEXT if outcome.verb in speechless else Problem.NOT_ALONE)
        for outcome in tried.outcomes
    )
    return _failed(tried, *outcomes)


def _failed(tried: Attempt, *outcomes: Outcome) -> Attempt:
    return replace(tried, outcomes=outcomes, progress=tried.beginning, has_failed=True)


def withhold_unproven(situation: Situation, tried: Attempt, content: Content) -> Decision:
    """Keep a mail that only bears an engineer's address, and tell the engineer at the registered one."""
    told = unverified_notice(situation, tried, is_withheld=not content.is_empty)
    offers = told.offers or _release(situation, content)
    return _kept(
        situation,
        tried,
        content,
        reason="the origin of the mail is not proven",
        notice=replace(told, offers=_about(situation, content, offers)),
    )


def withhold_failed(situation: Situation, tried: Attempt, content: Content) -> Decision:
    """Send nothing to the client; a reply to the receipt with the corrected commands releases the mail.

    Where the note may have been meant to stay internal, sending it as it is is not offered.
    """
    told = receipt(situation, tried, tried.outcomes)
    is_perhaps_internal = any(outcome.verb == "note" for outcome in tried.outcomes)
    release = () if is_perhaps_internal else _release(situation, content)
    offers = tuple(dict.fromkeys((*told.offers, *release)))
    notice = replace(
        told,
        is_withheld=True,
        text=content.text,
        about_inbox_id=content.released_inbox_id,
        offers=_about(situation, content, offers),
    )
    return _kept(situation, tried, content, reason="a command failed", notice=notice)


def refuse(situation: Situation, content: Content, problem: Problem) -> Decision:
    """Hold an engineer's mail that has nobody to go to, and tell its writer why."""
    outcome = Outcome(verb="", written="", problem=problem)
    told = Receipt(to=situation.sender, outcomes=(outcome,), is_withheld=True, text=content.text)
    return Decision(fate=Fate.HELD, reason=f"an engineer's mail: {problem.value}", notices=(told,))


def _kept(situation: Situation, tried: Attempt, content: Content, *, reason: str, notice: Notice) -> Decision:
    is_reply = content.released_inbox_id is not None or situation.offered is not None
    return Decision(
        fate=Fate.DONE if is_reply else Fate.WITHHELD,
        reason=f"a reply that released nothing: {reason}" if is_reply else reason,
        ticket=situation.ticket,
        events=audit(tried),
        notices=(notice,),
    )


def _release(situation: Situation, content: Content) -> tuple[Offer, ...]:
    return (Offer(command="", verb=RELEASE),) if situation.ticket is not None and not content.is_empty else ()


def _about(situation: Situation, content: Content, offers: tuple[Offer, ...]) -> tuple[Offer, ...]:
    withheld = content.released_inbox_id or situation.mail.inbox_id
    answered = situation.about_inbox_id or withheld  # what is undone is the mail whose receipt was answered
    return tuple(replace(offer, about_inbox_id=answered if offer.verb == "undo" else withheld) for offer in offers)
