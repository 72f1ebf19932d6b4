"""Public holidays of a country or region and the company's own closures, as the closed days of a calendar.

The only importer of the `holidays` package. Years are computed when they are first asked for. Not here: opening hours
and deadlines (`domain/calendar.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import holidays

from mailgate.errors import ConfigurationError

# The names of the holidays are not used. A language is given all the same, since the package would otherwise take
# the one of the process's environment.
_LANGUAGE = "en_US"


class PublicHolidays:
    """The days on which nobody works: `day in PublicHolidays(country="FR")`, for a day of any year.

    `country` is an ISO 3166-1 code, `subdivision` the part after the hyphen of an ISO 3166-2 code (`57` for the
    Moselle) or empty. Raises ConfigurationError for a country or subdivision that the package does not know.
    """

    def __init__(self, *, country: str, subdivision: str = "", closures: Iterable[date] = ()) -> None:
        self._country = country
        self._subdivision = subdivision or None
        self._closures = frozenset(closures)
        self._by_year: dict[int, frozenset[date]] = {}
        try:
            self._compute()
        except NotImplementedError as error:
            raise ConfigurationError(
                f"no public holidays are known for country {country!r}, subdivision {subdivision!r}: "
                "write an ISO 3166 code, such as FR, or FR and 57"
            ) from error

    def __contains__(self, day: object) -> bool:
        """Tell whether that local day is closed.

        Raises TypeError for a moment: which day it falls on depends on the zone, and the caller has to decide that.
        """
        if not isinstance(day, date) or isinstance(day, datetime):
            raise TypeError("a calendar day is expected, not a moment")
        # A year enters the table complete, so that threads may ask at the same time.
        if day.year not in self._by_year:
            self._by_year[day.year] = self._compute(day.year)
        return day in self._closures or day in self._by_year[day.year]

    def _compute(self, *years: int) -> frozenset[date]:
        return frozenset(
            holidays.country_holidays(
                self._country, subdiv=self._subdivision, years=years, expand=False, language=_LANGUAGE
            )
        )
