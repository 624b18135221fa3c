"""What a connector is, and where they are found: ours register as an outsider's do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import entry_points
from typing import Final, Protocol, runtime_checkable

from homeroom.base.findings import Finding
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.sources import Sample
from homeroom.ingest.connectors.tables import Tables
from homeroom.ingest.reading.plan import SourceFile

GROUP: Final = "homeroom.connectors"
"""The group of entry points; each names an object that is a FileConnector or a SourceConnector."""


@runtime_checkable
class FileConnector(Protocol):
    """Reads one form of file."""

    @property
    def form(self) -> str:
        """Its name, as `Dialect.form` says it."""

    def rate(self, sample: Sample) -> int:
        """How sure it is that the file is its own: 0 not at all, 100 beyond doubt.

        By content first: what a file's name says is worth less than 10.
        """

    def open(self, file: SourceFile, hint: Dialect) -> Tables | Finding:
        """The file's tables, or why there are none; may raise one of plan.DAMAGE."""


@cache
def installed() -> Sequence[object]:
    """Every connector that is installed, by its name; looked up once in a process."""
    found = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    return tuple(entry.load() for entry in found)


def file_connectors() -> Sequence[FileConnector]:
    """Those that read a form of file."""
    return [each for each in installed() if isinstance(each, FileConnector)]
