"""Calling the command line in this process, as `python -m mailgate` does, and catching what it prints."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mailgate.entrypoints.cli import main

ORGANISATION = "Mairie de Saint-Rémy"
CAMILLE = "camille@saint-remy.example.org"
PAUL = "paul@support.example.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a call printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document that was printed."""
        assert (self.status, self.err) == (0, "")
        return json.loads(self.out)


class CommandLine:
    """The command line in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str, on_terminal: bool = False, encoding: str = "utf-8") -> Outcome:
        """Type these words, on a terminal or into a pipe of that encoding."""
        printed, complained = io.BytesIO(), io.BytesIO()
        out = _Output(printed, encoding=encoding, is_terminal=on_terminal)
        err = _Output(complained, encoding="utf-8", is_terminal=on_terminal)
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as end,
        ):
            main(words)
        out.flush()
        err.flush()
        return Outcome(
            status=int(end.value.code or 0), out=printed.getvalue().decode(encoding), err=complained.getvalue().decode()
        )

    def done(self, *words: str) -> str:
        """Type these words, which must succeed, and return what was printed."""
        outcome = self(*words)
        assert (outcome.status, outcome.err) == (0, "")
        return outcome.out

    def refused(self, *words: str, status: int = 1) -> str:
        """Type these words, which must fail with that status and a complaint alone, and return the complaint."""
        outcome = self(*words)
        assert (outcome.status, outcome.out) == (status, "")
        assert outcome.err.startswith("mailgate: ")
        assert "Traceback" not in outcome.err
        return outcome.err.removeprefix("mailgate: ").rstrip("\n")


class _Output(io.TextIOWrapper):
    def __init__(self, buffer: io.BytesIO, *, encoding: str, is_terminal: bool) -> None:
        super().__init__(buffer, encoding=encoding)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def set_up(call: CommandLine) -> None:
    """Make the installation of one client with a 10 h pack, and one engineer."""
    call.done("init")
    call.done("engineer", "add", "Paul Girard", PAUL, "--administrator")
    call.done("org", "add", ORGANISATION, "--domain", "saint-remy.example.org")
    call.done("contact", "add", ORGANISATION, "Camille Martin", CAMILLE, "--phone", "+33 5 61 00 00 00")
    call.done("contract", "add", ORGANISATION, "--referent", CAMILLE)
    call.done("pack", "add", ORGANISATION, "10h")
