"""Addresses: which ones are one person's."""

from __future__ import annotations

import pytest

from mailgate.domain.people import Contact, Language, address_key


def contact(*addresses: str) -> Contact:
    return Contact(
        id=1,
        name="Anne Martin",
        language=Language.FR,
        addresses=addresses,
        organisation_id=1,
        organisation_name="Ville",
    )


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("anne@example.org", "anne@example.org"),
        ("Anne@Example.ORG", "anne@example.org"),
        ("anne+helpdesk@example.org", "anne@example.org"),
        ("anne+a+b@example.org", "anne@example.org"),
        ("anne+@example.org", "anne@example.org"),
        (" anne@example.org\r\n", "anne@example.org"),
        ("anne@plus+sign.example.org", "anne@plus+sign.example.org"),
        ("+33123456789@example.org", "+33123456789@example.org"),
        ("ÉLODIE@example.org", "Élodie@example.org"),
    ],
)
def test_letter_case_and_plus_suffix_do_not_matter(address: str, key: str) -> None:
    assert address_key(address) == key


def test_a_local_part_that_begins_with_a_plus_is_not_emptied() -> None:
    assert address_key("+331@example.org") != address_key("+332@example.org")


@pytest.mark.parametrize(
    "look_alike",
    [
        "eri\u212a@example.org",  # KELVIN SIGN, whose lower case is k
        "\u0435rik@example.org",  # CYRILLIC SMALL LETTER IE
        "eri\u200bk@example.org",  # ZERO WIDTH SPACE
        "er\u0130k@example.org",  # LATIN CAPITAL LETTER I WITH DOT ABOVE
        "erik@ex\u00e4mple.org",
        "\uff45rik@example.org",  # FULLWIDTH LATIN SMALL LETTER E
    ],
)
def test_a_look_alike_is_somebody_else(look_alike: str) -> None:
    assert address_key(look_alike) != address_key("erik@example.org")
    assert not contact("erik@example.org").has_address(look_alike)


def test_several_addresses_are_one_person() -> None:
    anne = contact("anne@example.org", "A.Martin+work@example.net")

    assert anne.has_address("ANNE+support@example.org")
    assert anne.has_address("a.martin@example.net")
    assert not anne.has_address("anne@example.net")
    assert not anne.has_address("")


def test_the_first_address_is_the_registered_one() -> None:
    assert contact("anne@example.org", "a.martin@example.net").address == "anne@example.org"


def test_a_person_without_an_address_is_refused() -> None:
    with pytest.raises(ValueError, match="no address"):
        contact()
