"""Examining the installation: doctor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from mailgate.entrypoints.cli.output import JsonOption, print_json, text
from mailgate.entrypoints.cli.session import DEFAULT_CONFIG, ConfigOption, settings_of

if TYPE_CHECKING:
    from mailgate.entrypoints.doctor.finding import Finding


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    round_trip: Annotated[
        bool, typer.Option("--round-trip", help="Also send two mails to the desk itself and wait for them.")
    ] = False,
    wait: Annotated[
        int, typer.Option("--wait", metavar="SECONDS", min=1, help="How long to wait for these mails.")
    ] = 120,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Examine the installation and say what to change.

    Looks at this Python, the clock, the disks, the database, the ways in and out, and at what the mail server in
    front says of who wrote. For the round trip the desk must be running. The exit status is 1 where something does
    not work.
    """
    from mailgate.app import build
    from mailgate.entrypoints.doctor.examination import examine, go_round
    from mailgate.entrypoints.doctor.finding import has_problem

    app = build(settings_of(config))
    try:
        findings = chain(examine(app), go_round(app, wait_seconds=wait) if round_trip else ())
        seen = _as_json(findings) if as_json else list(_printed(findings))
    finally:
        app.close()
    if has_problem(seen):
        raise typer.Exit(1)


def _printed(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Print each finding as it comes: the level, what was looked at, what was seen, and below it what to do."""
    for finding in findings:
        print(f"{finding.level.value:8} {finding.check:10} {text(finding.says)}", flush=True)
        if finding.advice:
            print(f"{'':8} {'':10} → {text(finding.advice)}", flush=True)
        yield finding


def _as_json(findings: Iterable[Finding]) -> list[Finding]:
    seen = list(findings)
    print_json(
        [
            {"level": found.level.value, "check": found.check, "says": found.says, "advice": found.advice}
            for found in seen
        ]
    )
    return seen
