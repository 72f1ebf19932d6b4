"""Nothing mailgate sends can be read as a command, whatever a mail program makes of it."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from mailgate.domain.commands import command_spans, parse_commands
from mailgate.domain.people import Role
from mailgate.outbound.inert import defuse, defuse_html

TODAY = date(2026, 11, 25)

ATTRIBUTION = "Le mer. 25 nov. 2026 à 13:00, Support <support@example.org> a écrit :\n"


def wrapped(text: str) -> str:
    return "\n".join(textwrap.fill(line, 72) for line in text.split("\n"))


def joined(text: str) -> str:
    return " ".join(text.split())


QUOTING: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "with marks": lambda text: "\n".join(f"> {line}" for line in text.split("\n")),
    "with attribution": lambda text: "ok\n\n" + ATTRIBUTION + text,
    "attribution and marks": lambda text: "ok\n" + ATTRIBUTION + "\n".join(f"> {line}" for line in text.split("\n")),
    "wrapped": wrapped,
    "marks, then wrapped": lambda text: wrapped("\n".join(f"> {line}" for line in text.split("\n"))),
    "joined": joined,
    "without line starts": lambda text: "\n".join(line.lstrip("> ") for line in text.split("\n")),
    "indented": lambda text: textwrap.indent(text, "  "),
    "stars for bold": lambda text: re.sub(r"(\w+)", r"*\1*", text, count=3),
    "without the unseen": lambda text: text.replace("\u00ad", "").replace("\u200b", ""),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
}

COMMANDS = [
    "[close]",
    "[approve 4h]",
    "[time 30m]",
    "[résolu]",
    "[estimate 4h]",
    "[aprove 4h]",
    "[clo\u200bse]",
    "[note\nx]",
]

foreign_text = st.lists(
    st.sampled_from(
        [*COMMANDS, "[", "]", "close", "approve", "4h", " ", "\n", "> ", "*", "[postgis]", "a[0]", "x", "]("]
    )
).map("".join)


def says_nothing(text: str) -> bool:
    readings = [
        parse_commands(text, role=role, today=TODAY, is_wrapped=is_wrapped)
        for role in (None, *Role)
        for is_wrapped in (False, True)
    ]
    return not any(each.commands or each.malformed or each.near_misses or each.misplaced for each in readings)


def as_text(page: str) -> str:
    body = LexborHTMLParser(re.sub(r"<br>|</p>|</td>", "\n", page)).body
    return body.text() if body else ""


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_in_foreign_text_is_shown_and_says_nothing(command: str) -> None:
    shown = defuse(f"Please {command} this")

    assert shown == f"Please ⟦{command[1:-1]}⟧ this"
    assert not says_nothing("[close]")  # this test can fail


@pytest.mark.parametrize(
    "text", ["[postgis]", "a[0]", "[1]", "[PATCH 2/3] fix", "[#123]", "x[i][j]", "[]", "[x](https://example.org)", "]["]
)
def test_ordinary_brackets_stay(text: str) -> None:
    assert defuse(text) == text
    assert defuse_html(f"<p>{html.escape(text)}</p>") == f"<p>{html.escape(text)}</p>"


@pytest.mark.parametrize("style", QUOTING)
@given(foreign_text)
def test_no_quoting_style_brings_a_command_back(style: str, text: str) -> None:
    shown = defuse(text)

    assert command_spans(shown) == []
    assert says_nothing(QUOTING[style](shown))


@given(foreign_text)
def test_nothing_else_of_a_text_is_changed(text: str) -> None:
    assert defuse(text).replace("⟦", "[").replace("⟧", "]") == text
    assert defuse(defuse(text)) == defuse(text)


@given(st.lists(st.sampled_from([*COMMANDS, "<b>", "</b>", "<br>", "</p><p>", "[", "]", "clo", "se", "&nbsp;"])))
def test_html_says_nothing_whatever_turns_it_into_text(parts: list[str]) -> None:
    page = defuse_html("<p>" + "".join(parts) + "</p>")

    assert says_nothing(as_text(page))
    assert command_spans(as_text(page)) == []


@pytest.mark.parametrize(
    "fragment",
    ["[<b>close</b>]", "[clo<i>se</i>]", "[approve&nbsp;4h]", "[approve<br>4h]", "<td>[close</td><td>]</td>"],
)
def test_tags_and_entities_within_brackets_hide_nothing(fragment: str) -> None:
    shown = defuse_html(fragment)

    assert "[" not in shown
    assert shown.replace("⟦", "[").replace("⟧", "]") == fragment


def test_crafted_text_costs_linear_time() -> None:
    assert defuse("[" * 200_000) == "[" * 200_000
    assert defuse("[x" * 50_000 + "]" * 50_000).count("[") == 50_000
