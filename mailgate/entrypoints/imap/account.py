"""A mailbox to read: where it is, how to log in, and what its folders are called."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from mailgate.errors import ConfigurationError


class ImapTls(Enum):
    """How the connection is protected; certificates are verified in either case."""

    TLS = "tls"  # from the first octet (port 993, RFC 8314)
    STARTTLS = "starttls"  # begins in clear text (port 143); given up when TLS cannot be had
    NONE = "none"  # clear text, for a server on this machine


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxAccount:
    """One mailbox. `secret` is asked at each log-in: a password, or a token for XOAUTH2, which expires."""

    host: str
    port: int
    tls: ImapTls
    username: str
    secret: Callable[[], str]
    has_token: bool
    folder: str = "INBOX"
    processed: str = "Processed"
    rejected: str = "Rejected"
    poll_seconds: int = 60
    timeout_seconds: int = 30
    max_octets: int
    ca_file: Path | None = None

    @property
    def name(self) -> str:
        """What the mailbox is called in logs."""
        return f"{self.username}@{self.host}"

    def context(self) -> ssl.SSLContext:
        """Return the settings of TLS; raises ConfigurationError where the certificate file cannot be read."""
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            raise ConfigurationError(f"cannot read the certificate file {self.ca_file}") from error
