"""Checking every promise about the stored data: fsck."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from mailgate.entrypoints.cli.output import JsonOption, print_json, text
from mailgate.entrypoints.cli.session import DEFAULT_CONFIG, ConfigOption, reading

if TYPE_CHECKING:
    from mailgate.services.fsck import Verdict

MOST_IDS = 1000  # of one promise that are printed


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(fsck)


def fsck(
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print each promise, and the rows that break it.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Check every promise about the stored data; change nothing.

    Raw mail against its digests, each mail that is done against its effects, notices against their causes, the ledger
    against packs and work, and the rules of the database itself. The desk may run meanwhile. The exit status is 1
    where a promise is broken.
    """
    from mailgate.services.fsck import check

    with reading(config) as session:
        verdicts = check(session.tx, most_ids=MOST_IDS if verbose or as_json else 0)
        seen = _as_json(verdicts) if as_json else list(_printed(verdicts, with_all=verbose))
    broken = sum(not verdict.holds for verdict in seen)
    if not as_json:
        print(f"{len(seen)} promises checked, {broken or 'none'} broken")
    if broken:
        raise typer.Exit(1)


def _printed(verdicts: Iterable[Verdict], *, with_all: bool) -> Iterator[Verdict]:
    """Print what is broken, or all, as it comes: how often, the promise, and below it the rows."""
    for verdict in verdicts:
        if with_all or not verdict.holds:
            shown = "ok" if verdict.holds else f"{verdict.broken} broken"
            print(f"{shown:>10}  {verdict.name}: {verdict.says}", flush=True)
        for broken in verdict.ids:
            print(f"{'':10}  → {text(broken)}")
        yield verdict


def _as_json(verdicts: Iterable[Verdict]) -> list[Verdict]:
    seen = list(verdicts)
    print_json(
        [{"promise": each.name, "says": each.says, "broken": each.broken, "ids": list(each.ids)} for each in seen]
    )
    return seen
