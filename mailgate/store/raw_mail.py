"""Raw mail as it lies in the database: compressed, under the digest of all its octets, in a format that zlib reads.

Not here: any query. To pack a large mail takes tens of milliseconds, so it is done before a transaction begins.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass

COMPRESSION = 1  # of 9: half the gain for a fraction of the time
NO_COMPRESSION = 0
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

    A file in base64 has no repetitions. What could be gained is the quarter that base64 wastes, and to gain it takes
    longer than to write it; so such a mail is kept as it is, in the same format.
    """
    packer = zlib.compressobj(COMPRESSION if len(raw) < LARGE or _is_repetitive(raw) else NO_COMPRESSION)
    return PackedMail(hashlib.sha256(raw).hexdigest(), packer.compress(raw) + packer.flush(), len(raw))


def _is_repetitive(raw: bytes) -> bool:
    sample = raw[len(raw) // 2 :][:SAMPLE]
    return len(zlib.compress(sample, COMPRESSION)) < REPETITIVE * len(sample)


def unpack(content: bytes) -> bytes:
    """Return the octets of a mail as they were received."""
    return zlib.decompress(content)
