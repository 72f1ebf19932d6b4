"""Every setting, its type, its default and the sentence that explains it: one model a section of the file.

The sentences are those of `config.example.toml`. A section also refuses what its own settings together make
impossible. Not here: where the values come from (`loading.py`) and how a single one is written (`formats.py`).
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

import holidays
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from mailgate.config.formats import (
    Address,
    AnchoredPath,
    AuthservId,
    Code,
    Currency,
    DatabaseUrl,
    Host,
    Name,
    Network,
    OpeningHours,
    OptionalAddress,
    OptionalFile,
    OptionalFolder,
    OptionalHost,
    OptionalSecretFile,
    Port,
    PortOrAny,
    Positive,
    ReplyTemplate,
    SecretFile,
    SecretFileToCreate,
    ZoneName,
    spans_of,
)

#: Settings that hold a secret itself: the environment may give them, the configuration file must not.
ENVIRONMENT_ONLY = frozenset({"outgoing.password", "secrets.address_key", "secrets.previous_address_keys"})

DEFAULT_KEY_FILE = Path("var/address.key")
HIDDEN = "(hidden)"

# Shorter keys could be guessed; 32 characters of hexadecimal digits are 128 bits.
Key = Annotated[SecretStr, Field(min_length=32)]


class ContradictionError(ValueError):
    """Two settings of one section exclude each other; `setting` is the one to change, without its section."""

    def __init__(self, setting: str, text: str) -> None:
        super().__init__(text)
        self.setting = setting


class Section(BaseModel):
    """Base of all sections: frozen, without room for a misspelt setting, and silent about values in its errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)


class Desk(Section):
    """Who the desk is for the people who write to it."""

    name: Name = Field(default="Support", description="The name that people see as the sender of the desk's mail.")
    address: Address = Field(default="support@example.org", description="The address to which clients write.")
    reply_template: ReplyTemplate = Field(
        default="support+{token}@example.org",
        description="The addresses that replies go to; your mail server must deliver all of them to mailgate.",
    )
    language: Literal["fr", "en", "es"] = Field(
        default="fr", description='The language for people who have chosen none: "fr", "en" or "es".'
    )
    zone: ZoneName = Field(
        default="Europe/Paris", description="The time zone of the desk, by its name in the IANA database."
    )
    bounce_address: OptionalAddress = Field(
        default="", description="Where reports of undeliverable mail go; when empty, to the desk's address."
    )

    @property
    def return_path(self) -> str:
        """The envelope sender of what the desk sends (RFC 5321 section 4.4)."""
        return self.bounce_address or self.address


class Storage(Section):
    """Where everything is kept."""

    database: DatabaseUrl = Field(
        default="sqlite:///var/mailgate.db",
        repr=False,  # the URL of a PostgreSQL database may hold a password
        description="The database, as a URL: SQLite in a file or PostgreSQL.",
    )


class Smtp(Section):
    """The listener that receives mail by SMTP, and the limits of both listeners."""

    enabled: bool = Field(default=True, description="Whether mailgate listens for mail by SMTP: true or false.")
    host: Host = Field(default="127.0.0.1", description="The address on which mailgate listens for mail.")
    port: PortOrAny = Field(default=2525, description="The port on which it listens; 0 takes any free one.")
    hostname: Host = Field(default="localhost", description="The name with which it greets other mail servers.")
    max_megabytes: int = Field(
        default=36,
        ge=1,
        le=1024,
        description="The largest mail that it accepts, in megabytes: 25 MB of files are 36 when sent.",
    )
    max_connections: Positive = Field(
        default=50, description="How many mail servers may be connected at the same time."
    )
    max_connections_per_host: Positive = Field(
        default=10, description="How many of these connections may come from one address."
    )
    max_recipients: Positive = Field(default=100, description="How many recipients one mail may name in the dialogue.")
    max_megabytes_at_once: Positive = Field(
        default=512, description="How many megabytes of mail may be on their way in at the same time."
    )
    timeout_seconds: int = Field(
        default=600, ge=1, le=3600, description="How long a server may take from one command to the next, in seconds."
    )
    trusted_networks: tuple[Network, ...] = Field(
        default=("127.0.0.0/8", "::1/128"),
        description="The networks of your own mail servers, spared the limits for strangers on connections and errors.",
    )
    tls: Literal["none", "starttls", "tls"] = Field(
        default="none",
        description='Whether connections may be encrypted, "starttls", or must be, "tls", or are not, "none".',
    )
    certificate_file: OptionalFile = Field(
        default=None,
        description="The file with the certificate for TLS and its issuers' ones, in PEM form; renewed ones are used.",
    )
    key_file: OptionalSecretFile = Field(
        default=None, description="The file with the key of that certificate, readable by mailgate's user alone."
    )

    @model_validator(mode="after")
    def _tls_has_a_certificate(self) -> Self:
        if self.tls != "none" and not (self.certificate_file and self.key_file):
            missing = "key_file" if self.certificate_file else "certificate_file"
            raise ContradictionError(missing, f'is empty, but tls is "{self.tls}"; name the file, or set tls to "none"')
        return self

    @property
    def max_octets_at_once(self) -> int:
        """The limit on all mails together that are being received or stored, in octets."""
        return self.max_megabytes_at_once * 1024 * 1024

    @property
    def max_octets(self) -> int:
        """The limit on the size of a mail as SIZE announces it (RFC 1870): a megabyte is 1024 * 1024 octets."""
        return self.max_megabytes * 1024 * 1024


