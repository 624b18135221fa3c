"""Made-up input of any size: a district of ten schools, its students, and the records that the scenarios load."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

SCHOOLS = 10
ED_FI = "uri://ed-fi.org"
LEA = 900
LEA_CATEGORY = "LocalEducationAgencyCategoryDescriptor#Independent"
FIRST_DAY = date(2026, 8, 17)
Body = dict[str, Any]


def school_of(student: int) -> int:
    """The school a student attends: each has a tenth of all."""
    return LEA * 1000 + student % SCHOOLS


def number(student: int) -> str:
    """A student's number."""
    return f"B{student:07d}"


def write_world(folder: Path, students: int) -> None:
    """Organisations, sessions, students and enrolments as JSON Lines."""
    folder.mkdir(parents=True, exist_ok=True)
    schools = [LEA * 1000 + n for n in range(SCHOOLS)]
    category = f"{ED_FI}/EducationOrganizationCategoryDescriptor"
    _write(
        folder / "localEducationAgencies.jsonl",
        [
            {
                "localEducationAgencyId": LEA,
                "nameOfInstitution": "Bench district",
                "localEducationAgencyCategoryDescriptor": f"{ED_FI}/{LEA_CATEGORY}",
                "categories": [
                    {"educationOrganizationCategoryDescriptor": f"{category}#Local Education Agency"}
                ],
            }
        ],
    )
    _write(folder / "schools.jsonl", (_school(s, f"{category}#School") for s in schools))
    _write(folder / "sessions.jsonl", (_session(s) for s in schools))
    _write(folder / "students.jsonl", (_student(n) for n in range(students)))
    _write(folder / "studentSchoolAssociations.jsonl", (_enrollment(n) for n in range(students)))


