"""Which school years an address of a district may name (DESIGN 3, Years)."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Final

from homeroom.records.district import District
from homeroom.records.school_years import read_school_years

_FRESH_SECONDS: Final = 2.0
# However many unknown years are asked for, the records are read this often at most.
_LEAST_SECONDS: Final = 0.2


class RouteYears:
    """The years that count: those of the district's settings, else those it has as records.

    An address with any other year is not there. A district without one school year answers to all of them,
    so that its years can be loaded through such an address.
    """

    def __init__(self, district: District, *, clock: Callable[[], float] = monotonic) -> None:
        self._district = district
        self._clock = clock
        self._known: frozenset[int] = frozenset()
        self._read_at = float("-inf")

    async def include(self, year: int) -> bool:
        """Whether an address may name the year. Records that another process wrote count after a moment."""
        named = (await self._district.api_settings.current()).route_years
        if named is not None:
            return year in named
        age = self._clock() - self._read_at
        if age > (_FRESH_SECONDS if year in self._known else _LEAST_SECONDS):
            read_at = self._clock()
            self._known = await read_school_years(self._district)
            self._read_at = read_at
        return year in self._known or not self._known
