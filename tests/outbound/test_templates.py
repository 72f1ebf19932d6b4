"""The texts of the mails: complete in three languages, right in typography, true to their variables, inert."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import cast

import jinja2
import pytest

from mailgate.domain.commands import command_spans, parse_commands
from mailgate.domain.notice import Notice
from mailgate.domain.outcome import Outcome, Problem
from mailgate.domain.people import Language
from mailgate.domain.ticket import State
from mailgate.domain.vocabulary import VOCABULARY, find_verb, words_for
from mailgate.outbound.environment import make_environment, undeclared
from mailgate.outbound.render import VARIABLES, Rendered, Renderer, notice_kinds, packaged_templates

from .examples import DESK, WORLDS, Example, examples

TEMPLATES = packaged_templates()
DOCUMENT = Path(__file__).parents[2] / "docs" / "templates.md"
KINDS = notice_kinds()
TODAY = date(2026, 12, 1)

in_every_language = pytest.mark.parametrize("language", Language, ids=lambda language: language.value)
for_every_kind = pytest.mark.parametrize("kind", KINDS)


@cache
def renderer() -> Renderer:
    return Renderer(DESK, TEMPLATES)


@cache
def rendered(language: Language) -> tuple[tuple[Example, Rendered], ...]:
    return tuple((example, renderer().render(example.notice, example.scene)) for example in examples(language))


def sources(language: Language) -> dict[str, str]:
    folder = TEMPLATES / language.value
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}


def words_of(language: Language) -> list[tuple[str, str]]:
    """Return every subject and text of the desk's own making, with a name to find it by."""
    return [
        (f"{example.notice.kind}, {example.case}", f"{mail.subject}\n{mail.text}")
        for example, mail in rendered(language)
    ]


# --- complete -------------------------------------------------------------------------------------------------------


@in_every_language
def test_every_notice_has_its_template_and_every_template_its_notice(language: Language) -> None:
    templates = {name.removesuffix(".md") for name in sources(language) if not name.startswith("_")}

    assert templates == set(KINDS)


def test_the_three_languages_have_the_same_files() -> None:
    assert len({frozenset(sources(language)) for language in Language}) == 1


@for_every_kind
def test_the_three_languages_use_the_same_variables(kind: str) -> None:
    used = {
        language: frozenset(undeclared(make_environment([TEMPLATES / language.value]), f"{kind}.md"))
        for language in Language
    }

    assert len(set(used.values())) == 1, used


@for_every_kind
def test_only_variables_are_used_that_the_notice_or_the_machinery_provides(kind: str) -> None:
    provided = {field.name for field in fields(KINDS[kind])} | VARIABLES

    for language in Language:
        used = undeclared(make_environment([TEMPLATES / language.value]), f"{kind}.md")
        assert used <= provided


@in_every_language
def test_the_examples_show_every_notice(language: Language) -> None:
    assert {example.notice.kind for example in examples(language)} == set(KINDS)


# --- worded ---------------------------------------------------------------------------------------------------------


def wording(language: Language, macro: str) -> Callable[[object], str]:
    """Return a macro of a part of that language; what it shows of a value is a mark, and does not matter here."""
    part, name = macro.split(".")
    environment = make_environment([TEMPLATES / language.value])
    template = environment.from_string(f"{{% from '_{part}.md' import {name} with context %}}{{{{ {name}(value) }}}}")
    return lambda value: template.render(value=value, language=language).strip()


@in_every_language
def test_every_state_is_worded(language: Language) -> None:
    word = wording(language, "states.state")

    assert len({word(state.value) for state in State}) == len(State)
    assert all(f'value == "{state.value}"' in sources(language)["_states.md"] for state in State)


@in_every_language
def test_every_problem_is_worded_and_no_two_alike(language: Language) -> None:
    explain = wording(language, "outcomes.explain")
    fallback = explain(Outcome(verb="time", written="", problem=None, minutes=30))

    said = {problem: explain(Outcome(verb="close", written="", problem=problem)) for problem in Problem}

    assert len({*said.values(), fallback}) == len(Problem) + 1
    unworded = explain(Outcome(verb="close", written="", problem=cast("Problem", _Unknown())))  # one of the future
    assert unworded not in said.values()


class _Unknown:
    value = "a problem that nobody has worded"


