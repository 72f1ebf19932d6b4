"""`mailgate inspect`: message files in, one JSON object a line out, without any installation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.entrypoints.command_line import CommandLine

MAIL = """\
From: =?utf-8?q?R=C3=A9my?= <remy@saint-remy.example.org>
To: support@example.org
Subject: =?utf-8?q?d=C3=A9lai?=
Message-ID: <1@saint-remy.example.org>

[approve 4h]

Merci.

> Four hours would do.
> [close]
"""

KEYS = {
    "file",
    "subject",
    "from",
    "message_id",
    "text",
    "new_text",
    "attachments",
    "kind",
    "failed_recipients",
    "forwarded",
    "commands",
}

WITHOUT_A_DATABASE = """
import sys
from mailgate.entrypoints.cli import main
try:
    main(["inspect", "mail.eml"])
finally:
    print(sorted({"sqlalchemy", "sqlmodel", "alembic", "pydantic_settings"} & set(sys.modules)), file=sys.stderr)
"""


def test_each_file_is_one_line_of_json(nothing: CommandLine) -> None:
    for name in ("a.eml", "b.eml"):
        (nothing.folder / name).write_text(MAIL, encoding="utf-8")

    first, second = (json.loads(line) for line in nothing.done("inspect", "a.eml", "b.eml").splitlines())

    assert first.keys() >= KEYS
    assert (first["file"], second["file"]) == ("a.eml", "b.eml")
    assert first["from"] == {"name": "Rémy", "address": "remy@saint-remy.example.org"}
    assert first["kind"] == "human"
    assert first["commands"] == [{"verb": "approve", "arguments": "4h"}]


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_read(nothing: CommandLine) -> None:
    (nothing.folder / "a.eml").write_text(MAIL, encoding="utf-8")
    (nothing.folder / "folder").mkdir()

    outcome = nothing("inspect", "missing.eml", "folder", "a.eml")

    assert outcome.status == 1
    assert json.loads(outcome.out)["file"] == "a.eml"
    assert outcome.err == "mailgate: missing.eml: No such file or directory\nmailgate: folder: Is a directory\n"


def test_the_name_of_a_file_comes_back_as_it_was_given(nothing: CommandLine) -> None:
    name = os.fsdecode(b"caf\xe9.eml")  # not UTF-8
    (nothing.folder / name).write_text(MAIL, encoding="utf-8")

    assert json.loads(nothing.done("inspect", name))["file"] == name


def test_neither_a_configuration_nor_the_database_library_is_needed(tmp_path: Path) -> None:
    (tmp_path / "mail.eml").write_text(MAIL, encoding="utf-8")
    command = [sys.executable, "-c", WITHOUT_A_DATABASE]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert json.loads(done.stdout)["subject"] == "délai"
    assert done.stderr == "[]\n"
    assert [path.name for path in tmp_path.iterdir()] == ["mail.eml"]


def test_a_mail_is_read_from_standard_input(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mailgate", "inspect", "-"]

    done = subprocess.run(command, cwd=tmp_path, input=MAIL, capture_output=True, encoding="utf-8", check=True)

    assert json.loads(done.stdout)["file"] == "-"
