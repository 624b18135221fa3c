"""The named people and places of the tests: a name means the same child everywhere. All invented."""

from __future__ import annotations

from typing import Any

DISTRICT_ID = 4100
SCHOOL_ID = 4101
OTHER_SCHOOL_ID = 4102
GRADE_NINE = "uri://ed-fi.org/GradeLevelDescriptor#Ninth grade"
CATEGORY = "uri://ed-fi.org/EducationOrganizationCategoryDescriptor#School"
COURSE_CODE = "uri://ed-fi.org/CourseIdentificationSystemDescriptor#LEA course code"
LEA_CATEGORY = "uri://ed-fi.org/LocalEducationAgencyCategoryDescriptor#Regular public school district"

Body = dict[str, Any]


def district_body() -> Body:
    """The local education agency above both schools."""
    return {
        "localEducationAgencyId": DISTRICT_ID,
        "nameOfInstitution": "Fernhollow Schools",
        "localEducationAgencyCategoryDescriptor": LEA_CATEGORY,
        "categories": [
            {
                "educationOrganizationCategoryDescriptor": CATEGORY.replace(
                    "#School", "#Local Education Agency"
                ),
            }
        ],
    }


def school_body(school_id: int = SCHOOL_ID) -> Body:
    """A school of the district."""
    return {
        "schoolId": school_id,
        "nameOfInstitution": f"Fernhollow {school_id}",
        "localEducationAgencyReference": {"localEducationAgencyId": DISTRICT_ID},
        "educationOrganizationCategories": [{"educationOrganizationCategoryDescriptor": CATEGORY}],
        "gradeLevels": [{"gradeLevelDescriptor": GRADE_NINE}],
    }


def student_body(number: str = "F-1", first_name: str = "Ines") -> Body:
    """Ines (F-1) is the pupil everything happens to; others are made by number."""
    return {
        "studentUniqueId": number,
        "firstName": first_name,
        "lastSurname": "Marlowe",
        "birthDate": "2011-03-05",
    }


def enrollment_body(number: str = "F-1", school_id: int = SCHOOL_ID) -> Body:
    """Enrolled since the autumn of 2026."""
    return {
        "studentReference": {"studentUniqueId": number},
        "schoolReference": {"schoolId": school_id},
        "entryDate": "2026-08-17",
        "entryGradeLevelDescriptor": GRADE_NINE,
    }


def session_body(name: str = "Fall") -> Body:
    """The term of the school."""
    return {
        "schoolReference": {"schoolId": SCHOOL_ID},
        "schoolYearTypeReference": {"schoolYear": 2027},
        "sessionName": name,
        "beginDate": "2026-08-17",
        "endDate": "2026-12-18",
        "termDescriptor": "uri://ed-fi.org/TermDescriptor#Fall Semester",
        "totalInstructionalDays": 80,
    }


def course_body() -> Body:
    """Algebra."""
    return {
        "courseCode": "ALG-1",
        "courseTitle": "Algebra",
        "numberOfParts": 1,
        "educationOrganizationReference": {"educationOrganizationId": SCHOOL_ID},
        "identificationCodes": [
            {
                "courseIdentificationSystemDescriptor": COURSE_CODE,
                "identificationCode": "ALG-1",
            }
        ],
    }


def offering_body(session: str = "Fall") -> Body:
    """Algebra in the term."""
    return {
        "localCourseCode": "ALG-1",
        "courseReference": {"courseCode": "ALG-1", "educationOrganizationId": SCHOOL_ID},
        "schoolReference": {"schoolId": SCHOOL_ID},
        "sessionReference": {"schoolId": SCHOOL_ID, "schoolYear": 2027, "sessionName": session},
    }


def period_body(name: str = "Period 1") -> Body:
    """A slot of the school day."""
    return {"classPeriodName": name, "schoolReference": {"schoolId": SCHOOL_ID}}


def section_body(session: str = "Fall", period: str = "Period 1") -> Body:
    """One class of Algebra."""
    return {
        "sectionIdentifier": "ALG-1-A",
        "courseOfferingReference": {
            "localCourseCode": "ALG-1",
            "schoolId": SCHOOL_ID,
            "schoolYear": 2027,
            "sessionName": session,
        },
        "classPeriods": [{"classPeriodReference": {"classPeriodName": period, "schoolId": SCHOOL_ID}}],
    }


def roster_body(number: str = "F-1", session: str = "Fall") -> Body:
    """Ines attends Algebra."""
    return {
        "beginDate": "2026-08-17",
        "studentReference": {"studentUniqueId": number},
        "sectionReference": {
            "localCourseCode": "ALG-1",
            "schoolId": SCHOOL_ID,
            "schoolYear": 2027,
            "sectionIdentifier": "ALG-1-A",
            "sessionName": session,
        },
    }


WORLD: tuple[tuple[str, Body], ...] = (
    ("LocalEducationAgency", district_body()),
    ("School", school_body()),
    ("School", school_body(OTHER_SCHOOL_ID)),
    ("Student", student_body()),
    ("StudentSchoolAssociation", enrollment_body()),
    ("Session", session_body()),
    ("Course", course_body()),
    ("CourseOffering", offering_body()),
    ("ClassPeriod", period_body()),
    ("Section", section_body()),
    ("StudentSectionAssociation", roster_body()),
)
"""A small school with one pupil in one class, in order of dependency."""