@in_every_language
def test_every_verb_is_worded_when_done(language: Language) -> None:
    explain = wording(language, "outcomes.explain")
    unknown = explain(Outcome(verb="dance", written=""))

    said = {verb.name: explain(Outcome(verb=verb.name, written="", minutes=30)) for verb in VOCABULARY}

    assert len({*said.values(), unknown}) == len(VOCABULARY) + 1


@in_every_language
def test_every_verb_has_a_label_of_its_own_and_a_line_of_help(language: Language) -> None:
    links, help_text = sources(language)["_links.md"], sources(language)["help.md"]
    labels = re.findall(r'"(\w+)": "([^"%]+)"', links)

    assert {verb.name for verb in VOCABULARY} | {"release"} == {verb for verb, _ in labels}
    assert len({label for _, label in labels}) == len(labels)
    for verb in VOCABULARY:
        assert f'verb == "{verb.name}" %}}⟦' in help_text


@in_every_language
def test_every_hint_uses_the_word_that_people_of_that_language_are_shown(language: Language) -> None:
    own = set(words_for(language).values())

    for name, source in sources(language).items():
        for hint in re.findall(r"⟦(\w[^⟦⟧{}]*)(?:\{[^⟦⟧]*)?⟧", source):
            assert hint.split()[0] in own, f"{name}: {hint}"


@in_every_language
def test_every_command_of_the_help_is_one(language: Language) -> None:
    helps = [mail.text for example, mail in rendered(language) if example.notice.kind == "help"]
    commands = [hint for text in helps for hint in re.findall(r"⟦(\w[^⟦⟧]*)⟧", text)]

    for command in commands:
        reading = parse_commands(f"[{command}]", role=None, today=TODAY, is_wrapped=False)
        assert len(reading.commands) == 1, command
    assert {find_verb(command.split()[0]) for command in commands} == set(VOCABULARY)


@in_every_language
def test_the_hint_to_approve_asks_for_what_was_estimated_and_for_no_more_than_is_left(language: Language) -> None:
    word = words_for(language)["approve"]
    hints = [
        re.findall(rf"⟦({word}[^⟦⟧]*)⟧", mail.text)[0]
        for example, mail in rendered(language)
        if example.notice.kind == "approval_request"
    ]

    minutes = [
        parse_commands(f"[{hint}]", role=None, today=TODAY, is_wrapped=False).commands[0].minutes for hint in hints
    ]

    assert minutes == [240, 240, 315]


# --- typography -----------------------------------------------------------------------------------------------------


@in_every_language
def test_nothing_is_left_unrendered_and_no_space_is_doubled(language: Language) -> None:
    for name, text in words_of(language):
        prose = "\n\n".join(block for block in text.split("\n\n") if not _is_table(block))
        assert not re.search(r"\{[{%#]|[%#}]\}|\*\*|[\ue000-\ue003]|\bNone\b(?! of)|\bTrue\b|\bFalse\b", text), name
        assert not re.search(r"\S {2,}\S", prose), name
        assert not re.search(r"[ \t]$|\n{3,}", text, re.MULTILINE), name


def _is_table(block: str) -> bool:
    rows_of_block = block.split("\n")
    return len(rows_of_block) > 1 and all("  " in row for row in rows_of_block)


@in_every_language
def test_apostrophes_and_quotation_marks_are_printers_ones(language: Language) -> None:
    for name, text in words_of(language):
        assert not re.search(r"['\"`]", text), name


@in_every_language
def test_nobody_is_shouted_at(language: Language) -> None:
    for name, text in words_of(language):
        assert "!" not in text, name


def test_french_keeps_its_spaces_before_high_punctuation_and_inside_quotation_marks() -> None:
    for name, text in words_of(Language.FR):
        assert not re.search(r"[^\u202f][;?!](?=\s|$)", text, re.MULTILINE), name
        own = text.replace("Re:", "").replace(WORLDS[Language.FR].server_reply, "")
        assert not re.search(r"(?<!\u00a0):(?=\s|$)", own, re.MULTILINE), name
        assert not re.search(r"«(?!\u00a0)|(?<!\u00a0)»", text), name


def test_french_and_spanish_numbers_keep_to_their_sign() -> None:
    for language in (Language.FR, Language.ES):
        for name, text in words_of(language):
            assert not re.search(r"\b(?:[nN]º|[nN]\.º) ", text), name


