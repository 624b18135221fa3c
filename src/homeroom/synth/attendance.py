"""Exceptions to attendance: absences in spells, late arrivals at school, late comings to a class.

A few students miss much and many miss little: each has a propensity that follows attachment, so that
absences are over-dispersed and go with lower marks. A day of a student holds at most one exception.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from random import Random

from homeroom.synth.chance import chance_for
from homeroom.synth.conduct import Incident, Whereabouts, whereabouts_by_student
from homeroom.synth.school_year import FRIDAY, MONDAY
from homeroom.synth.students import Student
from homeroom.synth.timetable import Section, Timetable

EXCUSED, UNEXCUSED, TARDY = "Excused Absence", "Unexcused Absence", "Tardy"


@dataclass(frozen=True, slots=True)
class AttendanceEvent:
    """One exception on one day; category is a code value of AttendanceEventCategoryDescriptor.

    section is None when the event is about the school day. arrived_at is None for an absence; reason is
    None when the school was told nothing.
    """

    student: Student
    day: date
    category: str
    reason: str | None
    arrived_at: time | None
    section: Section | None


@dataclass(frozen=True, slots=True)
class Attendance:
    """All exceptions until today, and the days each student missed."""

    events: tuple[AttendanceEvent, ...]
    missed_days: Mapping[str, Collection[date]]

    def is_absent(self, student: Student, day: date) -> bool:
        """Whether the student missed the whole day."""
        return day in self.missed_days.get(student.student_unique_id, ())


@dataclass(frozen=True, slots=True)
class _Propensity:
    """A student's chances on an ordinary day."""

    absence: float
    late_arrival: float
    late_to_class: float
    excused: float


# Share of a spell's days that lead to another day of the same spell.
_SPELL = 0.3
_REASONS = ("Illness", "Illness", "Illness", "Medical appointment", "Family matter")
SUSPENDED = "Out of school suspension"


def plan_attendance(
    seed: int,
    students: Sequence[Student],
    *,
    timetable: Timetable,
    incidents: Sequence[Incident],
    days: Sequence[date],
) -> Attendance:
    """Every exception on the school days given, in order of student and day."""
    whereabouts = whereabouts_by_student(incidents)
    events: list[AttendanceEvent] = []
    for student in students:
        unique_id = student.student_unique_id
        enrolled = [day for day in days if student.attends_on(day)]
        sections = timetable.sections_by_student.get(unique_id, ())
        chance = chance_for(seed, "attendance", unique_id)
        decided = whereabouts.get(unique_id, Whereabouts())
        events.extend(_events_of(chance, student, sections=sections, days=enrolled, decided=decided))
    return Attendance(tuple(events), _missed_days(events))


def _missed_days(events: Sequence[AttendanceEvent]) -> dict[str, set[date]]:
    missed: defaultdict[str, set[date]] = defaultdict(set)
    for event in events:
        if event.category in {EXCUSED, UNEXCUSED}:
            missed[event.student.student_unique_id].add(event.day)
    return dict(missed)


def _events_of(
    chance: Random,
    student: Student,
    *,
    sections: Sequence[Section],
    days: Sequence[date],
    decided: Whereabouts,
) -> Iterator[AttendanceEvent]:
    odds = _draw_propensity(chance, student)
    spell: tuple[str, str | None] | None = None
    for day in days:
        if day in decided.sent_home:
            spell = None
            yield AttendanceEvent(student, day, EXCUSED, SUSPENDED, None, None)
        elif day not in decided.at_school and chance.random() < (
            _SPELL if spell else odds.absence * _day_weight(day)
        ):
            spell = spell or _draw_spell(chance, odds)
            yield AttendanceEvent(student, day, *spell, None, None)
        else:
            spell = None
            yield from _lateness(chance, student, day=day, odds=odds, sections=sections)


def _draw_propensity(chance: Random, student: Student) -> _Propensity:
    """Log-normal over students; the medians and spreads are set by the targets of the tests."""
    level = 0.25 if student.grade >= 9 or student.grade == 0 else 0.0
    loose = -student.attachment
    return _Propensity(
        absence=min(0.4, math.exp(-4.0 + level + 0.95 * loose + 0.6 * chance.gauss(0, 1))),
        late_arrival=min(0.25, math.exp(-4.4 + 0.6 * loose + 0.5 * chance.gauss(0, 1))),
        late_to_class=min(0.2, math.exp(-4.0 + 0.6 * loose + 0.4 * chance.gauss(0, 1))),
        excused=min(0.95, max(0.3, 0.72 + 0.12 * student.attachment)),
    )


def _day_weight(day: date) -> float:
    """Mondays and Fridays are missed more, and so are the months of colds."""
    weekday = 1.25 if day.weekday() in {MONDAY, FRIDAY} else 0.85
    return weekday * (1.2 if day.month in {11, 12, 1, 2} else 0.95)


def _draw_spell(chance: Random, odds: _Propensity) -> tuple[str, str | None]:
    return (EXCUSED, chance.choice(_REASONS)) if chance.random() < odds.excused else (UNEXCUSED, None)


def _lateness(
    chance: Random, student: Student, *, day: date, odds: _Propensity, sections: Sequence[Section]
) -> Iterator[AttendanceEvent]:
    """At most one: late to school, or, where classes change rooms, late to one of them."""
    draw = chance.random()
    if draw < odds.late_arrival:
        arrived_at = _minutes_after(student.school.periods[0][1], int(chance.triangular(2, 50, 8)))
        yield AttendanceEvent(student, day, TARDY, None, arrived_at, None)
    elif student.school.has_semesters and draw < odds.late_arrival + odds.late_to_class:
        later = [
            one for one in sections if one.period and one.session.begins_on <= day <= one.session.ends_on
        ]
        section = chance.choice(later)
        arrived_at = _minutes_after(
            section.school.periods[section.period][1], int(chance.triangular(1, 20, 3))
        )
        yield AttendanceEvent(student, day, TARDY, None, arrived_at, section)


def _minutes_after(start: time, minutes: int) -> time:
    return time(*divmod(start.hour * 60 + start.minute + minutes, 60))
