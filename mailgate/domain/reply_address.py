"""Signed addresses: a reply to one tells for which ticket and to which person the desk had written.

The address proves that its bearer got it from the desk, or from somebody who did, and nothing about who writes: who
may do what with it is `permissions.py`. Nothing expires here; a key that is no longer listed ends all it has signed.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from dataclasses import dataclass, field
from enum import Enum

#: Eight digits in base 36: small enough for the local part, more tickets than a desk will ever have.
LARGEST_ID = 36**8 - 1

_PLACEHOLDER = "{token}"
_MAC_OCTETS = 10  # 80 bits, 16 characters of base32 without padding
_MAX_TOKEN_OCTETS = 1 + 8 + 1 + 8 + 1 + 16
_MAX_LOCAL_PART_OCTETS = 64  # RFC 5321 section 4.5.3.1.1
_MIN_KEY_OCTETS = 16
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"

_TOKEN = re.compile(r"([arm])([1-9a-z][0-9a-z]{0,7})-([1-9a-z][0-9a-z]{0,7})-([a-z2-7]{16})")
_TEMPLATE = re.compile(r"(?:[a-z0-9._+=-]*[._+=-])?\{token\}@[a-z0-9-]+(?:\.[a-z0-9-]+)*")


class Purpose(Enum):
    """What a mail to a signed address is: says what `subject_id` names. The value is the token's first letter."""

    REPLY = "r"  # a reply on a ticket: the ticket's id
    ACTION = "a"  # an offered command, which the mail carries out: the id of the offer
    RECEIPT = "m"  # a reply to a receipt: the inbox id of the mail that the receipt is about


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAddress:
    """What a signed address says: for what it was given, and to whom."""

    purpose: Purpose
    subject_id: int
    person_id: int

    def __post_init__(self) -> None:
        if not (1 <= self.subject_id <= LARGEST_ID and 1 <= self.person_id <= LARGEST_ID):
            raise ValueError("an id in a signed address must be positive and small enough")


@dataclass(frozen=True, slots=True)
class AddressBook:
    """The addresses of the desk: its own one, and the signed ones made from the template.

    `template` has the token at the end of its local part, alone or after a separator: `support+{token}@example.org`,
    `{token}@reply.example.org`. `keys` are secrets of 16 octets or more: the first signs, all of them are accepted.
    Raises ValueError where one of them cannot work.
    """

    desk_address: str
    template: str
    keys: tuple[bytes, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not _TEMPLATE.fullmatch(_folded(self.template)):
            raise ValueError(
                f"{self.template!r} is no template for addresses: write one such as support+{_PLACEHOLDER}@example.org"
            )
        fixed = _folded(self.template).index(_PLACEHOLDER)
        if fixed + _MAX_TOKEN_OCTETS > _MAX_LOCAL_PART_OCTETS:
            raise ValueError(f"at most {_MAX_LOCAL_PART_OCTETS - _MAX_TOKEN_OCTETS} characters may precede the token")
        if not all(_split(self.desk_address)):
            raise ValueError(f"{self.desk_address!r} is no mail address")
        if not self.keys or min(map(len, self.keys)) < _MIN_KEY_OCTETS:
            raise ValueError(f"signed addresses need a key, and each key at least {_MIN_KEY_OCTETS} octets")

    def sign(self, claim: SignedAddress) -> str:
        """Return the address that says this, in lower case; no longer than SMTP allows."""
        stem = f"{claim.purpose.value}{_base36(claim.subject_id)}-{_base36(claim.person_id)}"
        token = f"{stem}-{_mac(claim, self.keys[0])}"
        return _folded(self.template).replace(_PLACEHOLDER, token)

    def read(self, address: str) -> SignedAddress | None:
        """Return what the address says, or None where it is not one that this desk has signed.

        Letter case is ignored, since mail programs and servers change it.
        """
        token = _TOKEN.fullmatch(self._token(address))
        if token is None:
            return None
        purpose, subject, person, mac = token.groups()
        claim = SignedAddress(purpose=Purpose(purpose), subject_id=int(subject, 36), person_id=int(person, 36))
        is_ours = any(hmac.compare_digest(_mac(claim, key), mac) for key in self.keys)
        return claim if is_ours else None

    def accepts(self, address: str) -> bool:
        """Tell whether mail to this address is for the desk, so that it must not be refused in the SMTP dialogue.

        That is its own address, with any plus-suffix, and whatever the template could have made, whether or not the
        token is good: no client's mail is refused because a token is old.
        """
        local, domain = _split(address)
        desk_local, desk_domain = _split(self.desk_address)
        is_desk = domain == desk_domain and (local == desk_local or local.startswith(f"{desk_local}+"))
        return is_desk or bool(self._token(address))

    def _token(self, address: str) -> str:
        """Return what stands in the place of the token, or an empty string where the rest is not the template's."""
        before, _, domain = _folded(self.template).partition(_PLACEHOLDER)
        folded = _folded(address)
        if not (folded.startswith(before) and folded.endswith(domain)):
            return ""
        token = folded[len(before) : -len(domain)]
        return "" if "@" in token else token


def _split(address: str) -> tuple[str, str]:
    local, _, domain = _folded(address).rpartition("@")
    return local, domain


def _folded(address: str) -> str:
    """Lower the ASCII letters alone, so that U+212A KELVIN SIGN does not become a k."""
    return "".join(char.lower() if char.isascii() else char for char in address)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _BASE36[digit] + digits
    return digits


def _mac(claim: SignedAddress, key: bytes) -> str:
    # the first words keep this use of the key apart from any other, the separators keep the fields apart
    signed = f"mailgate signed address\0{claim.purpose.value}\0{claim.subject_id}\0{claim.person_id}"
    digest = hmac.digest(key, signed.encode("ascii"), "sha256")
    return b32encode(digest[:_MAC_OCTETS]).decode("ascii").lower()
