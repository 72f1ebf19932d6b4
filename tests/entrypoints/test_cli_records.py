"""Organisations, people, contracts, packs, balance and ledger by the command line, on a real database."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from mailgate.domain.contract import last_day_of_validity
from tests.entrypoints.command_line import CAMILLE, ORGANISATION, PAUL, CommandLine

LISTS = ["org list", "engineer list", "contact list", "contract list", "pack list", "ticket list", "inbox list"]


def test_what_was_added_is_listed(desk: CommandLine) -> None:
    assert ORGANISATION in desk.done("org", "list")
    assert PAUL in desk.done("engineer", "list")
    assert CAMILLE in desk.done("contact", "list", ORGANISATION)
    assert "Camille Martin" in desk.done("contract", "list")
    assert "1800.00" in desk.done("pack", "list")


def test_a_program_gets_an_organisation_with_its_contacts(desk: CommandLine) -> None:
    assert desk("org", "show", ORGANISATION, "--json").json == {
        "id": 1,
        "name": ORGANISATION,
        "domains": ["saint-remy.example.org"],
        "accepts_new_contacts": False,
        "contacts": [
            {
                "id": 2,
                "name": "Camille Martin",
                "addresses": [CAMILLE],
                "language": "fr",
                "organisation": ORGANISATION,
                "phone": "+33 5 61 00 00 00",
            }
        ],
    }


def test_people_read_an_organisation_with_its_contacts(desk: CommandLine) -> None:
    shown = desk.done("org", "show", ORGANISATION)

    assert "domains               saint-remy.example.org\n" in shown
    assert "accepts new contacts  no\n" in shown
    assert CAMILLE in shown


def test_a_person_is_shown_by_any_of_the_addresses(desk: CommandLine) -> None:
    desk.done("contact", "add", ORGANISATION, "Luc Petit", "luc@saint-remy.example.org", "luc.petit@example.net")

    record = desk("contact", "show", "Luc.Petit+urgent@example.net", "--json").json

    assert record["addresses"] == ["luc@saint-remy.example.org", "luc.petit@example.net"]
    assert "Luc Petit" in desk.done("contact", "show", "luc@saint-remy.example.org")


def test_an_engineer_has_groups_and_perhaps_the_role_of_administrator(desk: CommandLine) -> None:
    added = desk("engineer", "add", "Ana", "ana@support.example.org", "--group", "sig", "--group", "3d", "--json").json

    assert (added["groups"], added["is_administrator"]) == (["3d", "sig"], False)
    assert desk("engineer", "show", PAUL, "--json").json["is_administrator"] is True
    assert "administrator  yes" in desk.done("engineer", "show", PAUL)


def test_who_has_chosen_no_language_gets_that_of_the_desk(desk: CommandLine) -> None:
    config = desk.folder / "config.toml"
    config.write_text(config.read_text(encoding="utf-8").replace('language = "fr"', 'language = "es"'), "utf-8")

    engineer = desk("engineer", "add", "Ana", "ana@support.example.org", "--json").json
    contact = desk("contact", "add", ORGANISATION, "Luc", "luc@saint-remy.example.org", "--json").json
    chosen = desk("engineer", "add", "Eve", "eve@support.example.org", "--language", "en", "--json").json

    assert [engineer["language"], contact["language"], chosen["language"]] == ["es", "es", "en"]


def test_a_contract_takes_what_is_not_said_from_the_referent_and_the_settings(desk: CommandLine) -> None:
    desk.done("org", "add", "Harbour Office")
    desk.done("contact", "add", "Harbour Office", "Sam Reed", "sam@harbour.example.com", "--language", "en")

    added = desk("contract", "add", "Harbour Office", "--referent", "sam@harbour.example.com", "--json").json

    assert (added["referent"], added["referent_address"]) == ("Sam Reed", "sam@harbour.example.com")
    assert (added["language"], added["currency"], added["zone"]) == ("en", "EUR", "Europe/Paris")
    assert (added["group"], added["response_minutes"], added["remaining_minutes"]) == ("support", 720, 0)


def test_a_contract_that_nobody_serves_is_pointed_out(desk: CommandLine) -> None:
    desk.done("org", "add", "Harbour Office")
    desk.done("contact", "add", "Harbour Office", "Sam Reed", "sam@harbour.example.com")

    outcome = desk("contract", "add", "Harbour Office", "--referent", "sam@harbour.example.com", "--group", "supprot")

    assert outcome.status == 0
    assert "nobody is in the group «supprot» yet" in outcome.err


def test_a_pack_is_valid_one_year_from_its_first_day(desk: CommandLine) -> None:
    words = ("pack", "add", ORGANISATION, "20h", "--first-day", "2026-09-22", "--bought-on", "2026-09-01", "--json")

    added = desk(*words).json

    assert (added["first_day"], added["last_day"], added["bought_on"]) == ("2026-09-22", "2027-09-21", "2026-09-01")
    assert (added["minutes"], added["price_cents"], added["currency"]) == (1200, 352_800, "EUR")


def test_a_pack_begins_today_where_nothing_else_is_said(desk: CommandLine) -> None:
    pack = desk("pack", "show", "1", "--json").json
    first_day = date.fromisoformat(pack["first_day"])

    assert pack["last_day"] == str(last_day_of_validity(first_day))
    assert pack["bought_on"] == pack["first_day"]
    assert pack["is_valid"] is True


def test_a_pack_that_has_expired_is_listed_still(desk: CommandLine) -> None:
    desk.done("pack", "add", ORGANISATION, "20h", "--first-day", "2020-01-01")

    packs = desk("pack", "list", ORGANISATION, "--json").json

    assert [(pack["name"], pack["remaining_minutes"], pack["is_valid"]) for pack in packs] == [
        ("Pack 20 h", 1200, False),
        ("Pack 10 h", 600, True),
    ]
    assert desk("balance", ORGANISATION, "--json").json["remaining_minutes"] == 600


def test_people_read_the_price_of_a_pack_as_an_amount(desk: CommandLine) -> None:
    shown = desk.done("pack", "show", "1")

    assert "price         1800.00 EUR, excluding VAT\n" in shown
    assert "remaining     10h00\n" in shown


def test_the_balance_is_in_minutes_for_programs_and_in_hours_for_people(desk: CommandLine) -> None:
    assert desk("balance", ORGANISATION, "--json").json == {
        "organisation": ORGANISATION,
        "purchased_minutes": 600,
        "used_minutes": 0,
        "remaining_minutes": 600,
        "reserved_minutes": 0,
        "available_minutes": 600,
        "uncovered_exhausted_minutes": 0,
        "uncovered_unapproved_minutes": 0,
    }
    assert "available             10h00\n" in desk.done("balance", ORGANISATION)
    assert "available             10h00\n" in desk.done("contract", "show", ORGANISATION)


def test_the_ledger_says_who_bought_a_pack_and_how_that_was_proven(desk: CommandLine) -> None:
    desk.done("pack", "add", ORGANISATION, "20h")

    entries = desk("ledger", ORGANISATION, "--json").json

    assert [(entry["kind"], entry["minutes"], entry["balance_minutes"]) for entry in entries] == [
        ("purchase", 600, 600),
        ("purchase", 1200, 1800),
    ]
    assert {(entry["person"], entry["authenticated_by"]) for entry in entries} == {("Paul Girard", "command line")}
    assert desk.done("ledger", ORGANISATION, "--ticket", "7") == "no entry yet\n"


def test_one_of_several_administrators_is_named(desk: CommandLine) -> None:
    desk.done("engineer", "add", "Ana", "ana@support.example.org", "--administrator")

    assert "--by ADDRESS" in desk.refused("pack", "add", ORGANISATION, "10h")
    desk.done("pack", "add", ORGANISATION, "10h", "--by", "ana@support.example.org")

    assert desk("ledger", ORGANISATION, "--json").json[-1]["person"] == "Ana"


def test_an_empty_list_is_a_sentence_for_people_and_an_empty_list_for_programs(nothing: CommandLine) -> None:
    nothing.done("init")

    for words in LISTS:
        assert nothing.done(*words.split()).startswith("no ")
        assert nothing(*words.split(), "--json").json == []


def test_json_of_accents_is_readable(desk: CommandLine) -> None:
    printed = desk.done("org", "list", "--json")

    assert json.loads(printed)[0]["name"] == ORGANISATION
    assert ORGANISATION in printed


REFUSALS = [
    (("org", "show", "Mairie"), f"there is no organisation «Mairie»; known are: «{ORGANISATION}»"),
    (("org", "add", ORGANISATION.upper()), f"there is an organisation «{ORGANISATION}» already"),
    (("org", "add", "Other", "--domain", "Saint-Remy.example.org"), "the domain saint-remy.example.org belongs to"),
    (("org", "add", "Other", "--domain", "gmail.com"), "gmail.com is a public mail provider's domain"),
    (("org", "add", "Other", "--domain", "localhost"), "«localhost» is not a mail domain; write one such as"),
    (("org", "add", " "), "a name is empty"),
    (("contact", "add", "Nobody", "Luc", "luc@example.com"), "there is no organisation «Nobody»"),
    (("contact", "add", ORGANISATION, "Luc", "luc"), "«luc» is not a mail address; write one such as"),
    (("contact", "add", ORGANISATION, "Luc", CAMILLE), f"the address {CAMILLE} is somebody's already"),
    (("contact", "add", ORGANISATION, "Luc", "Camille+x@saint-remy.example.org"), "is somebody's already"),
    (("contact", "add", ORGANISATION, "Luc", "l@example.com", "L+2@example.com"), "l@example.com is given twice"),
    (("contact", "show", PAUL), f"see: mailgate engineer show {PAUL}"),
    (("engineer", "show", CAMILLE), f"see: mailgate contact show {CAMILLE}"),
    (("engineer", "show", "x@example.com"), "nobody here has the address x@example.com"),
    (("engineer", "add", "Ana", "ana@exämple.org"), "is not a mail address"),
    (("contract", "add", ORGANISATION, "--referent", PAUL), f"{PAUL} is not a contact of «{ORGANISATION}»"),
    (("contract", "add", ORGANISATION, "--referent", CAMILLE), "has an active contract already"),
    (("contract", "add", ORGANISATION, "--referent", CAMILLE, "--zone", "Paris"), "«Paris» is not a time zone"),
    (("contract", "add", ORGANISATION, "--referent", CAMILLE, "--currency", "€"), "«€» is not a currency"),
    (("pack", "add", ORGANISATION, "11h"), "the catalogue has no pack «11h»; offered are: 10h, 20h, 100h"),
    (("pack", "add", ORGANISATION, "10h", "--by", CAMILLE), "say with --by ADDRESS which of the administrators acts"),
    (("pack", "show", "7"), "there is no pack 7; see: mailgate pack list"),
]


def content(desk: CommandLine) -> list[str]:
    with closing(sqlite3.connect(desk.folder / "var/mailgate.db")) as connection:
        return list(connection.iterdump())


@pytest.mark.parametrize(("words", "complaint"), REFUSALS, ids=lambda value: " ".join(value)[:60])
def test_a_refusal_says_what_is_wrong_and_changes_nothing(
    desk: CommandLine, words: tuple[str, ...], complaint: str
) -> None:
    before = content(desk)

    assert complaint in desk.refused(*words)

    assert content(desk) == before


def test_without_a_contract_there_is_neither_balance_nor_pack(desk: CommandLine) -> None:
    desk.done("org", "add", "Harbour Office")

    for words in (("balance", "Harbour Office"), ("pack", "add", "Harbour Office", "10h")):
        assert desk.refused(*words) == "«Harbour Office» has no contract; add it with: mailgate contract add"


def test_without_an_administrator_nobody_can_answer_for_a_pack(nothing: CommandLine) -> None:
    nothing.done("init")
    nothing.done("engineer", "add", "Paul Girard", PAUL)
    nothing.done("org", "add", ORGANISATION)
    nothing.done("contact", "add", ORGANISATION, "Camille Martin", CAMILLE)
    nothing.done("contract", "add", ORGANISATION, "--referent", CAMILLE)

    assert "mailgate engineer add NAME ADDRESS --administrator" in nothing.refused("pack", "add", ORGANISATION, "10h")


def test_a_pack_is_in_the_currency_of_its_contract(desk: CommandLine) -> None:
    desk.done("org", "add", "Harbour Office")
    desk.done("contact", "add", "Harbour Office", "Sam Reed", "sam@harbour.example.com")
    desk.done("contract", "add", "Harbour Office", "--referent", "sam@harbour.example.com", "--currency", "gbp")

    assert "is sold in EUR, but the contract of «Harbour Office» is in GBP" in desk.refused(
        "pack", "add", "Harbour Office", "10h"
    )


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("pack", "add", ORGANISATION, "10h", "--first-day", "2026-02-30"), "write one such as 2026-09-22"),
        (("pack", "add", ORGANISATION, "10h", "--bought-on", "22/09/2026"), "write one such as 2026-09-22"),
        (("pack", "add", ORGANISATION, "10h", "--first-day", "9999-12-31"), "write a day of this century"),
        (("engineer", "add", "Ana", "ana@example.org", "--language", "de"), "'de' is not one of 'fr', 'en', 'es'"),
        (("contract", "add", ORGANISATION), "Missing option '--referent'"),
        (("pack", "show", "first"), "Invalid value for 'PACK'"),
        (("org", "lits"), "Did you mean 'list'?"),
    ],
    ids=lambda value: " ".join(value)[:60],
)
def test_wrong_words_are_explained_with_the_status_of_wrong_usage(
    desk: CommandLine, words: tuple[str, ...], complaint: str
) -> None:
    outcome = desk(*words)

    assert (outcome.status, outcome.out) == (2, "")
    assert complaint in outcome.err
    assert "-h' for help" in outcome.err


def test_the_configuration_may_lie_elsewhere(nothing: CommandLine, tmp_path: Path) -> None:
    nothing.done("init", "--config", "some where/desk.toml")

    assert nothing.done("org", "add", ORGANISATION, "-c", "some where/desk.toml") == f"added {ORGANISATION}\n"
    assert (tmp_path / "some where/var/mailgate.db").exists()
