"""Grades of each grading period that has passed, and progress reports of the one that runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from homeroom.synth.attendance import Attendance
from homeroom.synth.chance import chance_for
from homeroom.synth.curriculum import HOMEROOM
from homeroom.synth.gradebook import Gradebook, Score, percent_of
from homeroom.synth.school_year import GradingPeriod
from homeroom.synth.standings import Standings
from homeroom.synth.students import Student
from homeroom.synth.timetable import Section, Timetable

GRADING_PERIOD, PROGRESS_REPORT = "Grading Period", "Progress Report"


@dataclass(frozen=True, slots=True)
class Mark:
    """A grade a student earned; kind is a code value of GradeTypeDescriptor, percent is 0..100.

    as_of is the day up to which work counted; is_current tells the newest mark of a section.
    """

    student: Student
    section: Section
    grading_period: GradingPeriod
    kind: str
    percent: int
    as_of: date
    is_current: bool

    @property
    def letter(self) -> str:
        """A to F; in Kindergarten to Grade 2 E, S or N (excellent, satisfactory, needs time)."""
        steps = _EARLY_LETTERS if self.is_early else _LETTERS
        return next(letter for floor, letter in steps if self.percent >= floor)

    @property
    def is_early(self) -> bool:
        """Whether the student is in a grade that gets no numbers."""
        return self.student.grade <= 2


_LETTERS = ((90, "A"), (80, "B"), (70, "C"), (60, "D"), (0, "F"))
_EARLY_LETTERS = ((88, "E"), (72, "S"), (0, "N"))
_UNTIL_POSTED, _LEAST_STAY = timedelta(days=4), timedelta(days=14)
_UNTIL_PROGRESS = timedelta(days=25)
_POINTS_PER_MISSED_DAY = 0.35


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that marks follow from."""

    timetable: Timetable
    standings: Standings
    attendance: Attendance
    gradebook: Gradebook


@dataclass(frozen=True, slots=True)
class _Posting:
    grading_period: GradingPeriod
    kind: str
    as_of: date


def plan_marks(seed: int, evidence: Evidence, *, today: date) -> tuple[Mark, ...]:
    """All marks posted until today, by section, student and time."""
    work = evidence.gradebook.by_student()
    marks: list[Mark] = []
    for section in evidence.timetable.sections:
        if section.course.subject == HOMEROOM:
            continue
        postings = list(_postings(section, today=today))
        for student in section.roster:
            scores = work.get((student.student_unique_id, section.section_identifier), [])
            marks.extend(
                _marks_of(seed, student, section, postings=postings, evidence=evidence, scores=scores)
            )
    return tuple(marks)


def _postings(section: Section, *, today: date) -> Iterator[_Posting]:
    """A grade for each closed period; where classes change rooms, a progress report for the open one."""
    for period in section.session.grading_periods:
        fourth_friday = period.begins_on + _UNTIL_PROGRESS
        if period.ends_on + _UNTIL_POSTED <= today:
            yield _Posting(period, GRADING_PERIOD, period.ends_on)
        elif section.school.has_semesters and fourth_friday + _UNTIL_POSTED <= today:
            yield _Posting(period, PROGRESS_REPORT, fourth_friday)


def _marks_of(
    seed: int,
    student: Student,
    section: Section,
    *,
    postings: Sequence[_Posting],
    evidence: Evidence,
    scores: Sequence[Score],
) -> Iterator[Mark]:
    chance = chance_for(seed, "marks", student.student_unique_id, section.section_identifier)
    own = [posting for posting in postings if _is_marked(student, posting)]
    for posting in own:
        percent = _percent_of_work(scores, posting)
        if percent is None:
            missed = _missed_days(evidence.attendance, student, posting=posting)
            standing = evidence.standings.percent(student, section)
            percent = standing + chance.gauss(0, 2.5) - _POINTS_PER_MISSED_DAY * missed
        yield Mark(
            student=student,
            section=section,
            grading_period=posting.grading_period,
            kind=posting.kind,
            percent=max(40, min(100, round(percent))),
            as_of=posting.as_of,
            is_current=posting is own[-1],
        )


def _is_marked(student: Student, posting: _Posting) -> bool:
    return student.attends_on(posting.as_of) and student.attends_on(posting.as_of - _LEAST_STAY)


def _percent_of_work(scores: Sequence[Score], posting: _Posting) -> float | None:
    return percent_of(
        score
        for score in scores
        if score.assignment.grading_period == posting.grading_period
        and score.assignment.due_on <= posting.as_of
    )


def _missed_days(attendance: Attendance, student: Student, *, posting: _Posting) -> int:
    missed = attendance.missed_days.get(student.student_unique_id, ())
    return sum(posting.grading_period.begins_on <= day <= posting.as_of for day in missed)
