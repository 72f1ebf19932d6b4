"""The first page is true: its commands are commands, its targets exist, its links lead somewhere."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from mailgate.domain.commands import parse_commands

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_in_the_table_of_commands_is_one() -> None:
    rows = [
        line for line in README.splitlines() if line.startswith(("| engineer", "| referent", "| contact", "| every"))
    ]
    written = [command for row in rows for command in re.findall(r"`(\[[^`]+\])`", row)]

    assert len(written) == 17
    for command in written:
        reading = parse_commands(command, role=None, today=date(2026, 11, 23), is_wrapped=False)
        assert [f"[{found.written}]" for found in reading.commands] == [command]


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    named = set(re.findall(r"make ([a-z]+)", README))
    assert {"demo", "run", "test", "install"} <= named <= targets


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(((?!http)[^)#]+)\)", README)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
