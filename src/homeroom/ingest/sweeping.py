"""Sweeps away what has had its time: files of the inbox, jobs that have ended, what is left of batches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from homeroom.ingest.intake.inbox import Inbox
from homeroom.records.district import District
from homeroom.store.jobs import forget_jobs
from homeroom.store.queries import query

DAYS_OF_FILES: Final = 400
"""A school year, and a month to look back at it."""
_JOBS_ARE_KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many went."""

    files: int
    jobs: int


async def sweep(district: District, now: datetime, *, spool_folder: Path, days_of_files: int) -> Swept:
    """Deletes what nobody needs any more. days_of_files: how long the inbox keeps files; 0 keeps them for good."""
    files = 0
    if days_of_files:
        inbox = Inbox(district, spool_folder=spool_folder)
        files = await inbox.delete_before(now - timedelta(days=days_of_files))
    async with district.database.reading(None) as connection:
        await connection.execute(query("homeroom.ingest.loading", "forget_snapshots"))
        jobs = await forget_jobs(connection, now - _JOBS_ARE_KEPT)
    return Swept(files, jobs)
