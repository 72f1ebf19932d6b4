"""The octets after DATA, in the blocks in which they come (RFC 5321 sections 4.1.1.4 and 4.5.2).

Only CRLF, dot, CRLF ends a mail. A line of one dot with a bare CR or LF beside it is how one mail is smuggled inside
another past a server that reads line ends differently: such a mail is taken to its true end and refused whole. Bare
line ends elsewhere are kept as they are. Not here: any reply, and any waiting.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

_END = b"\r\n.\r\n"
_LONE_DOT = re.compile(rb"\.(?<![^\r\n]\.)[\r\n]")  # begins with the octet that is looked for at the speed of memory


class Flaw(Enum):
    """Why a mail cannot be taken although it came to its end."""

    TOO_BIG = "too big"  # for good
    NO_ROOM = "no room"  # too much mail is under way: for now
    BARE_LINE_END = "bare line end"  # beside a line of one dot: for good


class DataCollector:
    """Gathers the blocks of one mail until its end is there.

    `reserve` is asked for room for that many octets more and tells whether there is any; whoever made the collector
    gives it back (`octets`). Beyond `limit` octets nothing more is kept, and what was reserved is free again.
    """

    def __init__(self, limit: int, reserve: Callable[[int], bool]) -> None:
        self.octets = 0  # reserved
        self.flaw: Flaw | None = None
        self._limit = limit
        self._reserve = reserve
        self._blocks: list[bytes] = []
        self._received = 0
        self._tail = b"\r\n"  # the last octets before the next block; the line before the first one is complete

    def feed(self, block: bytes) -> bytes | None:
        """Take a block; return None while the end has not come, else what follows the end, of the next command."""
        start = self._end_in(block)
        if start is None:
            self._tail = (self._tail + block[-4:])[-4:]
            self._keep(block)
            return None
        self._keep(block[: max(start + 2, 0)])
        if start + 2 < 0:  # the dot, and perhaps more, came with an earlier block
            self._blocks = [b"".join(self._blocks)[: start + 2]]
        return block[start + len(_END) :]

    def _end_in(self, block: bytes) -> int | None:
        """Return where the end begins, counted from the beginning of the block, perhaps in an earlier one."""
        edge = (self._tail + block[:4]).find(_END)
        if edge >= 0:
            return edge - len(self._tail)
        found = block.find(_END)
        return found if found >= 0 else None

    def _keep(self, block: bytes) -> None:
        self._received += len(block)
        if self.flaw is None and self._received > self._limit + len(_END):
            self._spoil(Flaw.TOO_BIG)
        if self.flaw is None and not self._reserve(len(block)):
            self._spoil(Flaw.NO_ROOM)
        if self.flaw is None:
            self.octets += len(block)
            self._blocks.append(block)

    def _spoil(self, flaw: Flaw) -> None:
        self.flaw = flaw
        self._blocks = []
        self._reserve(-self.octets)  # at once: its sender may take long to come to the end
        self.octets = 0

    def content(self) -> bytes:
        """Return the mail, dots unstuffed, once its end is there; empty where it has a flaw."""
        stuffed = self._blocks[0] if len(self._blocks) == 1 else b"".join(self._blocks)
        self._blocks = []
        if self.flaw is None and len(stuffed) > self._limit:
            self.flaw = Flaw.TOO_BIG
        elif self.flaw is None and _is_smuggling(stuffed):
            self.flaw = Flaw.BARE_LINE_END
        return b"" if self.flaw is not None else _unstuffed(stuffed)


def _is_smuggling(stuffed: bytes) -> bool:
    return _LONE_DOT.search(stuffed) is not None


def _unstuffed(stuffed: bytes) -> bytes:
    unstuffed = stuffed.replace(b"\r\n.", b"\r\n") if b"\r\n." in stuffed else stuffed
    return unstuffed[1:] if unstuffed.startswith(b".") else unstuffed
