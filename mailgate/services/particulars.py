"""What an administrator writes about people and contracts, checked: names, addresses, domains, currencies, zones.

Each function returns the value in the form in which it is kept, or raises PermanentError with what is wrong and what
would be right. What the database already holds is not looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from mailgate.domain.people import address_key
from mailgate.errors import PermanentError

#: Domains in which anybody can have an address, and which therefore no organisation can own.
PUBLIC_PROVIDERS = frozenset({
    "aol.com", "bbox.fr", "free.fr", "gmail.com", "gmx.com", "gmx.de", "gmx.fr", "gmx.net", "googlemail.com",
    "hotmail.com", "hotmail.es", "hotmail.fr", "icloud.com", "laposte.net", "live.com", "live.fr", "mac.com",
    "mail.com", "mail.ru", "me.com", "msn.com", "neuf.fr", "numericable.fr", "orange.fr", "outlook.com", "outlook.es",
    "outlook.fr", "pm.me", "proton.me", "protonmail.com", "sfr.fr", "telefonica.net", "tutanota.com", "wanadoo.fr",
    "web.de", "yahoo.co.uk", "yahoo.com", "yahoo.es", "yahoo.fr", "yandex.ru", "zoho.com",
})  # fmt: skip

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
# RFC 5321 section 4.1.2: a Dot-string of at most 64 octets (section 4.5.3.1.1); nobody is registered with quotes
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"(?=.{{1,64}}$){_ATOM}(?:\.{_ATOM})*")


def checked_name(text: str) -> str:
    """Return a name of a person, an organisation or a group in one line."""
    name = " ".join(text.split())
    if not name or any(ord(char) < 32 or 127 <= ord(char) < 160 for char in name):
        raise PermanentError("a name is empty or holds control characters; write it in one line of text")
    return name


def checked_addresses(addresses: Sequence[str]) -> tuple[str, ...]:
    """Return a person's mail addresses, the registered one first, none of them twice."""
    checked = tuple(_checked_address(address.strip()) for address in addresses)
    keys = [address_key(address) for address in checked]
    for address, key in zip(checked, keys, strict=True):
        if keys.count(key) > 1:
            raise PermanentError(f"{address} is given twice (letter case and plus-suffix do not count)")
    return checked


def _checked_address(address: str) -> str:
    local, _, domain = address.rpartition("@")
    if not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise PermanentError(
            f"«{address}» is not a mail address; write one such as name@example.org "
            "(a domain with other letters than a to z in its xn-- form)"
        )
    return address


def checked_domain(text: str) -> str:
    """Return a mail domain that one organisation alone can own, in lower case."""
    domain = text.strip().removeprefix("@").lower()
    if not _DOMAIN.fullmatch(domain):
        raise PermanentError(f"«{text}» is not a mail domain; write one such as example.org")
    if domain in PUBLIC_PROVIDERS:
        raise PermanentError(f"{domain} is a public mail provider's domain; no organisation can own it")
    return domain


def checked_currency(text: str) -> str:
    """Return the code of a currency by ISO 4217, in capitals."""
    code = text.strip().upper()
    if not re.fullmatch("[A-Z]{3}", code):
        raise PermanentError(f"«{text}» is not a currency; write the three letters of ISO 4217, such as EUR")
    return code


def checked_zone(name: str) -> str:
    """Return the name of a time zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise PermanentError(f"«{name}» is not a time zone; write one such as Europe/Paris") from error
    return name
