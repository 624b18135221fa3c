"""The school year of a route: one database holds all years, and the route narrows it to one (DESIGN 3, Years)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

import msgspec

from homeroom.records.read import PageRequest, Record
from homeroom.records.stored import read_key
from homeroom.standard.documents import Document
from homeroom.standard.filters import Filter
from homeroom.standard.model import Resource
from homeroom.trust.grant import Grant
from homeroom.web.api import problems
from homeroom.web.api.calls import Answer, Call
from homeroom.web.api.keyed import value_at
from homeroom.web.api.problems import Problem
from homeroom.web.api.site import Site

_SCHOOL_YEAR = "schoolyear"


@dataclass(frozen=True, slots=True)
class KeyYear:
    """A route's year over a resource that has a school year in its key."""

    year: int
    filter: Filter

    def fault(self, document: Document) -> Problem | None:
        """What is wrong with the year of a document that is sent."""
        if self._is_in(document):
            return None
        return problems.invalid_data(
            {self.filter.paths[0]: [f"SchoolYear must be {self.year}, the year of the route."]}
        )

    def shows(self, record: Record) -> bool:
        """Whether the record is of the year."""
        return self._is_in(msgspec.json.decode(record.body))

    async def has_stored(self, site: Site, grant: Grant, uuid: UUID) -> bool:
        """Whether the record that is to be changed is of the year."""
        key = await read_key(site.district, grant, uuid)
        return key is not None and key.get(self.filter.name) == self.year

    def _is_in(self, document: object) -> bool:
        # Where several references carry the year they agree, and each but one of them may be absent.
        return any(value_at(path, document) == self.year for path in self.filter.paths)


def key_year(site: Site, resource: Resource, year: int | None) -> KeyYear | None:
    """The year over the resource; None without a year, or where the key has none and it is ignored."""
    if year is None or resource.is_school_year:
        return None
    wanted = site.filters(resource).get(_SCHOOL_YEAR)
    is_key = wanted is not None and wanted.column in site.district.catalog.kind(resource.name).table.key
    return KeyYear(year, wanted) if wanted is not None and is_key else None


def year_of(call: Call) -> KeyYear | None:
    """The year of the call's route over its resource."""
    return key_year(call.site, call.resource, call.year)


def narrow_to_year(call: Call, page: PageRequest) -> PageRequest:
    """The list, narrowed to the route's year where the resource has a year in its key."""
    wanted = year_of(call)
    return page if wanted is None else replace(page, filters=(*page.filters, (wanted.filter, wanted.year)))


async def check_year(call: Call) -> Answer | None:
    """Whether the document is of the route's year."""
    wanted = year_of(call)
    return None if wanted is None else wanted.fault(call.document)


async def check_replaced_year(call: Call) -> Answer | None:
    """Whether the record that a PUT replaces is of the route's year: it is not there otherwise."""
    return await _check_stored(call, call.leave.update, problems.NOTHING_TO_UPDATE)


async def check_deleted_year(call: Call) -> Answer | None:
    """Whether the record to delete is of the route's year."""
    return await _check_stored(call, call.grant, problems.NOTHING_TO_DELETE)


async def _check_stored(call: Call, decision: object, absent: Problem) -> Problem | None:
    wanted = year_of(call)
    if wanted is None or call.uuid is None or not isinstance(decision, Grant):
        return None
    return None if await wanted.has_stored(call.site, decision, call.uuid) else absent
