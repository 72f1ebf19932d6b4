"""What people look up about time: every figure is that of the ledger, on the day of the contract's own zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from mailgate.domain.ledger import Authorship, Cause, EntryKind, Posting
from mailgate.domain.people import Language
from mailgate.errors import PermanentError
from mailgate.services import accounts, directory, history, reports
from mailgate.services.accounts import CatalogueItem
from mailgate.store import ledger
from mailgate.store.database import Database, Transaction

NOON = datetime(2026, 9, 22, 10, 0, tzinfo=UTC)
TEN = CatalogueItem(code="10h", name="Pack 10 h", minutes=600, price_cents=180_000, currency="EUR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A contract with two packs, of 2026 and of 2027."""

    tx: Transaction
    contract_id: int
    engineer_id: int
    pack_ids: tuple[int, int]

    def post(self, *postings: Posting) -> None:
        """Post work without a ticket."""
        for ordinal, posting in enumerate(postings):
            ledger.post(
                self.tx,
                contract_id=self.contract_id,
                kind=EntryKind.INTERVENTION,
                posting=posting,
                day=date(2026, 9, 22),
                recorded_at=NOON,
                authorship=Authorship(person_id=self.engineer_id, authenticated_by="dmarc pass", mail_digest="ab" * 32),
                ordinal=ordinal,
                ticket_id=None,
                intervention_id=None,
                reason="",
            )


@pytest.fixture
def client() -> Iterator[Client]:
    database = Database.open("sqlite://")
    database.migrate()
    try:
        with database.transaction() as tx:
            yield set_up(tx)
    finally:
        database.close()


def set_up(tx: Transaction) -> Client:
    engineer_id = accounts.add_engineer(
        tx,
        name="Paul",
        language=Language.FR,
        addresses=["paul@support.example.org"],
        groups=["support"],
        is_administrator=True,
        now=NOON,
    )
    accounts.add_organisation(tx, name="Mairie", domains=[], accepts_new_contacts=False, now=NOON)
    accounts.add_contact(
        tx, organisation="Mairie", name="Camille", language=Language.FR, addresses=["c@example.com"], phone="", now=NOON
    )
    contract_id = accounts.add_contract(
        tx,
        organisation="Mairie",
        referent="c@example.com",
        language=None,
        currency="EUR",
        zone="Europe/Paris",
        group="support",
        response_minutes=720,
        now=NOON,
    )
    first, second = (
        accounts.add_pack(
            tx,
            organisation="Mairie",
            item=TEN,
            bought_on=first_day,
            first_day=first_day,
            acting_person_id=engineer_id,
            now=NOON,
        )
        for first_day in (date(2026, 9, 22), date(2027, 3, 1))
    )
    return Client(tx=tx, contract_id=contract_id, engineer_id=engineer_id, pack_ids=(first, second))


def test_the_balance_is_the_sum_of_the_entries(client: Client) -> None:
    client.post(
        Posting(minutes=-45, pack_id=client.pack_ids[0]),
        Posting(minutes=30, cause=Cause.EXHAUSTED),
        Posting(minutes=15, cause=Cause.UNAPPROVED),
    )

    assert reports.balance_sheet(client.tx, "Mairie", NOON) == {
        "organisation": "Mairie",
        "purchased_minutes": 1200,
        "used_minutes": 45,
        "remaining_minutes": 1155,
        "reserved_minutes": 0,
        "available_minutes": 1155,
        "uncovered_exhausted_minutes": 30,
        "uncovered_unapproved_minutes": 15,
    }


def test_a_pack_is_valid_to_the_end_of_its_last_day_in_the_zone_of_the_contract(client: Client) -> None:
    last_minute, next_day = (datetime(2027, 9, 21, hour, 59, tzinfo=UTC) for hour in (21, 22))

    assert [row["is_valid"] for row in reports.pack_rows(client.tx, "Mairie", last_minute)] == [True, True]
    assert [row["is_valid"] for row in reports.pack_rows(client.tx, "Mairie", next_day)] == [False, True]
    assert reports.balance_sheet(client.tx, "Mairie", last_minute)["purchased_minutes"] == 1200
    assert reports.balance_sheet(client.tx, "Mairie", next_day)["purchased_minutes"] == 600


def test_packs_are_listed_with_what_is_left_however_long_ago_they_expired(client: Client) -> None:
    client.post(Posting(minutes=-45, pack_id=client.pack_ids[0]))
    much_later = datetime(2031, 1, 1, tzinfo=UTC)

    assert [row["remaining_minutes"] for row in reports.pack_rows(client.tx, None, much_later)] == [555, 600]
    assert reports.pack_sheet(client.tx, client.pack_ids[0], much_later)["remaining_minutes"] == 555


def test_each_line_of_the_ledger_has_the_balance_of_all_packs_after_it(client: Client) -> None:
    client.post(Posting(minutes=-45, pack_id=client.pack_ids[0]), Posting(minutes=30, cause=Cause.EXHAUSTED))

    rows = reports.ledger_rows(client.tx, "Mairie", None)

    assert [(row["account"], row["minutes"], row["balance_minutes"]) for row in rows] == [
        ("Pack 10 h", 600, 600),
        ("Pack 10 h", 600, 1200),
        ("Pack 10 h", -45, 1155),
        ("uncovered: exhausted", 30, 1155),
    ]
    assert (rows[-1]["person"], rows[-1]["authenticated_by"], rows[-1]["mail_digest"]) == (
        "Paul",
        "dmarc pass",
        "ab" * 32,
    )


def test_the_ledger_of_a_ticket_leaves_other_entries_out(client: Client) -> None:
    assert reports.ledger_rows(client.tx, "Mairie", 7) == []


def test_a_contract_is_listed_with_its_terms(client: Client) -> None:
    [row] = reports.contract_rows(client.tx)

    assert (row["referent"], row["referent_address"], row["response_minutes"]) == ("Camille", "c@example.com", 720)
    assert reports.contract_sheet(client.tx, "Mairie", NOON).items() >= row.items()


def test_what_is_not_there_is_said_with_where_to_look(client: Client) -> None:
    for look_up, place in (
        (lambda: reports.pack_sheet(client.tx, 99, NOON), "mailgate pack list"),
        (lambda: history.ticket_sheet(client.tx, 99), "mailgate ticket list"),
        (lambda: history.mail_sheet(client.tx, 99), "mailgate inbox list"),
        (lambda: directory.contact_sheet(client.tx, "x@example.com"), "mailgate contact list"),
    ):
        with pytest.raises(PermanentError, match=place):
            look_up()
