"""Documents about what happened: attendance, scores and marks, test results, incidents."""

from __future__ import annotations

from collections.abc import Iterator

from homeroom.synth.attendance import AttendanceEvent
from homeroom.synth.conduct import IN_SCHOOL, OUT_OF_SCHOOL
from homeroom.synth.documents import (
    Document,
    Json,
    descriptor,
    render_date,
    school_reference,
    school_year_reference,
    student_reference,
)
from homeroom.synth.gradebook import Score
from homeroom.synth.marks import Mark
from homeroom.synth.organization_documents import (
    class_period_reference,
    grading_period_reference,
    session_reference,
)
from homeroom.synth.school_year import Session
from homeroom.synth.student_documents import roster_begin
from homeroom.synth.students import Student
from homeroom.synth.teaching_documents import GRADEBOOK_NAMESPACE, section_reference
from homeroom.synth.timetable import sessions_of
from homeroom.synth.world import World


def student_school_attendance(world: World) -> Iterator[Document]:
    """Days missed, and days begun late; a day without an event was a day at school."""
    for event in world.attendance.events:
        if event.section is None:
            school = event.student.school
            term = _session_on(world, event)
            yield _attendance(event) | {
                "schoolReference": school_reference(school.school_id),
                "sessionReference": session_reference(world, school, term=term),
            }


def student_section_attendance(world: World) -> Iterator[Document]:
    """Classes begun late by students who were at school in time."""
    for event in world.attendance.events:
        if event.section is not None:
            period = class_period_reference(event.section.school, event.section.period_name)
            yield _attendance(event) | {
                "sectionReference": section_reference(world, event.section),
                "classPeriods": [{"classPeriodReference": period}],
            }


def _attendance(event: AttendanceEvent) -> dict[str, Json]:
    document: dict[str, Json] = {
        "studentReference": student_reference(event.student.student_unique_id),
        "eventDate": render_date(event.day),
        "attendanceEventCategoryDescriptor": descriptor("AttendanceEventCategory", event.category),
    }
    if event.reason is not None:
        document["attendanceEventReason"] = event.reason
    if event.arrived_at is not None:
        document["arrivalTime"] = event.arrived_at.isoformat()
    return document


def _session_on(world: World, event: AttendanceEvent) -> Session:
    terms = sessions_of(event.student.school, world.year)
    return next(term for term in terms if term.begins_on <= event.day <= term.ends_on)


def student_gradebook_entry(world: World) -> Iterator[Document]:
    """A score for every enrolled student and assignment."""
    for score in world.gradebook.scores:
        yield _gradebook_score(score)


def _gradebook_score(score: Score) -> Document:
    status = "Not Submitted" if score.points is None else "Graded"
    document: dict[str, Json] = {
        "studentReference": student_reference(score.student.student_unique_id),
        "gradebookEntryReference": {
            "gradebookEntryIdentifier": score.assignment.identifier,
            "namespace": GRADEBOOK_NAMESPACE,
        },
        "submissionStatusDescriptor": descriptor("SubmissionStatus", status),
    }
    if score.points is None:
        return document
    late = descriptor("AssignmentLateStatus", "Late" if score.is_late else "Not Late")
    return document | {"pointsEarned": score.points, "assignmentLateStatusDescriptor": late}


def grade(world: World) -> Iterator[Document]:
    """The marks posted; Kindergarten to Grade 2 get letters without numbers."""
    for mark in world.marks:
        document: dict[str, Json] = {
            "gradeTypeDescriptor": descriptor("GradeType", mark.kind),
            "currentGradeIndicator": mark.is_current,
            "currentGradeAsOfDate": render_date(mark.as_of),
            "letterGradeEarned": mark.letter,
            "gradingPeriodReference": grading_period_reference(
                world, mark.section.school, period=mark.grading_period
            ),
            "studentSectionAssociationReference": _roster_reference(world, mark),
        }
        yield document if mark.is_early else document | {"numericGradeEarned": mark.percent}


