"""The manual of the command line is true: every command is in it, with the help that it really prints.

`python -m tests.entrypoints.test_cli_manual` writes the helps into the manual again.
"""

from __future__ import annotations

import os
import re
import tempfile
from enum import Enum
from pathlib import Path

import pytest
import typer.main

from mailgate.domain.ticket import State
from mailgate.entrypoints.cli import app
from mailgate.store.tables import InboxState
from tests.entrypoints.command_line import CommandLine

MANUAL = Path(__file__).parents[2] / "docs/manual/command-line.md"
_HELP = re.compile(r"(?<=```console\n)\$ mailgate(?P<words>[a-z -]*) --help\n.*?(?=```\n)", re.DOTALL)


def with_real_helps(manual: str, call: CommandLine) -> str:
    """Return the manual with what each `--help` in it prints."""

    def help_of(match: re.Match[str]) -> str:
        words = match["words"].split()
        lines = [line.rstrip() for line in call.done(*words, "--help").splitlines()]
        return "\n".join([f"$ {' '.join(['mailgate', *words])} --help", *lines, ""])

    return _HELP.sub(help_of, manual)


def commands() -> set[str]:
    """The words of every command, and those of the program itself."""
    found = {""}
    for name, command in typer.main.get_group(app).commands.items():
        members = getattr(command, "commands", {})
        found |= {f"{name} {member}" for member in members} or {name}
    return found


def test_the_manual_prints_the_help_of_every_command(nothing: CommandLine) -> None:
    manual = MANUAL.read_text(encoding="utf-8")

    assert {match["words"].strip() for match in _HELP.finditer(manual)} == commands()
    assert manual == with_real_helps(manual, nothing)


def test_a_help_that_has_changed_would_be_noticed(nothing: CommandLine) -> None:
    manual = "```console\n$ mailgate org list --help\nUsage: something else\n```\n"

    assert with_real_helps(manual, nothing) != manual


@pytest.mark.parametrize("words", sorted(commands()))
def test_no_summary_is_cut_and_no_argument_goes_unexplained(nothing: CommandLine, words: str) -> None:
    lines = nothing.done(*words.split(), "--help").splitlines()

    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if line.startswith("  ") and line.endswith("...")]
    assert not [line for line in lines if re.fullmatch(r"  \[?[A-Z]+\]? <\S+>", line)]


@pytest.mark.parametrize(("words", "states"), [("ticket list", State), ("inbox list", InboxState)])
def test_a_help_explains_every_state(nothing: CommandLine, words: str, states: type[Enum]) -> None:
    explained = " ".join(nothing.done(*words.split(), "--help").split())

    assert all(re.search(rf"[:,] {state.value}\b", explained) for state in states)


def main() -> None:
    os.environ["COLUMNS"] = "80"
    with tempfile.TemporaryDirectory() as folder:
        manual = with_real_helps(MANUAL.read_text(encoding="utf-8"), CommandLine(Path(folder)))
    MANUAL.write_text(manual, encoding="utf-8")


if __name__ == "__main__":
    main()
