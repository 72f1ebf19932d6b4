"""What an administrator sets up: names that are unique, addresses that can receive mail, acts that leave a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.domain.people import Language
from mailgate.errors import PermanentError
from mailgate.services import accounts, particulars
from mailgate.services.accounts import CatalogueItem
from mailgate.store import contracts, ledger, people
from mailgate.store.database import Database, Transaction

NOW = datetime(2026, 9, 22, 8, 0, tzinfo=UTC)
PACK = CatalogueItem(code="10h", name="Pack 10 h", minutes=600, price_cents=180_000, currency="EUR")


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    database = Database.open("sqlite://")
    database.migrate()
    yield database
    database.close()


class _UndoError(Exception):
    """Ends a test without a trace in the database."""


@pytest.fixture
def tx(database: Database) -> Iterator[Transaction]:
    """A transaction that is rolled back."""
    with suppress(_UndoError), database.transaction() as tx:
        yield tx
        raise _UndoError


def add_organisation(tx: Transaction, name: str, *domains: str) -> int:
    return accounts.add_organisation(tx, name=name, domains=domains, accepts_new_contacts=False, now=NOW)


def add_contact(tx: Transaction, organisation: str, *addresses: str) -> int:
    return accounts.add_contact(
        tx, organisation=organisation, name="Camille", language=Language.FR, addresses=addresses, phone=" ", now=NOW
    )


def add_engineer(tx: Transaction, address: str, *, is_administrator: bool = True) -> int:
    return accounts.add_engineer(
        tx,
        name="Paul",
        language=Language.FR,
        addresses=[address],
        groups=[" support "],
        is_administrator=is_administrator,
        now=NOW,
    )


def add_contract(tx: Transaction, organisation: str, referent: str, *, language: Language | None = None) -> int:
    return accounts.add_contract(
        tx,
        organisation=organisation,
        referent=referent,
        language=language,
        currency="eur",
        zone="Europe/Paris",
        group="support",
        response_minutes=720,
        now=NOW,
    )


def add_pack(tx: Transaction, organisation: str, item: CatalogueItem = PACK) -> int:
    return accounts.add_pack(
        tx,
        organisation=organisation,
        item=item,
        bought_on=date(2026, 9, 1),
        first_day=date(2026, 9, 22),
        acting_person_id=accounts.acting_administrator(tx, None).id,
        now=NOW,
    )


def set_up(tx: Transaction) -> None:
    add_engineer(tx, "paul@support.example.org")
    add_organisation(tx, "Mairie")
    add_contact(tx, "Mairie", "camille@example.com")
    add_contract(tx, "Mairie", "Camille@example.com")
    add_pack(tx, "Mairie")


def test_every_act_is_in_the_audit_trail_without_any_name_or_address(tx: Transaction) -> None:
    set_up(tx)

    trail = tx.exec_driver_sql("SELECT verb, detail, authenticated_by, person_id FROM event ORDER BY id").all()

    assert [row.verb for row in trail] == ["engineer", "organisation", "contact", "contract", "pack"]
    assert {row.authenticated_by for row in trail} == {"command line"}
    assert trail[-1].person_id is not None
    assert not any(word in row.detail for row in trail for word in ("Paul", "Camille", "Mairie", "@"))


def test_a_pack_comes_with_its_purchase_by_the_acting_administrator(tx: Transaction) -> None:
    set_up(tx)
    contract = accounts.contract_named(tx, "Mairie")

    [pack] = contracts.packs(tx, contract.id)
    [entry] = ledger.entries(tx, contract.id)

    assert (pack.minutes, pack.first_day, pack.last_day) == (600, date(2026, 9, 22), date(2027, 9, 21))
    assert (entry.posting.minutes, entry.day) == (600, date(2026, 9, 1))
    assert entry.authorship.person_id == accounts.acting_administrator(tx, None).id
    assert entry.authorship.authenticated_by == "command line"


def test_a_contract_has_the_language_of_its_referent_unless_another_is_wanted(tx: Transaction) -> None:
    set_up(tx)
    add_organisation(tx, "Harbour")
    add_contact(tx, "Harbour", "sam@example.com")
    add_contract(tx, "Harbour", "sam@example.com", language=Language.ES)

    assert accounts.contract_named(tx, "Mairie").language is Language.FR
    assert accounts.contract_named(tx, "Harbour").language is Language.ES


def test_a_referent_is_a_contact_of_that_organisation(tx: Transaction) -> None:
    set_up(tx)
    add_organisation(tx, "Harbour")

    for address in ("camille@example.com", "paul@support.example.org", "nobody@example.com"):
        with pytest.raises(PermanentError, match=f"{address} is not a contact of «Harbour»"):
            add_contract(tx, "Harbour", address)


def test_space_around_and_inside_a_name_does_not_make_another_one(tx: Transaction) -> None:
    add_organisation(tx, "  Mairie  de\tSaint-Rémy ")

    assert accounts.organisation_named(tx, "Mairie de Saint-Rémy ").name == "Mairie de Saint-Rémy"
    with pytest.raises(PermanentError, match="there is an organisation «Mairie de Saint-Rémy» already"):
        add_organisation(tx, "MAIRIE DE SAINT-RÉMY")


def test_of_many_organisations_those_are_named_that_resemble_what_was_written(tx: Transaction) -> None:
    for town in ("Arles", "Bayonne", "Cahors", "Dax", "Évreux", "Foix"):
        add_organisation(tx, f"Mairie de {town}")
    add_organisation(tx, "Harbour Office")

    with pytest.raises(PermanentError, match="«Mairie de Cahors»") as refusal:
        accounts.organisation_named(tx, "Mairie de Cahor")
    assert "Harbour" not in refusal.value.public
    with pytest.raises(PermanentError, match="see: mailgate org list"):
        accounts.organisation_named(tx, "zzz")


def test_a_domain_is_kept_in_lower_case_without_an_at_sign(tx: Transaction) -> None:
    add_organisation(tx, "Mairie", "@Mairie.Example.org")

    assert accounts.organisation_named(tx, "Mairie").domains == ("mairie.example.org",)


@pytest.mark.parametrize("domain", ["gmail.com", "ORANGE.fr", "@yahoo.es"])
def test_no_organisation_owns_a_public_providers_domain(tx: Transaction, domain: str) -> None:
    with pytest.raises(PermanentError, match="public mail provider"):
        add_organisation(tx, "Mairie", domain)


def test_the_only_administrator_acts_and_one_of_several_is_named(tx: Transaction) -> None:
    add_engineer(tx, "ana@support.example.org", is_administrator=False)
    with pytest.raises(PermanentError, match="no administrator is known yet"):
        accounts.acting_administrator(tx, None)

    paul = add_engineer(tx, "paul@support.example.org")
    assert accounts.acting_administrator(tx, None).id == paul

    add_engineer(tx, "eve@support.example.org")
    assert accounts.acting_administrator(tx, "Paul+desk@support.example.org").id == paul
    for address in (None, "ana@support.example.org"):
        with pytest.raises(PermanentError, match=r"paul@support\.example\.org, eve@support\.example\.org"):
            accounts.acting_administrator(tx, address)


def test_a_group_is_served_once_an_engineer_is_in_it(tx: Transaction) -> None:
    assert not accounts.is_served(tx, "support")

    add_engineer(tx, "paul@support.example.org")

    assert accounts.is_served(tx, "support")


def test_a_pack_in_another_currency_is_refused(tx: Transaction) -> None:
    set_up(tx)

    with pytest.raises(PermanentError, match="is sold in GBP, but the contract of «Mairie» is in EUR"):
        add_pack(tx, "Mairie", CatalogueItem(code="x", name="X", minutes=60, price_cents=1, currency="GBP"))


def test_a_pack_that_is_not_on_offer_is_refused_with_those_that_are() -> None:
    assert accounts.item_offered([PACK], "10h") is PACK
    with pytest.raises(PermanentError, match="offered are: 10h"):
        accounts.item_offered([PACK], "11h")
    with pytest.raises(PermanentError, match="offered are: none"):
        accounts.item_offered([], "10h")


def test_a_person_has_the_addresses_in_the_order_in_which_they_were_given(tx: Transaction) -> None:
    add_organisation(tx, "Mairie")
    add_contact(tx, "Mairie", " luc@example.com ", "luc.petit@example.net")

    person = people.by_address(tx, "LUC.PETIT@example.net")

    assert person is not None
    assert person.addresses == ("luc@example.com", "luc.petit@example.net")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "luc",
        "@example.com",
        "luc@",
        "luc@localhost",
        "luc@@example.com",
        "luc@exa mple.com",
        "luc petit@example.com",
        ".luc@example.com",
        "luc.@example.com",
        "luc..petit@example.com",
        "luc@-example.com",
        "luc@example.com\r\nBcc: x@example.net",
        "Luc <luc@example.com>",
        '"luc"@example.com',
        "lüc@example.com",
        "luc@exämple.com",
        f"{'l' * 65}@example.com",
    ],
)
def test_what_cannot_receive_mail_is_no_address(address: str) -> None:
    with pytest.raises(PermanentError, match="is not a mail address"):
        particulars.checked_addresses([address])


@given(st.text(max_size=30))
def test_an_address_that_is_accepted_holds_nothing_that_a_header_could_misread(text: str) -> None:
    try:
        (address,) = particulars.checked_addresses([f"{text}@example.org"])
    except PermanentError:
        return
    assert address.isascii()
    assert not set(address) & set(' \r\n\t\0<>,;:"\\()[]')


@pytest.mark.parametrize("name", ["", "  ", "a\x00b", "a\x1bb", "a\x9bb"])
def test_what_is_empty_or_holds_control_characters_is_no_name(name: str) -> None:
    with pytest.raises(PermanentError, match="write it in one line of text"):
        particulars.checked_name(name)


@pytest.mark.parametrize("zone", ["Paris", "", "../etc/passwd", "Europe"])
def test_what_is_no_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(PermanentError, match="is not a time zone"):
        particulars.checked_zone(zone)
