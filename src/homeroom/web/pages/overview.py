"""The district's home: what is loaded, how fresh it is, what failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from starlette.responses import Response

from homeroom.ingest.loading.report import LoadReport, parse_report
from homeroom.records.views.overview import BatchLine, Cause, Overview, read_overview
from homeroom.standard.classify import ClassificationTable
from homeroom.standard.model import Model
from homeroom.trust.areas import Area
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.resource_groups import group_of, group_order
from homeroom.web.pages.visits import MemberVisit


@dataclass(frozen=True, slots=True)
class ResourceLine:
    """One resource that holds something. address: of its list. is_estimate: records is about how many."""

    label: str
    name: str
    address: str
    records: int
    is_estimate: bool
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """One heading with its resources; records, is_estimate and modified_at over all of them."""

    name: str
    lines: Sequence[ResourceLine]
    records: int
    is_estimate: bool
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Load:
    """One load. batch: as it is stored. report: its own counts, None while it runs or when it was killed."""

    batch: BatchLine
    report: LoadReport | None


@dataclass(frozen=True, slots=True)
class CauseLine:
    """A cause of rows that wait. label: of the resource at fault; resources: labels of the rows that wait."""

    cause: Cause
    label: str
    resources: Sequence[str]


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """groups: what is loaded, by heading; empty for a new district. records: in all, of so many resources;
    is_estimate: about so many, as large tables are not counted.

    modified_at: the newest change of all, None when there is none. waiting: rows that could not be loaded.
    name: what the district calls itself, None until that is loaded. standard: the version of Ed-Fi's.
    read_at: when all this was counted.
    """

    district: str
    name: str | None
    standard: str
    groups: Sequence[Group]
    records: int
    is_estimate: bool
    resources: int
    modified_at: datetime | None
    loads: Sequence[Load]
    causes: Sequence[CauseLine]
    waiting: int
    read_at: datetime


async def show_overview(visit: MemberVisit) -> Response:
    """Counts everything, once."""
    leave = visit.leave_for(Area.DISTRICT)
    overview = await read_overview(visit.district, leave) if leave else None
    if overview is None:
        return answer_absent(visit)
    return visit.render("overview.html", _page(visit, overview))


def _page(visit: MemberVisit, overview: Overview) -> OverviewPage:
    groups = group_lines(visit.district.catalog.model, visit.district.sealing.classification, overview)
    return OverviewPage(
        district=visit.district.name,
        name=overview.name,
        standard=visit.district.entry.standard,
        groups=groups,
        records=sum(g.records for g in groups),
        is_estimate=any(g.is_estimate for g in groups),
        resources=sum(len(g.lines) for g in groups),
        modified_at=max((g.modified_at for g in groups), default=None),
        loads=[_load(batch) for batch in overview.batches],
        causes=[_cause(visit.district.sealing.classification, cause) for cause in overview.causes],
        waiting=sum(cause.rows for cause in overview.causes),
        read_at=visit.now,
    )


def group_lines(model: Model, classification: ClassificationTable, overview: Overview) -> Sequence[Group]:
    """The counts under their headings, all in order; without school years, which come with the standard."""
    found: dict[str, list[ResourceLine]] = {}
    for count in overview.counts:
        resource = model.resources[count.resource]
        if resource.is_school_year:
            continue
        line = ResourceLine(
            classification.of(count.resource, "$").label,
            count.resource,
            f"/records{resource.path}",
            count.records,
            count.is_estimate,
            count.modified_at,
        )
        found.setdefault(group_of(count.resource), []).append(line)
    return [_group(name, found[name]) for name in group_order() if name in found]


def _group(name: str, lines: Sequence[ResourceLine]) -> Group:
    ordered = sorted(lines, key=lambda line: line.label)
    return Group(
        name,
        ordered,
        sum(x.records for x in lines),
        any(x.is_estimate for x in lines),
        max(x.modified_at for x in lines),
    )


def _load(batch: BatchLine) -> Load:
    try:
        return Load(batch, parse_report(batch.report))
    except msgspec.ValidationError:
        return Load(batch, None)


def _cause(classification: ClassificationTable, cause: Cause) -> CauseLine:
    labels = sorted(classification.of(resource, "$").label for resource in cause.resources)
    at_fault = classification.of(cause.resource, "$").label if cause.resource else ""
    return CauseLine(cause, at_fault, labels)
