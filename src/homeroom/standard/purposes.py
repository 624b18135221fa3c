"""The closed list of what data may be used for.

There is no code for sale, advertising, marketing, profiling for others, product improvement or
model training by vendors, so no agreement, token or consent can name one (privacy.md 4.2). A new
purpose needs a release, a decision of the district's board and a notice to families.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Purpose(StrEnum):
    """Why somebody wants a field; whatever is not listed here cannot be asked for."""

    INSTRUCTION = "instruction"
    ATTENDANCE_AND_SAFETY = "attendance_and_safety"
    SPECIAL_SERVICES = "special_services"
    ENROLMENT_AND_TRANSFER = "enrolment_and_transfer"
    GUARDIAN_ACCESS = "guardian_access"
    STATUTORY_REPORTING = "statutory_reporting"
    PROGRAMME_EVALUATION = "programme_evaluation"
    APPROVED_RESEARCH = "approved_research"
    PLATFORM_OPERATION = "platform_operation"
    SECURITY = "security"


def describe_purpose(purpose: Purpose) -> str:
    """One sentence about a purpose that a family understands."""
    return _SENTENCES[purpose]


_SENTENCES: Mapping[Purpose, str] = {
    Purpose.INSTRUCTION: "Teaching your child and supporting their learning.",
    Purpose.ATTENDANCE_AND_SAFETY: "Knowing that your child is at school, and keeping them safe.",
    Purpose.SPECIAL_SERVICES: "Giving your child extra help they have a right to.",
    Purpose.ENROLMENT_AND_TRANSFER: "Enrolling your child, and sending records when they change school.",
    Purpose.GUARDIAN_ACCESS: "Showing you your own child's records.",
    Purpose.STATUTORY_REPORTING: "Reports that a law requires the school to make.",
    Purpose.PROGRAMME_EVALUATION: "Finding out, in totals, whether a programme works.",
    Purpose.APPROVED_RESEARCH: "Research the district approved, on records without names.",
    Purpose.PLATFORM_OPERATION: "Running this system: accounts, notices, backups, repairs.",
    Purpose.SECURITY: "Finding and stopping misuse of records.",
}
