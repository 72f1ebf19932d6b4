"""A certificate for loopback, and the authority that vouches for it: made by openssl, good for two days."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.programs import program


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files of a certificate; it vouches for itself, so that it is its own authority."""

    certificate_file: Path
    key_file: Path

    def trusting(self) -> ssl.SSLContext:
        """Return the settings of a client that believes this certificate alone."""
        return ssl.create_default_context(cafile=self.certificate_file)


def make_certificate(folder: Path) -> Certificate:
    """Make a certificate for localhost and 127.0.0.1."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    command = [str(program("openssl", "openssl")), "req", *kind, "-keyout", str(made.key_file)]
    subprocess.run([*command, "-out", str(made.certificate_file), *subject], check=True, capture_output=True)
    made.key_file.chmod(0o600)
    return made
