"""What a connector is, and where they are found: ours register as an outsider's do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import entry_points
from typing import Final, Protocol, cast

from homeroom.base.findings import Finding
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.sources import Sample
from homeroom.ingest.connectors.tables import Tables
from homeroom.ingest.plan import SourceFile

FILES: Final = "homeroom.connectors"
"""The group of entry points; each names an object that is a FileConnector."""


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
def file_connectors() -> Sequence[FileConnector]:
    """Every connector that is installed, by its name; looked up once in a process."""
    found = sorted(entry_points(group=FILES), key=lambda entry: entry.name)
    return tuple(cast("FileConnector", entry.load()) for entry in found)
