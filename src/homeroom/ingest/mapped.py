"""Files that a mapping spec reads."""

from __future__ import annotations

from collections.abc import Iterator

from homeroom.base.findings import Finding
from homeroom.ingest.mapped_rows import MappedRows
from homeroom.ingest.spool import Spool


class MappedFiles:
    """What one spec reads of a delivery."""

    def read_into(self, spool: Spool, rows: MappedRows) -> Iterator[Finding]:
        """Maps every row; records and rejects go into the spool."""
        raise NotImplementedError
