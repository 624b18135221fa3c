"""Which texts of a file the district knows: as numbers of its students, staff, schools, classes and courses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from homeroom.records.district import District
from homeroom.records.views.granted import Grants, View, ask_view

KNOWN_VALUES: Final = View(
    "known_values",
    subject="Student",
    members={
        "Student": frozenset({"studentUniqueId"}),
        "Staff": frozenset({"staffUniqueId"}),
        "Section": frozenset({"sectionIdentifier"}),
        "School": frozenset({"schoolId", "nameOfInstitution"}),
        "CourseOffering": frozenset({"localCourseCode"}),
    },
    needed=frozenset({"Student"}),
)


async def find_known_values(
    district: District, *, grants: Grants, texts: Sequence[str]
) -> Mapping[str, frozenset[str]]:
    """Those of the texts that are known, by kind: students, staff, sections, schools, school_names, courses."""
    rows = await ask_view(district, KNOWN_VALUES, grants=grants, values=(list(texts),))
    found: dict[str, set[str]] = {}
    for kind, value in rows:
        found.setdefault(kind, set()).add(value)
    return {kind: frozenset(values) for kind, values in found.items()}
