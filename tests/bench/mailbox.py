"""Mail from a mailbox: a Dovecot in which mails lie, and a desk that reads them by IMAP as soon as it has started."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from tests.bench.desk import desk
from tests.bench.measure import Mail, Run
from tests.servers.dovecot import PASSWORD, USER, running_dovecot

_MAILBOX = """
[[mailbox]]
host = "127.0.0.1"
port = {port}
tls = "none"
username = "{user}"
password_file = "{password_file}"
"""


def run(mails: Sequence[Mail], sink_port: int) -> Run | None:
    """Return how fast a mailbox is read, counted from the start of the desk; None where there is no Dovecot."""
    try:
        with running_dovecot() as dovecot:
            with dovecot.client():
                pass  # which makes the folders
            dovecot.lie_there([octets for _, octets in mails])
            password_file = dovecot.folder / "password"
            password_file.write_text(PASSWORD, encoding="utf-8")
            password_file.chmod(0o600)
            settings = _MAILBOX.format(port=dovecot.port, user=USER, password_file=password_file)
            with desk(sink_port, settings) as served:
                begun = time.monotonic()
                stored = len(mails) / (served.await_stored(len(mails)) - begun)
                return Run(stored, len(mails) / (served.await_processed() - begun))
    except pytest.skip.Exception:
        return None
