"""Real mail of a corpus beside the repository, read in place; skipped where there is none."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
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


#: Expectations that are wrong, and why; docs/corpus.md says more.
JUDGED = {
    "stalwart-mail-parser/legacy-020": "a subject of the text's own charset, expected as U+FFFD",
    "stalwart-mail-parser/legacy-052": "as above, and the text",
    "stalwart-mail-parser/legacy-034": "UTF-7, which is read by nobody's rules here, expected in a wrong decoding",
    "stalwart-mail-parser/malformed-020": "the source of the HTML part, expected as text",
    "stalwart-mail-parser/malformed-021": "as above",
    "zammad/mail015": "the other desk's own words for «nothing to see»",
    "zammad/mail024": "as above",
    "zammad/mail042": "as above",
    "zammad/mail086": "as above",
    "zammad/mail094": "as above",
    "zammad/mail060": "text of the right charset, expected in a wrong one",
    "zammad/mail072": "as above",
}

Outcomes = dict[str, list[bool]]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Return whether each case is right, by what is asked of it."""
    score, folder = scorer(), tmp_path_factory.mktemp("corpus")
    found: Outcomes = {}
    for case in (each for form in ("text", "html", "rfc822") for each in cases(form)):
        got = inspect(score.as_message(case, CORPUS, folder).read_bytes(), "")
        for name, is_right in judged(score, case, got):
            found.setdefault(name, []).append(is_right)
    return found


def judged(score: ModuleType, case: Case, got: Case) -> Iterator[tuple[str, bool]]:
    known, doubtful = case.get("known", {}), set(case.get("doubtful", []))
    if reply := known.get("reply"):
        is_right = score.reply_ok(reply, got["new_text"])
        yield "new text", is_right
        yield f"new text, {case.get('lang')}", is_right
        for name, find in (("new text with old", score.leaks), ("new text without new", score.loses)):
            if (is_wrong := find(reply, got["new_text"])) is not None:
                yield name, not is_wrong
    if known.get("from_email") and "from_email" not in doubtful:
        yield "from", got["from"]["address"].lower() == known["from_email"].lower()
    if known.get("subject") is not None and "subject" not in doubtful and case["id"] not in JUDGED:
        yield "subject", score.nows(got["subject"]) == score.nows(known["subject"])
    is_text_known = "reply" not in known and "body_text" not in doubtful and case["id"] not in JUDGED
    if is_text_known and (words := score.words(known.get("body_text"))):
        yield "body words", len(words & score.words(got["text"])) >= 0.95 * len(words)
    if (is_bounce := known.get("is_bounce")) is not None:
        yield "bounce" if is_bounce else "no bounce", (got["kind"] == "bounce") == is_bounce


@pytest.mark.timeout(100)
@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("new text", 0.85),
        ("new text, en", 0.82),
        ("new text, fr", 0.85),
        ("new text, es", 0.85),
        ("new text with old", 0.97),
        ("new text without new", 0.97),
        ("subject", 0.985),
        ("from", 0.98),
        ("body words", 0.86),
        ("bounce", 0.99),
        ("no bounce", 1.0),
    ],
)
def test_real_mail_is_read_at_least_as_well_as_this(outcomes: Outcomes, name: str, least: float) -> None:
    right = outcomes[name]

    assert sum(right) >= least * len(right), f"{sum(right)} of {len(right)}"
