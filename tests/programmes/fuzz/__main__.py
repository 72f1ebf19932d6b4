"""`make fuzz`: each target for so many seconds under atheris, which looks where the code branches.

`--short` is five seconds for each. An input on which a target raises is kept in a file that is named, and ends it with
status 1; what is kept in `var/fuzz` goes on with what earlier runs found. Where atheris cannot be had, the mutations
of the tests are used, and that is said.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import time
from itertools import count

from tests.programmes.fuzz.mutation import mutations
from tests.programmes.fuzz.seeds import FOUND, SEEDS, WORDS
from tests.programmes.fuzz.targets import TARGETS

SECONDS, SHORT_SECONDS = 300, 5


def main() -> int:
    """Fuzz the targets named, or all; return 1 where one of them raised."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}")
    parser.add_argument("--short", action="store_true", help=f"{SHORT_SECONDS} seconds for each target")
    parser.add_argument("--seconds", type=int, help=f"for each target, {SECONDS} if not given")
    parser.add_argument("--seed", type=int, default=20, help="of what is tried at random")
    options = parser.parse_args()
    seconds = options.seconds or (SHORT_SECONDS if options.short else SECONDS)
    names = options.targets or list(TARGETS)
    if unknown := set(names) - set(TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed; the mutations of the tests are used instead", flush=True)
        return max(_by_mutation(name, seconds) for name in names)
    return max(_in_a_process(name, seconds, options.seed) for name in names)


def _in_a_process(name: str, seconds: int, seed: int) -> int:
    """Fuzz one target in a process of its own: atheris never returns."""
    command = [sys.executable, "-m", "tests.programmes.fuzz.instrumented", name, str(seconds), str(seed)]
    environment = os.environ | {"PYTHONHASHSEED": str(seed)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    lines = (done.stdout + done.stderr).splitlines()
    if done.returncode:
        print("\n".join(lines[-60:]), flush=True)
    told = next((line for line in reversed(lines) if line.startswith("Done ")), f"status {done.returncode}")
    print(f"{name}: {told}", flush=True)
    return int(done.returncode != 0)


def _by_mutation(name: str, seconds: int) -> int:
    end = time.monotonic() + seconds
    tried = 0
    for seed in count():
        for octets in mutations(SEEDS[name], WORDS, 100, seed):
            if not _is_survived(name, octets):
                return 1
            tried += 1
        if time.monotonic() > end:
            break
    print(f"{name}: {tried} inputs", flush=True)
    return 0


def _is_survived(name: str, octets: bytes) -> bool:
    try:
        TARGETS[name](octets)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
        FOUND.mkdir(parents=True, exist_ok=True)
        kept = FOUND / f"{name}-found"
        kept.write_bytes(octets)
        print(f"{name}: {type(error).__name__}: {error}; the input is in {kept}", flush=True)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
