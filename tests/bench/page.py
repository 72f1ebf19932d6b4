"""The results as a table, printed or written into docs/speed.md between two comments."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.results import Results

PAGE = Path(__file__).parents[2] / "docs/speed.md"
BEGIN, END = "<!-- written by make bench -->", "<!-- end of what make bench wrote -->"

#: (what is promised, run, against, whether of mails fully processed, at least)
THRESHOLDS = (
    ("stored, 3 kB, 16 connections", "new, 3 kB, 16 connections", "bare aiosmtpd, 3 kB, 16 connections", False, 0.4),
    ("stored, 1 MB, 16 connections", "new, 1 MB, 16 connections", "bare aiosmtpd, 1 MB, 16 connections", False, 2.0),
    ("processed, 3 kB, 16 connections", "new, 3 kB, 16 connections", "bare aiosmtpd, 3 kB, 16 connections", True, 0.05),
    ("mails read, of mail-parser's own rate", "mails read by mailgate", "mails read by mail-parser", False, 0.5),
)


def table(results: Results) -> str:
    """Return the figures and the ratios as two Markdown tables."""
    rows = ["| run | stored a second | processed a second | p50, ms | p99, ms |", "| --- | ---: | ---: | ---: | ---: |"]
    for name in results.runs:
        p50, p99 = results.waits(name)
        figures = (results.stored(name), results.processed(name), p50, p99)
        rows.append(f"| {name} | {' | '.join(map(_shown, figures))} |")
    rows += ["", "| ratio to the rival of the same run | measured | wanted |", "| --- | ---: | ---: |"]
    for what, name, against, of_processed, wanted in THRESHOLDS:
        if name in results.runs:
            ratio = results.ratio(name, against, of_processed=of_processed)
            rows.append(f"| {what} | {ratio:.3f} | ≥ {wanted} |")
    return "\n".join(rows)


def _shown(figure: float | None) -> str:
    return "" if figure is None else f"{figure:,.0f}" if figure >= 100 else f"{figure:.1f}"


def write(results: Results) -> None:
    """Replace what the page says about the last run."""
    rounds = max(map(len, results.runs.values()))
    heading = f"{_machine()}, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}, commit {_commit()}."
    text = f"{BEGIN}\n{heading} Medians of {rounds} rounds.\n\n{table(results)}\n{END}"
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(re.sub(f"{BEGIN}.*?{END}", lambda _: text, page, flags=re.DOTALL), encoding="utf-8")


def _machine() -> str:
    try:
        known = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        known = None
    return f"{os.cpu_count()} cores of {known[1] if known else platform.machine()}, {platform.system()}"


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    said = subprocess.run(command, cwd=PAGE.parent, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return said.stdout.decode().strip() or "unknown"
