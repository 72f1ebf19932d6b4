"""`make torture`: mail comes in by every door while the desk is killed with -9, again and again; nothing may be lost.

The short form runs with the tests; the long one is for releases. A run that fails keeps its folder, and prints how to
repeat it: the same seed writes the same letters and kills at the same places, if not at the same microsecond.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.programmes.torture import page
from tests.programmes.torture.run import torture
from tests.servers import programs
from tests.servers.dovecot import Dovecot, running_dovecot

SHORT = (2_000, 40)  # letters, kills
LONG = (20_000, 300)
MOST_SENTENCES = 40


@contextmanager
def mailbox() -> Iterator[Dovecot | None]:
    """Run a Dovecot, or none where it is not installed or may not be started."""
    try:
        programs.need_root("Dovecot's master")
        programs.program("dovecot", "dovecot-imapd")
    except pytest.skip.Exception as reason:
        print(f"without the mailbox: {reason}", file=sys.stderr)
        yield None
        return
    with running_dovecot() as dovecot:
        with dovecot.client():  # which makes the folders
            pass
        yield dovecot


def main() -> None:
    """Run the programme and print what came out."""
    parser = argparse.ArgumentParser(prog="make torture", description=__doc__)
    parser.add_argument("--short", action="store_true", help="2,000 mails and 40 kills")
    parser.add_argument("--mails", type=int, help="how many mails")
    parser.add_argument("--kills", type=int, help="how many kills")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="repeats a run")
    parser.add_argument("--write", action="store_true", help="write the figures into docs/reliability.md")
    options = parser.parse_args()
    letters, kills = SHORT if options.short else LONG
    letters, kills = options.mails or letters, options.kills or kills
    repeat = f"make torture TORTURE='--mails {letters} --kills {kills} --seed {options.seed}'"
    print(f"{letters} mails, {kills} kills, seed {options.seed}", file=sys.stderr, flush=True)
    folder = Path(tempfile.mkdtemp(prefix="mailgate-torture-"))
    try:
        with mailbox() as dovecot:
            outcome = asyncio.run(torture(folder, dovecot, letters=letters, kills=kills, seed=options.seed))
    except BaseException:
        print(f"what is left lies in {folder}; to repeat it: {repeat}", file=sys.stderr)
        raise
    print(page.table(outcome))
    if outcome.wrong:
        print("\n".join(outcome.wrong[:MOST_SENTENCES]))
        print(f"{len(outcome.wrong)} things are wrong; what is left lies in {folder}; to repeat it: {repeat}")
        sys.exit(1)
    shutil.rmtree(folder)
    if options.write:
        page.write(outcome)


if __name__ == "__main__":
    main()
