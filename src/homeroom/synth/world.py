"""Everything decided about the district before a single document is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from homeroom.synth.assessment import Result, plan_results
from homeroom.synth.attendance import Attendance, plan_attendance
from homeroom.synth.conduct import Incident, plan_incidents
from homeroom.synth.gradebook import Gradebook, plan_gradebook
from homeroom.synth.marks import Evidence, Mark, plan_marks
from homeroom.synth.school_year import SchoolYear, plan_school_year
from homeroom.synth.standings import plan_standings
from homeroom.synth.students import Student, plan_students
from homeroom.synth.timetable import Timetable, plan_timetable


@dataclass(frozen=True, slots=True)
class World:
    """The district's truth as it stood at the end of one day."""

    seed: int
    today: date
    year: SchoolYear
    students: tuple[Student, ...]
    timetable: Timetable
    incidents: tuple[Incident, ...]
    attendance: Attendance
    gradebook: Gradebook
    marks: tuple[Mark, ...]
    results: tuple[Result, ...]


def plan_world(seed: int, *, students: int, school_year: int, today: date) -> World:
    """Decide the whole district; each part uses only what was decided before it."""
    year = plan_school_year(school_year)
    days = year.school_days(year.begins_on, today)
    people = plan_students(seed, count=students, year=year, today=today)
    timetable = plan_timetable(seed, people, year=year, today=today)
    incidents = plan_incidents(seed, people, year=year, today=today)
    attendance = plan_attendance(seed, people, timetable=timetable, incidents=incidents, days=days)
    standings = plan_standings(seed, timetable)
    gradebook = plan_gradebook(seed, timetable, standings=standings, attendance=attendance, days=days)
    results = plan_results(seed, people, attendance=attendance, year=year, today=today)
    return World(
        seed=seed,
        today=today,
        year=year,
        students=people,
        timetable=timetable,
        incidents=incidents,
        attendance=attendance,
        gradebook=gradebook,
        marks=plan_marks(seed, Evidence(timetable, standings, attendance, gradebook), today=today),
        results=results,
    )
