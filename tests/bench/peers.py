"""The servers beside the desk: a bare aiosmtpd, which is what the desk is measured against, and a sink behind it.

`python -m tests.bench.peers bare|sink` prints its port and runs until its standard input ends. The sink is as cheap
as a smarthost can be, because it shares the machine with what is measured.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session


class Yes:
    """An aiosmtpd handler that takes every mail and forgets it."""

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        return "250 2.0.0 Ok"


class Sink(asyncio.Protocol):
    """A server that says yes to everything; it looks for nothing but the ends of commands and mails."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast("asyncio.Transport", transport)
        self._waiting = b""
        self._is_in_data = False
        self._wire.write(b"220 sink.example.org ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        end = b"\r\n.\r\n" if self._is_in_data else b"\r\n"
        while end in self._waiting:
            line, _, self._waiting = self._waiting.partition(end)
            self._answer(line[:4].upper())
            end = b"\r\n.\r\n" if self._is_in_data else b"\r\n"

    def _answer(self, verb: bytes) -> None:
        if self._is_in_data:
            self._is_in_data = False
            self._wire.write(b"250 2.0.0 Ok\r\n")
        elif verb == b"DATA":
            self._is_in_data = True
            self._wire.write(b"354 go on\r\n")
        elif verb == b"QUIT":
            self._wire.write(b"221 2.0.0 bye\r\n")
            self._wire.close()
        else:
            self._wire.write(b"250 2.0.0 Ok\r\n")


def bare() -> SMTP:
    """Return the protocol of one connection to aiosmtpd as it comes, with the desk's size limit."""
    return SMTP(Yes(), hostname="bare.example.org", data_size_limit=36 * 1024 * 1024, loop=asyncio.get_running_loop())


async def run(kind: str) -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server({"bare": bare, "sink": Sink}[kind], "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    loop.add_reader(sys.stdin, ended.set)
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))
