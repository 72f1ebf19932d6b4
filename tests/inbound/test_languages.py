"""Each row of the table of languages does what it is there for."""

from __future__ import annotations

import pytest

from mailgate.domain.message import ForwardedMail
from mailgate.inbound.forwarded import forwarded_mail
from mailgate.inbound.languages import LANGUAGES, Language
from mailgate.inbound.new_text import extract

NEW = "The index is gone.\nCan you look?"
OLD = "Our earlier words\nwith no mark before them"
MOMENT = "5.10.2026 10:00"

WITH_HEADER = [language for language in LANGUAGES if language.author and language.sent and language.subject]


def code(language: object) -> str:
    return language.code if isinstance(language, Language) else str(language)


def new_of(text: str) -> str:
    return extract(text, is_wrapped=True).text


@pytest.mark.parametrize(
    ("language", "verb"), [(language, verb) for language in LANGUAGES for verb in language.wrote], ids=code
)
def test_an_attribution_ends_what_is_new(language: Language, verb: str) -> None:
    opener = next(iter(language.openers), "")
    line = f"{opener}{MOMENT} Eva Example <eva@example.org> {verb}:"

    assert new_of(f"{NEW}\n\n{line.capitalize()}\n\n{OLD}") == NEW
    assert new_of(f"{NEW}\n\n{line}\n> old\n> older\n\nBelow it.").split() == f"{NEW} Below it.".split()


@pytest.mark.parametrize("language", WITH_HEADER, ids=code)
def test_a_header_block_ends_what_is_new(language: Language) -> None:
    assert new_of(f"{NEW}\n\n{header(language)}\n\n{OLD}") == NEW
    assert new_of(f"{NEW}\n\n{header(language, bold=True)}\n\n{OLD}") == NEW


@pytest.mark.parametrize(
    ("language", "words"), [(language, words) for language in LANGUAGES for words in language.original], ids=code
)
def test_a_mark_of_the_original_message_ends_what_is_new(language: Language, words: str) -> None:
    assert new_of(f"{NEW}\n\n-----{words.title()}-----\n{OLD}") == NEW
    assert new_of(f"{NEW}\n\n-------- {words.upper()} --------\n\n{OLD}") == NEW


@pytest.mark.parametrize(
    ("language", "words"), [(language, words) for language in LANGUAGES for words in language.forwarded], ids=code
)
def test_a_forwarded_mail_is_known_by_its_heading(language: Language, words: str) -> None:
    labels = language if language in WITH_HEADER else LANGUAGES[0]
    text = f"{NEW}\n\n---------- {words.capitalize()} ---------\n{header(labels)}\n\n{OLD}"

    assert new_of(text) == NEW
    assert forwarded_mail(text, "x") == ForwardedMail(sender="eva@example.org", subject="Question 7", text=OLD)


@pytest.mark.parametrize(
    ("language", "words"), [(language, words) for language in LANGUAGES for words in language.above], ids=code
)
def test_what_stands_below_the_request_to_answer_above_is_old(language: Language, words: str) -> None:
    assert new_of(f"{NEW}\n\n##- {words.capitalize()} -##\n\n{OLD}") == NEW


@pytest.mark.parametrize(
    ("language", "words"), [(language, words) for language in LANGUAGES for words in language.footers], ids=code
)
def test_the_line_that_a_telephone_adds_is_no_text(language: Language, words: str) -> None:
    assert new_of(f"{NEW}\n\n{words.capitalize()}Phone") == NEW


@pytest.mark.parametrize(
    ("language", "words"), [(language, words) for language in LANGUAGES for words in language.closings], ids=code
)
def test_a_command_below_the_close_of_a_letter_is_not_sure(language: Language, words: str) -> None:
    closed = f"{NEW}\n\n{words.capitalize()},\nEva Example"

    assert extract(closed, is_wrapped=True).is_sure
    assert not extract(f"{closed}\n[close]", is_wrapped=True).is_sure


@pytest.mark.parametrize(
    ("language", "words"), [(language, words) for language in LANGUAGES for words in language.disclaimers], ids=code
)
def test_a_disclaimer_is_no_text(language: Language, words: str) -> None:
    assert new_of(f"{NEW}\n\n{words.capitalize()} and so on, in many words.") == NEW


def test_no_label_means_two_things() -> None:
    meanings: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for meaning in ("author", "sent", "to", "subject", "copy"):
            for label in getattr(language, meaning):
                meanings.setdefault(label.casefold(), set()).add(meaning)

    assert {label: found for label, found in meanings.items() if len(found) > 1} == {}


def test_the_desk_speaks_three_languages_and_knows_fifteen_more() -> None:
    assert {"en", "fr", "es"} <= {language.code for language in LANGUAGES}
    assert len(WITH_HEADER) >= 18


def header(language: Language, *, bold: bool = False) -> str:
    fields = (
        (language.author, "Eva Example <eva@example.org>"),
        (language.sent, MOMENT),
        (language.to, "Ana Example <ana@example.org>"),
        (language.subject, "Question 7"),
    )
    mark = "*" if bold else ""
    return "\n".join(f"{mark}{labels[0].capitalize()}:{mark} {value}" for labels, value in fields if labels)
