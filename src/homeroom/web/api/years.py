"""The school year of a route: one database holds all years, and the route narrows it to one (DESIGN 3, Years)."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from homeroom.records.read import PageRequest, Record
from homeroom.standard.filters import Filter
from homeroom.web.api import problems
from homeroom.web.api.calls import Answer, Call

_SCHOOL_YEAR = "schoolyear"


def narrow_to_year(call: Call, page: PageRequest) -> PageRequest:
    """The list, narrowed to the route's year where the resource has a year in its key."""
    wanted = _year_in_key(call)
    return page if wanted is None else replace(page, filters=(*page.filters, (wanted, call.year)))


def is_of_year(call: Call, record: Record) -> bool:
    """Whether the record stands in the route's year, or in none."""
    wanted = _year_in_key(call)
    if wanted is None:
        return True
    value: object = msgspec.json.decode(record.body)
    for step in _steps(wanted):
        value = value.get(step) if isinstance(value, dict) else None
    return value == call.year


async def check_year(call: Call) -> Answer | None:
    """Whether the document is of the route's year."""
    wanted = _year_in_key(call)
    if wanted is None:
        return None
    value: object = call.document
    for step in _steps(wanted):
        value = getattr(value, step, None)
    if value == call.year:
        return None
    return problems.invalid_data(
        {wanted.paths[0]: [f"SchoolYear must be {call.year}, the year of the route."]}
    )


def _year_in_key(call: Call) -> Filter | None:
    if call.year is None or call.resource.is_school_year:
        return None
    wanted = call.site.filters(call.resource).get(_SCHOOL_YEAR)
    return wanted if wanted is not None and wanted.column in call.kind.table.key else None


def _steps(wanted: Filter) -> list[str]:
    return wanted.paths[0].removeprefix("$.").split(".")
