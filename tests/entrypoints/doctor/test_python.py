"""Known errors of Python's mail modules are looked for by what this Python does."""

from __future__ import annotations

import email.utils

from mailgate.entrypoints.doctor.finding import Level
from mailgate.entrypoints.doctor.python import KNOWN_ERRORS, KnownError, check_python

PRESENT = KnownError(name="a thing goes wrong", is_present=lambda: True, defence="we do without it")
ABSENT = KnownError(name="another thing goes wrong", is_present=lambda: False, defence="")


def test_an_error_that_is_present_is_named_with_what_keeps_us_safe() -> None:
    (finding,) = check_python((PRESENT, ABSENT))

    assert finding.level is Level.NOTE
    assert "1 known errors" in finding.says
    assert "a thing goes wrong: safe, since we do without it" in finding.says
    assert "another thing" not in finding.says


def test_a_python_without_known_errors_is_well() -> None:
    (finding,) = check_python((ABSENT,))

    assert finding.level is Level.OK


def test_the_lax_reading_of_addresses_is_told_by_its_effect() -> None:
    (lax,) = [error for error in KNOWN_ERRORS if "CVE-2023-27043" in error.name]

    read = email.utils.getaddresses(["alice@example.org)bob@example.org"])

    assert lax.is_present() is (read != [("", "")])


def test_every_known_error_can_be_looked_for_on_this_python() -> None:
    assert all(isinstance(error.is_present(), bool) and error.defence for error in KNOWN_ERRORS)
