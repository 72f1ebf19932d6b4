"""The whole job through real SMTP: from a client's question to the referent's close, in each language."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mailgate.domain.people import Language
from mailgate.domain.ticket import State
from mailgate.entrypoints.demo.script import COUNCIL, TOWN, Line
from mailgate.entrypoints.demo.stage import Sent
from mailgate.services import reports
from mailgate.store import tickets
from tests.entrypoints.conversations import CONVERSATIONS
from tests.entrypoints.world import World, running_desk


async def speak(world: World, lines: tuple[Line, ...]) -> str:
    """Play the lines and return the transcript."""
    transcript = []
    for line in lines:
        transcript.append(f"=== {line.actor.name}\n\n{line.body}\n")
        transcript += [shown(sent) for sent in await world.performance.say(line)]
    return "\n".join(transcript)


def shown(sent: Sent) -> str:
    """A mail as its recipient reads it, without what differs from run to run."""
    text = re.sub(r"support\+[a-z0-9-]+@", "support+TOKEN@", sent.text)
    text = re.sub(r"(On|Le|El) [^\n]*2026[^\n]*wrote:", "On DATE wrote:", text)
    return f"--- {sent.kind} to {sent.to}\nSubject: {sent.subject}\n\n{text.rstrip()}\n"


@pytest.mark.parametrize("language", list(Language), ids=lambda language: language.value)
async def test_a_case_goes_from_question_to_close_in_each_language(
    language: Language, tmp_path: Path, compare_with_golden: Callable[[str, str], None]
) -> None:
    async with running_desk(tmp_path, language=language) as world:
        transcript = await speak(world, CONVERSATIONS[language])
        app = world.stage.app
        with app.database.reading() as tx:
            balance = reports.balance_sheet(tx, TOWN, app.now())
            other = reports.balance_sheet(tx, COUNCIL, app.now())
            ticket = tickets.load(tx, 1)

    assert (balance["used_minutes"], balance["reserved_minutes"]) == (210, 0)  # 20 min count 30, then 3 h
    assert other["used_minutes"] == 0
    assert ticket is not None
    assert (ticket.state, ticket.counted_minutes) == (State.OPEN, 210)
    compare_with_golden(f"{language.value}/conversation.txt", transcript)
