"""Who and what the demo names: the district, its schools, and the people the demo signs in as."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

# The day the demo stands still on: a Friday in the second grading period, before Thanksgiving.
DEMO_TODAY = date(2026, 11, 20)
DEMO_SCHOOL_YEAR = 2027

DISTRICT_NAME = "Willow Creek School District"
DISTRICT_ID = 255950
STATE_AGENCY_NAME = "Prairie Department of Education"
STATE_AGENCY_ID = 255000

NORTH_ELEMENTARY_ID = 255950001
SOUTH_ELEMENTARY_ID = 255950002
MIDDLE_SCHOOL_ID = 255950003
HIGH_SCHOOL_ID = 255950004

# `.example` and example.org are reserved for documentation (RFC 2606): no mail ever reaches a person.
STAFF_MAIL_DOMAIN = "willowcreek.example"
STUDENT_MAIL_DOMAIN = "students.willowcreek.example"
FAMILY_MAIL_DOMAIN = "example.org"


@dataclass(frozen=True, slots=True)
class CastMember:
    """One member of staff whose name and identifier are the same in every generated district.

    education_organization_id: where the person is assigned.
    staff_classification: code value of StaffClassificationDescriptor.
    """

    staff_unique_id: str
    first_name: str
    last_surname: str
    sex: str
    position_title: str
    staff_classification: str
    education_organization_id: int

    @property
    def full_name(self) -> str:
        """First name and surname, as a page shows them."""
        return f"{self.first_name} {self.last_surname}"

    @property
    def electronic_mail_address(self) -> str:
        """The person's work address, which is also the demo's sign-in name."""
        return f"{self.first_name}.{self.last_surname}@{STAFF_MAIL_DOMAIN}".lower()


DEMO_TEACHER = CastMember(
    "T-1001", "Maya", "Okafor", "Female", "Mathematics Teacher", "Secondary Teacher", HIGH_SCHOOL_ID
)
DEMO_DATA_MANAGER = CastMember(
    "D-1001", "Tomas", "Lindqvist", "Male", "District Data Manager", "LEA System Administrator", DISTRICT_ID
)
DEMO_PRINCIPAL = CastMember(
    "P-1001", "Ruth", "Castellanos", "Female", "Principal", "Principal", HIGH_SCHOOL_ID
)
CAST = (DEMO_TEACHER, DEMO_DATA_MANAGER, DEMO_PRINCIPAL)
