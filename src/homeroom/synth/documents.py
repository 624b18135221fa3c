"""The shape of what the generator gives: API documents, descriptor values, and reference members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeAlias

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json]"
Document: TypeAlias = Mapping[str, Json]


class Record(NamedTuple):
    """One document and the name of its resource, such as `StudentSchoolAssociation`."""

    resource: str
    document: Document


def descriptor(kind: str, code_value: str) -> str:
    """A descriptor value as a document carries it; kind is the type without the word Descriptor."""
    return f"uri://ed-fi.org/{kind}Descriptor#{code_value}"


def render_date(day: date) -> str:
    """The day as the API writes it (yyyy-MM-dd)."""
    return day.isoformat()


def grade_level(grade: int) -> str:
    """The GradeLevelDescriptor value of a grade, 0 for Kindergarten to 12."""
    return descriptor("GradeLevel", _GRADE_LEVELS[grade])


_GRADE_LEVELS = (
    "Kindergarten",
    "First grade",
    "Second grade",
    "Third grade",
    "Fourth grade",
    "Fifth grade",
    "Sixth grade",
    "Seventh grade",
    "Eighth grade",
    "Ninth grade",
    "Tenth grade",
    "Eleventh grade",
    "Twelfth grade",
)


def school_reference(school_id: int) -> Document:
    """The `schoolReference` member."""
    return {"schoolId": school_id}


def education_organization_reference(education_organization_id: int) -> Document:
    """The `educationOrganizationReference` member; any kind of education organization."""
    return {"educationOrganizationId": education_organization_id}


def school_year_reference(school_year: int) -> Document:
    """The `schoolYearTypeReference` member; the school year is named by its ending year."""
    return {"schoolYear": school_year}


def student_reference(student_unique_id: str) -> Document:
    """The `studentReference` member."""
    return {"studentUniqueId": student_unique_id}


def staff_reference(staff_unique_id: str) -> Document:
    """The `staffReference` member."""
    return {"staffUniqueId": staff_unique_id}
