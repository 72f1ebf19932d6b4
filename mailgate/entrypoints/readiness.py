"""Telling the service manager how far the desk is (sd_notify(3)): one datagram to the socket that it has named.

Without a service manager, or with one that names no socket, nothing happens. A manager that cannot be told must not
stop the desk.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from enum import Enum


class Phase(Enum):
    """How far the desk is; the value is what the service manager is told."""

    READY = "READY=1"
    STOPPING = "STOPPING=1"


def tell(phase: Phase) -> None:
    """Tell the service manager; a name that begins with @ is in the abstract namespace."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    path = f"\0{address[1:]}" if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as manager:
        manager.sendto(phase.value.encode("ascii"), path)
