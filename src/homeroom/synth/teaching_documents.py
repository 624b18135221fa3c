"""Documents about staff and what they teach: employment, assignments, sections, gradebooks, assessments."""

from __future__ import annotations

from collections.abc import Iterator

from homeroom.synth import cast
from homeroom.synth.assessment import ASSESSMENTS, LEVELS, SCALE_MAXIMUM, SCALE_MINIMUM, window_of
from homeroom.synth.documents import (
    Document,
    Json,
    descriptor,
    education_organization_reference,
    grade_level,
    render_date,
    staff_reference,
)
from homeroom.synth.organization_documents import class_period_reference, grading_period_reference
from homeroom.synth.timetable import Section
from homeroom.synth.world import World

GRADEBOOK_NAMESPACE = "uri://willowcreek.example/gradebook"


def staff(world: World) -> Iterator[Document]:
    """Everybody who works in the district."""
    for member in world.timetable.staff:
        document: dict[str, Json] = {
            "staffUniqueId": member.staff_unique_id,
            "firstName": member.first_name,
            "lastSurname": member.last_surname,
            "sexDescriptor": descriptor("Sex", member.sex),
            "electronicMails": [
                {
                    "electronicMailAddress": member.electronic_mail_address,
                    "electronicMailTypeDescriptor": descriptor("ElectronicMailType", "Work"),
                }
            ],
        }
        if member.post.position_title.endswith("Teacher"):
            document["yearsOfPriorTeachingExperience"] = member.years_of_teaching
        yield document


def staff_employment(world: World) -> Iterator[Document]:
    """Everybody is employed by the district."""
    for member in world.timetable.staff:
        status = "Probationary" if member.years_of_teaching < 3 else "Tenured or permanent"
        yield {
            "educationOrganizationReference": education_organization_reference(cast.DISTRICT_ID),
            "staffReference": staff_reference(member.staff_unique_id),
            "employmentStatusDescriptor": descriptor("EmploymentStatus", status),
            "hireDate": render_date(member.hired_on),
            "fullTimeEquivalency": 1,
        }


def staff_assignment(world: World) -> Iterator[Document]:
    """Where and as what each works, from the day of hire."""
    for member in world.timetable.staff:
        post = member.post
        yield {
            "educationOrganizationReference": education_organization_reference(
                post.education_organization_id
            ),
            "staffReference": staff_reference(member.staff_unique_id),
            "staffClassificationDescriptor": descriptor("StaffClassification", post.classification),
            "positionTitle": post.position_title,
            "beginDate": render_date(member.hired_on),
        }


def section(world: World) -> Iterator[Document]:
    """Each section with its room and class period."""
    for one in world.timetable.sections:
        yield {
            "sectionIdentifier": one.section_identifier,
            "sectionName": one.name,
            "educationalEnvironmentDescriptor": descriptor("EducationalEnvironment", "Classroom"),
            "officialAttendancePeriod": one.period == 0,
            "courseOfferingReference": {
                "localCourseCode": one.course.code,
                "schoolId": one.school.school_id,
                "schoolYear": world.year.ending_year,
                "sessionName": one.session.name,
            },
            "locationReference": {
                "classroomIdentificationCode": one.room,
                "schoolId": one.school.school_id,
            },
            "classPeriods": [{"classPeriodReference": class_period_reference(one.school, one.period_name)}],
            "offeredGradeLevels": [{"gradeLevelDescriptor": grade_level(one.course.grade)}],
        }


def section_reference(world: World, one: Section) -> Document:
    """The `sectionReference` member."""
    return {
        "localCourseCode": one.course.code,
        "schoolId": one.school.school_id,
        "schoolYear": world.year.ending_year,
        "sectionIdentifier": one.section_identifier,
        "sessionName": one.session.name,
    }


def staff_section(world: World) -> Iterator[Document]:
    """The teacher of each section."""
    for one in world.timetable.sections:
        yield {
            "beginDate": render_date(one.session.begins_on),
            "endDate": render_date(one.session.ends_on),
            "classroomPositionDescriptor": descriptor("ClassroomPosition", "Teacher of Record"),
            "sectionReference": section_reference(world, one),
            "staffReference": staff_reference(one.teacher.staff_unique_id),
        }


def gradebook_entry(world: World) -> Iterator[Document]:
    """The assignments."""
    for one in world.gradebook.assignments:
        yield {
            "gradebookEntryIdentifier": one.identifier,
            "namespace": GRADEBOOK_NAMESPACE,
            "sourceSectionIdentifier": one.section.section_identifier,
            "title": one.title,
            "dateAssigned": render_date(one.assigned_on),
            "dueDate": render_date(one.due_on),
            "maxPoints": one.max_points,
            "gradebookEntryTypeDescriptor": descriptor("GradebookEntryType", one.kind),
            "gradingPeriodReference": grading_period_reference(
                world, one.section.school, period=one.grading_period
            ),
            "sectionReference": section_reference(world, one.section),
        }


def assessment(world: World) -> Iterator[Document]:
    """The interim assessment of the fall: one test for each subject."""
    first, last = window_of(world.year)
    for one in ASSESSMENTS:
        yield {
            "assessmentIdentifier": one.identifier_in(world.year.ending_year),
            "namespace": one.namespace,
            "assessmentTitle": f"{world.year.label} {one.title}",
            "assessmentFamily": "Fall Interim",
            "assessmentCategoryDescriptor": descriptor("AssessmentCategory", "Interim"),
            "educationOrganizationReference": education_organization_reference(cast.DISTRICT_ID),
            "academicSubjects": [{"academicSubjectDescriptor": descriptor("AcademicSubject", one.subject)}],
            "assessedGradeLevels": [{"gradeLevelDescriptor": grade_level(grade)} for grade in one.grades],
            "periods": [
                {
                    "assessmentPeriodDescriptor": descriptor("AssessmentPeriod", "Fall"),
                    "beginDate": render_date(first),
                    "endDate": render_date(last),
                }
            ],
            "scores": [_possible_score()],
            "performanceLevels": [
                {
                    "assessmentReportingMethodDescriptor": descriptor(
                        "AssessmentReportingMethod", "Proficiency level"
                    ),
                    "performanceLevelDescriptor": descriptor("PerformanceLevel", level.code_value),
                    "performanceLevelIndicatorName": level.code_value,
                    "minimumScore": str(level.minimum),
                    "maximumScore": str(level.maximum),
                    "resultDatatypeTypeDescriptor": descriptor("ResultDatatypeType", "Integer"),
                }
                for level in LEVELS
            ],
        }


def _possible_score() -> Document:
    return {
        "assessmentReportingMethodDescriptor": descriptor("AssessmentReportingMethod", "Scale score"),
        "minimumScore": str(SCALE_MINIMUM),
        "maximumScore": str(SCALE_MAXIMUM),
        "resultDatatypeTypeDescriptor": descriptor("ResultDatatypeType", "Integer"),
    }
