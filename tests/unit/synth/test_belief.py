"""Whether the district behaves as districts do: who misses school, and how that goes with marks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from statistics import correlation, mean, pvariance
from typing import Any

import pytest

from homeroom.synth import generate_district
from homeroom.synth.cast import DEMO_TODAY

CATEGORY = "attendanceEventCategoryDescriptor"


@dataclass(frozen=True, slots=True)
class Books:
    """The documents of one generated district, by resource."""

    documents: dict[str, list[dict[str, Any]]]

    def of(self, resource: str) -> list[dict[str, Any]]:
        return self.documents.get(resource, [])

    def students(self) -> list[str]:
        return [one["studentUniqueId"] for one in self.of("Student")]

    def absences(self) -> Counter[str]:
        return Counter(
            one["studentReference"]["studentUniqueId"]
            for one in self.of("StudentSchoolAttendanceEvent")
            if one[CATEGORY].endswith("Absence")
        )

    def enrolled_days(self) -> dict[str, list[date]]:
        """The school days until today on which each student was enrolled."""
        days: defaultdict[int, list[date]] = defaultdict(list)
        for one in self.of("CalendarDate"):
            day = date.fromisoformat(one["date"])
            if (
                one["calendarEvents"][0]["calendarEventDescriptor"].endswith("#Instructional day")
                and day <= DEMO_TODAY
            ):
                days[one["calendarReference"]["schoolId"]].append(day)
        return {
            one["studentReference"]["studentUniqueId"]: [
                day
                for day in days[one["schoolReference"]["schoolId"]]
                if one["entryDate"] <= day.isoformat() <= one.get("exitWithdrawDate", "9999")
            ]
            for one in self.of("StudentSchoolAssociation")
        }

    def mean_marks(self) -> dict[str, float]:
        return by_student(
            (one["studentSectionAssociationReference"]["studentUniqueId"], one["numericGradeEarned"])
            for one in self.of("Grade")
            if "numericGradeEarned" in one
        )


def by_student(values: Iterable[tuple[str, float]]) -> dict[str, float]:
    found: defaultdict[str, list[float]] = defaultdict(list)
    for unique_id, value in values:
        found[unique_id].append(value)
    return {unique_id: mean(own) for unique_id, own in found.items()}


@pytest.fixture(scope="module", params=[1, 2, 3])
def books(request: pytest.FixtureRequest) -> Books:
    documents: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for resource, document in generate_district(request.param, today=DEMO_TODAY):
        documents[resource].append(dict(document))
    return Books(documents)


def test_absences_are_few_for_many_and_many_for_few(books: Books) -> None:
    absences = books.absences()
    counts = [absences[unique_id] for unique_id in books.students()]
    enrolled = books.enrolled_days()
    chronic = [absences[unique_id] >= 0.1 * len(enrolled[unique_id]) for unique_id in books.students()]
    assert 0.1 <= mean(count == 0 for count in counts) <= 0.6
    assert 0.08 <= mean(chronic) <= 0.2
    assert 0.03 <= sum(counts) / sum(map(len, enrolled.values())) <= 0.08
    assert 4 <= pvariance(counts) / mean(counts) <= 16


def test_students_who_miss_more_have_lower_marks(books: Books) -> None:
    absences, marks = books.absences(), books.mean_marks()
    pairs = [(absences[unique_id], mark) for unique_id, mark in marks.items()]
    assert -0.55 <= correlation(*zip(*pairs, strict=True)) <= -0.15


def test_test_scores_go_with_marks(books: Books) -> None:
    scores = by_student(
        (one["studentReference"]["studentUniqueId"], int(one["scoreResults"][0]["result"]))
        for one in books.of("StudentAssessment")
    )
    marks = books.mean_marks()
    pairs = [(scores[unique_id], marks[unique_id]) for unique_id in scores if unique_id in marks]
    assert 0.55 <= correlation(*zip(*pairs, strict=True)) <= 0.9


def test_mondays_and_fridays_are_missed_more(books: Books) -> None:
    enrolled, missed = Counter[bool](), Counter[bool]()
    for days in books.enrolled_days().values():
        enrolled.update(day.weekday() in {0, 4} for day in days)
    for one in books.of("StudentSchoolAttendanceEvent"):
        if one[CATEGORY].endswith("Absence"):
            missed[date.fromisoformat(one["eventDate"]).weekday() in {0, 4}] += 1
    assert missed[True] / enrolled[True] > missed[False] / enrolled[False]


def test_a_student_has_one_exception_a_day_and_only_on_days_at_school(books: Books) -> None:
    enrolled = {unique_id: set(days) for unique_id, days in books.enrolled_days().items()}
    events = [
        (one["studentReference"]["studentUniqueId"], date.fromisoformat(one["eventDate"]))
        for resource in ("StudentSchoolAttendanceEvent", "StudentSectionAttendanceEvent")
        for one in books.of(resource)
    ]
    assert len(set(events)) == len(events)
    assert all(day in enrolled[unique_id] for unique_id, day in events)


def test_a_student_sent_home_is_absent_and_one_in_an_incident_is_not(books: Books) -> None:
    absent = {
        (one["studentReference"]["studentUniqueId"], one["eventDate"]): one.get("attendanceEventReason")
        for one in books.of("StudentSchoolAttendanceEvent")
        if one[CATEGORY].endswith("Absence")
    }
    actions = books.of("DisciplineAction")
    sent_home = [
        one
        for one in actions
        if one["disciplines"][0]["disciplineDescriptor"].endswith("#Out of School Suspension")
    ]
    suspended = Counter(
        unique_id for (unique_id, _), reason in absent.items() if reason == "Out of school suspension"
    )
    assert sum(one["actualDisciplineActionLength"] for one in sent_home) >= suspended.total() > 0
    assert set(suspended) <= {one["studentReference"]["studentUniqueId"] for one in sent_home}
    assert all(
        (one["studentReference"]["studentUniqueId"], one["disciplineDate"]) not in absent for one in actions
    )


def test_a_grade_is_what_the_gradebook_adds_up_to(books: Books) -> None:
    entries = {one["gradebookEntryIdentifier"]: one for one in books.of("GradebookEntry")}
    points: defaultdict[tuple[str, ...], list[tuple[float, float]]] = defaultdict(list)
    for one in books.of("StudentGradebookEntry"):
        entry = entries[one["gradebookEntryReference"]["gradebookEntryIdentifier"]]
        section, period = entry["sectionReference"], entry["gradingPeriodReference"]["gradingPeriodName"]
        key = (one["studentReference"]["studentUniqueId"], section["sectionIdentifier"], period)
        points[key].append((one.get("pointsEarned", 0), entry["maxPoints"]))
    compared = 0
    for grade in books.of("Grade"):
        section = grade["studentSectionAssociationReference"]
        key = (
            section["studentUniqueId"],
            section["sectionIdentifier"],
            grade["gradingPeriodReference"]["gradingPeriodName"],
        )
        if key in points and grade["gradeTypeDescriptor"].endswith("#Grading Period"):
            earned, possible = (sum(column) for column in zip(*points[key], strict=True))
            assert grade["numericGradeEarned"] == max(40, round(100 * earned / possible))
            compared += 1
    assert compared > 900


def test_each_section_of_a_student_has_one_current_mark(books: Books) -> None:
    current = Counter(
        tuple(grade["studentSectionAssociationReference"].values())
        for grade in books.of("Grade")
        if grade["currentGradeIndicator"]
    )
    marked = {tuple(grade["studentSectionAssociationReference"].values()) for grade in books.of("Grade")}
    assert set(current) == marked
    assert set(current.values()) == {1}


def test_what_is_sensitive_is_told_of_some_and_agrees(books: Books) -> None:
    disabled = {
        one["studentReference"]["studentUniqueId"]: one["disabilities"][0]["disabilityDescriptor"]
        for one in books.of("StudentEducationOrganizationAssociation")
        if "disabilities" in one
    }
    served = {
        one["studentReference"]["studentUniqueId"]: one["disabilities"][0]["disabilityDescriptor"]
        for one in books.of("StudentSpecialEducationProgramAssociation")
    }
    assert disabled == served
    assert 80 <= len(disabled) <= 180
    languages = {
        one["languages"][0]["languageDescriptor"]
        for one in books.of("StudentEducationOrganizationAssociation")
    }
    assert len(languages) >= 9
