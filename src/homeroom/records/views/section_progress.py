"""How the students of one section stand: one statement, one ledger entry that lists them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from homeroom.records.district import District
from homeroom.records.views.granted import Grants, View, ask_view

_Fact = TypeVar("_Fact", bound="Origin")
_ATTENDANCE: Final = frozenset({"studentReference", "eventDate", "attendanceEventCategoryDescriptor"})
SECTION_PROGRESS: Final = View(
    "section_progress",
    subject="Student",
    members={
        "Section": frozenset(
            {"sectionIdentifier", "sectionName", "courseOfferingReference", "locationReference"}
        ),
        "StudentSectionAssociation": frozenset(
            {"studentReference", "sectionReference", "beginDate", "endDate"}
        ),
        "Student": frozenset({"firstName", "lastSurname", "preferredFirstName", "preferredLastSurname"}),
        "StudentSchoolAttendanceEvent": _ATTENDANCE | {"schoolReference", "sessionReference"},
        "StudentSectionAttendanceEvent": _ATTENDANCE | {"sectionReference"},
        "Grade": frozenset(
            {
                "letterGradeEarned",
                "numericGradeEarned",
                "gradeTypeDescriptor",
                "currentGradeAsOfDate",
                "gradingPeriodReference",
                "studentSectionAssociationReference",
            }
        ),
        "GradebookEntry": frozenset({"title", "dueDate", "dateAssigned", "maxPoints", "sectionReference"}),
        "StudentGradebookEntry": frozenset(
            {
                "pointsEarned",
                "numericGradeEarned",
                "letterGradeEarned",
                "submissionStatusDescriptor",
                "studentReference",
                "gradebookEntryReference",
            }
        ),
        "StudentAssessment": frozenset(
            {
                "administrationDate",
                "scoreResults",
                "performanceLevels",
                "studentReference",
                "assessmentReference",
            }
        ),
    },
    needed=frozenset({"Section", "StudentSectionAssociation", "Student"}),
)

# Code values of Ed-Fi's AttendanceEventCategoryDescriptor and SubmissionStatusDescriptor (5.2 and 6.1). A day
# left early or partly missed counts as neither absent nor late.
ABSENT: Final = ("Excused Absence", "Unexcused Absence")
UNEXCUSED: Final = "Unexcused Absence"
LATE: Final = ("Tardy",)
MISSING: Final = ("Not Submitted",)


class Origin(msgspec.Struct, frozen=True):
    """Where a figure comes from: the record, and the file and line or the client that brought it."""

    uuid: UUID
    resource: str
    file: str | None
    client: str | None
    line: int | None


class AttendanceFact(Origin, frozen=True):
    """An absence or late arrival. kind: a descriptor's code value. in_class: at this class, not at school."""

    day: date
    kind: str
    in_class: bool


class MarkFact(Origin, frozen=True):
    """One mark in this section. percent: 0..100 where numbers are given; day: up to which work counted."""

    day: date
    kind: str
    period: str
    letter: str | None
    percent: Decimal | None


class WorkFact(Origin, frozen=True):
    """One assignment and what the student got. points of most; or a percent or letter; none when missing."""

    day: date
    title: str
    points: Decimal | None
    most: Decimal | None
    percent: Decimal | None
    letter: str | None


class TestFact(Origin, frozen=True):
    """One test in the course's subject. score, level: as the test reports them, None when it does not."""

    day: date | None
    title: str
    score: str | None
    level: str | None


@dataclass(frozen=True, slots=True)
class StudentProgress:
    """One student of the section; every list is the newest first."""

    uuid: UUID
    first_name: str
    last_surname: str
    begins_on: date
    absences: tuple[AttendanceFact, ...]
    lates: tuple[AttendanceFact, ...]
    marks: tuple[MarkFact, ...]
    latest_work: WorkFact | None
    missing_work: tuple[WorkFact, ...]
    tests: tuple[TestFact, ...]

    @property
    def days_absent(self) -> int:
        """School days missed in whole or, where a class takes its own roll, missed in this class."""
        return len({fact.day for fact in self.absences})

    @property
    def days_unexcused(self) -> int:
        """Days of `days_absent` without an excuse."""
        return len({fact.day for fact in self.absences if fact.kind == UNEXCUSED})

    @property
    def times_late(self) -> int:
        """Late arrivals at school and at this class."""
        return len(self.lates)


@dataclass(frozen=True, slots=True)
class SectionProgress:
    """One section and its students, by name. name, course, room: None when not given."""

    identifier: str
    name: str | None
    course: str | None
    session: str
    school_year: int
    begins_on: date
    ends_on: date
    school: str
    room: str | None
    students: tuple[StudentProgress, ...]


async def read_section_progress(
    district: District, *, grants: Grants, section: UUID, today: date
) -> SectionProgress | None:
    """The section as its reader may see it; None when there is none, or none the reader may know of."""
    values = (section, today, list(ABSENT), list(LATE), list(MISSING))
    rows = await ask_view(district, SECTION_PROGRESS, grants=grants, values=values)
    if not rows:
        return None
    students = tuple(_student(row) for row in rows if row["uuid"] is not None)
    first = rows[0]
    return SectionProgress(
        identifier=first["section_identifier"],
        name=first["section_name"],
        course=first["local_course_title"],
        session=first["session_name"],
        school_year=first["school_year"],
        begins_on=first["term_begins_on"],
        ends_on=first["term_ends_on"],
        school=first["name_of_institution"],
        room=first["room"],
        students=students,
    )


def _student(row: Any) -> StudentProgress:
    return StudentProgress(
        row["uuid"],
        row["first_name"],
        row["last_surname"],
        row["begin_date"],
        _decode(row["absent"], AttendanceFact),
        _decode(row["late"], AttendanceFact),
        _decode(row["marks"], MarkFact),
        _decode_one(row["latest"], WorkFact),
        _decode(row["missing"], WorkFact),
        tuple(_test(found) for found in _decode(row["tests"], _StoredTest)),
    )


class _Score(msgspec.Struct, frozen=True):
    result: str


class _Level(msgspec.Struct, frozen=True):
    performance_level: str = msgspec.field(name="performanceLevelDescriptor")


class _StoredTest(Origin, frozen=True):
    day: date | None
    title: str
    scores: tuple[_Score, ...] | None = None
    levels: tuple[_Level, ...] | None = None


def _test(stored: _StoredTest) -> TestFact:
    score = stored.scores[0].result if stored.scores else None
    level = stored.levels[0].performance_level.rpartition("#")[2] if stored.levels else None
    origin = (stored.uuid, stored.resource, stored.file, stored.client, stored.line)
    return TestFact(*origin, day=stored.day, title=stored.title, score=score, level=level)


def _decode(text: str | None, kind: type[_Fact]) -> tuple[_Fact, ...]:
    return tuple(msgspec.json.decode(text, type=list[kind])) if text else ()  # type: ignore[valid-type]  # made at run time


def _decode_one(text: str | None, kind: type[_Fact]) -> _Fact | None:
    return msgspec.json.decode(text, type=kind) if text else None
