"""How a batch that a program sent stands, as JSON: the report of the page and the command line, and no one's values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from homeroom.ingest.intake.deliveries import BATCH_JOB
from homeroom.ingest.loading.batches import BatchError, RowsSoFar, read_batch, rows_so_far
from homeroom.ingest.loading.questions import Question
from homeroom.ingest.loading.report import LoadReport
from homeroom.ingest.loading.stages import STAGES
from homeroom.ingest.quarantine.waiting_rows import WaitingReason, count_waiting
from homeroom.records.district import District
from homeroom.store.jobs import read_job
from homeroom.trust.actors import ApiClient

_AT_WORK: Final = ("received", "running", "asking")
_LONGEST: Final = 18


class Upload(msgspec.Struct, frozen=True, rename="camel"):
    """One batch. waiting: rows in quarantine now, by reason. report: None until there is one."""

    id: int
    state: str
    stage: str
    stages: Sequence[str]
    files: Sequence[str]
    feed: str | None
    spec: str | None
    spec_version: int | None
    is_trial: bool
    received_at: datetime
    finished_at: datetime | None
    progress: RowsSoFar | None
    questions: Sequence[Question]
    waiting: Sequence[WaitingReason]
    report: LoadReport | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it by itself."""
        return self.state not in _AT_WORK


async def read_upload(district: District, client: ApiClient, number: str) -> Upload | None:
    """The batch of that number, if this client sent it."""
    if not (number.isascii() and number.isdigit() and len(number) <= _LONGEST):
        return None
    try:
        batch = await read_batch(district, int(number))
    except BatchError:
        return None
    if batch.actor != client.label:
        return None
    async with district.database.connection() as connection:
        job = await read_job(connection, BATCH_JOB, subject=batch.id)
    return Upload(
        batch.id,
        batch.state,
        batch.stage,
        [stage.name for stage in STAGES],
        batch.files,
        batch.feed_name,
        batch.spec,
        batch.spec_version,
        batch.is_trial,
        batch.started_at,
        batch.finished_at,
        rows_so_far(job) if batch.state == "running" else None,
        batch.questions,
        await count_waiting(district, batch=batch.id),
        batch.report,
    )
