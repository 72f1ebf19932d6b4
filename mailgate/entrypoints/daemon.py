"""The daemon: opens the doors, processes and delivers what arrives, and stops it all in order.

Mail wakes the work, a scheduler's tick wakes it too; whatever fails once is tried again at the next tick.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from mailgate.app import App
from mailgate.entrypoints.listeners import Listener, listeners, mailboxes
from mailgate.entrypoints.lull import Lull
from mailgate.entrypoints.processor import Processor
from mailgate.entrypoints.readiness import Phase, tell
from mailgate.entrypoints.scheduler import Duty, make_scheduler
from mailgate.services.dispatch import AT_ONCE
from mailgate.services.receiving import Receiver, kind_and_place
from mailgate.services.recovery import resume

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

TICK_SECONDS = 10
GRACE_SECONDS = 5
GATHERING_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the desk listens, by "smtp" or "lmtp"."""

    dialect: str
    host: str
    port: int


class NotListeningError(Exception):
    """A listener could not be opened; its cause is the OSError."""

    def __init__(self, place: Place) -> None:
        super().__init__(f"{place.host} {place.port}")
        self.place = place


class Daemon:
    """One running node: the doors, the worker that processes mail, the worker that delivers it.

    Both workers go on batch by batch while there is something to do, and then sleep until they are woken.
    """

    def __init__(self, app: App, processor: Processor | None = None) -> None:
        """Process mail in this process, or in that of a processor."""
        self._app = app
        self._processor = processor
        self._has_mail = asyncio.Event()
        self._has_notices = asyncio.Event()
        self._stopping = asyncio.Event()
        self._workers: list[asyncio.Task[None]] = []
        self._receiver = Receiver(app.database, on_stored=self._has_mail.set)
        self._listeners = tuple(listeners(app, self._receiver))
        self._mailboxes = mailboxes(app, self._receiver)
        self.places: list[Place] = []
        self._scheduler = make_scheduler(
            (
                Duty(name="wake the workers", every_seconds=TICK_SECONDS, run=self._wake),
                Duty(name="renew certificates", every_seconds=60, run=self._renew_certificates),
                Duty(name="report held mail", every_seconds=60, run=self._report_held_mail),
            )
        )

    async def start(self) -> int:
        """Open the doors and return the port of the first listener, 0 where there is none.

        Raises NotListeningError where a listener cannot be opened.
        """
        resume(self._app.database, self._app.now())
        for listener in self._listeners:
            await self._open(listener)
        await self._mailboxes.start()
        if self._processor is not None:
            await self._processor.start()
        self._workers = [
            asyncio.create_task(self._work(self._has_mail, self._process)),
            asyncio.create_task(self._work(self._has_notices, self._deliver)),
        ]
        self._scheduler.start()
        await self._wake()
        _log.info("started", ports=[place.port for place in self.places])
        return self.places[0].port if self.places else 0

    async def _open(self, listener: Listener) -> None:
        dialect = listener.door.dialect.value
        try:
            port = await listener.door.start(listener.host, listener.port)
        except OSError as error:
            await self._close_listeners()
            raise NotListeningError(Place(dialect=dialect, host=listener.host, port=listener.port)) from error
        self.places.append(Place(dialect=dialect, host=listener.host, port=port))

    async def _close_listeners(self) -> None:
        for listener in self._listeners:
            listener.door.shut()
        await asyncio.gather(self._mailboxes.stop(), *(listener.door.stop() for listener in self._listeners))

    async def stop(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """Close the doors, finish the batch that is in hand, and end the workers.

        A delivery that hangs longer than the grace is given up; the next start takes it up again.
        """
        await self._close_listeners()
        await self._receiver.close()
        self._scheduler.shutdown(wait=False)
        self._stopping.set()
        await self._wake()
        if self._workers:
            _, hanging = await asyncio.wait(self._workers, timeout=grace_seconds)
            for worker in hanging:
                worker.cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)
        await self._app.dispatcher.transport.close()
        if self._processor is not None:
            await self._processor.stop()
        _log.info("stopped")

    async def _wake(self) -> None:
        self._has_mail.set()
        self._has_notices.set()

    async def _work(self, is_needed: asyncio.Event, do_batch: Callable[[], Awaitable[int]]) -> None:
        lull = Lull(lambda: self._receiver.received, self._octets_under_way)
        while not self._stopping.is_set():
            await is_needed.wait()
            is_needed.clear()
            try:
                while not self._stopping.is_set() and await do_batch():
                    await lull.wait()
            except Exception as error:  # noqa: BLE001 - the unforeseen is temporary: the next tick tries again
                _log.error("work_failed", error=kind_and_place(error))

    def _octets_under_way(self) -> int:
        return sum(listener.door.octets_under_way for listener in self._listeners)

    async def _process(self) -> int:
        if self._processor is None:
            processed = await asyncio.to_thread(self._app.intake.process_batch)
        else:
            processed = await self._processor.process_batch()
        if processed:
            self._has_notices.set()
        return processed

    async def _renew_certificates(self) -> None:
        for listener in self._listeners:
            listener.door.renew_certificate()

    async def _deliver(self) -> int:
        """Deliver a batch; after a small one, let notices gather, since those of a batch share two synced commits."""
        delivered = await self._app.dispatcher.deliver_batch()
        if 0 < delivered < AT_ONCE:
            await asyncio.sleep(GATHERING_SECONDS)
        return delivered

    async def _report_held_mail(self) -> None:
        if await asyncio.to_thread(self._app.watch.report_held_mail):
            self._has_notices.set()


async def serve(app: App, *, processor: Processor, on_started: Callable[[Sequence[Place]], None]) -> None:
    """Run a daemon until SIGTERM or SIGINT; `on_started` is told where it listens.

    Raises NotListeningError where a listener cannot be opened.
    """
    stop = stop_signal()
    daemon = Daemon(app, processor if app.database.is_shared else None)
    await daemon.start()
    on_started(daemon.places)
    tell(Phase.READY)
    await stop.wait()
    tell(Phase.STOPPING)
    await daemon.stop()


def stop_signal() -> asyncio.Event:
    """Return an event that SIGTERM or SIGINT (Ctrl-C) sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    return stop
