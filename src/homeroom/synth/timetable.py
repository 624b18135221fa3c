"""Who is taught what, when, where and by whom: no student and no teacher is in two places at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from homeroom.synth import cast
from homeroom.synth.chance import chance_for
from homeroom.synth.curriculum import ARTS, MATHEMATICS, PHYSICAL_EDUCATION, SCHOOLS, Course, School
from homeroom.synth.placement import Slot, place_grade
from homeroom.synth.school_year import SchoolYear, Session
from homeroom.synth.staff import Hiring, Post, StaffMember, hire_offices
from homeroom.synth.students import Student


@dataclass(frozen=True, slots=True)
class Section:
    """A course taught to a roster in one class period of one session.

    period: place of the class period in the school's day, 0 for the first. room: classroom code.
    """

    section_identifier: str
    school: School
    session: Session
    course: Course
    period: int
    teacher: StaffMember
    room: str
    roster: tuple[Student, ...]

    @property
    def name(self) -> str:
        """Course and class period, as a teacher would say it."""
        return f"{self.course.title}, {self.period_name}"

    @property
    def period_name(self) -> str:
        """The class period in which the section meets."""
        return self.school.periods[self.period][0]


@dataclass(frozen=True, slots=True)
class Timetable:
    """All staff, the sections of every session that has begun, and each student's own sections."""

    staff: tuple[StaffMember, ...]
    sections: tuple[Section, ...]
    sections_by_student: Mapping[str, Sequence[Section]]


def plan_timetable(seed: int, students: Sequence[Student], *, year: SchoolYear, today: date) -> Timetable:
    """Place every student, then find a teacher for every section."""
    hiring = Hiring(seed, year=year)
    hire_offices(hiring)
    sections: list[Section] = []
    for school in SCHOOLS:
        taught = _with_teachers(_slots_of(seed, school, students=students), school, hiring=hiring)
        for session in begun_sessions(school, year, today=today):
            sections.extend(
                _section(school, session, slot=slot, teaching=teaching) for slot, teaching in taught
            )
    return Timetable(hiring.everybody(), tuple(sections), _by_student(sections))


def sessions_of(school: School, year: SchoolYear) -> tuple[Session, ...]:
    """The sessions of the school's year."""
    return year.semesters() if school.has_semesters else (year.whole_year(),)


def begun_sessions(school: School, year: SchoolYear, *, today: date) -> list[Session]:
    """The sessions that have sections: the first, and each later one once it has begun."""
    first, *later = sessions_of(school, year)
    return [first, *(session for session in later if session.begins_on <= today)]


def _by_student(sections: Sequence[Section]) -> dict[str, list[Section]]:
    found: defaultdict[str, list[Section]] = defaultdict(list)
    for section in sections:
        for student in section.roster:
            found[student.student_unique_id].append(section)
    return dict(found)


def _slots_of(seed: int, school: School, *, students: Sequence[Student]) -> Iterator[Slot]:
    for grade in school.grades:
        chance = chance_for(seed, "placement", school.school_id, grade)
        cohort = [student for student in students if student.school is school and student.grade == grade]
        yield from place_grade(chance, cohort, school=school, grade=grade)


@dataclass(slots=True)
class _Teaching:
    """A teacher's room and the class periods already taken."""

    teacher: StaffMember
    room: str
    periods: set[int]


_LOAD_SECONDARY, _LOAD_ELEMENTARY = 5, 6


def _with_teachers(slots: Iterator[Slot], school: School, *, hiring: Hiring) -> list[tuple[Slot, _Teaching]]:
    """Each section with the first teacher of its department who is free, hiring one when nobody is."""
    load = _LOAD_ELEMENTARY if school.is_elementary else _LOAD_SECONDARY
    departments: defaultdict[str, list[_Teaching]] = defaultdict(list)
    rooms = 0
    taught: list[tuple[Slot, _Teaching]] = []
    for slot in slots:
        department = departments[_department(slot, school)]
        free = (who for who in department if slot.period not in who.periods and len(who.periods) < load)
        teaching = next(free, None)
        if teaching is None:
            rooms += 1
            teacher = _hire_teacher(hiring, school, slot=slot)
            teaching = _Teaching(teacher, f"Room {100 + rooms}", set())
            department.append(teaching)
        teaching.periods.add(slot.period)
        taught.append((slot, teaching))
    return taught


def _department(slot: Slot, school: School) -> str:
    """A subject, or one elementary class whose own teacher gives all but art and sport."""
    if school.is_elementary and slot.course.subject not in {ARTS, PHYSICAL_EDUCATION}:
        return f"{slot.course.grade}/{slot.number}"
    return slot.course.subject


def _hire_teacher(hiring: Hiring, school: School, *, slot: Slot) -> StaffMember:
    if school.school_id == cast.HIGH_SCHOOL_ID and slot.course.subject == MATHEMATICS:
        return hiring.hire_once(cast.DEMO_TEACHER) or hiring.hire(_teaching_post(school, slot))
    return hiring.hire(_teaching_post(school, slot))


def _teaching_post(school: School, slot: Slot) -> Post:
    if not school.is_elementary:
        return Post(f"{slot.course.subject} Teacher", "Secondary Teacher", school.school_id)
    if slot.course.subject in {ARTS, PHYSICAL_EDUCATION}:
        return Post(f"{slot.course.subject} Teacher", "Elementary Teacher", school.school_id)
    kind = "Elementary Teacher" if slot.course.grade else "Kindergarten Teacher"
    return Post("Classroom Teacher", kind, school.school_id)


def _section(school: School, session: Session, *, slot: Slot, teaching: _Teaching) -> Section:
    return Section(
        section_identifier=f"{slot.course.code}-{slot.number}-{session.term.split()[0]}",
        school=school,
        session=session,
        course=slot.course,
        period=slot.period,
        teacher=teaching.teacher,
        room=teaching.room,
        roster=tuple(student for student in slot.roster if _shares_days(student, session)),
    )


def _shares_days(student: Student, session: Session) -> bool:
    return student.enters_on <= session.ends_on and (
        student.exits_on is None or student.exits_on >= session.begins_on
    )
