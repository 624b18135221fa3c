"""Findings: faults in data, collected and never raised."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How a finding weighs: an error keeps the record out, a warning lets it in."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the input a fault stands; each part is None when it does not apply.

    line and column are 1-based; path is a JSON path (`$.schoolReference.schoolId`) or an element name.
    """

    file: str | None = None
    line: int | None = None
    path: str | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault in data: a permanent code, its place, words, and what to do about it.

    The words may repeat the sender's own value and so may be shown to the sender, never logged.
    """

    code: str
    words: str
    place: Place = Place()
    remedy: str = ""
    severity: Severity = Severity.ERROR
