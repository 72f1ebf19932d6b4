"""Durations, dates, money and sizes as people of each language write them.

Babel knows the languages; where its forms are not what a native writes in prepaid time (it rounds 2 h 15 to «2 heures»
and calls 40 h «2 jours»), the table here does. Every number keeps to its unit by a no-break space. Not here: reading
what people write (`domain/durations.py`), and plurals, which the templates know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, get_timezone_location
from babel.numbers import format_currency, format_decimal, get_currency_precision
from babel.units import format_unit

from mailgate.domain.people import Language

NO_BREAK = "\u00a0"
MINUS = "\u2212"
SHOWN_AGAIN = 1_000  # days and moments that are kept: the notices of an hour name few


@dataclass(frozen=True, slots=True, kw_only=True)
class Customs:
    """What one language does in its own way; `{}` are filled in by the functions below."""

    locale: Locale
    hours_and_minutes: str
    moment: str
    place: str
    place_before_vowel: str


#: English means British English: day before month, 24 hours.
CUSTOMS: dict[Language, Customs] = {
    Language.FR: Customs(
        locale=Locale("fr"),
        hours_and_minutes="{hours} h {minutes:02}",
        moment="{day} à {time}",
        place="(heure de {city})",
        place_before_vowel="(heure d’{city})",
    ),
    Language.EN: Customs(
        locale=Locale("en", "GB"),
        hours_and_minutes="{hours} h {minutes} min",
        moment="{day} at {time}",
        place="({city} time)",
        place_before_vowel="({city} time)",
    ),
    Language.ES: Customs(
        locale=Locale("es"),
        hours_and_minutes="{hours} h {minutes} min",
        moment="{day} a {article} {time}",
        place="(hora de {city})",
        place_before_vowel="(hora de {city})",
    ),
}


def duration(minutes: int, language: Language) -> str:
    """Return a duration in hours and minutes, never days: «2 h 15» in French, «2 h 15 min» elsewhere."""
    customs = CUSTOMS[language]
    hours, rest = divmod(abs(minutes), 60)
    grouped = format_decimal(hours, locale=customs.locale)
    if hours and rest:
        shown = customs.hours_and_minutes.format(hours=grouped, minutes=rest)
    elif hours:
        shown = f"{grouped} h"
    else:
        shown = f"{rest} min"
    return (MINUS if minutes < 0 else "") + shown.replace(" ", NO_BREAK)


def money(cents: int, currency: str, language: Language) -> str:
    """Return an amount, given in the smallest unit of an ISO 4217 currency: 180000 EUR → «1 800,00 €»."""
    amount = Decimal(cents).scaleb(-get_currency_precision(currency))
    return format_currency(amount, currency, locale=CUSTOMS[language].locale).replace("-", MINUS)


@lru_cache(maxsize=SHOWN_AGAIN)
def day(value: date, language: Language) -> str:
    """Return a calendar day with its weekday: «mercredi 25 novembre 2026».

    Raises TypeError for a datetime, whose day depends on a zone; `moment` takes one.
    """
    if isinstance(value, datetime):
        raise TypeError("day() takes a calendar day, not a datetime")
    shown = format_date(value, format="full", locale=CUSTOMS[language].locale)
    if language is Language.FR:
        shown = re.sub(r"\b1 ", "1er ", shown, count=1)  # the first of a month is an ordinal in French
    return re.sub(r"(\d(?:er)?) ", rf"\1{NO_BREAK}", shown)


@lru_cache(maxsize=SHOWN_AGAIN)
def moment(value: datetime, language: Language, zone: str) -> str:
    """Return weekday, date and time in an IANA zone, and the zone's city: «… à 13:00 (heure de Paris)».

    Raises ValueError for a naive datetime.
    """
    if value.tzinfo is None:
        raise ValueError("moment() takes an aware datetime")
    customs = CUSTOMS[language]
    local = value.astimezone(ZoneInfo(zone))
    shown = customs.moment.format(
        day=day(local.date(), language), time=f"{local:%H:%M}", article="la" if local.hour == 1 else "las"
    )
    return f"{shown} {_place(zone, customs)}"


def _place(zone: str, customs: Customs) -> str:
    city = get_timezone_location(ZoneInfo(zone), locale=customs.locale, return_city=True)
    if city == "UTC":
        return "(UTC)"
    pattern = customs.place_before_vowel if city[0] in "AEIOUYÂÉÈÊÎÔ" else customs.place
    return pattern.format(city=city)


def size(octets: int, language: Language) -> str:
    """Return the size of a file, in the unit that a file manager would take: «1,5 Mo», «1.5 MB»."""
    locale = CUSTOMS[language].locale
    if octets < 1_000_000:
        return format_unit(-(-octets // 1000), "digital-kilobyte", "short", locale=locale).replace(" ", NO_BREAK)
    megabytes = (Decimal(octets) / 1_000_000).quantize(Decimal("0.1"))
    return format_unit(megabytes, "digital-megabyte", "short", locale=locale).replace(" ", NO_BREAK)
