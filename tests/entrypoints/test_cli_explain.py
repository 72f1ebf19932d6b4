"""`inspect --explain` shows people which lines of a mail count, and why the others do not."""

from __future__ import annotations

from tests.entrypoints.command_line import CommandLine

REPLY = """\
From: Ana <ana@client.example.org>
Subject: Re: Carte\x1b[31m
Message-ID: <1@client.example.org>
Content-Type: text/plain; charset=utf-8

[clore]

Tout va bien.
Envoyé de mon iPhone

Le 23 nov. 2026 à 09:30, Luc <luc@support.example.org> a écrit :
> Est-ce que cela va ?
"""

HTML = """\
From: Ana <ana@client.example.org>
Subject: Re: Carte
Content-Type: text/html; charset=utf-8

<p>Tout va bien.</p><blockquote type="cite"><p>Est-ce que cela va ?</p></blockquote>
"""


def explained(call: CommandLine, text: str, *, on_terminal: bool = False) -> list[str]:
    (call.folder / "mail.eml").write_text(text, encoding="utf-8")
    outcome = call("inspect", "--explain", "mail.eml", on_terminal=on_terminal)
    assert (outcome.status, outcome.err) == (0, "")
    return outcome.out.splitlines()


def test_each_line_is_new_or_has_the_rule_that_leaves_it_out(nothing: CommandLine) -> None:
    lines = explained(nothing, REPLY)

    assert lines[1:4] == ["+ [clore]", "+", "+ Tout va bien."]
    assert [line.split("  ")[-1].strip() for line in lines if line.startswith("-") and "  " in line.strip()] == [
        "footer",
        "end",
        "attribution",
        "quotation",
    ]


def test_nothing_in_the_mail_steers_the_terminal(nothing: CommandLine) -> None:
    assert "\x1b" not in "\n".join(explained(nothing, REPLY))
    assert "\x1b[31m" not in "\n".join(explained(nothing, REPLY, on_terminal=True))


def test_a_terminal_gets_colours(nothing: CommandLine) -> None:
    assert any("\x1b[32m+ [clore]" in line for line in explained(nothing, REPLY, on_terminal=True))


def test_what_stood_in_a_quotation_of_html_is_told(nothing: CommandLine) -> None:
    lines = explained(nothing, HTML)

    assert "+ Tout va bien." in lines
    assert any(line.startswith("-") and "Est-ce que cela va ?" in line for line in lines)
