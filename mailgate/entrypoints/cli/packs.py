"""Packs of prepaid time: pack add, list, show."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from mailgate.entrypoints.cli.organisations import OptionalOrganisationArgument, OrganisationArgument
from mailgate.entrypoints.cli.output import Column, JsonOption, minutes, show_added, show_record, show_rows
from mailgate.entrypoints.cli.session import DEFAULT_CONFIG, ConfigOption, reading, writing

ByOption = Annotated[
    str | None,
    typer.Option("--by", metavar="ADDRESS", help="The address of the administrator who acts, where there are several."),
]


def _price(cents: object) -> str:
    return f"{cents // 100}.{cents % 100:02d}" if isinstance(cents, int) else ""


COLUMNS = (
    Column(key="id", heading="Pack", is_number=True),
    Column(key="organisation", heading="Organisation", folds=True),
    Column(key="name", heading="Name", folds=True),
    Column(key="minutes", heading="Bought", show=minutes, is_number=True),
    Column(key="remaining_minutes", heading="Left", show=minutes, is_number=True),
    Column(key="price_cents", heading="Price", show=_price, is_number=True),
    Column(key="currency", heading=""),
    Column(key="first_day", heading="From"),
    Column(key="last_day", heading="To"),
)

packs = typer.Typer(help="Prepaid time on a contract.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(packs, name="pack")


def _day(written: str) -> date:
    try:
        day = date.fromisoformat(written)
    except ValueError as error:
        raise typer.BadParameter(f"«{written}» is not a day; write one such as 2026-09-22") from error
    if not 2000 <= day.year < 2100:
        raise typer.BadParameter(f"{written} is too far away; write a day of this century")
    return day


@packs.command("add")
def add_pack(
    organisation: OrganisationArgument,
    code: Annotated[str, typer.Argument(metavar="CODE", help="The pack's code in the catalogue, such as 10h.")],
    first_day: Annotated[
        date | None, typer.Option(parser=_day, metavar="DAY", help="The first day of its year; by default today.")
    ] = None,
    bought_on: Annotated[
        date | None, typer.Option(parser=_day, metavar="DAY", help="The day of purchase; by default today.")
    ] = None,
    by: ByOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Add a pack of the catalogue to a contract.

    It is valid one year from its first day. Days are written as 2026-09-22; today is the day in the contract's time
    zone.
    """
    from mailgate.app import catalogue
    from mailgate.services import accounts, reports

    with writing(config) as session:
        item = accounts.item_offered(catalogue(session.config), code)
        contract = accounts.contract_named(session.tx, organisation)
        today = session.now.astimezone(ZoneInfo(contract.zone)).date()
        pack_id = accounts.add_pack(
            session.tx,
            organisation=organisation,
            item=item,
            bought_on=bought_on or today,
            first_day=first_day or today,
            acting_person_id=accounts.acting_administrator(session.tx, by).id,
            now=session.now,
        )
        added = reports.pack_sheet(session.tx, pack_id, session.now)
    sentence = f"added {item.name} to the contract of {contract.organisation_name}, valid until {added['last_day']}"
    show_added(sentence, added, as_json=as_json)


@packs.command("list")
def list_packs(
    organisation: OptionalOrganisationArgument = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List packs with what is left of each."""
    from mailgate.services import reports

    with reading(config) as session:
        rows = reports.pack_rows(session.tx, organisation, session.now)
    show_rows(rows, COLUMNS, as_json=as_json, nothing="no pack yet; add one with: mailgate pack add")


@packs.command("show")
def show_pack(
    pack_id: Annotated[int, typer.Argument(metavar="PACK", help="The pack's number in `mailgate pack list`.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show one pack with what is left of it."""
    from mailgate.services import reports

    with reading(config) as session:
        pack = reports.pack_sheet(session.tx, pack_id, session.now)
    if as_json:
        show_record(pack, as_json=True)
        return
    vat = "VAT included" if pack["vat_included"] else "excluding VAT"
    price = {"price": f"{_price(pack['price_cents'])} {pack['currency']}, {vat}"}
    shown = {key: value for key, value in pack.items() if key not in {"price_cents", "currency", "vat_included"}}
    show_record(shown | price, as_json=False)
