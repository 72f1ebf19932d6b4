"""Waiting for news of a folder (RFC 2177), never longer than asked, and never on a connection that is dead.

The library hides what it has read already, the end of the connection, and a server's farewell; each is looked for.
"""

from __future__ import annotations

import select
import ssl

from imapclient import IMAPClient


class ConnectionClosedError(OSError):
    """The server has said farewell, or has gone without."""


def await_news(client: IMAPClient, wake: int, seconds: float) -> None:
    """Return when the server says anything, when `wake` can be read, or after so many seconds.

    Whoever calls looks into the folder afterwards in any case. Raises ConnectionClosedError, OSError or
    IMAPClientError where the connection is to be given up.
    """
    if not client.has_capability("IDLE"):
        select.select([wake], [], [], seconds)
        return
    client.idle()
    if not _has_more(client):
        wire = client.socket().fileno()
        readable, _, _ = select.select([wire, wake], [], [], seconds)
        if wire in readable:
            _listen(client)
    client.idle_done()


def _has_more(client: IMAPClient) -> bool:
    """Tell whether something came together with the answer to IDLE: it waits in buffers that select cannot see."""
    wire = client.socket()
    patience = wire.gettimeout()
    wire.setblocking(False)
    try:
        is_pending = isinstance(wire, ssl.SSLSocket) and wire.pending() > 0
        return is_pending or bool(client._imap.file.peek(1))  # noqa: SLF001 - the library shows it to nobody
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    finally:
        wire.settimeout(patience)


def _listen(client: IMAPClient) -> None:
    heard = client.idle_check(timeout=0)
    if not heard or any(b"BYE" in response for response in heard):
        raise ConnectionClosedError("the server has closed the connection")
