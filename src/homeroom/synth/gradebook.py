"""Assignments of the sections that keep their gradebook in the system, and what students got for them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from random import Random

from homeroom.synth.attendance import Attendance
from homeroom.synth.chance import chance_for
from homeroom.synth.curriculum import LANGUAGE_ARTS, MATHEMATICS
from homeroom.synth.school_year import THURSDAY, GradingPeriod
from homeroom.synth.standings import Standings
from homeroom.synth.students import Student
from homeroom.synth.timetable import Section, Timetable


@dataclass(frozen=True, slots=True)
class Assignment:
    """One entry of a section's gradebook; kind is a code value of GradebookEntryTypeDescriptor."""

    identifier: str
    section: Section
    grading_period: GradingPeriod
    kind: str
    title: str
    assigned_on: date
    due_on: date
    max_points: int


@dataclass(frozen=True, slots=True)
class Score:
    """What a student got for an assignment; points is None when nothing was handed in."""

    student: Student
    assignment: Assignment
    points: int | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class Gradebook:
    """All assignments due until today, and every enrolled student's score for each."""

    assignments: tuple[Assignment, ...]
    scores: tuple[Score, ...]

    def by_student(self) -> dict[tuple[str, str], list[Score]]:
        """The scores by student and section, in order of due date."""
        found: defaultdict[tuple[str, str], list[Score]] = defaultdict(list)
        for score in self.scores:
            section = score.assignment.section.section_identifier
            found[score.student.student_unique_id, section].append(score)
        return dict(found)


def percent_of(scores: Iterable[Score]) -> float | None:
    """Points earned of points possible (0..100), missing work counting nothing; None without work."""
    worked = list(scores)
    possible = sum(score.assignment.max_points for score in worked)
    return 100 * sum(score.points or 0 for score in worked) / possible if possible else None


_SUBJECTS = {MATHEMATICS, LANGUAGE_ARTS}
_KINDS = (("Homework", 10), ("Quiz", 20), ("Homework", 10), ("Unit Test", 50))


def plan_gradebook(
    seed: int, timetable: Timetable, *, standings: Standings, attendance: Attendance, days: Sequence[date]
) -> Gradebook:
    """The gradebooks of mathematics and English in the secondary schools, on the days given."""
    assignments = [
        assignment
        for section in timetable.sections
        if section.school.has_semesters and section.course.subject in _SUBJECTS
        for assignment in _assignments_of(section, days)
    ]
    scores = [
        score
        for assignment in assignments
        for score in _scores_of(seed, assignment, standings=standings, attendance=attendance)
    ]
    return Gradebook(tuple(assignments), tuple(scores))


def _assignments_of(section: Section, days: Sequence[date]) -> Iterator[Assignment]:
    """One a week: given on its first school day, due on its last."""
    counts: dict[str, int] = {}
    number = 0
    for period in section.session.grading_periods:
        for week in _weeks(day for day in days if period.begins_on <= day <= period.ends_on):
            kind, max_points = _KINDS[number % len(_KINDS)]
            number += 1
            counts[kind] = counts.get(kind, 0) + 1
            identifier = f"{section.school.school_id}-{section.section_identifier}-{number:02}"
            title = f"{kind} {counts[kind]}"
            yield Assignment(identifier, section, period, kind, title, week[0], week[-1], max_points)


def _weeks(days: Iterable[date]) -> Iterator[list[date]]:
    for _, week in groupby(days, key=lambda day: day.isocalendar().week):
        together = list(week)
        if together[-1].weekday() >= THURSDAY:
            yield together


def _scores_of(
    seed: int, assignment: Assignment, *, standings: Standings, attendance: Attendance
) -> Iterator[Score]:
    chance = chance_for(seed, "scores", assignment.identifier)
    for student in assignment.section.roster:
        if student.attends_on(assignment.assigned_on) and student.attends_on(assignment.due_on):
            away = attendance.is_absent(student, assignment.due_on)
            percent = standings.percent(student, assignment.section)
            yield _score(chance, student, assignment=assignment, percent=percent, was_away=away)


def _score(
    chance: Random, student: Student, *, assignment: Assignment, percent: float, was_away: bool
) -> Score:
    likely_missing = (0.025 + 0.03 * was_away) * math.exp(-0.4 * student.attachment)
    if chance.random() < likely_missing:
        return Score(student, assignment, None, is_late=False)
    share = min(1.0, max(0.2, (percent + 3 + chance.gauss(0, 6)) / 100))
    is_late = was_away or chance.random() < 0.05
    return Score(student, assignment, round(share * assignment.max_points), is_late)
