"""A smarthost for tests that keeps every mail it takes, octet by octet, and misbehaves on demand."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import cast


class Behaviour(Enum):
    """What a smarthost does with one mail."""

    TAKE = auto()  # 250
    STALL = auto()  # 250 after a while
    TAKE_AND_HANG_UP = auto()  # 250, and the connection is gone
    DEFER = auto()  # 451
    HANG_UP = auto()  # the connection is gone before any answer: the mail is not taken


STALL_SECONDS = 0.7
_STUFFED = re.compile(rb"^\.", re.MULTILINE)
_ADDRESS = re.compile(rb"<([^>]*)>")


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that got its 250, and in which life of its sender."""

    mail_from: str
    rcpt_to: str
    content: bytes
    life: int


class Sink:
    """The server: `taken` holds all mails in their order; whoever starts its sender anew counts `life` on."""

    def __init__(self, behave: Callable[[], Behaviour], on_taken: Callable[[Taken], None]) -> None:
        self.taken: list[Taken] = []
        self.life = 0
        self.behave = behave
        self._on_taken = on_taken
        self._server: asyncio.Server | None = None
        self.tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        """Listen on a free port of loopback and return it."""
        self._server = await asyncio.get_running_loop().create_server(lambda: _Connection(self), "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
        for task in self.tasks:
            task.cancel()

    def keep(self, taken: Taken) -> None:
        """Remember a mail; called before its 250 is written."""
        self.taken.append(taken)
        self._on_taken(taken)


class _Connection(asyncio.Protocol):
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._waiting = b""
        self._is_in_data = False
        self._mail_from = self._rcpt_to = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast("asyncio.Transport", transport)
        self._life = self._sink.life
        self._say("220 sink.example.org ESMTP")

    def _say(self, reply: str) -> None:
        self._wire.write(reply.encode() + b"\r\n")

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while True:
            end = b"\r\n.\r\n" if self._is_in_data else b"\r\n"
            if end not in self._waiting:
                return
            part, _, self._waiting = self._waiting.partition(end)
            if self._is_in_data:
                self._is_in_data = False
                self._end_of_data(_STUFFED.sub(b"", part + b"\r\n"))
            else:
                self._command(part)

    def _command(self, line: bytes) -> None:
        verb = line[:4].upper()
        address = _ADDRESS.search(line)
        if verb == b"DATA":
            self._is_in_data = True
            self._say("354 go on")
        elif verb == b"QUIT":
            self._say("221 2.0.0 bye")
            self._wire.close()
        else:
            if verb == b"MAIL" and address:
                self._mail_from = address[1].decode()
            if verb == b"RCPT" and address:
                self._rcpt_to = address[1].decode()
            self._say("250 2.0.0 Ok")

    def _end_of_data(self, content: bytes) -> None:
        behaviour = self._sink.behave()
        if behaviour is Behaviour.DEFER:
            self._say("451 4.3.0 come back")
        elif behaviour is Behaviour.HANG_UP:
            self._wire.abort()
        elif behaviour is Behaviour.STALL:
            task = asyncio.get_running_loop().create_task(self._take_late(content))
            self._sink.tasks.add(task)
            task.add_done_callback(self._sink.tasks.discard)
        else:
            self._take(content)
            if behaviour is Behaviour.TAKE_AND_HANG_UP:
                self._wire.close()

    async def _take_late(self, content: bytes) -> None:
        await asyncio.sleep(STALL_SECONDS)
        self._take(content)

    def _take(self, content: bytes) -> None:
        """Take the mail, unless its sender is gone: then nobody has got the answer, nor will."""
        if self._wire.is_closing():
            return
        self._sink.keep(Taken(self._mail_from, self._rcpt_to, content, self._life))
        self._say("250 2.0.0 Ok")
