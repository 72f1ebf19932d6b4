"""The doors that the configuration names: its settings → listeners and mailboxes.

Not here: what a door does (`smtp/`, `imap/`), and when it is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network

from mailgate.app import App
from mailgate.config import Config, Mailbox, mailbox_secret
from mailgate.entrypoints.imap import ImapDoor, ImapTls, MailboxAccount
from mailgate.entrypoints.smtp import Dialect, ServerTls, SmtpDoor, SmtpLimits, TlsMode
from mailgate.services.made_up_envelope import made_up_envelope
from mailgate.services.receiving import Receiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A door, and where it is to be opened; port 0 is any free one."""

    door: SmtpDoor
    host: str
    port: int


def listeners(app: App, receiver: Receiver) -> Iterator[Listener]:
    """Yield those that are switched on. Raises ConfigurationError where a certificate cannot be used."""
    config = app.config
    if config.smtp.enabled:
        door = _door(app, receiver, Dialect.SMTP, _tls(config))
        yield Listener(door=door, host=config.smtp.host, port=config.smtp.port)
    if config.lmtp.enabled:
        door = _door(app, receiver, Dialect.LMTP, None)
        yield Listener(door=door, host=config.lmtp.host, port=config.lmtp.port)


def mailboxes(app: App, receiver: Receiver) -> ImapDoor:
    """Return the door to all mailboxes, of which there may be none."""
    envelope_of = partial(made_up_envelope, accepts=app.addresses.accepts, desk=app.config.desk.address)
    return ImapDoor(accounts(app.config), receive=receiver.receive, envelope_of=envelope_of, now=app.now)


def accounts(config: Config) -> list[MailboxAccount]:
    """Return the mailboxes to read."""
    return [_account(mailbox, config.smtp.max_octets) for mailbox in config.mailbox]


def _account(mailbox: Mailbox, max_octets: int) -> MailboxAccount:
    return MailboxAccount(
        host=mailbox.host,
        port=mailbox.port,
        tls=ImapTls(mailbox.tls),
        username=mailbox.username,
        secret=lambda: mailbox_secret(mailbox).get_secret_value(),
        has_token=bool(mailbox.token_command),
        folder=mailbox.folder,
        processed=mailbox.processed_folder,
        rejected=mailbox.rejected_folder,
        poll_seconds=mailbox.poll_seconds,
        timeout_seconds=mailbox.timeout_seconds,
        max_octets=max_octets,
        ca_file=mailbox.ca_file,
    )


def _door(app: App, receiver: Receiver, dialect: Dialect, tls: ServerTls | None) -> SmtpDoor:
    return SmtpDoor(
        receive=receiver.receive,
        accepts=app.addresses.accepts,
        now=app.now,
        limits=_limits(app.config),
        hostname=app.config.smtp.hostname,
        dialect=dialect,
        tls=tls,
    )


def _limits(config: Config) -> SmtpLimits:
    smtp = config.smtp
    return SmtpLimits(
        max_octets=smtp.max_octets,
        max_octets_at_once=max(smtp.max_octets_at_once, smtp.max_octets),
        max_connections=smtp.max_connections,
        max_per_host=smtp.max_connections_per_host,
        max_recipients=smtp.max_recipients,
        timeout_seconds=smtp.timeout_seconds,
        trusted=tuple(ip_network(network) for network in smtp.trusted_networks),
    )


def _tls(config: Config) -> ServerTls | None:
    smtp = config.smtp
    if smtp.certificate_file is None or smtp.key_file is None:
        return None
    return ServerTls(mode=TlsMode(smtp.tls), certificate_file=smtp.certificate_file, key_file=smtp.key_file)
