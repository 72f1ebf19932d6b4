"""What is measured, one run at a time: mails per second, and how long a sender waits."""

from __future__ import annotations

import json
import pickle
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from tests.bench.desk import BenchDesk

Mail = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Run:
    """The result of one run. `processed` is None where nothing is processed; waits are in milliseconds."""

    stored: float  # mails a second
    processed: float | None = None  # mails a second
    p50: float | None = None
    p99: float | None = None


@contextmanager
def peer(kind: str) -> Iterator[int]:
    """Run one of the servers of `peers.py` and yield its port."""
    command = [sys.executable, "-m", "tests.bench.peers", kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def smtp(port: int, connections: int, mails: Sequence[Mail]) -> tuple[Run, float]:
    """Hand mails over; return what the sender saw, and the moment at which it began (monotonic seconds)."""
    command = [sys.executable, "-m", "tests.bench.load", "127.0.0.1", str(port), str(connections)]
    done = subprocess.run(command, input=pickle.dumps(list(mails)), stdout=subprocess.PIPE, check=True)
    told = json.loads(done.stdout)
    waits = quantiles((second * 1000 for second in told["seconds"]), n=100, method="inclusive")
    return Run(len(mails) / (told["ended"] - told["begun"]), None, waits[49], waits[98]), float(told["begun"])


def through_desk(desk: BenchDesk, connections: int, mails: Sequence[Mail]) -> Run:
    """Hand mails to a desk and wait until all of them are processed and all notices have left."""
    run, begun = smtp(desk.port, connections, mails)
    return Run(run.stored, len(mails) / (desk.await_processed() - begun), run.p50, run.p99)


def commits(mails: Sequence[Mail]) -> Run:
    """Store mails with the driver alone: a row and a synced commit each, as little as can be done."""
    with (
        tempfile.TemporaryDirectory(prefix="mailgate-bench-") as folder,
        closing(sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE mail (id INTEGER PRIMARY KEY, digest TEXT UNIQUE, content BLOB, state TEXT)")
        begun = time.perf_counter()
        for number, (_, octets) in enumerate(mails):
            connection.execute("BEGIN IMMEDIATE")
            row = (str(number), zlib.compress(octets, 1), "received")
            connection.execute("INSERT INTO mail (digest, content, state) VALUES (?, ?, ?)", row)
            connection.execute("COMMIT")
        return Run(len(mails) / (time.perf_counter() - begun))
