"""Students of a grade into parallel sections, so that nobody has two of them in the same class period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from random import Random

from homeroom.synth.curriculum import HOMEROOM, Course, School, courses_of
from homeroom.synth.students import Student


@dataclass(slots=True)
class Slot:
    """A section that waits for a teacher; number tells the parallel sections of a course apart, from 1."""

    course: Course
    number: int
    period: int
    roster: list[Student] = field(default_factory=list)


# How many of a grade's parallel sections meet at different times: three give 31 different student
# timetables over seven periods, and more would only make placing slower.
_SHIFTS = 3


def place_grade(chance: Random, cohort: Sequence[Student], *, school: School, grade: int) -> list[Slot]:
    """The sections of one grade of a school with their rosters, in order of course and number."""
    if not cohort:
        return []
    mixed = chance.sample(cohort, len(cohort))
    count = max(1, round(len(mixed) / school.section_size))
    if school.is_elementary:
        return list(_place_classes(mixed, count, grade=grade))
    return _place_students(mixed, count, first_period=_SHIFTS * school.grades.index(grade))


def _place_classes(cohort: Sequence[Student], count: int, *, grade: int) -> Iterator[Slot]:
    """Elementary classes stay together all day; only the order of their blocks differs."""
    for course_place, course in enumerate(courses_of(grade)):
        for number in range(1, count + 1):
            period = 0 if course.subject == HOMEROOM else 1 + (course_place + number + count * grade) % 6
            yield Slot(course, number, period, list(cohort[number - 1 :: count]))


def _place_students(cohort: Sequence[Student], count: int, *, first_period: int) -> list[Slot]:
    """Each student takes the timetable that leaves the sections most even."""
    courses = courses_of(cohort[0].grade)
    slots = [
        [
            Slot(course, number + 1, (first_period + place + number % _SHIFTS) % len(courses))
            for number in range(count)
        ]
        for place, course in enumerate(courses)
    ]
    timetables = _timetables(len(courses), min(_SHIFTS, count))
    for student in cohort:
        for slot in min((_fill(slots, shifts) for shifts in timetables), key=_crowding):
            slot.roster.append(student)
    return [slot for parallel in slots for slot in parallel]


def _timetables(courses: int, shifts: int) -> list[tuple[int, ...]]:
    """Every choice of one shift per course whose class periods all differ."""
    return [
        choice
        for choice in product(range(shifts), repeat=courses)
        if len({(place + shift) % courses for place, shift in enumerate(choice)}) == courses
    ]


def _fill(slots: list[list[Slot]], shifts: Sequence[int]) -> list[Slot]:
    """The emptiest section of the wanted shift, for each course."""
    return [
        min(parallel[shift::_SHIFTS], key=lambda slot: len(slot.roster))
        for parallel, shift in zip(slots, shifts, strict=True)
    ]


def _crowding(choice: Sequence[Slot]) -> int:
    return sum(len(slot.roster) ** 2 for slot in choice)
