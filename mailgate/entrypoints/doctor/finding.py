"""A finding: what one check saw, how bad it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How bad a finding is."""

    OK = "ok"  # as it should be
    NOTE = "note"  # worth knowing; nothing has to be done
    WARNING = "warning"  # works, but something will be missing or go wrong one day
    PROBLEM = "problem"  # does not work, or must not go on like this


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check saw. `advice` is what to do, empty where there is nothing to do; no secret is in either."""

    level: Level
    check: str
    says: str
    advice: str = ""

    def __post_init__(self) -> None:
        if self.level in {Level.WARNING, Level.PROBLEM} and not self.advice:
            raise ValueError("whoever reads of a trouble must read what to do about it")


def has_problem(findings: Iterable[Finding]) -> bool:
    """Tell whether something does not work."""
    return any(finding.level is Level.PROBLEM for finding in findings)
