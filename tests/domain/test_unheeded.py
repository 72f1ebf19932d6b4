"""A note that no command makes still stops the mail."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.domain.effects import Fate
from mailgate.domain.notice import Receipt
from mailgate.domain.outcome import Problem
from mailgate.domain.unheeded import unheeded_note
from tests.domain.matters import PAUL, decided, mail, only, told

MEANT = (
    "[note]Secret",
    f"[note {'x' * 600}] Secret",
    "[note\n\nSecret]",
    "[[note]] Secret",
    "[note Secret",
    "note] Secret",
    "_[note]_ Secret",
    "`[note]` Secret",
    "［note］ Secret",
    "[not] Secret",
    "[no-te] Secret",
    "[/note] Secret",
    "{note} Secret",
    "[private] Secret",
    "[internal] Secret",
    "    [note] Secret",
    "```\n[note]\n```\nSecret",
    "> [note]\nSecret",
    "[interne: Secret]",
    "[n o t e] Secret",
    "(note) Secret",
)


@pytest.mark.parametrize("text", MEANT)
def test_a_mark_that_looks_like_a_note_is_found(text: str) -> None:
    assert unheeded_note(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "[postgis] is installed, a[0] too",
        "[not applicable] here",
        "[INFO] started",
        "[1] see the notes",
        "Please note: the index",
        "{nodes: 3}",
        "[time 30m] done",
        "{'node': 1}",
        "the manual (note 3) says",
        "[a b c d] are columns",
        "[link](https://example.org/note)",
    ],
)
def test_ordinary_brackets_are_no_notes(text: str) -> None:
    assert unheeded_note(text) is None


@pytest.mark.parametrize("text", MEANT)
def test_a_note_that_no_command_makes_stops_the_mail(text: str) -> None:
    decision = decided(PAUL, text)

    assert decision.fate is Fate.WITHHELD or decision.words[0].is_internal
    assert all(recipient in {PAUL.id, 11} for _, recipient in told(decision))


def test_a_note_in_the_signature_stops_the_mail() -> None:
    written = mail(PAUL, "Secret")
    message = replace(written.message, text="Secret\n\n-- \n[note]")

    decision = decided(PAUL, "Secret", mail=replace(written, message=message))

    (outcome,) = only(decision, Receipt).outcomes
    assert (outcome.verb, outcome.problem, outcome.suggestion) == ("note", Problem.NEAR_MISS, "note")


@given(st.text(alphabet="[]{}note ]\n-_`", max_size=300))
def test_any_text_is_looked_at(text: str) -> None:
    found = unheeded_note(text)
    assert found is None or found in text