def _roster_reference(world: World, mark: Mark) -> Document:
    return {
        **section_reference(world, mark.section),
        "beginDate": render_date(roster_begin(mark.student, mark.section)),
        "studentUniqueId": mark.student.student_unique_id,
    }


def student_assessment(world: World) -> Iterator[Document]:
    """Results of the fall interim assessment."""
    for result in world.results:
        edition = result.assessment.identifier_in(world.year.ending_year)
        yield {
            "studentAssessmentIdentifier": f"{edition}-{result.student.student_unique_id}",
            "assessmentReference": {
                "assessmentIdentifier": edition,
                "namespace": result.assessment.namespace,
            },
            "studentReference": student_reference(result.student.student_unique_id),
            "schoolYearTypeReference": school_year_reference(world.year.ending_year),
            "administrationDate": f"{render_date(result.taken_on)}T15:00:00Z",
            "scoreResults": [
                {
                    "assessmentReportingMethodDescriptor": descriptor(
                        "AssessmentReportingMethod", "Scale score"
                    ),
                    "result": str(result.scale_score),
                    "resultDatatypeTypeDescriptor": descriptor("ResultDatatypeType", "Integer"),
                }
            ],
            "performanceLevels": [
                {
                    "assessmentReportingMethodDescriptor": descriptor(
                        "AssessmentReportingMethod", "Proficiency level"
                    ),
                    "performanceLevelDescriptor": descriptor("PerformanceLevel", result.level.code_value),
                }
            ],
        }


def discipline_incident(world: World) -> Iterator[Document]:
    """The incidents."""
    for incident in world.incidents:
        yield {
            "incidentIdentifier": incident.identifier,
            "schoolReference": school_reference(incident.students[0].school.school_id),
            "incidentDate": render_date(incident.day),
            "incidentTime": incident.at.isoformat(),
            "incidentLocationDescriptor": descriptor("IncidentLocation", incident.location),
            "reporterDescriptionDescriptor": descriptor("ReporterDescription", "Staff"),
            "behaviors": [{"behaviorDescriptor": descriptor("Behavior", incident.behavior)}],
        }


def student_discipline_incident_behavior(world: World) -> Iterator[Document]:
    """Who behaved so."""
    for incident in world.incidents:
        for one in incident.students:
            code = descriptor("DisciplineIncidentParticipationCode", "Perpetrator")
            yield {
                "behaviorDescriptor": descriptor("Behavior", incident.behavior),
                "disciplineIncidentReference": _incident_reference(incident.identifier, one),
                "studentReference": student_reference(one.student_unique_id),
                "disciplineIncidentParticipationCodes": [
                    {"disciplineIncidentParticipationCodeDescriptor": code}
                ],
            }


def _incident_reference(identifier: str, one: Student) -> dict[str, Json]:
    return {"incidentIdentifier": identifier, "schoolId": one.school.school_id}


def discipline_action(world: World) -> Iterator[Document]:
    """What followed for each student; suspensions say how many school days."""
    for incident in world.incidents:
        for place, one in enumerate(incident.students, 1):
            document: dict[str, Json] = {
                "disciplineActionIdentifier": f"{incident.identifier}-{place}",
                "disciplineDate": render_date(incident.day),
                "responsibilitySchoolReference": school_reference(one.school.school_id),
                "studentReference": student_reference(one.student_unique_id),
                "disciplines": [{"disciplineDescriptor": descriptor("Discipline", incident.consequence)}],
                "studentDisciplineIncidentBehaviorAssociations": [
                    {
                        "studentDisciplineIncidentBehaviorAssociationReference": {
                            **_incident_reference(incident.identifier, one),
                            "behaviorDescriptor": descriptor("Behavior", incident.behavior),
                            "studentUniqueId": one.student_unique_id,
                        }
                    }
                ],
            }
            if incident.consequence in {IN_SCHOOL, OUT_OF_SCHOOL}:
                document["actualDisciplineActionLength"] = len(incident.removed_days)
            yield document
