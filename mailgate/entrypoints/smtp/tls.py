"""TLS of a listener: its certificate, and whether a connection begins with TLS or may ask for it (RFC 3207, 8314)."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from mailgate.errors import ConfigurationError

HANDSHAKE_SECONDS = 60


class TlsMode(Enum):
    """How a listener protects its connections."""

    NONE = "none"  # clear text: for servers on this machine
    STARTTLS = "starttls"  # offered, and left to the peer
    TLS = "tls"  # from the first octet


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTls:
    """The certificate chain and its key, in PEM files."""

    mode: TlsMode
    certificate_file: Path
    key_file: Path

    def context(self) -> ssl.SSLContext:
        """Return the settings for TLS 1.2 and newer; raises ConfigurationError where a file cannot be used."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self.certificate_file, self.key_file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(
                f"the certificate {self.certificate_file} and the key {self.key_file} cannot be used together: "
                f"{error.strerror or error}"
            ) from error
        return context


class RenewedContext:
    """The settings of TLS for new connections, read again when the files were replaced: certificates are short-lived.

    The connections that there are keep what they began with.
    """

    def __init__(self, tls: ServerTls) -> None:
        """Raises ConfigurationError where a file cannot be used."""
        self._tls = tls
        self._seen = self._state()
        self.current = tls.context()

    def renew(self) -> bool:
        """Take up files that were replaced, and tell whether there were any.

        Raises ConfigurationError where they cannot be used, or not together yet; the former ones stay in use.
        """
        state = self._state()
        if state == self._seen:
            return False
        self.current = self._tls.context()
        self._seen = state
        return True

    def _state(self) -> list[tuple[int, int, int] | None]:
        return [_state_of(path) for path in (self._tls.certificate_file, self._tls.key_file)]


def _state_of(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
