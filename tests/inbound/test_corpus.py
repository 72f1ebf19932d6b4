"""Real mail of a corpus beside the repository, read in place; skipped where there is none."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mailgate.inbound.inspection import inspect
from mailgate.inbound.parse import parse

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"

pytestmark = pytest.mark.skipif(not (CORPUS / "manifest.jsonl").is_file(), reason=f"no corpus in {CORPUS}")

Case = dict[str, Any]


def cases(form: str) -> list[Case]:
    with (CORPUS / "manifest.jsonl").open(encoding="utf-8") as manifest:
        return [case for line in manifest if (case := json.loads(line))["format"] == form]


def scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("corpus_score", CORPUS / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.timeout(60)
def test_every_message_is_read_and_hardly_one_is_refused() -> None:
    refused = []
    for case in cases("rfc822"):
        message = parse((CORPUS / case["file"]).read_bytes())
        assert len(message.text) <= case["size"] * 4 + 1_000, case["id"]
        if message.excess:
            refused.append(case["id"])

    assert len(refused) <= 2, refused  # two bounces with a boundary of more than 70 octets


@pytest.mark.timeout(60)
def test_a_command_in_an_old_part_is_never_surely_new(tmp_path: Path) -> None:
    score = scorer()
    seeded = [(case["id"], *score.seeded(case, CORPUS, tmp_path)) for case in cases("text")]
    old = [identity for identity, path, _ in seeded if path and score.obeys(inspect(path.read_bytes(), ""))]
    new = [identity for identity, _, path in seeded if path and not score.obeys(inspect(path.read_bytes(), ""))]

    assert old == []
    assert len(new) <= 3, new  # each stands below a border


@pytest.mark.timeout(60)
def test_the_new_text_of_replies_is_right_in_three_of_four(tmp_path: Path) -> None:
    score = scorer()
    replies = [case for form in ("text", "html", "rfc822") for case in cases(form) if "reply" in case.get("known", {})]
    right = [
        score.reply_ok(
            case["known"]["reply"], inspect(score.as_message(case, CORPUS, tmp_path).read_bytes(), "")["new_text"]
        )
        for case in replies
    ]

    assert sum(right) >= 0.74 * len(right)
