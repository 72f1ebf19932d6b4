"""Contracts: one active for an organisation, with a referent of its own, and packs that come with their purchase."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from mailgate.domain.contract import Contract, Pack
from mailgate.domain.ledger import Authorship, EntryKind, Posting
from mailgate.domain.people import Language
from mailgate.errors import PermanentError
from mailgate.store import contracts, ledger
from mailgate.store.database import Database, Transaction
from mailgate.store.tables import CONTRACT
from tests.store.examples import Desk, pack


def add(tx: Transaction, organisation_id: int, referent_id: int) -> int:
    return contracts.add(
        tx,
        organisation_id=organisation_id,
        referent_id=referent_id,
        language=Language.ES,
        currency="EUR",
        zone="Europe/Madrid",
        group="gis",
        response_minutes=720,
    )


def test_a_contract_comes_back_with_its_terms(database: Database, desk: Desk) -> None:
    expected = Contract(
        id=desk.contract_id,
        organisation_id=desk.organisation_id,
        organisation_name="Example Town",
        referent_id=desk.referent_id,
        language=Language.FR,
        currency="EUR",
        zone="Europe/Paris",
        group="gis",
        response_minutes=720,
    )
    with database.reading() as tx:
        assert contracts.by_id(tx, desk.contract_id) == expected
        assert contracts.of_organisation(tx, desk.organisation_id) == expected
        assert contracts.listing(tx) == [expected]
        assert contracts.by_id(tx, 999) is contracts.of_organisation(tx, 999) is None


def test_an_organisation_has_one_active_contract(database: Database, desk: Desk) -> None:
    with pytest.raises(PermanentError, match="active contract already"), database.transaction() as tx:
        add(tx, desk.organisation_id, desk.referent_id)

    with database.transaction() as tx:
        tx.execute(sa.update(CONTRACT).values(is_active=False))
        assert contracts.of_organisation(tx, desk.organisation_id) is None
        later = add(tx, desk.organisation_id, desk.referent_id)
        assert [contract.id for contract in contracts.listing(tx)] == [later]
        assert contracts.by_id(tx, desk.contract_id) is not None


def test_the_referent_is_a_contact_of_the_organisation(database: Database, desk: Desk) -> None:
    with pytest.raises(PermanentError, match="not a contact"), database.transaction() as tx:
        add(tx, desk.organisation_id, desk.engineer_id)


def test_a_pack_comes_with_its_purchase(database: Database, desk: Desk) -> None:
    with database.reading() as tx:
        packs = contracts.packs(tx, desk.contract_id)
        (purchase,) = ledger.entries(tx, desk.contract_id)

    assert packs == [
        Pack(
            id=desk.pack_id,
            contract_id=desk.contract_id,
            name="10 h",
            minutes=600,
            price_cents=180_000,
            bought_on=date(2026, 9, 22),
            first_day=date(2026, 9, 22),
            last_day=date(2027, 9, 21),
        )
    ]
    assert purchase.kind is EntryKind.PURCHASE
    assert purchase.posting == Posting(minutes=600, pack_id=desk.pack_id)
    assert purchase.authorship == Authorship(person_id=desk.engineer_id, authenticated_by="command line")


def test_packs_come_in_the_order_in_which_they_end(database: Database, desk: Desk) -> None:
    with database.transaction() as tx:
        earlier = pack(tx, desk.contract_id, desk.engineer_id, first_day=date(2026, 1, 1))
        assert [known.id for known in contracts.packs(tx, desk.contract_id)] == [earlier, desk.pack_id]
