"""Names of the standard in the spellings its surfaces use."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+|[0-9]+")


def snake_case(name: str) -> str:
    """`studentUniqueId` and `StudentUniqueId` to `student_unique_id`, `countyFIPSCode` to `county_fips_code`."""
    return "_".join(word.lower() for word in _WORD.findall(name))


def camel_case(name: str) -> str:
    """`StudentSchoolAssociation` to `studentSchoolAssociation`, `CTEProgramServiceDescriptor` to `cteProgram…`."""
    head = re.match(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]+$|[A-Z]", name)
    return name if head is None else head.group().lower() + name[head.end() :]


def pascal_case(name: str) -> str:
    """`entryDate` to `EntryDate`: how the Ed-Fi API names a member in its messages."""
    return name[:1].upper() + name[1:]
