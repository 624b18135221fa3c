"""Discipline incidents: few, mostly small, and more often where a child is loosely attached."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from random import Random

from homeroom.synth.chance import chance_for, events_in, weighted
from homeroom.synth.school_year import SchoolYear
from homeroom.synth.students import Student


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident; behavior, location and consequence are code values of the standard's descriptors.

    students: those who behaved so. removed_days: the school days a suspension takes, in or out of school.
    """

    identifier: str
    day: date
    at: time
    behavior: str
    location: str
    consequence: str
    students: tuple[Student, ...]
    removed_days: tuple[date, ...]

    @property
    def sends_home(self) -> bool:
        """Whether the students miss the removed days."""
        return self.consequence == OUT_OF_SCHOOL


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Days on which incidents decide whether a student was there: at school, or sent home."""

    at_school: frozenset[date] = frozenset()
    sent_home: frozenset[date] = frozenset()


OUT_OF_SCHOOL = "Out of School Suspension"
IN_SCHOOL = "In School Suspension"
_CONSEQUENCES = {
    "No action for incident": 0.22,
    "Community Service": 0.15,
    "Removal from Classroom": 0.33,
    IN_SCHOOL: 0.2,
    OUT_OF_SCHOOL: 0.1,
}
_LOCATIONS = {
    "Classroom": 0.4,
    "Hallway or stairs": 0.25,
    "Cafeteria area": 0.2,
    "School bus": 0.08,
    "Online": 0.07,
}
_BEHAVIORS = {"School Code of Conduct": 0.7, "School Violation": 0.27, "State Offense": 0.03}
_YOUNGEST_GRADE = 3
_YEARLY_MEAN = 0.12


def plan_incidents(
    seed: int, students: Sequence[Student], *, year: SchoolYear, today: date
) -> tuple[Incident, ...]:
    """All incidents until today; no student has two on one day, or one while suspended."""
    days = year.school_days(year.begins_on, today)
    share_of_year = len(days) / len(year.school_days(year.begins_on, year.ends_on))
    incidents: list[Incident] = []
    taken: set[tuple[str, date]] = set()
    for student in students:
        chance = chance_for(seed, "conduct", student.student_unique_id)
        mean = _YEARLY_MEAN * share_of_year * math.exp(-0.9 * student.attachment)
        for _ in range(events_in(chance, mean=mean) if student.grade >= _YOUNGEST_GRADE else 0):
            involved = _involved(chance, student, students)
            incident = _draw_incident(chance, f"INC-{len(incidents) + 1:04}", students=involved, days=days)
            claims = _claims(incident)
            if all(who.attends_on(incident.day) for who in involved) and not claims & taken:
                taken |= claims
                incidents.append(incident)
    return tuple(incidents)


def _involved(chance: Random, student: Student, students: Sequence[Student]) -> tuple[Student, ...]:
    """The student, now and then with another of the same grade and school."""
    if chance.random() < 0.75:
        return (student,)
    peers = [peer for peer in students if peer.school is student.school and peer.grade == student.grade]
    peer = chance.choice(peers)
    return (student,) if peer is student else (student, peer)


def _draw_incident(
    chance: Random, identifier: str, *, students: tuple[Student, ...], days: Sequence[date]
) -> Incident:
    place = chance.randrange(len(days))
    consequence = weighted(chance, _CONSEQUENCES)
    length = chance.choice((1, 1, 2, 3)) if consequence in {IN_SCHOOL, OUT_OF_SCHOOL} else 0
    return Incident(
        identifier=identifier,
        day=days[place],
        at=time(chance.randrange(8, 15), chance.randrange(0, 60, 5)),
        behavior=weighted(chance, _BEHAVIORS),
        location=weighted(chance, _LOCATIONS),
        consequence=consequence,
        students=students,
        removed_days=tuple(days[place + 1 : place + 1 + length]),
    )


def _claims(incident: Incident) -> set[tuple[str, date]]:
    days = (incident.day, *incident.removed_days)
    return {(student.student_unique_id, day) for student in incident.students for day in days}


def whereabouts_by_student(incidents: Sequence[Incident]) -> dict[str, Whereabouts]:
    """For each student with an incident, the days on which attendance is already decided."""
    home: defaultdict[str, set[date]] = defaultdict(set)
    school: defaultdict[str, set[date]] = defaultdict(set)
    for incident in incidents:
        for student in incident.students:
            unique_id = student.student_unique_id
            school[unique_id].add(incident.day)
            (home if incident.sends_home else school)[unique_id].update(incident.removed_days)
    return {who: Whereabouts(frozenset(days), frozenset(home[who])) for who, days in school.items()}
