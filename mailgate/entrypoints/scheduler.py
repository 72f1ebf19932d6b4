"""The scheduler: a table of duties with their intervals.

Jobs live in memory and tick at fixed intervals; what is due, the database says. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A use case and how often it is called."""

    name: str
    every_seconds: int
    run: Callable[[], Awaitable[None]]


def make_scheduler(duties: tuple[Duty, ...]) -> AsyncIOScheduler:
    """Return a scheduler for these duties; a tick that comes late is not skipped, and ticks never pile up."""
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    for duty in duties:
        scheduler.add_job(duty.run, IntervalTrigger(seconds=duty.every_seconds), id=duty.name, name=duty.name)
    return scheduler