class Lmtp(Section):
    """The listener that receives mail by LMTP (RFC 2033), with the limits of the one for SMTP."""

    enabled: bool = Field(default=False, description="Whether mailgate listens for mail by LMTP: true or false.")
    host: Host = Field(default="127.0.0.1", description="The address on which it listens by LMTP.")
    port: PortOrAny = Field(default=2424, description="The port on which it listens by LMTP; 0 takes any free one.")


class Mailbox(Section):
    """A mailbox that is read by IMAP."""

    host: Host = Field(description="The server that holds the mailbox.")
    port: Port = Field(default=993, description="The port on which it speaks IMAP.")
    tls: Literal["tls", "starttls", "none"] = Field(
        default="tls", description='How the connection is encrypted: "tls" from the start, "starttls", or "none".'
    )
    ca_file: OptionalFile = Field(
        default=None,
        description="The file with the certificates that vouch for the server; when empty, those of the system.",
    )
    username: Name = Field(description="The name to log in with.")
    password_file: OptionalSecretFile = Field(
        default=None, description="The file that holds the password, readable by mailgate's user alone."
    )
    password_command: str = Field(default="", description="The command that prints the password, instead of a file.")
    token_command: str = Field(
        default="", description="The command that prints a token for XOAUTH2, instead of a password."
    )
    folder: Name = Field(default="INBOX", description="The folder into which new mail comes.")
    processed_folder: Name = Field(default="Processed", description="The folder for mail that was taken in.")
    rejected_folder: Name = Field(default="Rejected", description="The folder for mail that is too big.")
    poll_seconds: int = Field(
        default=60, ge=1, le=1500, description="How often to look for mail of which the server has said nothing."
    )
    timeout_seconds: int = Field(
        default=30, ge=1, le=600, description="How long to wait for an answer of the server, in seconds."
    )

    @model_validator(mode="after")
    def _one_secret_and_no_clear_text(self) -> Self:
        sources = [name for name in ("password_file", "password_command", "token_command") if getattr(self, name)]
        if not sources:
            raise ContradictionError("password_file", "is empty; set it, password_command or token_command")
        if len(sources) > 1:
            raise ContradictionError(sources[1], f"is set and {sources[0]} too; keep only one of them")
        if self.tls == "none" and not _is_this_machine(self.host):
            raise ContradictionError(
                "tls", 'is "none", so that mail and password would cross the network readable; write "tls"'
            )
        if len({self.folder, self.processed_folder, self.rejected_folder}) < 3:
            raise ContradictionError("processed_folder", "is the name of another folder too; give each its own")
        return self


class Trust(Section):
    """Whose word about the sender of a mail is taken."""

    authentication_servers: tuple[AuthservId, ...] = Field(
        default=(),
        description=(
            "The names of your own mail servers in Authentication-Results; list only servers that remove forged "
            "fields of that name, because whoever can write such a field can act as any client."
        ),
    )
    received_hops: int = Field(
        default=1,
        ge=1,
        le=20,
        description="How many Received fields your own servers add above theirs; `mailgate doctor` tells the number.",
    )


