"""Records by their natural key, as a document spells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias
from uuid import UUID

from homeroom.base.findings import Finding, Place
from homeroom.records.stored import find_uuid
from homeroom.standard.filters import INVALID_FILTER, Filter, FilterValue, parse_filter
from homeroom.standard.model import Resource
from homeroom.web.api.problems import Problem, problem_of_findings
from homeroom.web.api.site import Site

Key: TypeAlias = tuple[tuple[Filter, FilterValue], ...]


def parse_key(site: Site, resource: Resource, sent: Mapping[str, object]) -> Key | Problem:
    """The natural key in a document, of which nothing else is read; all that is wrong with it otherwise."""
    columns = site.district.catalog.kind(resource.name).table.key
    key: list[tuple[Filter, FilterValue]] = []
    findings: list[Finding] = []
    for one in site.filters(resource).values():
        if one.column in columns:
            value = _value(one, sent)
            if isinstance(value, Finding):
                findings.append(value)
            else:
                key.append((one, value))
    return problem_of_findings(findings) if findings else tuple(key)


async def find_by_key(site: Site, resource: Resource, key: Key) -> UUID | None:
    """The id of the record that has the key; None when there is none."""
    values = {one.column: value for one, value in key if one.column is not None}
    return await find_uuid(site.district, resource.name, key=values)


def value_at(path: str, document: object) -> object:
    """The value at a path (`$.schoolReference.schoolId`) of a document or of its JSON; None without one."""
    value = document
    for step in path.removeprefix("$.").split("."):
        value = value.get(step) if isinstance(value, Mapping) else getattr(value, step, None)
    return value


def _value(one: Filter, sent: Mapping[str, object]) -> FilterValue | Finding:
    value = next((found for path in one.paths if (found := value_at(path, sent)) is not None), None)
    if value is None:
        words = f"{one.name[0].upper()}{one.name[1:]} is required."
        return Finding(INVALID_FILTER, words, Place(path=one.paths[0]), "Send every member of the key.")
    return parse_filter(one, str(value))
