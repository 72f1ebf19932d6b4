"""People are found by address, whatever its case and plus-suffix; an address is one person's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from mailgate.domain.people import Contact, Engineer, Language
from mailgate.errors import PermanentError
from mailgate.store import people
from mailgate.store.database import Database, Transaction
from mailgate.store.tables import PERSON
from tests.store.examples import Desk, contact


@pytest.mark.parametrize("address", ["luc@example.org", "Luc@Example.ORG", "luc+gis@example.org"])
def test_a_contact_is_found_by_any_form_of_the_address(database: Database, desk: Desk, address: str) -> None:
    with database.reading() as tx:
        assert people.by_address(tx, address) == Contact(
            id=desk.contact_id,
            name="Luc",
            language=Language.FR,
            addresses=("luc@example.org",),
            organisation_id=desk.organisation_id,
            organisation_name="Example Town",
        )


def test_an_engineer_comes_back_as_one(database: Database, desk: Desk) -> None:
    with database.reading() as tx:
        assert people.by_address(tx, "eva@example.com") == Engineer(
            id=desk.engineer_id,
            name="Eva",
            language=Language.FR,
            addresses=("eva@example.com",),
            groups=frozenset({"gis"}),
            is_administrator=True,
        )


@pytest.mark.parametrize("address", ["", "nobody@example.org", "luc@example.net", "@", "%"])
def test_a_stranger_is_nobody(database: Database, desk: Desk, address: str) -> None:
    with database.reading() as tx:
        assert people.by_address(tx, address) is None


def test_the_first_address_is_the_registered_one(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        person_id = contact(tx, desk.organisation_id, "Zoe", "zoe@example.org", "aaa@example.org", "mmm@example.org")
        person = people.by_address(tx, "mmm@example.org")

    assert person is not None
    assert person.id == person_id
    assert person.address == "zoe@example.org"


def test_who_is_inactive_is_known_by_number_only(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        tx.execute(sa.update(PERSON).where(PERSON.c.id == desk.engineer_id).values(is_active=False))
        assert people.by_address(tx, "eva@example.com") is None
        assert people.engineers(tx) == people.administrators(tx) == []
        assert people.by_id(tx, desk.engineer_id) is not None


def test_people_are_found_by_their_numbers(database: Database, desk: Desk) -> None:
    with database.reading() as tx:
        found = people.by_ids(tx, {desk.contact_id, desk.engineer_id, 999, None})
        assert {person_id: person.name for person_id, person in found.items()} == {
            desk.contact_id: "Luc",
            desk.engineer_id: "Eva",
        }
        assert people.by_ids(tx, []) == {}
        assert people.by_id(tx, 999) is None


def test_engineers_are_found_by_group(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        other = people.add_engineer(
            tx, name="Ian", language=Language.EN, addresses=["ian@example.com"], groups={"db"}, is_administrator=False
        )
        assert [person.id for person in people.engineers(tx, "gis")] == [desk.engineer_id]
        assert [person.id for person in people.engineers(tx, None)] == [desk.engineer_id, other]
        assert people.engineers(tx, "none") == []
        assert [person.id for person in people.administrators(tx)] == [desk.engineer_id]


def test_contacts_are_found_by_organisation(database: Database, desk: Desk) -> None:
    with database.reading() as tx:
        found = people.contacts(tx, desk.organisation_id)
        assert [person.name for person in found] == ["Ana", "Luc"]
        assert people.contacts(tx) == found
        assert people.contacts(tx, 999) == []


def test_an_organisation_is_found_by_the_very_domain_it_owns(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        people.add_organisation(tx, name="Closed", domains=["example.net"], accepts_new_contacts=False)
        owner = people.organisation_by_domain(tx, "EXAMPLE.org")
        assert owner == people.organisation_by_name(tx, "Example Town")
        assert owner is not None
        assert people.organisation_by_domain(tx, "sub.example.org") is None
        assert people.organisation_by_domain(tx, "example.net") is None
        assert people.organisation_by_name(tx, "example town") is None
        assert [known.name for known in people.organisations(tx)] == ["Closed", "Example Town"]


@pytest.mark.parametrize(
    ("add", "text"),
    [
        (
            lambda tx: people.add_organisation(tx, name="Example Town", domains=[], accepts_new_contacts=True),
            "organisation «Example Town» already",
        ),
        (
            lambda tx: people.add_organisation(tx, name="New", domains=["Example.org"], accepts_new_contacts=True),
            "belongs to «Example Town»",
        ),
        (lambda tx: contact(tx, 1, "Double", "LUC+2@example.org"), "LUC\\+2@example.org is somebody's"),
        (lambda tx: contact(tx, 1, "Double", "eva@example.com"), "eva@example.com is somebody's"),
        (lambda tx: contact(tx, 1, "Nowhere"), "at least one address"),
    ],
)
def test_what_is_taken_is_refused_in_plain_words(
    database: Database, desk: Desk, add: Callable[[Transaction], int], text: str
) -> None:
    with pytest.raises(PermanentError, match=text), database.transaction() as tx:
        add(tx)

    with database.reading() as tx:
        assert len(people.contacts(tx)) == 2
