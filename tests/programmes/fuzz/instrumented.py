"""One target under atheris: `python -m tests.programmes.fuzz.instrumented TARGET SECONDS SEED`. It never returns.

Our own code and the mail library of Python are instrumented, and nothing else: to do all would take minutes.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["mailgate", "email"]):
    from tests.programmes.fuzz.seeds import FOUND, SEEDS, WORDS
    from tests.programmes.fuzz.targets import TARGETS

LONGEST_SECONDS_OF_ONE = 5  # for an input of a few kilobytes: what takes longer is a finding
LONGEST_INPUT = 16_384  # octets


def main() -> None:
    """Fuzz the target; what it learns about the code is kept as inputs in a folder, for the next run."""
    name, seconds, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    folder = FOUND / name
    folder.mkdir(parents=True, exist_ok=True)
    for number, octets in enumerate(SEEDS[name]):
        (folder / f"seed-{number}").write_bytes(octets)
    words = FOUND / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in WORDS), "ascii")
    arguments = [
        f"-max_total_time={seconds}", f"-seed={seed}", f"-timeout={LONGEST_SECONDS_OF_ONE}",
        f"-max_len={LONGEST_INPUT}", f"-dict={words}", f"-artifact_prefix={FOUND}/{name}-", str(folder),
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *arguments], TARGETS[name])
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{octet:02x}" for octet in word)


if __name__ == "__main__":
    main()
