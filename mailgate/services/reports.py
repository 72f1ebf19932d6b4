"""The time of contracts, as people look at it: terms, packs, balances, the ledger, in rows of plain values.

Every figure is computed from the entries, never kept. Rows are for the command line's tables and its JSON alike:
minutes are integers, moments are aware; nothing is formatted here, and nothing is changed.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from mailgate.domain.contract import Contract
from mailgate.domain.ledger import Cause, Entry
from mailgate.domain.people import Person
from mailgate.errors import PermanentError
from mailgate.services import accounts
from mailgate.store import contracts, ledger, people
from mailgate.store.database import Transaction

Row = dict[str, object]


def balance_sheet(tx: Transaction, organisation: str, now: datetime) -> Row:
    """Return the time of an organisation's contract today, in minutes."""
    contract = accounts.contract_named(tx, organisation)
    today = _today(contract, now)
    balance = ledger.account(tx, contract.id, today=today).balance(today)
    uncovered = ledger.uncovered(tx, contract.id)
    return {
        "organisation": contract.organisation_name,
        "purchased_minutes": balance.purchased,
        "used_minutes": balance.used,
        "remaining_minutes": balance.remaining,
        "reserved_minutes": balance.reserved,
        "available_minutes": balance.available,
        "uncovered_exhausted_minutes": uncovered.get(Cause.EXHAUSTED, 0),
        "uncovered_unapproved_minutes": uncovered.get(Cause.UNAPPROVED, 0),
    }


def contract_rows(tx: Transaction) -> list[Row]:
    """Return the terms of all contracts."""
    return [_terms(tx, contract) for contract in contracts.listing(tx)]


def contract_sheet(tx: Transaction, organisation: str, now: datetime) -> Row:
    """Return the terms of a contract and its balance."""
    return _terms(tx, accounts.contract_named(tx, organisation)) | balance_sheet(tx, organisation, now)


def _terms(tx: Transaction, contract: Contract) -> Row:
    referent = people.by_id(tx, contract.referent_id)
    return {
        "id": contract.id,
        "organisation": contract.organisation_name,
        "referent": referent.name if referent else "",
        "referent_address": referent.address if referent else "",
        "language": contract.language.value,
        "currency": contract.currency,
        "zone": contract.zone,
        "group": contract.group,
        "response_minutes": contract.response_minutes,
    }


def pack_rows(tx: Transaction, organisation: str | None, now: datetime) -> list[Row]:
    """Return the packs of one organisation's contract, or of all, with what is left of each."""
    chosen = [accounts.contract_named(tx, organisation)] if organisation else contracts.listing(tx)
    return [row for contract in chosen for row in _packs_of(tx, contract, now)]


def pack_sheet(tx: Transaction, pack_id: int, now: datetime) -> Row:
    """Return one pack; raises PermanentError where there is none."""
    for row in pack_rows(tx, None, now):
        if row["id"] == pack_id:
            return row
    raise PermanentError(f"there is no pack {pack_id}; see: mailgate pack list")


def _packs_of(tx: Transaction, contract: Contract, now: datetime) -> list[Row]:
    bought = contracts.packs(tx, contract.id)
    if not bought:
        return []
    account = ledger.account(tx, contract.id, today=bought[0].last_day)  # with the packs that have expired since
    today = _today(contract, now)
    return [
        {
            "id": pack.id,
            "organisation": contract.organisation_name,
            "name": pack.name,
            "minutes": pack.minutes,
            "remaining_minutes": account.remaining_by_pack.get(pack.id, 0),
            "price_cents": pack.price_cents,
            "currency": contract.currency,
            "vat_included": pack.vat_included,
            "bought_on": pack.bought_on,
            "first_day": pack.first_day,
            "last_day": pack.last_day,
            "is_valid": pack.is_valid_on(today),
        }
        for pack in bought
    ]


def ledger_rows(tx: Transaction, organisation: str, ticket_id: int | None) -> list[Row]:
    """Return the entries of a contract, the oldest first, each with the sum of all packs after it."""
    contract = accounts.contract_named(tx, organisation)
    names = {pack.id: pack.name for pack in contracts.packs(tx, contract.id)}
    entries = ledger.entries(tx, contract.id)
    known = people.by_ids(tx, {entry.authorship.person_id for entry in entries})
    rows: list[Row] = []
    running = 0
    for entry in entries:
        running += entry.posting.minutes if entry.posting.pack_id is not None else 0
        if ticket_id is None or entry.ticket_id == ticket_id:
            rows.append(_entry_row(entry, names, known.get(entry.authorship.person_id), running))
    return rows


def _entry_row(entry: Entry, packs: dict[int, str], person: Person | None, running: int) -> Row:
    posting = entry.posting
    uncovered = f"uncovered: {posting.cause.value}" if posting.cause else ""
    return {
        "id": entry.id,
        "day": entry.day,
        "kind": entry.kind.value,
        "account": packs.get(posting.pack_id, "") if posting.pack_id is not None else uncovered,
        "minutes": posting.minutes,
        "balance_minutes": running,
        "ticket": entry.ticket_id,
        "person": person.name if person else "",
        "authenticated_by": entry.authorship.authenticated_by,
        "mail_digest": entry.authorship.mail_digest,
        "recorded_at": entry.recorded_at,
        "reason": entry.reason,
    }


def _today(contract: Contract, now: datetime) -> date:
    return now.astimezone(ZoneInfo(contract.zone)).date()
