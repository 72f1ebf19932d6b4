"""The pool of worker processes that read mails: what a mail does to its reader costs this mail an attempt, and no more.

A worker that takes too long, too much memory or too much of the processor is killed and replaced, and so is one that
dies or answers nonsense. Used from any thread; a caller waits until a worker is free. Not here: how a mail is read
(`parse.py`), and how often a mail is tried.
"""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, cast

from mailgate.domain.message import IncomingMessage
from mailgate.errors import PermanentError, UnavailableError
from mailgate.inbound import wire

END_SECONDS = 2
LAST_WORDS_SECONDS = 0.5  # from a closed pipe to the end of its process


@dataclass(frozen=True, slots=True, kw_only=True)
class ParserLimits:
    """What reading one mail may take."""

    wall_seconds: float = 20
    cpu_seconds: int = 10
    memory_octets: int = 512 * 1024 * 1024  # of address space, libraries included


class ReaderKilledError(PermanentError):
    """The mail ended its reader, or would not end."""


class ParserPool:
    """So many workers, started when they are first needed."""

    def __init__(self, workers: int = 1, limits: ParserLimits | None = None) -> None:
        self._limits = limits or ParserLimits()
        self._idle: queue.SimpleQueue[_Worker | None] = queue.SimpleQueue()
        for _ in range(workers):
            self._idle.put(None)
        self._workers = workers

    def parse(self, raw: bytes) -> IncomingMessage:
        """Read a mail in a worker.

        Raises ReaderKilledError where the mail is to blame, UnavailableError where no worker can be started.
        """
        worker = self._idle.get()
        try:
            if worker is not None and not worker.is_alive():
                worker.end()
                worker = None
            worker = worker or _Worker(self._limits)
            return worker.parse(raw)
        except ReaderKilledError:
            worker = None
            raise
        finally:
            self._idle.put(worker)

    def close(self) -> None:
        """End all workers, once their callers have what they wait for."""
        for _ in range(self._workers):
            worker = self._idle.get()
            if worker is not None:
                worker.end()
            self._idle.put(None)


class _Worker:
    def __init__(self, limits: ParserLimits) -> None:
        self._limits = limits
        self._is_late = False
        arguments = (str(limits.memory_octets), str(limits.cpu_seconds))
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "mailgate.inbound.worker", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # the text of an error may hold somebody's words
                process_group=0,  # so that Ctrl-C is the parent's alone
            )
        except OSError as error:
            raise UnavailableError("no process can be started to read mails") from error

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def parse(self, raw: bytes) -> IncomingMessage:
        requests, answers = cast("BinaryIO", self._process.stdin), cast("BinaryIO", self._process.stdout)
        limit = threading.Timer(self._limits.wall_seconds, self._end_late)
        limit.start()
        try:
            wire.send(requests, raw)
            answer = wire.receive(answers)
            if answer is not None:
                return wire.unpacked(answer)
        except (OSError, wire.WireError) as error:
            raise self._killed() from error
        finally:
            limit.cancel()
        raise self._killed()

    def _end_late(self) -> None:
        """End the worker, which frees whoever waits for one of its pipes."""
        self._is_late = True
        self._process.kill()

    def _killed(self) -> ReaderKilledError:
        """End the worker and say how it stood."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(LAST_WORDS_SECONDS)
        is_alive = self.is_alive()
        self._process.kill()
        status = self._close()
        what = "took too long" if self._is_late else "answered nonsense" if is_alive else f"ended with status {status}"
        return ReaderKilledError(f"the process that read the mail {what}")

    def end(self) -> None:
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._close()

    def _close(self) -> int:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        return self._process.wait()
