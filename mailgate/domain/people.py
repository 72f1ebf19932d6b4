"""Who people are: contacts of client organisations and engineers of the support company.

Not here: what they may do (`permissions.py`), and how they proved who they are (`message.Authentication`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Language(Enum):
    """The languages of the offer («Assistance en Français, Anglais ou Espagnol»)."""

    FR = "fr"
    EN = "en"
    ES = "es"


class Role(Enum):
    """What a person is with regard to one ticket or contract."""

    CONTACT = "contact"  # of the client organisation
    REFERENT = "referent"  # the one contact whom the contract names
    ENGINEER = "engineer"  # of the support company
    ADMINISTRATOR = "administrator"  # an engineer who also manages contracts and people


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody the desk knows. The first address is the registered one: what the desk writes goes there."""

    id: int
    name: str
    language: Language
    addresses: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.addresses:
            raise ValueError(f"person {self.id} has no address")

    @property
    def address(self) -> str:
        """The registered address."""
        return self.addresses[0]

    def has_address(self, address: str) -> bool:
        """Tell whether the address is this person's, letter case and plus-suffix aside."""
        return address_key(address) in {address_key(own) for own in self.addresses}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Person):
    """A person of one client organisation."""

    organisation_id: int
    organisation_name: str
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engineer(Person):
    """A person of the support company, in one or more groups."""

    groups: frozenset[str] = frozenset()
    is_administrator: bool = False


def address_key(address: str) -> str:
    """Return the form under which an address is compared: ASCII letters lowered, plus-suffix dropped.

    Only ASCII is folded, so that a look-alike such as U+212A KELVIN SIGN never equals its letter.
    """
    local, at, domain = address.strip().rpartition("@")
    local = local.partition("+")[0] or local
    return "".join(char.lower() if char.isascii() else char for char in f"{local}{at}{domain}")
