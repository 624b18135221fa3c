"""What reading an XML interchange gives: records, and records that could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

import msgspec

from homeroom.base.findings import Finding

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | Decimal | bool | None"
Document: TypeAlias = dict[str, Json]


class XmlRecord(msgspec.Struct, frozen=True):
    """One record in the shape of the API.

    resource: the standard's name (`StudentSchoolAttendanceEvent`, `TermDescriptor`). document: dates,
    times and descriptors are text, decimals `Decimal`. line: where its element starts. xml_id: its
    `id` in the file, None when it has none.
    """

    resource: str
    document: Document
    line: int
    xml_id: str | None = None


@dataclass(frozen=True, slots=True)
class XmlReject:
    """One element that is a record but cannot be used: why, and its text for quarantine and replay.

    entity: the element's name. source: the element as a document of its own; personal, so seal it.
    """

    entity: str
    line: int
    xml_id: str | None
    findings: tuple[Finding, ...]
    source: str


XmlItem: TypeAlias = XmlRecord | XmlReject | Finding
