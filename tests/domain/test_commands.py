"""The commands of a mail: one test per rule of where they count, and what is close to them."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.domain.commands import MAX_COMMANDS, Reading, command_spans, parse_commands
from mailgate.domain.outcome import Problem
from mailgate.domain.people import Language, Role
from mailgate.domain.resemblance import distance
from mailgate.domain.vocabulary import (
    ABANDONED,
    CLIENTS,
    ENGINEERS,
    EVERYONE,
    VOCABULARY,
    Arguments,
    Verb,
    find_verb,
    words_for,
)

TODAY = date(2026, 11, 20)
CONTACT, REFERENT, ENGINEER, ADMINISTRATOR = Role.CONTACT, Role.REFERENT, Role.ENGINEER, Role.ADMINISTRATOR

#: A right argument for every verb that needs one.
ARGUMENTS = {Arguments.WORK: " 30m", Arguments.FREE_WORK: " 1h", Arguments.DURATION: " 4h"}
WORDS = [(verb, word) for verb in VOCABULARY for words in verb.words.values() for word in words]


def read(text: str, role: Role | None = None, *, is_wrapped: bool = True) -> Reading:
    return parse_commands(text, role=role, today=TODAY, is_wrapped=is_wrapped)


def commands(text: str, role: Role | None = None, *, is_wrapped: bool = True) -> list[str]:
    return [command.written for command in read(text, role, is_wrapped=is_wrapped).commands]


def misplaced(text: str, role: Role | None = None, *, is_wrapped: bool = True) -> list[str]:
    return [command.written for command in read(text, role, is_wrapped=is_wrapped).misplaced]


def problem(text: str, role: Role | None = None) -> Problem:
    (malformed,) = read(text, role).malformed
    return malformed.problem


def suggestion(text: str, role: Role | None = None) -> str:
    (miss,) = read(text, role).near_misses
    return miss.suggestion


def is_ordinary(text: str, role: Role | None = None, *, is_wrapped: bool = True) -> bool:
    return read(text, role, is_wrapped=is_wrapped) == Reading(text=text)


# --- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("verb", "word"), WORDS)
@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
def test_every_word_of_every_language_is_its_verb_in_any_letter_case(
    verb: Verb, word: str, case: Callable[[str], str]
) -> None:
    (command,) = read(f"[{case(word)}{ARGUMENTS.get(verb.arguments, '')}]").commands

    assert command.verb is verb


def test_no_word_belongs_to_two_verbs() -> None:
    assert all(find_verb(word) is verb for verb, word in WORDS)


@pytest.mark.parametrize("word", ["résolu", "resolu", "RESOLU", "RÉSOLU", "re\u0301solu"])
def test_accents_are_optional(word: str) -> None:
    verb = find_verb(word)

    assert verb is not None
    assert verb.name == "solved"


def test_the_first_word_of_a_language_is_shown_to_its_people() -> None:
    assert words_for(Language.FR)["approve"] == "approuver"
    assert words_for(Language.ES)["close"] == "cerrar"
    assert all(word == name for name, word in words_for(Language.EN).items())


@pytest.mark.parametrize(
    ("verbs", "roles"),
    [
        ("time free note info estimate solved take undo", ENGINEERS),
        ("approve decline close reopen", {REFERENT}),
        ("balance", CLIENTS),
        ("status help check", EVERYONE),
    ],
)
def test_a_verb_is_for_its_roles(verbs: str, roles: frozenset[Role]) -> None:
    assert {verb.name for verb in VOCABULARY if verb.roles == roles} == set(verbs.split())


def test_the_verbs_of_later_days_are_ordinary_text() -> None:
    assert is_ordinary("[assign anne]\n[quote]\n[merge #12]\n[lang fr]\n[cc someone@example.org]")


# --- where a command counts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("[close]", ""),
        ("  [close]  ", ""),
        ("[close].", ""),
        ("[close] !", ""),
        ("[CLOSE]", ""),
        ("[ close ]", ""),
        ("Bonjour,\n\n[close]\n\nMerci", "Bonjour,\n\nMerci"),
        ("Bonjour,\n[close]\nMerci", "Bonjour,\nMerci"),
        ("[close]\nMerci", "Merci"),
        ("It works.\n[close]", "It works."),
        ("> a quotation\n[close]", "> a quotation"),
        ("Seen:\n- the plan\n- the tiles\n[close]", "Seen:\n- the plan\n- the tiles"),
    ],
)
def test_a_command_counts_on_a_line_of_its_own(text: str, left: str) -> None:
    reading = read(text, REFERENT)

    assert [command.verb.name for command in reading.commands] == ["close"]
    assert reading.text == left
    assert not reading.misplaced


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("[time 30m] looked at the plan", "looked at the plan"),
        ("[time 30m], looked at the plan", "looked at the plan"),
        ("Bonjour,\n\n[time 30m] looked at the plan\nand more", "Bonjour,\n\nlooked at the plan\nand more"),
        ("> Where is it?\n[time 30m] here", "> Where is it?\nhere"),
    ],
)
def test_a_command_counts_where_it_opens_a_paragraph(text: str, left: str) -> None:
    reading = read(text, ENGINEER)

    assert [command.written for command in reading.commands] == ["time 30m"]
    assert reading.text == left


@pytest.mark.parametrize(
    "text",
    [
        "[time 30m] [solved]",
        "[time 30m][solved]",
        "[time 30m], [solved].",
        "[time 30m]\n[solved]",
        "[time 30m] [solved] here is how",
        "[time 30m]\n[solved] here is how",
    ],
)
def test_several_commands_stand_together(text: str) -> None:
    assert commands(text, ENGINEER) == ["time 30m", "solved"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("please do not yet [close]", "close"),
        ("OK for me [approve 4h]", "approve 4h"),
        ("Bonjour,\n[close] was meant as a title", "close"),
        ("* [close]", "close"),
        ("1. [close]", "close"),
        ("- not yet\n  [close]", "close"),
        ("[postgis] [close]", "close"),
        ("[close] ?", "close"),
    ],
)
def test_inside_a_sentence_or_a_list_nothing_is_executed_and_the_writer_is_told(text: str, written: str) -> None:
    assert commands(text, REFERENT) == []
    assert misplaced(text, REFERENT) == [written]
    assert read(text, REFERENT).text == text


@pytest.mark.parametrize(
    "text",
    [
        "> [close]",
        ">[close]",
        "> > [close]",
        "AB> [close]",
        "| [close]",
        "```\n[close]\n```",
        "```sql\n[close]",
        "~~~\n[close]\n~~~",
        "    [close]",
        "\t[close]",
        "\u00a0\u00a0\u00a0\u00a0[close]",
        "`[close]`",
        "see `[close]` there",
    ],
)
@pytest.mark.parametrize("role", [*Role, None])
def test_what_is_quoted_or_code_is_ordinary_text(text: str, role: Role | None) -> None:
    assert is_ordinary(text, role)


@pytest.mark.parametrize(
    "text",
    [
        "[postgis]",
        "[DEFAULT]",
        "[PATCH]",
        "[1]",
        "[x]",
        "[ ]",
        "[]",
        "[...]",
        "[#123]",
        "[^1]",
        "[cid:image001.png]",
        "[image: logo]",
        "a[0]",
        "a[close]",
        "[close]s",
        "[close](https://example.org)",
        "[close][1]",
        "[text][close]",
        "[close]: https://example.org",
        "[close]<https://example.org>",
        "![close](x.png)",
        r"\[close\]",
        "[[close]]",
        "[a [close] b]",
        "[ [close]",
        "⟦close⟧",
        "[⟦close⟧ please]",
        "(close)",
        "[close",
        "close]",
        "[closing the ticket]",
        "[node]",
        "[clone]",
        "[core]",
        "[temp]",
        "[solve]: x = 3",
        "[fee]",
        "[None]",
        "[internet]",
        "[tree]",
        "[times]",
        "[infos]",
        "[prix]",
        "[side]",
        "[version 3.34]",
        "[time.sleep]",
        "[status=open]",
        "[Status: open]",
        "[status2]",
        "[check_box]",
        "[check-list]",
        "[help me please with the import of tiles]",
    ],
)
@pytest.mark.parametrize("role", [CONTACT, REFERENT])
def test_other_brackets_are_ordinary_text(text: str, role: Role) -> None:
    assert is_ordinary(text, role)


@pytest.mark.parametrize("text", ["[note: as used]", "[info?]", "[note this]", "[nte]", "[tme 30m]", "[time flies]"])
def test_what_resembles_another_roles_verb_is_ordinary_text(text: str) -> None:
    assert is_ordinary(text, REFERENT)


# --- wraps ----------------------------------------------------------------------------------------------------------

SENTENCE = "Nous avons bien lu votre réponse mais il reste une couche à vérifier, donc ne pas encore [close]"


@pytest.mark.parametrize("width", range(60, 100))
def test_a_hard_wrap_does_not_move_a_command_to_a_line_of_its_own(width: int) -> None:
    text = textwrap.fill(SENTENCE, width)

    assert commands(text, REFERENT) == []
    assert misplaced(text, REFERENT) == ["close"]


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=1, max_size=60), st.integers(60, 90))
def test_no_wrap_of_a_sentence_executes_what_stands_at_its_end(words: list[str], width: int) -> None:
    text = textwrap.fill(" ".join([*words, "[approve 4h]"]), width, break_long_words=False, break_on_hyphens=False)

    assert commands(text, REFERENT) == []
    assert misplaced(text, REFERENT) == ["approve 4h"]


def test_a_paragraph_that_is_evidently_wrapped_narrower_is_unwrapped_too() -> None:
    lines = [
        "Nous avons bien lu votre réponse, mais il",
        "reste une couche à vérifier avec tous nos",
        "collègues, donc il vaut bien mieux ne pas",
        "[close]",
    ]

    assert commands("\n".join(lines), REFERENT) == []
    assert commands("\n".join(["Bonjour,", *lines]), REFERENT) == []
    assert commands("\n".join(["Bonjour,", *lines[2:]]), REFERENT) == ["close"]  # these line ends fit no one width


def test_a_line_too_short_to_have_been_wrapped_leaves_the_command_alone() -> None:
    assert commands("Merci, tout fonctionne.\n[close]", REFERENT) == ["close"]
    assert commands("a word " * 40 + "\n[close]", REFERENT) == ["close"]  # nobody wraps there


def test_the_longest_line_of_a_paragraph_tells_what_its_wrapper_grants() -> None:
    long, short = "x " * 37, "The second line is short enough to hold the command too."
    assert len(short) + 1 + len("[close]") > 60

    assert commands(f"{short}\n[close]", REFERENT) == []
    assert commands(f"{long}\n{short}\n[close]", REFERENT) == ["close"]


def test_an_unwrapped_text_has_no_wraps() -> None:
    assert commands("word " * 14 + "\n[close]", REFERENT) == []
    assert commands("word " * 14 + "\n[close]", REFERENT, is_wrapped=False) == ["close"]


def test_a_bracket_that_a_wrap_has_broken_is_joined() -> None:
    assert commands("[time\n30m]", ENGINEER) == ["time 30m"]
    assert commands("[time\n30m]", ENGINEER, is_wrapped=False) == []
    assert read("Bonjour\n\n[time 1h moved the\ntiles]\nMerci", ENGINEER).text == "Bonjour\n\nMerci"


# --- roles ----------------------------------------------------------------------------------------------------------


def test_a_contact_who_uses_the_referents_verb_is_told_so() -> None:
    (malformed,) = read("[approuver 4h]", CONTACT).malformed

    assert (malformed.problem, malformed.verb.name, malformed.minutes) == (Problem.REFERENT_ONLY, "approve", 240)


@pytest.mark.parametrize(
    ("text", "role"),
    [("[close]", ENGINEER), ("[time 30m]", REFERENT), ("[info]", CONTACT), ("[balance]", ENGINEER)],
)
def test_a_verb_of_another_role_is_refused_alone_on_its_line(text: str, role: Role) -> None:
    assert problem(text, role) is Problem.WRONG_ROLE


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("answer [close]", ENGINEER),
        ("[close] is what you may answer", ENGINEER),
        ("[info] Server started", REFERENT),
        ("[approve 4h] thanks", CONTACT),
        ("[close to the border]", ENGINEER),
    ],
)
def test_a_verb_of_another_role_is_ordinary_text_elsewhere(text: str, role: Role) -> None:
    assert is_ordinary(text, role)


def test_an_administrator_writes_what_an_engineer_writes() -> None:
    assert commands("[temps 1h]\n[note]", ADMINISTRATOR) == ["temps 1h", "note"]


# --- arguments ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "minutes", "day", "note"),
    [
        ("[time 30m]", 30, None, ""),
        ("[time 1h 2026-11-20]", 60, TODAY, ""),
        ("[time 1h 19/11/2026]", 60, date(2026, 11, 19), ""),
        ("[temps 1 h 30 min 2026-11-02 plan relu]", 90, date(2026, 11, 2), "plan relu"),
        ("[tiempo 2 horas revisión]", 120, None, "revisión"),
        ("[time 24h]", 1440, None, ""),
        ("[time -30m wrong ticket]", -30, None, "wrong ticket"),
        ("[time 45m 3D tiles]", 45, None, "3D tiles"),
        ("[free 30m my own fault]", 30, None, "my own fault"),
        ("[gratuit 1h]", 60, None, ""),
        ("[estimate 40h]", 2400, None, ""),
        ("[approve 4h]", 240, None, ""),
        ("[approve]", None, None, ""),
        ("[decline too expensive]", None, None, "too expensive"),
        ("[reopen]", None, None, ""),
        ("[time\u00a01\u202fh]", 60, None, ""),
    ],
)
def test_a_command_says(text: str, minutes: int | None, day: date | None, note: str) -> None:
    (command,) = read(text).commands

    assert (command.minutes, command.day, command.note) == (minutes, day, note)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[time]", Problem.NO_DURATION),
        ("[time looked at it]", Problem.NO_DURATION),
        ("[estimate]", Problem.NO_DURATION),
        ("[time 30]", Problem.BARE_NUMBER),
        ("[approve 4]", Problem.BARE_NUMBER),
        ("[time 4x]", Problem.BAD_DURATION),
        ("[time 1h 30 layers]", Problem.BAD_DURATION),
        ("[approve four hours]", Problem.BAD_DURATION),
        ("[time 0m]", Problem.ZERO),
        ("[estimate 0h]", Problem.ZERO),
        ("[time 24h01]", Problem.OVER_A_DAY),
        ("[free 25h]", Problem.OVER_A_DAY),
        ("[time -25h mistake]", Problem.OVER_A_DAY),
        ("[time -30m]", Problem.NO_REASON),
        ("[free -30m x]", Problem.NEGATIVE),
        ("[approve -4h]", Problem.NEGATIVE),
        ("[time 1h 2026-11-21]", Problem.FUTURE),
        ("[time 1h 21/11/2026 x]", Problem.FUTURE),
        ("[time 1h 2026-02-30]", Problem.BAD_DATE),
        ("[time 1h 20/11]", Problem.BAD_DATE),
        ("[time 1h 11/20/2026]", Problem.BAD_DATE),
    ],
)
def test_a_wrong_argument_is_refused_with_its_reason(text: str, expected: Problem) -> None:
    assert problem(text) is expected
    assert not read(text).commands


@pytest.mark.parametrize("word", ["", *ABANDONED.values(), "ABANDONNE"])
def test_a_ticket_may_be_closed_as_abandoned(word: str) -> None:
    (command,) = read(f"[clore {word}]").commands

    assert command.is_abandoned is bool(word)


def test_a_wrong_argument_inside_a_sentence_is_ordinary_text() -> None:
    assert is_ordinary("we could [time 30] it", ENGINEER)


# --- near misses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("[aprove 4h]", "approve 4h"),
        ("[aproved 4h]", "approve 4h"),
        ("[aprouver 4h]", "approuver 4h"),
        ("[aprovar 4h]", "aprobar 4h"),
        ("[approve: 4h]", "approve 4h"),
        ("[approve4h]", "approve 4h"),
        ("[approve 4h please]", "approve 4h"),
        ("[close please]", "close"),
        ("[closed]", "close"),
        ("[colse]", "close"),
        ("[close!]", "close"),
        ("[close !]", "close"),
        ("[clore svp]", "clore"),
        ("[cloturé]", "clôturer"),
        ("[clore abandonnée]", "clore abandonné"),
        ("[cerar]", "cerrar"),
        ("[decline: too expensive]", "decline too expensive"),
        ("[declin too expensive]", "decline too expensive"),
        ("[stauts]", "status"),
        ("[hlep]", "help"),
        ("[ayudo]", "ayuda"),
    ],
)
def test_a_near_miss_is_answered_with_what_was_probably_meant(text: str, meant: str) -> None:
    reading = read(text, REFERENT)

    assert suggestion(text, REFERENT) == meant
    assert not reading.commands
    assert reading.text == ""


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("[nte]", "note"),
        ("[notes]", "note"),
        ("[note: he never pays]", "note"),
        ("[note to ourselves, he never pays and never will]", "note"),
        ("[interne !]", "interne"),
        ("[tme 30m]", "time 30m"),
        ("[tiem 30m]", "time 30m"),
        ("[time30m]", "time 30m"),
        ("[time : 30m]", "time 30m"),
        ("[tepms 1h plan]", "temps 1h plan"),
        ("[estimate 4h or so]", "estimate 4h"),
        ("[info?]", "info"),
        ("[solvd]", "solved"),
    ],
)
def test_an_engineers_slip_is_never_overlooked(text: str, meant: str) -> None:
    assert suggestion(text, ENGINEER) == meant
    assert suggestion(f"{text} and words for the client", ENGINEER) == meant


def test_what_a_client_writes_before_a_sentence_is_a_title() -> None:
    assert is_ordinary("[close please] said the window", REFERENT)
    assert is_ordinary("the window said [close please]", REFERENT)


def test_a_suggestion_is_a_command() -> None:
    for text in ["[aprove 4h]", "[clore svp]", "[colse abandonné]", "[declne no]", "[rouvrr]"]:
        assert len(read(f"[{suggestion(text, REFERENT)}]", REFERENT).commands) == 1


@pytest.mark.parametrize(("one", "other", "letters"), [("nte", "note", 1), ("colse", "close", 1), ("abc", "", 3)])
def test_exchanged_neighbours_are_one_slip(one: str, other: str, letters: int) -> None:
    assert distance(one, other) == distance(other, one) == letters


# --- limits ---------------------------------------------------------------------------------------------------------


def test_more_commands_than_anybody_writes_are_dropped() -> None:
    reading = read("[time 1m]\n" * (MAX_COMMANDS + 10), ENGINEER)

    assert len(reading.commands) == MAX_COMMANDS
    assert [malformed.problem for malformed in reading.malformed] == [Problem.TOO_MANY]
    assert reading.text == ""


def test_a_misplaced_command_is_listed_once() -> None:
    assert misplaced("see [close] or [close]\n\nand [close]", REFERENT) == ["close"]


@pytest.mark.parametrize(
    "unit",
    [
        "[",
        "]",
        "[a",
        "[aprove 4h]\n",
        "[abcdefgh 4h]",
        "[tqme 4h]\n",
        "`[close]",
        "[close] ",
        "x [close]\n",
        "[time\n",
        "- a\n  ",
        "a\n",
        "[" + " " * 65_000 + "]",
        "[" + "\n" * 65_000 + "]",
        "[time 1h " + "1 " * 32_000 + "]",
        "[aa" + ":" * 65_000 + "]",
        "[close" + " :" * 32_000 + "]",
        "[close]:" + " " * 65_000,
        "`" * 65_000,
        "~~~\n",
    ],
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = (unit * (65_536 // len(unit) + 1))[:65_536]
    started = time.process_time()

    read(text)
    command_spans(text)

    assert time.process_time() - started < 3


# --- properties -----------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *(f"[{word}{ARGUMENTS.get(verb.arguments, '')}]" for verb, word in WORDS),
        *("[aprove 4h]", "[nte]", "[close please]", "[time 30]", "[postgis]", "[", "]", "[[", "`", "```", "\n", "\n\n"),
        *("> ", "- ", "    ", " ", "\t", ".", "?", "word", "a longer run of ordinary words", "close", "4h", "(x)", "*"),
        *("[time\n30m]", "[approve\n> 4h]", "⟦", "⟧", ":", "\u00a0", "\u200b", "[**close**]", "[cl", "ose]", "\\"),
    ]
)
TEXTS = st.lists(PIECES, max_size=25).map("".join) | st.lists(PIECES, max_size=25).map(" ".join)


@given(text=TEXTS | st.text(), role=st.sampled_from([*Role, None]), is_wrapped=st.booleans())
def test_any_text_is_read(*, text: str, role: Role | None, is_wrapped: bool) -> None:
    reading = read(text, role, is_wrapped=is_wrapped)

    assert len(reading.commands) <= MAX_COMMANDS
    assert all(role is None or role in command.verb.roles for command in (*reading.commands, *reading.misplaced))


@given(TEXTS)
def test_the_spans_cover_whatever_the_parser_acts_on_or_complains_about(text: str) -> None:
    if not command_spans(text):
        for is_wrapped in (True, False):
            assert _is_inert(text, is_wrapped=is_wrapped)


@settings(max_examples=200)
@given(TEXTS, st.integers(8, 90), st.sampled_from(["", "> ", "| ", "    ", ">> "]))
def test_a_defused_text_is_inert_however_it_is_wrapped_and_quoted(text: str, width: int, mark: str) -> None:
    defused = _defused(text)

    for variant in _carried(defused, width, mark):
        assert _is_inert(variant, is_wrapped=True)
        assert _is_inert(variant, is_wrapped=False)
    assert command_spans(defused) == []


@given(TEXTS)
def test_text_that_was_quoted_with_a_command_broken_in_it_is_defused(text: str) -> None:
    quoted = _defused("\n".join(f"> {line}" for line in text.split("\n")))

    assert _is_inert("\n".join(line.removeprefix("> ") for line in quoted.split("\n")), is_wrapped=True)


@given(st.lists(PIECES.filter(lambda piece: not piece.startswith("`")), max_size=12))
def test_nothing_inside_a_quotation_or_a_fence_is_ever_found(pieces: list[str]) -> None:
    lines = "".join(pieces).split("\n")

    assert _is_inert("\n".join(f"> {line}" for line in lines), is_wrapped=True)
    assert _is_inert("\n".join(["```", *(line.replace("```", "") for line in lines), "```"]), is_wrapped=True)


@given(st.lists(PIECES, max_size=15), st.sampled_from([*Role]))
def test_the_text_that_is_left_holds_no_command(pieces: list[str], role: Role) -> None:
    reading = read("\n".join(pieces), role, is_wrapped=False)
    again = read(reading.text, role, is_wrapped=False)

    assert not (again.commands or again.malformed or again.near_misses) or reading.misplaced


def _defused(text: str) -> str:
    for start, end in reversed(command_spans(text)):
        text = f"{text[:start]}⟦{text[start + 1 : end - 1]}⟧{text[end:]}"
    return text


def _carried(text: str, width: int, mark: str) -> list[str]:
    """Return the text as mail programs carry it: as it is, wrapped anew, quoted, and wrapped after a quotation."""
    wrapped = "\n".join(textwrap.fill(line, width) for line in text.split("\n"))
    return [
        text,
        wrapped,
        " ".join(text.split()),
        textwrap.fill(text, width),
        "\n".join(mark + line for line in wrapped.split("\n")),
        "\n".join(line.lstrip("> |") for line in wrapped.split("\n")),
        "\n".join(line.strip() for line in wrapped.split("\n")),
    ]


def _is_inert(text: str, *, is_wrapped: bool) -> bool:
    reading = read(text, is_wrapped=is_wrapped)
    return not (reading.commands or reading.malformed or reading.near_misses or reading.misplaced)
