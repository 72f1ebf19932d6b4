"""The processor: a process of its own in which a daemon has its mail processed, so that both cores have work.

In one process the doors and the processing would take turns, since only one thread at a time runs Python. The child
runs at a lower priority: a sender who waits for a 250 goes first. It knows the database and nothing else of its
parent, is asked batch by batch through a pipe, and ends with it, however that ends.

Not here: what processing is (`services/intake.py`), and what follows from a batch (`daemon.py`).
"""

from __future__ import annotations

import asyncio
import os
import pickle
import queue
import signal
import sys
import threading
from typing import BinaryIO

import structlog

from mailgate.config import Config
from mailgate.errors import TemporaryError

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

NICENESS = 5  # of 19, above the parent's own
LONGEST_BATCH_SECONDS = 900  # longer than the readers of a whole batch may take
END_SECONDS = 5  # in which a child that has nothing to do ends
FAILED = b"failed\n"
_REQUEST = b"\n"


class Processor:
    """The parent's side: starts the child when it is first needed, and anew after it has died."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._child: asyncio.subprocess.Process | None = None
        self._has_settings = False  # the child

    async def warm_up(self) -> None:
        """Start the child, which loads its libraries while the parent loads its own, and touches nothing yet."""
        self._has_settings = False
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "mailgate.entrypoints.processor",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            process_group=0,  # so that Ctrl-C is the parent's alone
        )

    async def start(self) -> None:
        """Let the child open the database, which is there by now; without one that is warm, start it first."""
        if self._child is None or self._child.returncode is not None:
            await self.warm_up()
        child = self._child
        assert child is not None  # noqa: S101 - for the type checker: it was started
        assert child.stdin is not None  # noqa: S101 - it was asked for
        child.stdin.write(pickle.dumps(self._config))
        self._has_settings = True

    async def process_batch(self) -> int:
        """Have mail processed that waits; return how many mails were looked at.

        Raises TemporaryError where the child failed or died: what it was about is tried again.
        """
        if self._child is None or self._child.returncode is not None or not self._has_settings:
            await self.start()
        child = self._child
        assert child is not None  # noqa: S101 - for the type checker: it was started
        assert child.stdin is not None  # noqa: S101 - as above
        assert child.stdout is not None  # noqa: S101 - as above
        child.stdin.write(_REQUEST)
        try:
            reply = await asyncio.wait_for(child.stdout.readline(), LONGEST_BATCH_SECONDS)
        except TimeoutError:
            child.kill()
            reply = b""
        if reply and reply != FAILED:
            return int(reply)
        if not reply:
            status = await child.wait()
            _log.error("processor_died", status=status)
        raise TemporaryError("the processor could not process a batch")

    async def stop(self) -> None:
        """End the child: one that is in the midst of a mail leaves it for the next start."""
        child, self._child = self._child, None
        if child is None or child.stdin is None:
            return
        child.stdin.close()
        if not self._has_settings and child.returncode is None:
            child.kill()  # it has nothing to finish
        try:
            await asyncio.wait_for(child.wait(), END_SECONDS)
        except TimeoutError:
            child.kill()
            await child.wait()


def main() -> None:
    """Process a batch for each line that comes, until standard input ends."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)  # they are sent to all processes of a service; the parent decides
    os.nice(NICENESS)
    # Only now, so that the parent, which loads the same at the same time, goes first.
    from mailgate.app import build  # noqa: PLC0415
    from mailgate.entrypoints.logs import configure  # noqa: PLC0415
    from mailgate.services.receiving import kind_and_place  # noqa: PLC0415

    requests = _Requests(sys.stdin.buffer)
    try:
        config: Config = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
    except EOFError:  # it never came to serving
        return
    configure(config.log.level, config.log.format)
    app = build(config)
    requests.listen()
    while requests.wait():
        try:
            reply = b"%d\n" % app.intake.process_batch()
        except Exception as error:  # noqa: BLE001 - the unforeseen is temporary: the parent asks again
            _log.error("processing_batch_failed", error=kind_and_place(error))
            reply = FAILED
        requests.reply(reply)
    app.close()


class _Requests:
    """The child's side of the pipe. When it ends while a batch is under way, the parent is gone or has given up."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._waiting: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._is_busy = False

    def listen(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while self._pipe.readline():
            self._is_busy = True
            self._waiting.put(True)
        if self._is_busy:
            os._exit(os.EX_TEMPFAIL)  # what is not committed is rolled back by whoever opens the database next
        self._waiting.put(False)

    def wait(self) -> bool:
        return self._waiting.get()

    def reply(self, reply: bytes) -> None:
        self._is_busy = False
        sys.stdout.buffer.write(reply)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
