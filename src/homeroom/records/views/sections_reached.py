"""The sections a reader may open: those taught, or those of the schools looked after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from homeroom.records.district import District
from homeroom.records.views.granted import Grants, View, ask_view

SECTIONS_REACHED: Final = View(
    "sections_reached",
    subject="Section",
    members={
        "Section": frozenset(
            {
                "sectionIdentifier",
                "sectionName",
                "courseOfferingReference",
                "locationReference",
                "classPeriods",
            }
        ),
        "StudentSectionAssociation": frozenset({"studentReference", "sectionReference", "endDate"}),
    },
    needed=frozenset({"Section"}),
)


@dataclass(frozen=True, slots=True)
class SectionLine:
    """One section. class_periods, room: None when the timetable has none. students: on the roster today."""

    uuid: UUID
    identifier: str
    name: str | None
    course: str | None
    session: str
    school_year: int
    begins_on: date
    ends_on: date
    school: str
    room: str | None
    class_periods: str | None
    students: int

    @property
    def title(self) -> str:
        """What a person calls it."""
        return self.name or self.course or self.identifier


async def read_sections(
    district: District, *, grants: Grants, today: date, limit: int, after: UUID | None = None
) -> Sequence[SectionLine]:
    """A page of the sections, those of running terms first. after: the last one of the page before."""
    rows = await ask_view(district, SECTIONS_REACHED, grants=grants, values=(today, limit, after))
    return [SectionLine(*row) for row in rows]
