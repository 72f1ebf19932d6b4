"""Raw mail as it lies in the database: compressed, under the digest of all its octets, in a format that zlib reads.

Not here: any query. To pack a large mail takes tens of milliseconds, so it is done before a transaction begins.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass

COMPRESSION = 1  # of 9: half the gain for a fraction of the time
LARGE = 64 * 1024  # octets
SAMPLE = 16 * 1024  # octets from the middle of a large mail
REPETITIVE = 0.7  # of its size, to which a sample must shrink to be worth the search for repetitions


@dataclass(frozen=True, slots=True)
class PackedMail:
    """A mail, packed: the SHA-256 of its octets in hexadecimal, what is kept of it, and its size before."""

    digest: str
    content: bytes
    size_octets: int


def pack(raw: bytes) -> PackedMail:
    """Return a mail as it is kept.

    Files in base64 have no repetitions; to look for them takes three quarters of the time and gains nothing over the
    coding of single octets, which takes back the third that base64 adds.
    """
    packer = zlib.compressobj(COMPRESSION, strategy=_strategy(raw))
    return PackedMail(hashlib.sha256(raw).hexdigest(), packer.compress(raw) + packer.flush(), len(raw))


def _strategy(raw: bytes) -> int:
    if len(raw) < LARGE:
        return zlib.Z_DEFAULT_STRATEGY
    sample = raw[len(raw) // 2 :][:SAMPLE]
    is_repetitive = len(zlib.compress(sample, COMPRESSION)) < REPETITIVE * len(sample)
    return zlib.Z_DEFAULT_STRATEGY if is_repetitive else zlib.Z_HUFFMAN_ONLY


def unpack(content: bytes) -> bytes:
    """Return the octets of a mail as they were received."""
    return zlib.decompress(content)
