"""The fall interim assessment: what it measures, its scale and levels, and who scored what on which day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from homeroom.synth.attendance import Attendance
from homeroom.synth.chance import chance_for
from homeroom.synth.curriculum import LANGUAGE_ARTS, MATHEMATICS
from homeroom.synth.school_year import SchoolYear
from homeroom.synth.students import Student

SCALE_MINIMUM, SCALE_MAXIMUM = 200, 400


@dataclass(frozen=True, slots=True)
class Assessment:
    """One test; subject is a code value of AcademicSubjectDescriptor."""

    code: str
    title: str
    subject: str
    grades: tuple[int, ...]
    namespace: str = "uri://willowcreek.example/assessment"

    def identifier_in(self, school_year: int) -> str:
        """The identifier of the year's edition."""
        return f"{self.code}-{school_year}"


@dataclass(frozen=True, slots=True)
class Level:
    """A performance level and its scale scores, both ends included."""

    code_value: str
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Result:
    """One student's scale score in one test."""

    student: Student
    assessment: Assessment
    taken_on: date
    scale_score: int

    @property
    def level(self) -> Level:
        """The performance level the score reaches."""
        return next(level for level in LEVELS if level.minimum <= self.scale_score <= level.maximum)


ASSESSMENTS = (
    Assessment("FALL-INTERIM-READING", "Fall Interim Reading", LANGUAGE_ARTS, tuple(range(2, 11))),
    Assessment("FALL-INTERIM-MATH", "Fall Interim Mathematics", MATHEMATICS, tuple(range(2, 11))),
)
LEVELS = (
    Level("Below Basic", SCALE_MINIMUM, 279),
    Level("Basic", 280, 304),
    Level("Proficient", 305, 334),
    Level("Advanced", 335, SCALE_MAXIMUM),
)
_SCALE_MEAN, _SCALE_SPREAD = 304, 26


def window_of(year: SchoolYear) -> tuple[date, date]:
    """The two weeks in which the tests are given, from the seventh Monday of the year."""
    first = year.begins_on + timedelta(weeks=6)
    return first, first + timedelta(days=11)


def plan_results(
    seed: int, students: Sequence[Student], *, attendance: Attendance, year: SchoolYear, today: date
) -> tuple[Result, ...]:
    """A result for each test and student who was there on a day of the window until today."""
    first, last = window_of(year)
    window = year.school_days(first, min(last, today))
    results: list[Result] = []
    for student in students:
        chance = chance_for(seed, "assessment", student.student_unique_id)
        present = [
            day for day in window if student.attends_on(day) and not attendance.is_absent(student, day)
        ]
        for assessment in ASSESSMENTS:
            if student.grade in assessment.grades and present:
                deviations = (
                    0.75 * student.ability
                    + 0.6 * student.bent[assessment.subject]
                    + 0.45 * chance.gauss(0, 1)
                )
                score = round(_SCALE_MEAN + _SCALE_SPREAD * deviations)
                bounded = max(SCALE_MINIMUM, min(SCALE_MAXIMUM, score))
                results.append(Result(student, assessment, chance.choice(present), bounded))
    return tuple(results)
