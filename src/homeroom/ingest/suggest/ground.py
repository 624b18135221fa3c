"""What a suggestion stands on besides the file itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from homeroom.ingest.suggest.words import NameIndex


@dataclass(frozen=True, slots=True)
class Known:
    """What the district holds already: the values by the name of their set (`students`, `schools`, …)."""

    values: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ground:
    """standard: the district's version. descriptors: code values by kind (`GradeLevelDescriptor`). examples: names
    that columns have had. known: what the district holds.
    """

    standard: str
    descriptors: Mapping[str, Sequence[str]]
    examples: NameIndex
    known: Known = field(default_factory=Known)
