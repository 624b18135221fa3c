"""Where each student stands in each course: the truth that scores and marks scatter around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from homeroom.synth.chance import chance_for
from homeroom.synth.students import Student
from homeroom.synth.timetable import Section, Timetable

# A typical gradebook: a B- in the middle, and about one letter of spread between students.
_MEAN, _SPREAD = 80.0, 8.5


@dataclass(frozen=True, slots=True)
class Standings:
    """Long-run percents by student and section."""

    percents: Mapping[tuple[str, str], float]

    def percent(self, student: Student, section: Section) -> float:
        """The long-run percent (about 0..100) of a student who is on the section's roster."""
        return self.percents[student.student_unique_id, section.section_identifier]


def plan_standings(seed: int, timetable: Timetable) -> Standings:
    """Every student's standing in each of the student's sections."""
    return Standings(
        {
            (student.student_unique_id, section.section_identifier): _standing(
                chance_for(seed, "standing", student.student_unique_id, section.course.code),
                student,
                section=section,
            )
            for section in timetable.sections
            for student in section.roster
        }
    )


def _standing(chance: Random, student: Student, *, section: Section) -> float:
    deviations = (
        0.6 * student.ability
        + 0.6 * student.bent[section.course.subject]
        + 0.12 * student.attachment
        + 0.3 * section.teacher.teaching_effect
        + 0.3 * chance.gauss(0, 1)
    )
    return _MEAN + _SPREAD * deviations
