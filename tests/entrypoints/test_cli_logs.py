"""What a running desk logs: a line an event, on standard error, without the chatter of libraries."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from mailgate.entrypoints.logs import TALKATIVE, configure


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    levels = {name: logging.getLogger(name).level for name in TALKATIVE}
    yield
    structlog.reset_defaults()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_a_program_reads_each_event_as_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")

    structlog.get_logger().info("processed", inbox_id=7, reason="déjà vu\nagain")

    printed = capsys.readouterr()
    assert printed.out == ""
    [line] = printed.err.splitlines()
    event = json.loads(line)
    assert event.pop("timestamp").endswith("Z")
    assert event == {"event": "processed", "level": "info", "inbox_id": 7, "reason": "déjà vu\nagain"}


def test_people_read_each_event_as_a_line_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "text")

    structlog.get_logger().info("processed", inbox_id=7, reason="two\nlines")

    [line] = capsys.readouterr().err.splitlines()
    assert "processed" in line
    assert "inbox_id=7" in line


def test_what_is_less_important_than_the_level_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure("warning", "json")

    structlog.get_logger().info("processed")
    structlog.get_logger().warning("parked")

    assert json.loads(capsys.readouterr().err)["event"] == "parked"


@pytest.mark.parametrize("name", TALKATIVE)
def test_libraries_that_would_log_a_dialogue_are_quiet_even_at_debug(name: str) -> None:
    configure("debug", "text")

    assert not logging.getLogger(name).isEnabledFor(logging.INFO)
