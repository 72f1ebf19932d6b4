"""The daemon: opens the doors, processes and delivers what arrives, and stops it all in order.

Mail wakes the work, a scheduler's tick wakes it too; whatever fails once is tried again at the next tick.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable

import structlog

from mailgate.app import App
from mailgate.entrypoints.readiness import Phase, tell
from mailgate.entrypoints.scheduler import Duty, make_scheduler
from mailgate.entrypoints.smtp import SmtpDoor, SmtpLimits
from mailgate.services.receiving import Receiver, kind_and_place
from mailgate.services.recovery import resume

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

TICK_SECONDS = 10
GRACE_SECONDS = 5


class Daemon:
    """One running node: the SMTP door, the worker that processes mail, the worker that delivers it.

    Both workers go on batch by batch while there is something to do, and then sleep until they are woken.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._has_mail = asyncio.Event()
        self._has_notices = asyncio.Event()
        self._stopping = asyncio.Event()
        self._workers: list[asyncio.Task[None]] = []
        self._receiver = Receiver(app.database, on_stored=self._has_mail.set)
        self._door = _make_door(app, self._receiver)
        self._scheduler = make_scheduler(
            (
                Duty(name="wake the workers", every_seconds=TICK_SECONDS, run=self._wake),
                Duty(name="report held mail", every_seconds=60, run=self._report_held_mail),
            )
        )

    async def start(self) -> int:
        """Open the doors and return the port of the SMTP listener. Raises OSError where it is taken."""
        resume(self._app.database, self._app.now())
        port = await self._door.start(self._app.config.smtp.host, self._app.config.smtp.port)
        self._workers = [
            asyncio.create_task(self._work(self._has_mail, self._process)),
            asyncio.create_task(self._work(self._has_notices, self._app.dispatcher.deliver_batch)),
        ]
        self._scheduler.start()
        await self._wake()
        _log.info("started", port=port)
        return port

    async def stop(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """Close the doors, finish the batch that is in hand, and end the workers.

        A delivery that hangs longer than the grace is given up; the next start takes it up again.
        """
        await self._door.stop()
        await self._receiver.close()
        self._scheduler.shutdown(wait=False)
        self._stopping.set()
        await self._wake()
        if self._workers:
            _, hanging = await asyncio.wait(self._workers, timeout=grace_seconds)
            for worker in hanging:
                worker.cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)
        _log.info("stopped")

    async def _wake(self) -> None:
        self._has_mail.set()
        self._has_notices.set()

    async def _work(self, is_needed: asyncio.Event, do_batch: Callable[[], Awaitable[int]]) -> None:
        while not self._stopping.is_set():
            await is_needed.wait()
            is_needed.clear()
            try:
                while not self._stopping.is_set() and await do_batch():
                    pass
            except Exception as error:  # noqa: BLE001 - the unforeseen is temporary: the next tick tries again
                _log.error("work_failed", error=kind_and_place(error))

    async def _process(self) -> int:
        processed = await asyncio.to_thread(self._app.intake.process_batch)
        if processed:
            self._has_notices.set()
        return processed

    async def _report_held_mail(self) -> None:
        if await asyncio.to_thread(self._app.watch.report_held_mail):
            self._has_notices.set()


def _make_door(app: App, receiver: Receiver) -> SmtpDoor:
    smtp = app.config.smtp
    return SmtpDoor(
        receive=receiver.receive,
        accepts=app.addresses.accepts,
        now=app.now,
        limits=SmtpLimits(
            max_octets=smtp.max_octets,
            max_connections=smtp.max_connections,
            max_per_host=smtp.max_connections_per_host,
            max_recipients=smtp.max_recipients,
        ),
        hostname=smtp.hostname,
    )


async def serve(app: App, *, on_started: Callable[[int], None]) -> None:
    """Run a daemon until SIGTERM or SIGINT; `on_started` is told the port of the SMTP listener."""
    stop = stop_signal()
    daemon = Daemon(app)
    on_started(await daemon.start())
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
