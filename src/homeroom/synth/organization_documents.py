"""Documents about the district itself: agencies, schools, days, sessions, courses, rooms, programs."""

from __future__ import annotations

from collections.abc import Iterator

from homeroom.synth import cast
from homeroom.synth.curriculum import HOMEROOM, SCHOOLS, Course, School, courses_of
from homeroom.synth.documents import (
    Document,
    descriptor,
    education_organization_reference,
    grade_level,
    render_date,
    school_reference,
    school_year_reference,
)
from homeroom.synth.programs import PROGRAMS
from homeroom.synth.school_year import GradingPeriod, Session, weekdays
from homeroom.synth.timetable import sessions_of
from homeroom.synth.world import World


def school_year_type(world: World) -> Iterator[Document]:
    """The year the district is in."""
    yield {
        "schoolYear": world.year.ending_year,
        "schoolYearDescription": world.year.label,
        "currentSchoolYear": True,
    }


def state_education_agency(_: World) -> Iterator[Document]:
    """The state's agency."""
    yield {
        "stateEducationAgencyId": cast.STATE_AGENCY_ID,
        "nameOfInstitution": cast.STATE_AGENCY_NAME,
        "categories": [_organization_category("State Education Agency")],
    }


def local_education_agency(_: World) -> Iterator[Document]:
    """The one district."""
    yield {
        "localEducationAgencyId": cast.DISTRICT_ID,
        "nameOfInstitution": cast.DISTRICT_NAME,
        "shortNameOfInstitution": "Willow Creek",
        "localEducationAgencyCategoryDescriptor": descriptor(
            "LocalEducationAgencyCategory", "Regular public school district"
        ),
        "stateEducationAgencyReference": {"stateEducationAgencyId": cast.STATE_AGENCY_ID},
        "categories": [_organization_category("Local Education Agency")],
        "addresses": [address("2 Cottonwood Street", kind="Physical")],
    }


def school(_: World) -> Iterator[Document]:
    """Each school of the district."""
    for place in SCHOOLS:
        yield {
            "schoolId": place.school_id,
            "nameOfInstitution": place.name,
            "shortNameOfInstitution": place.short_name,
            "operationalStatusDescriptor": descriptor("OperationalStatus", "Active"),
            "schoolTypeDescriptor": descriptor("SchoolType", "Regular"),
            "localEducationAgencyReference": {"localEducationAgencyId": cast.DISTRICT_ID},
            "educationOrganizationCategories": [_organization_category("School")],
            "schoolCategories": [{"schoolCategoryDescriptor": descriptor("SchoolCategory", place.category)}],
            "gradeLevels": [{"gradeLevelDescriptor": grade_level(grade)} for grade in place.grades],
            "addresses": [address(place.street, kind="Physical")],
        }


def _organization_category(code_value: str) -> Document:
    return {
        "educationOrganizationCategoryDescriptor": descriptor("EducationOrganizationCategory", code_value)
    }


def address(street: str, *, kind: str) -> Document:
    """An address that does not exist: no postal code of the United States begins with 000."""
    return {
        "addressTypeDescriptor": descriptor("AddressType", kind),
        "streetNumberName": street,
        "city": "Willow Creek",
        "postalCode": "00042",
        "stateAbbreviationDescriptor": descriptor("StateAbbreviation", "NE"),
    }


def calendar(world: World) -> Iterator[Document]:
    """One calendar per school."""
    for place in SCHOOLS:
        yield {
            "calendarCode": calendar_code(world),
            "calendarTypeDescriptor": descriptor("CalendarType", "School"),
            "schoolReference": school_reference(place.school_id),
            "schoolYearTypeReference": school_year_reference(world.year.ending_year),
        }


def calendar_code(world: World) -> str:
    """The code of every school's calendar."""
    return f"REGULAR-{world.year.ending_year}"


def calendar_reference(world: World, place: School) -> Document:
    """The `calendarReference` member."""
    return {
        "calendarCode": calendar_code(world),
        "schoolId": place.school_id,
        "schoolYear": world.year.ending_year,
    }


def calendar_date(world: World) -> Iterator[Document]:
    """Each weekday of the year, with or without school."""
    year = world.year
    for place in SCHOOLS:
        for day in weekdays(year.begins_on, year.ends_on):
            event = year.closures.get(day, "Instructional day")
            yield {
                "date": render_date(day),
                "calendarReference": calendar_reference(world, place),
                "calendarEvents": [{"calendarEventDescriptor": descriptor("CalendarEvent", event)}],
            }


def grading_period(world: World) -> Iterator[Document]:
    """The four quarters, at each school."""
    for place in SCHOOLS:
        for period in world.year.grading_periods:
            yield {
                "gradingPeriodDescriptor": descriptor("GradingPeriod", period.name),
                "gradingPeriodName": period_name(world, period),
                "periodSequence": period.sequence,
                "beginDate": render_date(period.begins_on),
                "endDate": render_date(period.ends_on),
                "totalInstructionalDays": len(world.year.school_days(period.begins_on, period.ends_on)),
                "schoolReference": school_reference(place.school_id),
                "schoolYearTypeReference": school_year_reference(world.year.ending_year),
            }


