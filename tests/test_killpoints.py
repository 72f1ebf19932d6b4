"""A desk that is tortured dies exactly where it was told to; any other passes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mailgate.killpoints import VARIABLE, Place, passing

PACKAGE = Path(__file__).parent.parent / "mailgate"
PASS = """
from mailgate.killpoints import Place, passing
for place in (Place.PARSED, Place.NOTICE_TAKEN, Place.PARSED):
    print(place, flush=True)
    passing(place)
"""
PASS_IN_A_CHILD = """
import subprocess, sys
subprocess.run([sys.executable, "-c", sys.argv[1]], process_group=0)
print("still here", flush=True)
"""


def run(*command: str, kill_at: str | None = None) -> tuple[int, list[str], str]:
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    told = {} if kill_at is None else {VARIABLE: kill_at}
    done = subprocess.run(
        [sys.executable, "-c", *command],
        env=environment | told,
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
        check=False,
    )
    return done.returncode, done.stdout.split("\n")[:-1], done.stderr


@pytest.mark.parametrize(("kill_at", "passed"), [("parsed:1", 1), ("parsed:2", 3), ("notice-taken:1", 2)])
def test_it_is_killed_at_the_place_and_passage_that_was_named(kill_at: str, passed: int) -> None:
    status, lines, _ = run(PASS, kill_at=kill_at)

    assert (status, len(lines)) == (-signal.SIGKILL, passed)


def test_a_child_takes_the_leader_of_its_session_along() -> None:
    status, lines, _ = run(PASS_IN_A_CHILD, PASS, kill_at="parsed:1")

    assert (status, lines) == (-signal.SIGKILL, ["parsed"])


def test_without_the_variable_nothing_happens() -> None:
    assert run(PASS)[0] == 0
    for place in Place:
        passing(place)


def test_a_place_that_there_is_not_is_an_error_at_the_start() -> None:
    status, lines, error = run(PASS, kill_at="prased:1")

    assert (status, lines) == (1, [])
    assert "'prased' is not a valid Place" in error


def test_every_place_is_passed_somewhere() -> None:
    sources = "".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))

    assert set(re.findall(r"passing\(Place\.(\w+)\)", sources)) == {place.name for place in Place}
