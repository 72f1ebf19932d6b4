"""The composition root: settings in, wired services out. The one place where concrete classes meet.

Opens nothing to the network and starts nothing; the doors do that with what they find here.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from mailgate.config import Config, address_keys, ensure_address_key, outgoing_password
from mailgate.domain.calendar import Span
from mailgate.domain.message import IncomingMessage
from mailgate.domain.people import address_key
from mailgate.domain.reply_address import AddressBook
from mailgate.domain.situation import Rules
from mailgate.inbound.authenticate import Border
from mailgate.inbound.classify import OwnMarks
from mailgate.inbound.pool import ParserPool
from mailgate.outbound.deliver import Transport
from mailgate.outbound.folder import FolderTransport
from mailgate.outbound.render import Desk, Renderer, packaged_templates
from mailgate.outbound.smarthost import Smarthost, SmtpTransport, Tls
from mailgate.services.accounts import CatalogueItem
from mailgate.services.dispatch import Dispatcher
from mailgate.services.holidays import PublicHolidays
from mailgate.services.intake import Intake
from mailgate.services.mailroom import Mailroom
from mailgate.services.situations import Gatherer, OfficeHours
from mailgate.services.watch import Watch
from mailgate.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An installation, ready to work: what the doors and the command line need."""

    config: Config
    database: Database
    addresses: AddressBook
    catalogue: tuple[CatalogueItem, ...]
    intake: Intake
    dispatcher: Dispatcher
    watch: Watch
    parsers: ParserPool
    now: Callable[[], datetime]

    def close(self) -> None:
        """Close the database and end the processes that read mails."""
        self.parsers.close()
        self.database.close()


def build(
    config: Config,
    *,
    now: Callable[[], datetime] | None = None,
    parse: Callable[[bytes], IncomingMessage] | None = None,
) -> App:
    """Wire everything together. Creates the address key if it is missing.

    Mails are read by processes of their own unless `parse` is given.

    Raises ConfigurationError for what only shows now: an unreadable secret, an incomplete set of templates.
    """
    clock = now or utc_now
    ensure_address_key(config)
    keys = tuple(key.get_secret_value().encode() for key in address_keys(config))
    addresses = AddressBook(config.desk.address, config.desk.reply_template, keys)
    database = Database.open(config.storage.database)
    loop_mark = hmac.new(keys[0], b"mailgate loop mark", hashlib.sha256).hexdigest()[:32]
    mailroom = _mailroom(config, addresses, loop_mark)
    parsers = ParserPool()
    gatherer = Gatherer(
        parse=parse or parsers.parse,
        addresses=addresses,
        office_hours=office_hours(config),
        rules=rules(config),
        desk_domain=config.desk.address.rpartition("@")[2],
    )
    own_marks = OwnMarks(addresses=frozenset({address_key(config.desk.address)}), loop_mark=loop_mark)
    return App(
        config=config,
        database=database,
        addresses=addresses,
        catalogue=catalogue(config),
        intake=Intake(
            database=database,
            gatherer=gatherer,
            mailroom=mailroom,
            parse=gatherer.parse,
            own_marks=own_marks,
            border=border(config),
            now=clock,
        ),
        dispatcher=Dispatcher(database=database, transport=transport(config), mailroom=mailroom, now=clock),
        watch=Watch(database=database, mailroom=mailroom, calendar=gatherer.office_hours.calendar(None), now=clock),
        parsers=parsers,
        now=clock,
    )


def _mailroom(config: Config, addresses: AddressBook, loop_mark: str) -> Mailroom:
    desk = Desk(name=config.desk.name, address=config.desk.address, zone=config.desk.zone)
    return Mailroom(
        desk=desk,
        bounce_address=config.desk.return_path,
        addresses=addresses,
        renderer=Renderer(
            desk, packaged_templates(), config.templates.folder, is_proven=config.templates.folder is None
        ),
        loop_mark=loop_mark,
        new_token=lambda: secrets.token_hex(16),
    )


def utc_now() -> datetime:
    """The clock of a running installation."""
    return datetime.now(UTC)


def border(config: Config) -> Border:
    """Return whose word about senders is taken."""
    return Border(servers=frozenset(config.trust.authentication_servers), own_hops=config.trust.received_hops)


def rules(config: Config) -> Rules:
    """Return the settings that decisions depend on."""
    return Rules(
        slice_minutes=config.support.slice_minutes,
        threshold_minutes=config.support.approval_threshold_minutes,
        balance_for_all_contacts=config.support.balance_readers == "contacts",
    )


def office_hours(config: Config) -> OfficeHours:
    """Return when the support company works."""
    week = {
        weekday: tuple(Span(opens_minute=opens, closes_minute=closes) for opens, closes in spans)
        for weekday, spans in config.calendar.hours.week().items()
    }
    closed = PublicHolidays(
        country=config.calendar.country,
        subdivision=config.calendar.subdivision,
        closures=config.calendar.closures,
    )
    return OfficeHours(hours=week, closed=closed, zone=config.desk.zone)


def catalogue(config: Config) -> tuple[CatalogueItem, ...]:
    """Return the packs on offer."""
    return tuple(
        CatalogueItem(
            code=product.code,
            name=product.name,
            minutes=product.minutes,
            price_cents=product.price_cents,
            currency=product.currency,
            vat_included=product.vat_included,
        )
        for product in config.catalogue
    )


def transport(config: Config) -> Transport:
    """Return the way out: the smarthost, or the folder while none is configured."""
    outgoing = config.outgoing
    if not outgoing.smarthost:
        return FolderTransport(outgoing.folder)

    def password() -> str:
        secret = outgoing_password(config)
        return secret.get_secret_value() if secret else ""

    return SmtpTransport(
        Smarthost(
            host=outgoing.smarthost,
            port=outgoing.port,
            tls=Tls(outgoing.tls),
            username=outgoing.username,
            password=password if outgoing.username else None,
            local_hostname=config.smtp.hostname,
            ca_file=outgoing.ca_file,
            timeout=outgoing.timeout_seconds,
        )
    )
