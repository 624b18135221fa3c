"""What a preview shows: the first rows of each table, with the records they would become or why they would not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from homeroom.base.findings import Finding

if TYPE_CHECKING:
    from homeroom.ingest.mapping.spec import Parameter


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """A record as it would be stored. members: None where the reader may not see records of its kind."""

    resource: str
    members: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """A record that would not be stored, and why. resource: empty for a row that cannot be read at all."""

    resource: str
    findings: Sequence[Finding]


@dataclass(slots=True)
class ShownRow:
    """What a row becomes; nothing, where the spec leaves it out. more: how many records are not shown."""

    line: int
    records: list[ShownRecord] = field(default_factory=list)
    refused: list[RefusedRecord] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True, slots=True)
class ShownTable:
    """The first rows of a table. role: which of the spec's files it was taken for. once: written once a load."""

    name: str
    role: str
    rows: Sequence[ShownRow]


@dataclass(frozen=True, slots=True)
class SpecPreview:
    """What came of a spec.

    faults: of the spec, which then gives nothing. parameters: what it asks for; unsaid: names of those without a
    value, for want of which nothing was tried. notes: about the files. once: what a load writes once.
    """

    faults: Sequence[Finding] = ()
    warnings: Sequence[Finding] = ()
    parameters: Sequence[Parameter] = ()
    unsaid: Sequence[str] = ()
    notes: Sequence[Finding] = ()
    once: Sequence[ShownRow] = ()
    tables: Sequence[ShownTable] = ()
