"""Clock and disks: what is wrong is told with its figure."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mailgate.config import Config
from mailgate.entrypoints.doctor import machine
from mailgate.entrypoints.doctor.finding import Level
from mailgate.entrypoints.doctor.machine import check_clock, check_disks, compare_clocks


def installation(folder: Path, **outgoing: object) -> Config:
    return Config.model_validate(
        {"storage": {"database": f"sqlite:///{folder}/desk.db"}, "outgoing": {"folder": folder / "out", **outgoing}}
    )


def test_the_kernel_can_be_asked_about_the_clock_and_nothing_is_set() -> None:
    (finding,) = check_clock()

    assert finding.check == "clock"
    assert finding.level is not Level.PROBLEM


@pytest.mark.parametrize(
    ("ahead", "level", "words"),
    [
        (timedelta(seconds=-90), Level.OK, "agrees with"),
        (timedelta(minutes=7), Level.WARNING, "7 minutes ahead of the server"),
        (timedelta(hours=-1), Level.WARNING, "60 minutes behind the server"),
    ],
)
def test_a_clock_that_differs_by_minutes_is_told(ahead: timedelta, level: Level, words: str) -> None:
    finding = compare_clocks(ahead, "the server")

    assert finding.level is level
    assert words in finding.says


def test_room_is_told_for_the_database_and_for_outgoing_mail_while_it_goes_into_a_folder(tmp_path: Path) -> None:
    into_folder = [finding.says for finding in check_disks(installation(tmp_path))]
    to_smarthost = [finding.says for finding in check_disks(installation(tmp_path, smarthost="mail.example.org"))]

    assert [said.rpartition(" for ")[2] for said in into_folder] == ["the database", "outgoing mail"]
    assert [said.rpartition(" for ")[2] for said in to_smarthost] == ["the database"]


@pytest.mark.parametrize(
    ("free", "level"),
    [(0, Level.PROBLEM), (machine.SHORT_OCTETS, Level.WARNING), (machine.LOW_OCTETS, Level.OK)],
)
def test_little_room_is_a_warning_and_hardly_any_a_problem(free: int, level: Level, tmp_path: Path) -> None:
    assert machine.judge_room("the database", tmp_path, free).level is level


def test_a_folder_that_does_not_exist_yet_is_judged_by_the_one_above(tmp_path: Path) -> None:
    findings = list(check_disks(installation(tmp_path / "later" / "still")))

    assert {finding.level for finding in findings} <= {Level.OK, Level.WARNING}