def period_name(world: World, period: GradingPeriod) -> str:
    """The grading period with its year, such as 2026-2027 First Nine Weeks."""
    return f"{world.year.label} {period.name}"


def grading_period_reference(world: World, place: School, *, period: GradingPeriod) -> Document:
    """The `gradingPeriodReference` member."""
    return {
        "gradingPeriodDescriptor": descriptor("GradingPeriod", period.name),
        "gradingPeriodName": period_name(world, period),
        "schoolId": place.school_id,
        "schoolYear": world.year.ending_year,
    }


def session(world: World) -> Iterator[Document]:
    """Semesters in the secondary schools, one whole year in the others."""
    for place in SCHOOLS:
        for term in sessions_of(place, world.year):
            yield {
                "sessionName": term.name,
                "termDescriptor": descriptor("Term", term.term),
                "beginDate": render_date(term.begins_on),
                "endDate": render_date(term.ends_on),
                "totalInstructionalDays": len(world.year.school_days(term.begins_on, term.ends_on)),
                "schoolReference": school_reference(place.school_id),
                "schoolYearTypeReference": school_year_reference(world.year.ending_year),
                "gradingPeriods": [
                    {"gradingPeriodReference": grading_period_reference(world, place, period=period)}
                    for period in term.grading_periods
                ],
            }


def session_reference(world: World, place: School, *, term: Session) -> Document:
    """The `sessionReference` member."""
    return {"schoolId": place.school_id, "schoolYear": world.year.ending_year, "sessionName": term.name}


def class_period(_: World) -> Iterator[Document]:
    """The bell's periods; attendance is taken in the first."""
    for place in SCHOOLS:
        for number, (name, start, end) in enumerate(place.periods):
            yield {
                "classPeriodName": name,
                "officialAttendancePeriod": number == 0,
                "schoolReference": school_reference(place.school_id),
                "meetingTimes": [{"startTime": start.isoformat(), "endTime": end.isoformat()}],
            }


def bell_schedule(world: World) -> Iterator[Document]:
    """One regular day, rung on every day with school."""
    days = world.year.school_days(world.year.begins_on, world.year.ends_on)
    for place in SCHOOLS:
        yield {
            "bellScheduleName": "Regular Day",
            "startTime": place.periods[0][1].isoformat(),
            "endTime": place.periods[-1][2].isoformat(),
            "schoolReference": school_reference(place.school_id),
            "classPeriods": [
                {"classPeriodReference": class_period_reference(place, name)} for name, _, _ in place.periods
            ],
            "dates": [{"date": render_date(day)} for day in days],
        }


def class_period_reference(place: School, name: str) -> Document:
    """The `classPeriodReference` member."""
    return {"classPeriodName": name, "schoolId": place.school_id}


def location(world: World) -> Iterator[Document]:
    """The classrooms in which sections meet."""
    rooms = dict.fromkeys((section.school.school_id, section.room) for section in world.timetable.sections)
    for school_id, room in rooms:
        yield {
            "classroomIdentificationCode": room,
            "maximumNumberOfSeats": 32,
            "schoolReference": school_reference(school_id),
        }


def course(_: World) -> Iterator[Document]:
    """The district's courses."""
    for grade in range(13):
        for taught in courses_of(grade):
            yield {
                "courseCode": taught.code,
                "courseTitle": taught.title,
                "numberOfParts": 1,
                "educationOrganizationReference": education_organization_reference(cast.DISTRICT_ID),
                "identificationCodes": [
                    {
                        "courseIdentificationSystemDescriptor": descriptor(
                            "CourseIdentificationSystem", "LEA course code"
                        ),
                        "identificationCode": taught.code,
                    }
                ],
                "academicSubjects": [{"academicSubjectDescriptor": _subject(taught)}],
                "offeredGradeLevels": [{"gradeLevelDescriptor": grade_level(grade)}],
            }


def _subject(taught: Course) -> str:
    return descriptor("AcademicSubject", "Other" if taught.subject == HOMEROOM else taught.subject)


def course_offering(world: World) -> Iterator[Document]:
    """Each course at each school that has its grade, in each session of the year."""
    for place in SCHOOLS:
        for term in sessions_of(place, world.year):
            for taught in (one for grade in place.grades for one in courses_of(grade)):
                yield {
                    "localCourseCode": taught.code,
                    "localCourseTitle": taught.title,
                    "courseReference": {
                        "courseCode": taught.code,
                        "educationOrganizationId": cast.DISTRICT_ID,
                    },
                    "schoolReference": school_reference(place.school_id),
                    "sessionReference": session_reference(world, place, term=term),
                }


def program(_: World) -> Iterator[Document]:
    """The district's programs."""
    for one in PROGRAMS:
        yield {
            "programName": one.name,
            "programTypeDescriptor": descriptor("ProgramType", one.program_type),
            "educationOrganizationReference": education_organization_reference(cast.DISTRICT_ID),
        }