def attendance(rows: int, students: int, *, first: int = 0) -> Iterator[Body]:
    """One event per student and day, days in the outer loop, as a SIS sends them. first: of the rows, from 0."""
    for row in range(first, first + rows):
        yield attendance_event(row % students, FIRST_DAY + timedelta(days=row // students))


def attendance_event(student: int, day: date) -> Body:
    """A student's absence on a day."""
    school = school_of(student)
    return {
        "attendanceEventCategoryDescriptor": f"{ED_FI}/AttendanceEventCategoryDescriptor#Unexcused Absence",
        "eventDate": day.isoformat(),
        "schoolReference": {"schoolId": school},
        "sessionReference": {"schoolId": school, "schoolYear": 2027, "sessionName": "Year"},
        "studentReference": {"studentUniqueId": number(student)},
        "attendanceEventReason": "none given",
    }


def assessment_results(rows: int, students: int) -> Iterator[Body]:
    """Nested results of about 2 KB: ten scores, five levels and accommodations each."""
    method = f"{ED_FI}/AssessmentReportingMethodDescriptor"
    methods = ["Scale score", "Raw score", "Percentile", "Quantile Measure", "T-score", "Stanine score"]
    for row in range(rows):
        yield {
            "studentAssessmentIdentifier": f"R{row:08d}",
            "assessmentReference": {"assessmentIdentifier": "BENCH", "namespace": "uri://bench.example/A"},
            "studentReference": {"studentUniqueId": number(row % students)},
            "administrationDate": "2026-10-05T08:00:00Z",
            "serialNumber": f"S{row:08d}",
            "scoreResults": [
                {
                    "assessmentReportingMethodDescriptor": f"{method}#{m}",
                    "result": str(row % 900 + i),
                    "resultDatatypeTypeDescriptor": f"{ED_FI}/ResultDatatypeTypeDescriptor#Integer",
                }
                for i, m in enumerate(methods)
            ],
            "performanceLevels": [
                {
                    "assessmentReportingMethodDescriptor": f"{method}#{m}",
                    "performanceLevelDescriptor": f"{ED_FI}/PerformanceLevelDescriptor#Proficient",
                }
                for m in methods[:3]
            ],
            "accommodations": [
                {"accommodationDescriptor": f"{ED_FI}/AccommodationDescriptor#{a}"}
                for a in ("504 accommodation", "Other", "Settings accommodation")
            ],
        }


def write_assessment(folder: Path) -> None:
    """The assessment that the results refer to."""
    folder.mkdir(parents=True, exist_ok=True)
    body = {
        "assessmentIdentifier": "BENCH",
        "namespace": "uri://bench.example/A",
        "assessmentTitle": "Bench",
        "academicSubjects": [{"academicSubjectDescriptor": f"{ED_FI}/AcademicSubjectDescriptor#Mathematics"}],
    }
    _write(folder / "assessments.jsonl", [body])


def write_jsonl(path: Path, rows: Iterator[Body]) -> int:
    """Writes JSON Lines; gives the size in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, rows)
    return path.stat().st_size


def write_attendance_xml(path: Path, rows: int, students: int) -> int:
    """The same attendance as an Ed-Fi XML interchange; gives the size in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<InterchangeStudentAttendance xmlns="http://ed-fi.org/5.2.0">\n'
        )
        for row in range(rows):
            event = attendance_event(row % students, FIRST_DAY + timedelta(days=row // students))
            school = event["schoolReference"]["schoolId"]
            identity = f"<SchoolIdentity><SchoolId>{school}</SchoolId></SchoolIdentity>"
            schooling = f"<SchoolReference>{identity}</SchoolReference>"
            file.write(
                "<StudentSchoolAttendanceEvent><AttendanceEvent>"
                f"<EventDate>{event['eventDate']}</EventDate>"
                f"<AttendanceEventCategory>{event['attendanceEventCategoryDescriptor']}</AttendanceEventCategory>"
                "<AttendanceEventReason>none given</AttendanceEventReason></AttendanceEvent>"
                "<StudentReference><StudentIdentity>"
                f"<StudentUniqueId>{event['studentReference']['studentUniqueId']}</StudentUniqueId>"
                f"</StudentIdentity></StudentReference>{schooling}"
                f"<SessionReference><SessionIdentity>{schooling}<SchoolYear>2026-2027</SchoolYear>"
                "<SessionName>Year</SessionName></SessionIdentity></SessionReference>"
                "</StudentSchoolAttendanceEvent>\n"
            )
        file.write("</InterchangeStudentAttendance>\n")
    return path.stat().st_size


def _school(school: int, category: str) -> Body:
    return {
        "schoolId": school,
        "nameOfInstitution": f"Bench school {school}",
        "localEducationAgencyReference": {"localEducationAgencyId": LEA},
        "educationOrganizationCategories": [{"educationOrganizationCategoryDescriptor": category}],
        "gradeLevels": [{"gradeLevelDescriptor": f"{ED_FI}/GradeLevelDescriptor#Ninth grade"}],
    }


def _session(school: int) -> Body:
    return {
        "schoolReference": {"schoolId": school},
        "schoolYearTypeReference": {"schoolYear": 2027},
        "sessionName": "Year",
        "beginDate": "2026-08-17",
        "endDate": "2027-06-04",
        "termDescriptor": f"{ED_FI}/TermDescriptor#Year Round",
        "totalInstructionalDays": 180,
    }


def _student(n: int) -> Body:
    return {
        "studentUniqueId": number(n),
        "firstName": f"First{n % 997}",
        "lastSurname": f"Last{n % 1009}",
        "birthDate": "2011-03-05",
    }


def _enrollment(n: int) -> Body:
    return {
        "studentReference": {"studentUniqueId": number(n)},
        "schoolReference": {"schoolId": school_of(n)},
        "entryDate": "2026-08-17",
        "entryGradeLevelDescriptor": f"{ED_FI}/GradeLevelDescriptor#Ninth grade",
    }


def _write(path: Path, bodies: Any) -> None:
    with path.open("w") as file:
        file.writelines(json.dumps(b, separators=(",", ":")) + "\n" for b in bodies)
