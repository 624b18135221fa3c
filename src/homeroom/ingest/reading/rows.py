"""What reading a file gives the loader: rows, and what could not become a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from homeroom.base.findings import Finding


class Row(msgspec.Struct, frozen=True, gc=False):
    """One document as JSON, and the line it starts in."""

    line: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Reject:
    """One record that cannot be read: what it says it is, why, and its text as far as it is kept.

    resource: the standard's name, or the element's when the standard has no such record. awaits: the person who has to
    be told apart first: a resource, a source and its id.
    """

    resource: str
    line: int
    findings: tuple[Finding, ...]
    source: bytes
    awaits: tuple[str, str, str] | None = None


Read: TypeAlias = Row | Reject | Finding
"""A plain Finding is about the file as a whole, or a warning about a row that is read all the same."""
