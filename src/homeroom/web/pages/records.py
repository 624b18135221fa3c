"""Finding records: the resources by heading, and each one's list with filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec
from starlette.responses import Response

from homeroom.base.findings import Finding
from homeroom.records.read import PageRequest, RecordPage, read_page
from homeroom.standard.classify import ClassificationTable
from homeroom.standard.filters import Filter, FilterValue, filters_of, parse_filter
from homeroom.standard.model import Model, Resource
from homeroom.trust.grant import Action, Grant
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.fields import Members, short_text, value_at
from homeroom.web.pages.forms import Form, parse_position
from homeroom.web.pages.record import find_resource
from homeroom.web.pages.resource_groups import group_of, group_order
from homeroom.web.pages.visits import MemberVisit

_PAGE: Final = 50
_MOST_COLUMNS: Final = 6
_NAMES: Final = ("firstName", "lastSurname", "nameOfInstitution", "sectionName", "courseTitle", "title")
"""Members that tell a person what a record is when its key does not."""


@dataclass(frozen=True, slots=True)
class ResourceChoice:
    """A resource that the reader may list."""

    label: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class ResourcesPage:
    """groups: heading and its resources, by label."""

    groups: Sequence[tuple[str, Sequence[ResourceChoice]]]


@dataclass(frozen=True, slots=True)
class FilterField:
    """A filter of the form, as it was sent. is_unusable: its value is not of the filter's type."""

    name: str
    label: str
    value: str
    is_unusable: bool


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record of the list; cells: in the order of the page's columns."""

    address: str
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class RecordsPage:
    """total: of all that fit, from the page's first on. next_id: where the next page begins, None at the end.

    is_first: no page came before. is_filtered: some filter holds a value.
    """

    label: str
    name: str
    address: str
    filters: Sequence[FilterField]
    columns: Sequence[str]
    lines: Sequence[RecordLine]
    total: int
    next_id: int | None
    is_first: bool
    is_filtered: bool


async def show_resources(visit: MemberVisit) -> Response:
    """Every resource that the reader may list."""
    model, classification = visit.district.catalog.model, visit.district.sealing.classification
    found: dict[str, list[ResourceChoice]] = {}
    for resource in model.documents:
        if isinstance(visit.decide_any(Action.READ, resource.name), Grant):
            label = classification.of(resource.name, "$").label
            choice = ResourceChoice(label, resource.name, f"/records{resource.path}")
            found.setdefault(group_of(resource.name), []).append(choice)
    groups = [(n, sorted(found[n], key=lambda c: c.label)) for n in group_order() if n in found]
    return visit.render("resources.html", ResourcesPage(groups))


async def show_list(visit: MemberVisit) -> Response:
    """One page of a resource's records; a search comes as a form, so that its values are in no address."""
    resource = find_resource(visit)
    grant = visit.decide_any(Action.READ, resource.name) if resource else None
    if resource is None or not isinstance(grant, Grant):
        return answer_absent(visit)
    classification = visit.district.sealing.classification
    offered = _offered_filters(visit.district.catalog.model, resource, grant)
    fields, wanted = _parse_filters(classification, resource, offered, visit.form)
    first_id = parse_position(visit.form.text("first") or visit.request.query_params.get("first", ""))
    request = PageRequest(limit=_PAGE, filters=wanted, first_id=first_id, wants_total=True)
    is_unusable = any(field.is_unusable for field in fields)
    found = RecordPage(total=0) if is_unusable else await read_page(visit.district, grant, wanted=request)
    columns = _columns(resource, grant)
    page = RecordsPage(
        label=classification.of(resource.name, "$").label,
        name=resource.name,
        address=f"/records{resource.path}",
        filters=fields,
        columns=[_label(classification, resource, paths[0]) for paths in columns],
        lines=[_line(resource, columns, body) for body in found.bodies],
        total=found.total or 0,
        next_id=found.last_id + 1 if found.last_id and len(found.bodies) < (found.total or 0) else None,
        is_first=first_id is None,
        is_filtered=bool(wanted),
    )
    return visit.render("records.html", page, status=400 if is_unusable else 200)


def _offered_filters(model: Model, resource: Resource, grant: Grant) -> Mapping[str, Filter]:
    """By the members of the key, and by the names a person goes by; none that the reader may not see."""
    keys = {path for part in resource.key for path in part.paths}
    wanted = keys | {f"$.{name}" for name in _NAMES}
    return {
        f.name: f
        for f in filters_of(model, resource).values()
        if wanted.intersection(f.paths) and not any(_root(path) in grant.hidden for path in f.paths)
    }


def _parse_filters(
    classification: ClassificationTable, resource: Resource, offered: Mapping[str, Filter], form: Form
) -> tuple[Sequence[FilterField], tuple[tuple[Filter, FilterValue], ...]]:
    fields, wanted = [], []
    for name, one in offered.items():
        text = form.text(name)
        value = parse_filter(one, text) if text else None
        label = _label(classification, resource, one.paths[0])
        fields.append(FilterField(name, label, text, isinstance(value, Finding)))
        if value is not None and not isinstance(value, Finding):
            wanted.append((one, value))
    return fields, tuple(wanted)


def _columns(resource: Resource, grant: Grant) -> Sequence[Sequence[str]]:
    """Paths of the columns, of which the first present one counts: names first, then the key."""
    names = [(f"$.{name}",) for name in _NAMES if name in resource.properties_by_name]
    keys = [part.paths for part in resource.key]
    shown = [paths for paths in (*names, *keys) if not any(_root(path) in grant.hidden for path in paths)]
    return list(dict.fromkeys(shown))[:_MOST_COLUMNS]


def _line(resource: Resource, columns: Sequence[Sequence[str]], body: str) -> RecordLine:
    members: Members = msgspec.json.decode(body)
    cells = [_cell(members, paths) for paths in columns]
    return RecordLine(f"/records{resource.path}/{UUID(str(members['id']))}", cells)


def _cell(members: Members, paths: Sequence[str]) -> str:
    value = value_at(members, paths)
    return "" if value is None else short_text(value)


def _label(classification: ClassificationTable, resource: Resource, path: str) -> str:
    return classification.of(resource.name, path).label


def _root(path: str) -> str:
    return path.removeprefix("$.").partition(".")[0].removesuffix("[*]")
