"""Specimens: files of the inbox that a mapping spec is tried on, and the batch each came in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from homeroom.ingest.intake.deliveries import files_of
from homeroom.ingest.intake.inbox import InboxFile
from homeroom.ingest.loading.batches import BatchError, read_batch
from homeroom.records.district import District
from homeroom.store.queries import query

_PARTS: Final = "homeroom.ingest.preview"


@dataclass(frozen=True, slots=True)
class SpecimenLine:
    """A file that may be chosen. batch: the newest that it came in."""

    batch: int
    file: int
    name: str
    received_at: datetime

    @property
    def key(self) -> str:
        """What forms and addresses call it: the batch and the file."""
        return f"{self.batch}-{self.file}"


@dataclass(frozen=True, slots=True)
class Specimen:
    """A file that was chosen, and what came with it.

    beside: every file of its batch, it among them. parameters, loads_on: as the batch was read.
    """

    batch: int
    file: InboxFile
    beside: Sequence[InboxFile]
    parameters: Mapping[str, str]
    loads_on: date

    @property
    def key(self) -> str:
        """What forms and addresses call it: the batch and the file."""
        return f"{self.batch}-{self.file.id}"


async def list_specimens(district: District, spec: str, *, most: int = 50) -> list[SpecimenLine]:
    """Files to choose from: those that the spec has read first, then the newest."""
    async with district.database.connection() as connection:
        rows = await connection.fetch(query(_PARTS, "list_specimens"), spec, most)
    return [SpecimenLine(**row) for row in rows]


async def find_specimen(district: District, *, batch: int, file: int) -> Specimen | None:
    """The file as it came in that batch; None when it did not, or is gone."""
    try:
        state = await read_batch(district, batch)
    except BatchError:
        return None
    beside = await files_of(district, batch)
    chosen = next((f for f in beside if f.id == file), None)
    return None if chosen is None else Specimen(batch, chosen, beside, state.parameters, state.loads_on)
