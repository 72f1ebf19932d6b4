"""What all rounds brought, by name: medians, since a machine that others use has outliers in one direction only."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from tests.bench.measure import Run


@dataclass(slots=True)
class Results:
    """The runs of each name, in the order in which the names first came."""

    runs: dict[str, list[Run]] = field(default_factory=dict)

    def add(self, name: str, run: Run) -> None:
        """Keep one run."""
        self.runs.setdefault(name, []).append(run)

    def stored(self, name: str) -> float:
        """Return the median of mails stored a second."""
        return median(run.stored for run in self.runs[name])

    def processed(self, name: str) -> float | None:
        """Return the median of mails processed a second, or None where nothing is."""
        return _median([run.processed for run in self.runs[name]])

    def waits(self, name: str) -> tuple[float | None, float | None]:
        """Return the medians of p50 and p99 of a sender's wait, in milliseconds."""
        return _median([run.p50 for run in self.runs[name]]), _median([run.p99 for run in self.runs[name]])

    def ratio(self, name: str, yardstick: str, *, of_processed: bool = False) -> float | None:
        """Return the median of the ratios of each round, so that a slow round of the machine divides itself away."""
        pairs = zip(self.runs[name], self.runs[yardstick], strict=True)
        return _median([_rate(run, of_processed) / base.stored for run, base in pairs])


def _rate(run: Run, of_processed: bool) -> float:  # noqa: FBT001 - private
    return (run.processed or 0.0) if of_processed else run.stored


def _median(values: list[float | None] | list[float]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
