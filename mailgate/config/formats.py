"""How single settings are written: addresses, hosts, zones, opening hours, paths. One annotated type each.

A value that cannot work raises a ValueError whose text is a whole sentence for the operator: what is wrong, then what
would be right. Nothing here repairs a value in silence; the only change is that relative paths become absolute, by the
folder of the configuration file, which the validation context carries.
"""

from __future__ import annotations

import ipaddress
import re
from itertools import pairwise
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_HOST = re.compile(_DOMAIN)
# RFC 5321 section 4.1.2, without quoted strings, comments and address literals
_ADDRESS = re.compile(rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~.-]{{1,64}}@{_DOMAIN}")
# The token ends the local part, alone or after a separator. It may take 35 of the 64 octets (RFC 5321 section
# 4.5.3.1.1) and is not case-sensitive, so nothing beside it may be.
_REPLY_TEMPLATE = re.compile(rf"(?:[a-z0-9._+=-]{{0,28}}[._+=-])?\{{token\}}@(?!.*[A-Z]){_DOMAIN}")
_SPAN = re.compile(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)")
_MINUTES_A_DAY = 24 * 60


def spans_of(day: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """Return the day's opening hours («09:00-18:00») as minutes since midnight, from and to; 1440 is 24:00.

    Raises ValueError for another form, for hours that do not exist, out of order or overlapping.
    """
    spans = tuple(_span(text) for text in day)
    if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
        raise ValueError(f"{', '.join(day)} are out of order or overlap; write the earlier hours first")
    return spans


def _span(text: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f'"{text}" is not a span of hours; write one such as "09:00-18:00"')
    from_hour, from_minute, to_hour, to_minute = (int(number) for number in match.groups())
    opens, closes = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if from_minute > 59 or to_minute > 59 or not opens < closes <= _MINUTES_A_DAY:
        raise ValueError(f'"{text}" does not end after its start, by 24:00; write hours such as "09:00-18:00"')
    return opens, closes


def _checked_hours(day: tuple[str, ...]) -> tuple[str, ...]:
    spans_of(day)
    return day


def _checked_name(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("is empty or holds control characters; write a name in one line")
    return text


def _checked_address(text: str) -> str:
    local = text.partition("@")[0]
    if not _ADDRESS.fullmatch(text) or local.startswith(".") or local.endswith(".") or ".." in local:
        raise ValueError(
            f'"{text}" is not a plain e-mail address; write one such as "support@example.org" '
            "(a domain with other letters than a to z in its xn-- form)"
        )
    return text


def _checked_optional_address(text: str) -> str:
    return _checked_address(text) if text else text


def _checked_reply_template(text: str) -> str:
    if not _REPLY_TEMPLATE.fullmatch(text):
        raise ValueError(
            f'"{text}" cannot carry a token; write a lower-case address whose part before the @ ends with {{token}}, '
            'after at most 29 other characters, such as "support+{token}@example.org" or "{token}@reply.example.org"'
        )
    return text


def _checked_host(text: str) -> str:
    if _HOST.fullmatch(text) and len(text) <= 253:
        return text
    try:
        ipaddress.ip_address(text)
    except ValueError as error:
        raise ValueError(
            f'"{text}" is neither a host name nor an IP address; write one such as "mail.example.org"'
        ) from error
    return text


def _checked_network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise ValueError(f'"{text}" is not a network; write one such as "192.0.2.0/24" or "2001:db8::/32"') from error


def _checked_optional_host(text: str) -> str:
    return _checked_host(text) if text else text


def _checked_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(
            f'"{name}" is not a time zone of the IANA database; write one such as "Europe/Paris"'
        ) from error
    return name


def _checked_currency(code: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise ValueError(f'"{code}" is not a currency; write the three capital letters of ISO 4217, such as "EUR"')
    return code


def _checked_code(code: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,31}", code):
        raise ValueError(f'"{code}" is not a short name; write lower-case letters and digits, such as "10h"')
    return code


def _checked_authserv_id(text: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]+", text) or set(text) & set('*;,()<>"'):
        raise ValueError(
            f'"{text}" is not the name that a server writes at the start of its Authentication-Results; '
            'write that name as it is, such as "mx.example.org"'
        )
    return text


def _checked_database(url: str) -> str:
    # the text must not repeat the value: it may hold a password
    if url.startswith(("postgresql://", "postgresql+psycopg://")):
        return url
    if not url.startswith("sqlite:///") or url in {"sqlite:///", "sqlite:///:memory:"}:
        raise ValueError(
            'is not the URL of a database that keeps anything; write "sqlite:///var/mailgate.db" '
            'or "postgresql://user@host/name"'
        )
    return url


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


def _anchored(path: Path, info: ValidationInfo) -> Path:
    return _folder(info) / path


def _anchored_database(url: str, info: ValidationInfo) -> str:
    prefix, separator, path = url.partition("sqlite:///")
    return f"{prefix}{separator}{_folder(info) / path}" if separator else url


def _folder(info: ValidationInfo) -> Path:
    return info.context["folder"] if info.context else Path()


def _checked_folder(path: Path, info: ValidationInfo) -> Path:
    if info.context and not path.is_dir():
        raise ValueError(f"there is no folder {path}; create it, or leave this setting empty")
    return path


def _checked_file(path: Path, info: ValidationInfo) -> Path:
    if info.context and not path.is_file():
        raise ValueError(f"there is no file {path}; create it, or leave this setting empty")
    return path


def _checked_secret_file(path: Path, info: ValidationInfo) -> Path:
    if info.context and not path.exists():
        raise ValueError(f"there is no file {path}; write the secret into it and run: chmod 600 {path}")
    return _checked_privacy(path, info)


def _checked_privacy(path: Path, info: ValidationInfo) -> Path:
    """Refuse a secret that other users of the machine can read or replace; a file that is not there yet passes."""
    if not info.context or not path.exists():
        return path
    if not path.is_file():
        raise ValueError(f"{path} is not a file; write the path of the file that holds the secret alone")
    if path.stat().st_mode & 0o077:
        raise ValueError(f"other users can read or change the secret in {path}; run: chmod 600 {path}")
    return path


def _checked_access(path: Path) -> Path:
    try:
        path.exists()
    except OSError as error:
        raise ValueError(f"{path} cannot be looked at: {error.strerror}; give mailgate's user access to it") from error
    return path


Name = Annotated[str, AfterValidator(_checked_name)]
Address = Annotated[str, AfterValidator(_checked_address)]
OptionalAddress = Annotated[str, AfterValidator(_checked_optional_address)]
ReplyTemplate = Annotated[str, AfterValidator(_checked_reply_template)]
Host = Annotated[str, AfterValidator(_checked_host)]
OptionalHost = Annotated[str, AfterValidator(_checked_optional_host)]
Network = Annotated[str, AfterValidator(_checked_network)]
ZoneName = Annotated[str, AfterValidator(_checked_zone)]
Currency = Annotated[str, AfterValidator(_checked_currency)]
Code = Annotated[str, AfterValidator(_checked_code)]
AuthservId = Annotated[str, AfterValidator(_checked_authserv_id)]
OpeningHours = Annotated[tuple[str, ...], AfterValidator(_checked_hours)]
DatabaseUrl = Annotated[str, AfterValidator(_checked_database), AfterValidator(_anchored_database)]

AnchoredPath = Annotated[Path, AfterValidator(_anchored)]
_ReadablePath = Annotated[AnchoredPath, AfterValidator(_checked_access)]
Folder = Annotated[_ReadablePath, AfterValidator(_checked_folder)]
SecretFile = Annotated[_ReadablePath, AfterValidator(_checked_secret_file)]
SecretFileToCreate = Annotated[_ReadablePath, AfterValidator(_checked_privacy)]
OptionalFolder = Annotated[Folder | None, BeforeValidator(_empty_is_none)]
OptionalFile = Annotated[
    Annotated[_ReadablePath, AfterValidator(_checked_file)] | None, BeforeValidator(_empty_is_none)
]
OptionalSecretFile = Annotated[SecretFile | None, BeforeValidator(_empty_is_none)]

Positive = Annotated[int, Field(ge=1)]
Port = Annotated[int, Field(ge=1, le=65535)]
PortOrAny = Annotated[int, Field(ge=0, le=65535)]