class Outgoing(Section):
    """How mail leaves: into a folder, or to a smarthost."""

    folder: AnchoredPath = Field(
        default=Path("var/outgoing"), description="The folder into which mail is written while there is no smarthost."
    )
    smarthost: OptionalHost = Field(
        default="", description="The mail server that sends the desk's mail; when empty, mail goes into the folder."
    )
    port: Port = Field(default=587, description="The port of the smarthost.")
    tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description='How the connection is encrypted: "starttls", "tls" from the start, or "none".'
    )
    username: str = Field(default="", description="The name to log in with; when empty, mailgate does not log in.")
    password_file: OptionalSecretFile = Field(
        default=None, description="The file that holds the password, readable by mailgate's user alone."
    )
    password_command: str = Field(default="", description="The command that prints the password, instead of a file.")
    password: SecretStr | None = Field(default=None, min_length=1, description="The password; in the environment only.")
    ca_file: OptionalFile = Field(
        default=None,
        description="The file with the certificates that vouch for the smarthost; when empty, those of the system.",
    )
    timeout_seconds: int = Field(
        default=60, ge=1, le=3600, description="How long to wait for an answer of the smarthost, in seconds."
    )

    @model_validator(mode="after")
    def _login_is_possible_and_safe(self) -> Self:
        has_password = self.password or self.password_file or self.password_command
        if self.password_file and self.password_command:
            raise ContradictionError("password_command", "is set and password_file too; keep only one of them")
        if self.username and not has_password:
            raise ContradictionError(
                "username", "is set, but no password is; set password_file, password_command or the environment"
            )
        if has_password and not self.username:
            raise ContradictionError("username", "is empty, but a password is set; write the name that it belongs to")
        if self.username and self.tls == "none" and not _is_this_machine(self.smarthost):
            raise ContradictionError(
                "tls", 'is "none", so that the password would cross the network readable; write "starttls" or "tls"'
            )
        return self


class Support(Section):
    """The rules by which time is counted and answered."""

    slice_minutes: int = Field(default=15, ge=1, le=480, description="Time is counted in slices of so many minutes.")
    approval_threshold_minutes: int = Field(
        default=120, ge=0, description="The minutes that a ticket may take before the referent has to approve more."
    )
    response_minutes: Positive = Field(
        default=720, description="The business minutes within which a ticket is taken in charge (720 are twelve hours)."
    )
    balance_readers: Literal["contacts", "referent"] = Field(
        default="contacts", description='Who may read a balance: all "contacts" of the client, or the "referent" alone.'
    )


class Hours(Section):
    """The opening hours of a week."""

    monday: OpeningHours = Field(default=("09:00-18:00",), description="The opening hours of Mondays, in local time.")
    tuesday: OpeningHours = Field(default=("09:00-18:00",), description="The opening hours of Tuesdays.")
    wednesday: OpeningHours = Field(default=("09:00-18:00",), description="The opening hours of Wednesdays.")
    thursday: OpeningHours = Field(default=("09:00-18:00",), description="The opening hours of Thursdays.")
    friday: OpeningHours = Field(default=("09:00-18:00",), description="The opening hours of Fridays.")
    saturday: OpeningHours = Field(default=(), description="The opening hours of Saturdays; empty, the desk is closed.")
    sunday: OpeningHours = Field(default=(), description="The opening hours of Sundays.")

    @model_validator(mode="after")
    def _some_day_is_open(self) -> Self:
        if not any(self.week().values()):
            raise ContradictionError("monday", 'every day is closed; open one, such as ["09:00-18:00"]')
        return self

    def week(self) -> dict[int, tuple[tuple[int, int], ...]]:
        """Return the opening hours by weekday, 0 = Monday, as minutes since midnight, from and to."""
        days = (self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday, self.sunday)
        return {weekday: spans_of(day) for weekday, day in enumerate(days)}


class Calendar(Section):
    """Business time: opening hours less public holidays and closures."""

    country: str = Field(
        default="FR", description="The country whose public holidays are kept, by its ISO 3166-1 code."
    )
    subdivision: str = Field(
        default="", description='The part of the country with holidays of its own, such as "57" for the Moselle.'
    )
    closures: tuple[date, ...] = Field(
        default=(), description="Other days on which the desk is closed, such as 2026-12-31."
    )
    hours: Hours = Hours()

    @model_validator(mode="after")
    def _holidays_are_known(self) -> Self:
        if _is_known_at_once(self.country, self.subdivision):
            return self
        known = holidays.list_supported_countries(include_aliases=True)
        if self.country not in known:
            raise ContradictionError(
                "country", f'"{self.country}" has no known public holidays; write an ISO 3166-1 code such as "FR"'
            )
        if self.subdivision and self.subdivision not in known[self.country]:
            choices = ", ".join(known[self.country]) or "none"
            raise ContradictionError(
                "subdivision", f'"{self.subdivision}" is no part of {self.country}; write one of these: {choices}'
            )
        return self


