"""The programs of the district and the references that name them."""

from __future__ import annotations

from dataclasses import dataclass

from homeroom.synth import cast
from homeroom.synth.documents import Document, descriptor


@dataclass(frozen=True, slots=True)
class Program:
    """One program; program_type is a code value of ProgramTypeDescriptor."""

    name: str
    program_type: str

    def reference(self) -> Document:
        """The `programReference` member."""
        return {
            "educationOrganizationId": cast.DISTRICT_ID,
            "programName": self.name,
            "programTypeDescriptor": descriptor("ProgramType", self.program_type),
        }


SPECIAL_EDUCATION = Program("Special Education", "Special Education")
ENGLISH_LANGUAGE = Program("English as a Second Language", "English as a Second Language (ESL)")
GIFTED = Program("Gifted and Talented", "Gifted and Talented")
SCHOOL_MEALS = Program("School Meals", "Student School Food Service")
PROGRAMS = (SPECIAL_EDUCATION, ENGLISH_LANGUAGE, GIFTED, SCHOOL_MEALS)
