"""The smarthost as the way out: SMTP, verified TLS, a login, and connections that are kept for the next mail.

Not here: what a way out is (`deliver.py`), and when a mail is tried again (`retry.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from pathlib import Path

import aiosmtplib

from mailgate.errors import ConfigurationError, MailgateError, PermanentError
from mailgate.outbound.deliver import Delivery, deferred, shown
from mailgate.outbound.header_fields import ascii_address
from mailgate.outbound.retry import Status, verdict

QUIT_SECONDS = 2
KEPT_SECONDS = 5  # that a connection waits for another mail: less than any server waits
MAILS_OF_A_CONNECTION = 50  # servers end connections that bring too many


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


@dataclass(eq=False, slots=True)
class _Line:
    """A connection to the smarthost that is open, and how many mails it has taken."""

    client: aiosmtplib.SMTP
    mails: int = 0
    ending: asyncio.TimerHandle | None = None


class SmtpTransport:
    """Delivers to a smarthost. A connection over which a mail was taken is kept for another one, for a moment.

    To be used by one event loop, and closed there.
    """

    def __init__(self, smarthost: Smarthost, *, kept_seconds: float = KEPT_SECONDS) -> None:
        """Raises ConfigurationError where the certificate file cannot be read."""
        self._smarthost = smarthost
        self._kept_seconds = kept_seconds
        self._kept: list[_Line] = []
        self._leaving: set[asyncio.Task[None]] = set()
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
        line = await self._kept_line()
        if line is None:
            connected = await self._connected()
            if isinstance(connected, Delivery):
                return connected
            line = _Line(connected)
        try:
            delivery = await _hand_over(line, sender, recipient, content)
        except BaseException:
            line.client.close()
            raise
        if delivery.status is Status.SENT and line.client.is_connected and line.mails < MAILS_OF_A_CONNECTION:
            self._keep(line)
        else:
            self._leave(line)
        return delivery

    async def ask(self, mail_from: str, rcpt_to: str) -> Delivery:
        """Return whether the smarthost would take a mail from here, up to the recipient; nothing is handed over."""
        connected = await self._connected()
        if isinstance(connected, Delivery):
            return connected
        try:
            return await _named(connected, ascii_address(mail_from), ascii_address(rcpt_to))
        finally:
            await _say_goodbye(connected)

    async def close(self) -> None:
        """End the connections that are kept, and those that are being ended."""
        self._leave_all()
        if self._leaving:
            await asyncio.wait(self._leaving)

    async def _kept_line(self) -> _Line | None:
        """Return a connection that was kept; None where there is none that still lives.

        The smarthost may end any connection at any time (RFC 5321 section 3.8), so it is asked before a mail begins.
        Where one is dead the others are not tried.
        """
        if not self._kept:
            return None
        line = self._kept.pop()
        if line.ending is not None:
            line.ending.cancel()
        try:
            await line.client.rset()
        except (aiosmtplib.SMTPException, OSError):
            line.client.close()
            self._leave_all()
            return None
        except BaseException:
            line.client.close()
            raise
        return line

    def _keep(self, line: _Line) -> None:
        def let_go() -> None:
            self._kept.remove(line)
            self._leave(line)

        line.ending = asyncio.get_running_loop().call_later(self._kept_seconds, let_go)
        self._kept.append(line)

    def _leave_all(self) -> None:
        kept, self._kept = self._kept, []
        for line in kept:
            self._leave(line)

    def _leave(self, line: _Line) -> None:
        """Say goodbye beside what follows: whether it is heard changes nothing about the mail."""
        if line.ending is not None:
            line.ending.cancel()
        task = asyncio.get_running_loop().create_task(_say_goodbye(line.client))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _connected(self) -> aiosmtplib.SMTP | Delivery:
        """Return a new connection after TLS and login, or that there is none."""
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
        try:
            password = await asyncio.to_thread(smarthost.password) if smarthost.password else ""
            await client.connect()
            if smarthost.username:
                await client.login(smarthost.username, password)
        except MailgateError as error:
            return Delivery(status=Status.DEFERRED, reply=error.public)
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            return deferred("no connection to the smarthost", error)
        except BaseException:
            client.close()
            raise
        return client


async def _hand_over(line: _Line, sender: str, recipient: str, content: bytes) -> Delivery:
    try:
        await line.client.mail(sender)
        await line.client.rcpt(recipient)
        code, said = await line.client.data(content)
    except aiosmtplib.SMTPResponseException as error:
        code, said = error.code, error.message
    except (aiosmtplib.SMTPException, OSError) as error:
        return deferred("the smarthost broke off", error)
    line.mails += 1
    return Delivery(status=verdict(code), reply=shown(f"{code} {said}"), is_answered=True)


async def _named(client: aiosmtplib.SMTP, sender: str, recipient: str) -> Delivery:
    try:
        await client.mail(sender)
        code, said = await client.rcpt(recipient)
        await client.rset()
    except aiosmtplib.SMTPResponseException as error:
        code, said = error.code, error.message
    except (aiosmtplib.SMTPException, OSError) as error:
        return deferred("the smarthost broke off", error)
    return Delivery(status=verdict(code), reply=shown(f"{code} {said}"))


async def _say_goodbye(client: aiosmtplib.SMTP) -> None:
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=QUIT_SECONDS)
    client.close()