def test_spanish_opens_what_it_closes() -> None:
    for name, text in words_of(Language.ES):
        assert text.count("¿") == text.count("?"), name
        assert text.count("¡") == text.count("!"), name


def test_english_and_spanish_put_no_space_before_punctuation() -> None:
    for language in (Language.EN, Language.ES):
        for name, text in words_of(language):
            assert not re.search(r"[ \u00a0\u202f][;:?!](?=\s|$)", text, re.MULTILINE), name


# --- inert ----------------------------------------------------------------------------------------------------------


@in_every_language
def test_no_text_can_be_read_as_a_command(language: Language) -> None:
    for name, text in words_of(language):
        assert command_spans(text) == [], name


@in_every_language
def test_no_template_writes_real_brackets_around_words(language: Language) -> None:
    for name, source in sources(language).items():
        outside = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.DOTALL)
        assert not re.search(r"[\[\]]", outside), name


@in_every_language
def test_a_balance_is_shown_to_nobody_for_whom_the_notice_has_none(language: Language) -> None:
    left = "7\u00a0h\u00a015"

    for example, mail in rendered(language):
        has_balance = any(
            getattr(example.notice, name, None) for name in ("balance", "balance_before", "balance_after")
        )
        if not has_balance:
            assert left not in mail.text, f"{example.notice.kind}, {example.case}"


# --- golden ---------------------------------------------------------------------------------------------------------


@in_every_language
@for_every_kind
def test_the_texts_are_as_they_were_read(
    language: Language, kind: str, compare_with_golden: Callable[[str, str], None]
) -> None:
    mails = [(example.case, mail) for example, mail in rendered(language) if example.notice.kind == kind]

    text = "\n\n".join(f"=== {case}\nSubject: {mail.subject}\n\n{mail.text.strip()}" for case, mail in mails)

    compare_with_golden(f"{language.value}/{kind}.txt", f"{text}\n")


@in_every_language
def test_the_html_says_the_same_as_the_text(language: Language) -> None:
    for example, mail in rendered(language):
        body = re.sub(r"<style.*?</style>|<title.*?</title>", "", mail.html, flags=re.DOTALL)
        said = set(re.findall(r"\w{4,}", re.sub(r"<[^>]*>", " ", body)))
        assert set(re.findall(r"\w{4,}", mail.text)) <= said, f"{example.notice.kind}, {example.case}"


@in_every_language
def test_the_layout_is_as_it_was_seen(language: Language, compare_with_golden: Callable[[str, str], None]) -> None:
    page = next(mail.html for example, mail in rendered(language) if example.notice.kind == "approval_request")

    compare_with_golden(f"{language.value}/approval_request.html", page.rstrip() + "\n")


# --- documented -----------------------------------------------------------------------------------------------------


def rows(heading: str) -> dict[str, str]:
    """Return the rows of the table under that heading: first cell → last cell."""
    section = DOCUMENT.read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells = [re.split(r"(?<!\\)\|", line.strip())[1:-1] for line in section.split("\n") if line.startswith("| ")]
    return {row[0].strip(): row[-1].strip() for row in cells[1:] if set(row[0].strip()) != {"-"}}


def names(cell: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", cell))


def test_the_manual_lists_the_variables_of_each_notice() -> None:
    inherited = {field.name for field in fields(Notice)}

    listed = {next(iter(names(kind))): names(own) for kind, own in rows("Variables of each notice").items()}

    assert listed == {kind: {field.name for field in fields(notice)} - inherited for kind, notice in KINDS.items()}


def test_the_manual_lists_the_variables_of_every_notice() -> None:
    listed = set().union(*map(names, rows("Variables of every notice")))

    assert listed == VARIABLES | {field.name for field in fields(Notice)}


def test_the_manual_lists_filters_and_functions() -> None:
    listed = set().union(*map(names, rows("Filters and functions")))
    environment, plain = make_environment([TEMPLATES / "en"]), jinja2.Environment(autoescape=True)
    own = {
        name
        for name, of_ours in {**environment.filters, **environment.globals}.items()
        if plain.filters.get(name, plain.globals.get(name)) is not of_ours
    }

    assert listed == own - {"range"}  # the sandbox's own, bounded


def test_every_language_has_people_of_its_own() -> None:
    assert set(WORLDS) == set(Language)
