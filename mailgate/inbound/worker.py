"""A worker: a process that reads mails and does nothing else, so that a mail which harms its reader harms only it.

It holds no connection, no key and no file but its two pipes, and ends when its parent does. `pool.py` starts it.
"""

from __future__ import annotations

import resource
import signal
import sys
from typing import BinaryIO

from mailgate.inbound import wire
from mailgate.inbound.parse import parse


def main() -> None:
    """Read a mail for each frame that comes, until there are no more; limits are the arguments: octets, seconds."""
    memory_octets, cpu_seconds = int(sys.argv[1]), int(sys.argv[2])
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)  # they are sent to all processes of a service; the parent decides
    resource.setrlimit(resource.RLIMIT_AS, (memory_octets, memory_octets))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(sys.stdin.buffer, sys.stdout.buffer, cpu_seconds)


def serve(requests: BinaryIO, answers: BinaryIO, cpu_seconds: int) -> None:
    """Answer each mail with what was read of it."""
    while (raw := wire.receive(requests)) is not None:
        _allow(cpu_seconds)
        wire.send(answers, wire.packed(parse(raw)))


def _allow(cpu_seconds: int) -> None:
    """Let the kernel end this process after so many further seconds of work (SIGXCPU)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + cpu_seconds + 1, hard))


if __name__ == "__main__":
    main()
