"""Logging: structlog, one line an event, for people or as JSON; foreign loggers are kept quiet.

Never a body, an address list or a token: what is logged is named at each call, and aiosmtpd and aiosmtplib, which
would log the dialogue, are silenced (their lines hold addresses and bodies).
"""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog

TALKATIVE = ("mail.log", "aiosmtplib", "apscheduler", "alembic")


def configure(level: str, form: str) -> None:
    """Set up logging to standard error; `level` as in the configuration, `form` is text or json."""
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    renderer: structlog.typing.Processor
    if form == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", Unfailing(sys.stderr))),
        cache_logger_on_first_use=False,
    )


class Unfailing:
    """A stream whose writing never fails: a log that cannot be written must not cost a sender the right reply."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write the text, or lose it."""
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        """Have it written, or leave it for later."""
        with suppress(OSError):
            self._stream.flush()
