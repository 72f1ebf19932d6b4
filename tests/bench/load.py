"""The load: a process that hands mails over by SMTP, on connections that it keeps, and times each transaction.

`python -m tests.bench.load HOST PORT CONNECTIONS < mails` reads a pickled list of (recipient, octets) and prints JSON.
Each connection holds an honest dialogue: every command waits for its reply, one mail is one transaction.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import re
import sys
import time
from collections.abc import Iterator
from typing import cast

from tests.bench.mails import CLIENT

Mail = tuple[str, bytes]

_LONE_DOT = re.compile(rb"^\.", re.MULTILINE)


class Session(asyncio.Protocol):
    """One connection: takes the next mail from those that are left until there is none."""

    def __init__(self, mails: Iterator[Mail], seconds: list[float]) -> None:
        self._mails = mails
        self._seconds = seconds
        self._waiting = b""
        self._steps: Iterator[tuple[bytes, bytes]] = iter(())
        self._expected = b"220"
        self.is_finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast("asyncio.Transport", transport)
        self._steps = self._dialogue()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.is_finished.done():
            self.is_finished.set_exception(error or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while b"\n" in self._waiting:
            line, _, self._waiting = self._waiting.partition(b"\n")
            if line[3:4] != b"-":
                self._go_on(line)

    def _go_on(self, reply: bytes) -> None:
        if not reply.startswith(self._expected):
            self.is_finished.set_exception(ConnectionError(reply.decode("ascii", "replace")))
            self._wire.abort()
            return
        step = next(self._steps, None)
        if step is None:
            self.is_finished.set_result(None)
            self._wire.close()
            return
        command, self._expected = step
        self._wire.write(command)

    def _dialogue(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield each command with the code of the reply that it must get."""
        yield b"EHLO mx.example.org\r\n", b"250"
        for recipient, octets in self._mails:
            begun = time.perf_counter()
            yield b"MAIL FROM:<%b>\r\n" % CLIENT.encode(), b"250"
            yield b"RCPT TO:<%b>\r\n" % recipient.encode(), b"250"
            yield b"DATA\r\n", b"354"
            yield octets + b".\r\n", b"250"
            self._seconds.append(time.perf_counter() - begun)
        yield b"QUIT\r\n", b"221"


async def hand_over(host: str, port: int, connections: int, mails: list[Mail]) -> dict[str, object]:
    """Return when it began and ended (seconds of the machine's monotonic clock), and the seconds of each mail."""
    loop = asyncio.get_running_loop()
    seconds: list[float] = []
    left = iter([(recipient, _LONE_DOT.sub(b"..", octets)) for recipient, octets in mails])
    begun = time.monotonic()
    sessions = [
        (await loop.create_connection(lambda: Session(left, seconds), host, port))[1] for _ in range(connections)
    ]
    await asyncio.gather(*(session.is_finished for session in sessions))
    return {"begun": begun, "ended": time.monotonic(), "seconds": seconds}


def main() -> None:
    """Send what standard input holds."""
    host, port, connections = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    mails = pickle.load(sys.stdin.buffer)
    print(json.dumps(asyncio.run(hand_over(host, port, connections, mails))))


if __name__ == "__main__":
    main()
