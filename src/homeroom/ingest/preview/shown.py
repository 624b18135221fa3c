"""What a preview shows: the first rows of each table, with the records they would become or why they would not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from homeroom.base.findings import Finding

if TYPE_CHECKING:
    from homeroom.ingest.mapping.spec import Parameter


_MOST_VALUES: Final = 4
_NAMESPACE: Final = "uri://"


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """A record as it would be stored. members: None where the reader may not see records of its kind."""

    resource: str
    members: Mapping[str, object] | None

    @property
    def brief(self) -> str:
        """Its first values, so that one need not open it to tell it from others."""
        return " · ".join(islice(_values(self.members), _MOST_VALUES))


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


def _values(value: object) -> Iterator[str]:
    """Every value within, as text; of a descriptor its code alone, and no namespaces."""
    match value:
        case Mapping():
            for member in value.values():
                yield from _values(member)
        case list():
            for item in value:
                yield from _values(item)
        case str() if value.startswith(_NAMESPACE) and "#" not in value:
            return
        case None:
            return
        case _:
            yield str(value).rpartition("#")[2]
