"""A section's page: its students with absences, lates, marks, assignments and tests."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response

from homeroom.records.views.granted import decide_view
from homeroom.records.views.section_progress import (
    SECTION_PROGRESS,
    Origin,
    SectionProgress,
    StudentProgress,
    read_section_progress,
)
from homeroom.standard.model import Model
from homeroom.trust.grant import Refusal
from homeroom.trust.purposes import Purpose
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.visits import MemberVisit

_LAST: Final = (1, 0)
"""After everything that has a value."""


def _by_name(student: StudentProgress) -> tuple[str, str]:
    return _folded(student.last_surname), _folded(student.first_name)


def _folded(name: str) -> str:
    """For ordering: Cárdenas stands with Cardenas, not after Cz."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))


def _by_mark(student: StudentProgress) -> tuple[int, float]:
    """The lowest percent first; without a number last."""
    percent = student.marks[0].percent if student.marks else None
    return _LAST if percent is None else (0, float(percent))


def _by_work(student: StudentProgress) -> tuple[int, float]:
    work = student.latest_work
    if work is None or work.points is None or not work.most:
        return _LAST
    return 0, float(work.points / work.most)


def _by_test(student: StudentProgress) -> tuple[int, float]:
    score = student.tests[0].score if student.tests else None
    try:
        return (0, float(score)) if score else _LAST
    except ValueError:
        return _LAST


# What the table can be ordered by; where more is of more concern, the most comes first.
ORDERS: Final[Mapping[str, Callable[[StudentProgress], Any]]] = {
    "name": _by_name,
    "absences": lambda s: -s.days_absent,
    "lates": lambda s: -s.times_late,
    "mark": _by_mark,
    "work": _by_work,
    "missing": lambda s: -len(s.missing_work),
    "test": _by_test,
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where the figures of one column come from: files or clients, and the newest day they tell of."""

    column: str
    files: Sequence[str]
    newest_on: date | None


@dataclass(frozen=True, slots=True)
class SectionPage:
    """students: in the order asked for. address: of this page. withheld: resources the role may not read.

    sources: one for each column. today: the day of the page; record_address: of a figure's own record.
    """

    section: SectionProgress
    students: Sequence[StudentProgress]
    order: str
    address: str
    withheld: Sequence[str]
    sources: Sequence[Source]
    today: date
    record_address: Callable[[Origin], str]


async def show_section(visit: MemberVisit) -> Response:
    """The section, if it is the reader's to see; else the same answer as if there were none."""
    grants = decide_view(
        lambda action, resource: visit.decide(action, resource, purpose=Purpose.INSTRUCTION), SECTION_PROGRESS
    )
    if isinstance(grants, Refusal):
        return answer_absent(visit)
    uuid: UUID = visit.request.path_params["section"]
    section = await read_section_progress(visit.district, grants=grants, section=uuid, today=visit.today)
    if section is None:
        return answer_absent(visit)
    asked = visit.request.query_params.get("order", "name")
    order = asked if asked in ORDERS else "name"
    students = sorted(sorted(section.students, key=_by_name), key=ORDERS[order])
    page = SectionPage(
        section=section,
        students=students,
        order=order,
        address=f"/sections/{uuid}",
        withheld=sorted(SECTION_PROGRESS.members.keys() - grants.keys()),
        sources=_sources(section.students),
        today=visit.today,
        record_address=lambda origin: record_address(visit.district.catalog.model, origin),
    )
    return visit.render("section.html", page)


def record_address(model: Model, origin: Origin) -> str:
    """Of the page of the record that a figure rests on."""
    return f"/records{model.resources[origin.resource].path}/{origin.uuid}"


def _sources(students: Sequence[StudentProgress]) -> Sequence[Source]:
    columns: Mapping[str, Callable[[StudentProgress], Sequence[Any]]] = {
        "absences": lambda s: s.absences,
        "lates": lambda s: s.lates,
        "mark": lambda s: s.marks,
        "work": lambda s: (*s.missing_work, *([s.latest_work] if s.latest_work else [])),
        "test": lambda s: s.tests,
    }
    return [_source(name, [fact for s in students for fact in facts(s)]) for name, facts in columns.items()]


def _source(column: str, facts: Sequence[Any]) -> Source:
    files = sorted({fact.file or fact.client for fact in facts} - {None})
    return Source(column, files, max((fact.day for fact in facts if fact.day), default=None))
