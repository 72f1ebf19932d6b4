"""The command `doctor`: findings as they come, JSON for programs, and a status that says whether all works."""

from __future__ import annotations

from tests.entrypoints.command_line import CommandLine


def test_a_new_installation_works_and_is_told_what_is_missing(desk: CommandLine) -> None:
    printed = desk.done("doctor")

    lines = printed.splitlines()
    assert any(line.startswith("ok       database") for line in lines)
    assert any(line.startswith("warning  smarthost") for line in lines)
    assert all(line.split()[0] in {"ok", "note", "warning", "→"} for line in lines)


def test_programs_get_the_findings_as_json(desk: CommandLine) -> None:
    findings = desk("doctor", "--json").json

    assert {"level", "check", "says", "advice"} == set(findings[0])
    assert {finding["check"] for finding in findings} >= {"python", "clock", "disk", "database", "queues", "smarthost"}


def test_a_problem_gives_status_one(desk: CommandLine) -> None:
    outcome = desk("doctor", "--round-trip")

    assert outcome.status == 1
    assert "there is no smarthost" in outcome.out
