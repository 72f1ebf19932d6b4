"""One finished mail to one recipient: handed to a smarthost, or written into a folder.

A transport never changes the octets and never raises for what the world does: it answers with a Delivery. What became
final when the smarthost said 250 stays final, whatever happens after. Not here: the queue and its attempts
(`services/dispatch.py`), and when to try again (`retry.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

import aiosmtplib

from mailgate.errors import ConfigurationError, MailgateError, PermanentError
from mailgate.outbound.header_fields import ascii_address, clean_text
from mailgate.outbound.retry import Status, verdict

LONGEST_REPLY = 500
QUIT_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one attempt made of a mail, and what the other side said: text for people, on one line.

    `is_answered` tells whether the smarthost itself said so of this mail; else it may be that it could not be reached.
    """

    status: Status
    reply: str
    is_answered: bool = False


class Transport(Protocol):
    """A way out for mail."""

    async def send(self, mail_from: str, rcpt_to: str, content: bytes) -> Delivery:
        """Hand over one mail; an empty `mail_from` is the null reverse-path."""
        ...


class Tls(Enum):
    """How the connection to the smarthost is protected; certificates are verified in either case."""

    NONE = "none"  # clear text, which only loopback may have
    STARTTLS = "starttls"  # begins in clear text (port 587); given up when TLS cannot be had
    TLS = "tls"  # from the first octet (port 465, RFC 8314)


@dataclass(frozen=True, slots=True, kw_only=True)
class Smarthost:
    """The server that takes our mail. `timeout` is seconds for each step; `ca_file` holds a certificate of one's own.

    `password` is asked at each connection, so that a token that expires may be behind it.
    """

    host: str
    port: int
    tls: Tls
    username: str = ""
    password: Callable[[], str] | None = None
    local_hostname: str | None = None
    ca_file: Path | None = None
    timeout: int = 60

    def __post_init__(self) -> None:
        if self.tls is Tls.NONE and not _is_loopback(self.host):
            raise ConfigurationError(
                f"the smarthost {self.host} is on another machine: mail and password would travel in clear text; "
                'set tls to "starttls" or "tls"'
            )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class SmtpTransport:
    """Delivers to a smarthost, a connection for each mail."""

    def __init__(self, smarthost: Smarthost) -> None:
        """Raises ConfigurationError where the certificate file cannot be read."""
        self._smarthost = smarthost
        try:
            self._context = ssl.create_default_context(cafile=smarthost.ca_file)
        except OSError as error:
            raise ConfigurationError(f"cannot read the certificate file {smarthost.ca_file}") from error

    async def send(self, mail_from: str, rcpt_to: str, content: bytes) -> Delivery:
        """Return what the smarthost made of the mail; no connection, no TLS and no login only defer it."""
        try:
            sender = ascii_address(mail_from) if mail_from else ""
            recipient = ascii_address(rcpt_to)
        except PermanentError as error:
            return Delivery(status=Status.FAILED, reply=error.public)
        try:
            client = await self._connected()
        except MailgateError as error:
            return Delivery(status=Status.DEFERRED, reply=error.public)
        except (aiosmtplib.SMTPException, OSError) as error:
            return _deferred("no connection to the smarthost", error)
        try:
            return await _hand_over(client, sender, recipient, content)
        finally:
            await _leave(client)

    async def ask(self, mail_from: str, rcpt_to: str) -> Delivery:
        """Return whether the smarthost would take a mail from here, up to the recipient; nothing is handed over."""
        try:
            client = await self._connected()
        except MailgateError as error:
            return Delivery(status=Status.DEFERRED, reply=error.public)
        except (aiosmtplib.SMTPException, OSError) as error:
            return _deferred("no connection to the smarthost", error)
        try:
            return await _named(client, ascii_address(mail_from), ascii_address(rcpt_to))
        finally:
            await _leave(client)

    async def _connected(self) -> aiosmtplib.SMTP:
        smarthost = self._smarthost
        client = aiosmtplib.SMTP(
            hostname=smarthost.host,
            port=smarthost.port,
            use_tls=smarthost.tls is Tls.TLS,
            start_tls=smarthost.tls is Tls.STARTTLS,
            tls_context=self._context,
            local_hostname=smarthost.local_hostname,
            timeout=smarthost.timeout,
        )
        password = await asyncio.to_thread(smarthost.password) if smarthost.password else ""
        try:
            await client.connect()
            if smarthost.username:
                await client.login(smarthost.username, password)
        except BaseException:
            client.close()
            raise
        return client


async def _hand_over(client: aiosmtplib.SMTP, sender: str, recipient: str, content: bytes) -> Delivery:
    try:
        await client.mail(sender)
        await client.rcpt(recipient)
        code, said = await client.data(content)
    except aiosmtplib.SMTPResponseException as error:
        code, said = error.code, error.message
    except (aiosmtplib.SMTPException, OSError) as error:
        return _deferred("the smarthost broke off", error)
    return Delivery(status=verdict(code), reply=_shown(f"{code} {said}"), is_answered=True)


async def _named(client: aiosmtplib.SMTP, sender: str, recipient: str) -> Delivery:
    try:
        await client.mail(sender)
        code, said = await client.rcpt(recipient)
        await client.rset()
    except aiosmtplib.SMTPResponseException as error:
        code, said = error.code, error.message
    except (aiosmtplib.SMTPException, OSError) as error:
        return _deferred("the smarthost broke off", error)
    return Delivery(status=verdict(code), reply=_shown(f"{code} {said}"))


async def _leave(client: aiosmtplib.SMTP) -> None:
    """Say goodbye; whether the other side hears it changes nothing about the mail."""
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=QUIT_SECONDS)
    client.close()


def _deferred(what: str, error: Exception) -> Delivery:
    return Delivery(status=Status.DEFERRED, reply=_shown(f"{what}: {str(error) or type(error).__name__}"))


def _shown(reply: str) -> str:
    return clean_text(reply)[:LONGEST_REPLY]


class FolderTransport:
    """Writes every mail as an `.eml` file into one folder: for trying mailgate out, and until a smarthost is set.

    A file's name says the recipient, and comes from recipient and Message-ID alone: the same mail sent again replaces
    itself. A file is there whole or not at all.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, mail_from: str, rcpt_to: str, content: bytes) -> Delivery:  # noqa: ARG002 - a Transport's
        """Return sent once the file is on the disk; a full disk defers."""
        try:
            path = await asyncio.to_thread(self._write, _file_name(rcpt_to, content), content)
        except OSError as error:
            return _deferred("the folder for outgoing mail cannot be written", error)
        return Delivery(status=Status.SENT, reply=f"written to {path.name}")

    def _write(self, name: str, content: bytes) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / name
        part = path.with_name(f".{name}.part")  # of this mail alone, so that a later attempt replaces what a kill left
        try:
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _sync_folder(self._folder)
        return path


def _file_name(rcpt_to: str, content: bytes) -> str:
    header = content.partition(b"\r\n\r\n")[0]
    found = re.search(rb"^Message-ID:\s*(\S+)", header, re.IGNORECASE | re.MULTILINE)
    identity = found[1] if found else content
    digest = hashlib.sha256(rcpt_to.encode("utf-8", "replace") + b"\0" + identity).hexdigest()[:16]
    readable = re.sub(r"[^A-Za-z0-9.@]+", "-", rcpt_to).strip("-.")[:60]
    return f"{readable}.{digest}.eml"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
