"""The generator: every document of a made-up district, each after the ones it refers to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from homeroom.base.errors import SettingsError
from homeroom.synth import event_documents as events
from homeroom.synth import organization_documents as organization
from homeroom.synth import student_documents as students_of
from homeroom.synth import teaching_documents as teaching
from homeroom.synth.documents import Document, Record
from homeroom.synth.world import World, plan_world


@dataclass(frozen=True, slots=True)
class Step:
    """One resource, its endpoint, and what writes its documents."""

    resource: str
    endpoint: str
    documents: Callable[[World], Iterator[Document]]


# In the order of the standard's dependencies: a step refers only to the ones above it.
STEPS = (
    Step("SchoolYearType", "schoolYearTypes", organization.school_year_type),
    Step("StateEducationAgency", "stateEducationAgencies", organization.state_education_agency),
    Step("Contact", "contacts", students_of.contact),
    Step("Staff", "staffs", teaching.staff),
    Step("Student", "students", students_of.student),
    Step("LocalEducationAgency", "localEducationAgencies", organization.local_education_agency),
    Step("School", "schools", organization.school),
    Step("Calendar", "calendars", organization.calendar),
    Step("ClassPeriod", "classPeriods", organization.class_period),
    Step("DisciplineIncident", "disciplineIncidents", events.discipline_incident),
    Step("GradingPeriod", "gradingPeriods", organization.grading_period),
    Step("Location", "locations", organization.location),
    Step("BellSchedule", "bellSchedules", organization.bell_schedule),
    Step("CalendarDate", "calendarDates", organization.calendar_date),
    Step("Session", "sessions", organization.session),
    Step(
        "StaffEducationOrganizationEmploymentAssociation",
        "staffEducationOrganizationEmploymentAssociations",
        teaching.staff_employment,
    ),
    Step("Course", "courses", organization.course),
    Step("Program", "programs", organization.program),
    Step(
        "StaffEducationOrganizationAssignmentAssociation",
        "staffEducationOrganizationAssignmentAssociations",
        teaching.staff_assignment,
    ),
    Step("CourseOffering", "courseOfferings", organization.course_offering),
    Step("Section", "sections", teaching.section),
    Step("Assessment", "assessments", teaching.assessment),
    Step("GradebookEntry", "gradebookEntries", teaching.gradebook_entry),
    Step("StaffSectionAssociation", "staffSectionAssociations", teaching.staff_section),
    Step("StudentSchoolAssociation", "studentSchoolAssociations", students_of.student_school),
    Step("StudentAssessment", "studentAssessments", events.student_assessment),
    Step("StudentContactAssociation", "studentContactAssociations", students_of.student_contact),
    Step(
        "StudentDisciplineIncidentBehaviorAssociation",
        "studentDisciplineIncidentBehaviorAssociations",
        events.student_discipline_incident_behavior,
    ),
    Step(
        "StudentEducationOrganizationAssociation",
        "studentEducationOrganizationAssociations",
        students_of.student_education_organization,
    ),
    Step("StudentGradebookEntry", "studentGradebookEntries", events.student_gradebook_entry),
    Step(
        "StudentLanguageInstructionProgramAssociation",
        "studentLanguageInstructionProgramAssociations",
        students_of.student_language_instruction,
    ),
    Step("StudentProgramAssociation", "studentProgramAssociations", students_of.student_program),
    Step("StudentSchoolAttendanceEvent", "studentSchoolAttendanceEvents", events.student_school_attendance),
    Step(
        "StudentSchoolFoodServiceProgramAssociation",
        "studentSchoolFoodServiceProgramAssociations",
        students_of.student_food_service,
    ),
    Step("StudentSectionAssociation", "studentSectionAssociations", students_of.student_section),
    Step(
        "StudentSectionAttendanceEvent", "studentSectionAttendanceEvents", events.student_section_attendance
    ),
    Step(
        "StudentSpecialEducationProgramAssociation",
        "studentSpecialEducationProgramAssociations",
        students_of.student_special_education,
    ),
    Step("DisciplineAction", "disciplineActions", events.discipline_action),
    Step("Grade", "grades", events.grade),
)
ENDPOINTS: Mapping[str, str] = {step.resource: step.endpoint for step in STEPS}


def generate_district(
    seed: int, students: int = 1000, *, school_year: int = 2027, today: date
) -> Iterator[Record]:
    """Ed-Fi 5.2 documents of a small district as it stands at the end of a day, in order of dependency.

    seed: the same seed gives the same documents, member for member. students: how many children.
    school_year: its ending year (2027 runs from 2026-08-17 to 2027-06-04). today: nothing happens after it.
    """
    if students < 1:
        raise SettingsError("A district needs at least one student; ask for students=1 or more.")
    world = plan_world(seed, students=students, school_year=school_year, today=today)
    for step in STEPS:
        for document in step.documents(world):
            yield Record(step.resource, document)


def group_by_endpoint(records: Iterable[Record]) -> dict[str, list[Document]]:
    """The documents under the endpoint each belongs to, endpoints and documents in the order given."""
    grouped: defaultdict[str, list[Document]] = defaultdict(list)
    for record in records:
        grouped[ENDPOINTS[record.resource]].append(record.document)
    return dict(grouped)
