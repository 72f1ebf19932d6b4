"""Inputs made of others at random, where no instrumented fuzzer is at hand: the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

LONGEST = 4_000  # octets
ROUNDS = 6  # of change to one input


def mutations(seeds: Sequence[bytes], words: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Yield so many inputs, each made of one of those before it by a few changes."""
    source = random.Random(seed)
    pool = list(seeds)
    for _ in range(count):
        octets = source.choice(pool)
        for _ in range(source.randint(1, ROUNDS)):
            octets = _changed(octets, source.choice(pool), words, source)[:LONGEST]
        pool[len(seeds) :] = [*pool[len(seeds) :][-50:], octets]
        yield octets


def _changed(octets: bytes, other: bytes, words: Sequence[bytes], source: random.Random) -> bytes:
    begin, end = sorted(source.randrange(len(octets) + 1) for _ in range(2))
    match source.randrange(6):
        case 0:
            return octets[:begin] + octets[end:]
        case 1:
            return octets[:begin] + octets[begin:end] * source.randint(2, 8) + octets[end:]
        case 2:
            return octets[:begin] + source.choice(words) + octets[end:]
        case 3:
            return octets[:begin] + other[source.randrange(len(other) + 1) :]
        case 4:
            return octets[:begin] + source.randbytes(source.randint(1, 4)) + octets[begin:]
        case _:
            return octets[:begin] + source.choice(words) + octets[begin:]