def _is_known_at_once(country: str, subdivision: str) -> bool:
    """Tell it for what nearly everybody writes; to list all countries there are would take a fifth of a second."""
    found = getattr(holidays, country, None) if len(country) == len("FR") and country.isupper() else None
    return found is not None and (not subdivision or subdivision in found.subdivisions)


class Product(Section):
    """A pack of support time as it is sold."""

    code: Code = Field(description="The short name by which commands call the pack.")
    name: Name = Field(description="The name that clients read.")
    minutes: Positive = Field(description="The support time in it, in minutes.")
    price_cents: int = Field(ge=0, description="The price of the whole pack, in cents.")
    currency: Currency = Field(default="EUR", description="The currency of the price, by its ISO 4217 code.")
    vat_included: bool = Field(default=False, description="Whether the price includes VAT: true or false.")


# «Pack 10H 1800, Pack 20H 3528, Pack 100H 17100»
OFFER = (
    Product(code="10h", name="Pack 10 h", minutes=600, price_cents=180_000),
    Product(code="20h", name="Pack 20 h", minutes=1_200, price_cents=352_800),
    Product(code="100h", name="Pack 100 h", minutes=6_000, price_cents=1_710_000),
)


class Templates(Section):
    """The texts of the desk's mail."""

    folder: OptionalFolder = Field(
        default=None,
        description="A folder with your own texts, which take the place of those of the same name in mailgate.",
    )


class Secrets(Section):
    """The keys that sign the addresses which replies go to."""

    address_key_file: SecretFileToCreate = Field(
        default=DEFAULT_KEY_FILE,
        description="The file that holds the key; mailgate creates it with a new key when missing.",
    )
    address_key_command: str = Field(default="", description="The command that prints the key, instead of a file.")
    address_key: Key | None = Field(default=None, description="The key; in the environment only.")
    previous_address_key_files: tuple[SecretFile, ...] = Field(
        default=(), description="Files with former keys: the addresses that they have signed still work."
    )
    previous_address_keys: tuple[Key, ...] = Field(default=(), description="Former keys; in the environment only.")

    @model_validator(mode="after")
    def _the_key_has_one_source(self) -> Self:
        if self.address_key_command and "address_key_file" in self.model_fields_set and not self._is_default_file():
            raise ContradictionError("address_key_command", "is set and address_key_file too; keep only one of them")
        return self

    def _is_default_file(self) -> bool:
        return self.address_key_file.parts[-2:] == DEFAULT_KEY_FILE.parts


class Log(Section):
    """What mailgate says while it runs."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description='The least important lines to write: "debug", "info", "warning" or "error".'
    )
    format: Literal["text", "json"] = Field(
        default="text", description='Lines for people, "text", or for programs, "json".'
    )


class Config(Section):
    """All settings of an installation."""

    desk: Desk = Desk()
    storage: Storage = Storage()
    smtp: Smtp = Smtp()
    lmtp: Lmtp = Lmtp()
    mailbox: tuple[Mailbox, ...] = ()
    trust: Trust = Trust()
    outgoing: Outgoing = Outgoing()
    support: Support = Support()
    calendar: Calendar = Calendar()
    catalogue: tuple[Product, ...] = OFFER
    templates: Templates = Templates()
    secrets: Secrets = Secrets()
    log: Log = Log()

    @model_validator(mode="after")
    def _codes_are_unique(self) -> Self:
        codes = [product.code for product in self.catalogue]
        for code in codes:
            if codes.count(code) > 1:
                raise ContradictionError("catalogue", f'two packs have the code "{code}"; give each its own')
        return self

    def redacted(self) -> dict[str, object]:
        """Return all settings by section as plain values for showing, with every secret replaced by a mark."""
        shown: dict[str, dict[str, object]] = self.model_dump(mode="json")
        shown["storage"]["database"] = _without_password(self.storage.database)
        for dotted in ENVIRONMENT_ONLY:
            section, _, setting = dotted.partition(".")
            shown[section][setting] = HIDDEN if shown[section][setting] else ""
        return dict(shown)


def _is_this_machine(host: str) -> bool:
    return host in {"", "localhost", "::1"} or host.startswith("127.")


def _without_password(url: str) -> str:
    # greedy: everything between the first colon of the user's part and the last @ may belong to the password
    url = re.sub(r"//([^:/]*):.*@", rf"//\1:{HIDDEN}@", url)
    return re.sub(r"(password=)[^&]*", rf"\1{HIDDEN}", url)
