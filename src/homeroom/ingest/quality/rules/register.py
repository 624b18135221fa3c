"""The register of rules. A rule is an entry here and a statement beside it, in the file of its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from typing import Final, cast

from homeroom.base.findings import Severity
from homeroom.store.queries import query

GROUP: Final = "homeroom.rules"
"""The group of entry points by which others register rules; each names a Rule."""
_OWN: Final = "homeroom.ingest.quality.rules"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule across records about students.

    name: permanent, and that of its statement. resource: of the records that it finds. reads: the resources that its
    statement reads. words: what is wrong, of one record; remedy: what to do. package: where its statement lies.
    """

    name: str
    resource: str
    reads: frozenset[str]
    words: str
    remedy: str
    severity: Severity = Severity.WARNING
    package: str = _OWN

    @property
    def statement(self) -> str:
        """The statement that finds the records: $1 student numbers; one row each: uuid, student number."""
        return query(self.package, self.name)


def _rule(
    name: str, resource: str, *others: str, words: str, remedy: str, severity: Severity = Severity.WARNING
) -> Rule:
    return Rule(name, resource, frozenset({resource, *others}), words, remedy, severity)


_ENROLLMENT: Final = "StudentSchoolAssociation"
_ROSTER: Final = "StudentSectionAssociation"

_OWN_RULES: Final = (
    _rule(
        "enrollments_overlap",
        _ENROLLMENT,
        words="The enrollment begins while another one of the student goes on.",
        remedy="End the earlier one, or say which school is not the main one (primarySchool).",
        severity=Severity.ERROR,
    ),
    _rule(
        "enrollment_ends_before_it_begins",
        _ENROLLMENT,
        words="The enrollment ends before it begins.",
        remedy="Correct its entry date or its exit date.",
        severity=Severity.ERROR,
    ),
    _rule(
        "attendance_outside_enrollment",
        "StudentSchoolAttendanceEvent",
        _ENROLLMENT,
        words="The attendance is of a day on which the student was not enrolled at the school.",
        remedy="Correct the day, or the enrollment.",
        severity=Severity.ERROR,
    ),
    _rule(
        "section_attendance_off_the_roster",
        "StudentSectionAttendanceEvent",
        _ROSTER,
        words="The attendance is of a section on whose roster the student was not that day.",
        remedy="Correct the day, or the roster.",
    ),
    _rule(
        "roster_outside_enrollment",
        _ROSTER,
        _ENROLLMENT,
        words="The student is on a roster of a school at which they were not enrolled meanwhile.",
        remedy="Correct the roster, or load the enrollment.",
    ),
    _rule(
        "roster_ends_before_it_begins",
        _ROSTER,
        words="The place on the roster ends before it begins.",
        remedy="Correct its begin date or its end date.",
        severity=Severity.ERROR,
    ),
    _rule(
        "mark_for_section_not_attended",
        "Grade",
        _ROSTER,
        words="The mark is of a grading period in which the student was not on the section's roster.",
        remedy="Correct the mark's section or period, or the roster.",
    ),
    _rule(
        "birth_date_in_the_future",
        "Student",
        words="The birth date is in the future.",
        remedy="Correct the birth date; check whether day, month and century are read right.",
        severity=Severity.ERROR,
    ),
    _rule(
        "age_is_unlikely",
        _ENROLLMENT,
        "Student",
        words="The student would be younger than 2 or older than 22 at the entry date.",
        remedy="Check the birth date and the entry date.",
    ),
    _rule(
        "login_of_several_students",
        "StudentEducationOrganizationAssociation",
        words="Several students have this login.",
        remedy="Give each student a login of their own.",
    ),
    _rule(
        "identification_code_of_several_students",
        "StudentEducationOrganizationAssociation",
        words="Another student has an identification code of the same system.",
        remedy="Find out whose it is; if they are one person, merge the two.",
        severity=Severity.ERROR,
    ),
    _rule(
        "identification_code_record_of_several_students",
        "StudentIdentificationCode",
        words="Another student has the same identification code of the same system.",
        remedy="Find out whose it is; if they are one person, merge the two.",
        severity=Severity.ERROR,
    ),
    _rule(
        "number_of_several_students",
        "Student",
        words="In one load, students of different first names or birth dates had this number; the last is stored.",
        remedy="Give each student a number of their own and load the file again, or undo the batch.",
        severity=Severity.ERROR,
    ),
    _rule(
        "student_under_several_numbers",
        "Student",
        words="Another student has the same name and birth date.",
        remedy="Find out whether they are one person; if so, merge the two.",
    ),
)


@cache
def all_rules() -> Mapping[str, Rule]:
    """Every rule that is installed, by name: ours, and those that others register."""
    others = (cast("Rule", entry.load()) for entry in entry_points(group=GROUP))
    return {rule.name: rule for rule in (*_OWN_RULES, *others)}


def statement_names() -> frozenset[str]:
    """Names of the statements beside this module, for the check that each has its entry."""
    return frozenset(f.name.removesuffix(".sql") for f in files(_OWN).iterdir() if f.name.endswith(".sql"))
