"""Batches as people see them: taken through their stages, listed, looked at, approved, cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from homeroom.base.errors import HomeroomError
from homeroom.ingest.intake.deliveries import BATCH_JOB
from homeroom.ingest.intake.inbox import Inbox
from homeroom.ingest.loading.load import Load, LoadOptions, ShowProgress
from homeroom.ingest.loading.questions import Question, parse_questions
from homeroom.ingest.loading.report import LoadReport, parse_report, render_json
from homeroom.ingest.loading.stages import walk_stages
from homeroom.ingest.reading.plan import Plan, plan_delivery, plan_inputs
from homeroom.ingest.specs.recognition import recogniser_for
from homeroom.records.district import District
from homeroom.records.load import CommittedChunks, trial_of
from homeroom.store.jobs import JobState, add_job
from homeroom.store.queries import query
from homeroom.trust.actors import Actor
from homeroom.trust.acts import record_act

_PARTS: Final = "homeroom.ingest.loading"


class BatchError(HomeroomError):
    """There is no such batch, or it is not in the state that was needed."""

    code = "batch.state"


@dataclass(frozen=True, slots=True)
class BatchState:
    """A batch and how it stands.

    state: received, running, asking, finished, failed, cancelled or undone; stage: of `stages.STAGES`. report: None
    until there is one. undoes: the batch that this one took back. parameters: of its spec. approved: codes of
    questions that somebody said yes to.
    """

    id: int
    state: str
    stage: str
    actor: str
    feed: int | None
    feed_name: str | None
    spec: str | None
    spec_version: int | None
    parameters: Mapping[str, str]
    loads_on: date
    is_trial: bool
    undoes: int | None
    started_at: datetime
    finished_at: datetime | None
    questions: tuple[Question, ...]
    approved: tuple[str, ...]
    report: LoadReport | None
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch in a list."""

    id: int
    state: str
    stage: str
    actor: str
    feed_name: str | None
    spec: str | None
    is_trial: bool
    undoes: int | None
    started_at: datetime
    finished_at: datetime | None
    report: LoadReport | None
    files: tuple[str, ...]


class RowsSoFar(msgspec.Struct, frozen=True):
    """How far the work on a batch is. resource: None while files are read; rows: in all, since it began."""

    resource: str | None = None
    rows: int = 0


def rows_so_far(job: JobState | None) -> RowsSoFar | None:
    """What a batch's job tells of its progress; None when there is no job."""
    return None if job is None else msgspec.json.decode(job.progress, type=RowsSoFar)


async def list_batches(
    district: District, *, before: int | None = None, most: int = 50, feed: int | None = None
) -> list[BatchLine]:
    """Batches, the newest first. before: those with a lower number only; feed: those of one feed only."""
    async with district.database.connection() as connection:
        rows = await connection.fetch(query(_PARTS, "list_batches"), before, most, feed)
    return [
        BatchLine(**{**row, "report": _report(row["report"]), "files": tuple(row["files"])}) for row in rows
    ]


async def read_batch(district: District, batch: int) -> BatchState:
    """One batch. Raises BatchError when there is none of that number."""
    async with district.database.connection() as connection:
        row = await connection.fetchrow(query(_PARTS, "read_batch"), batch)
    if row is None:
        raise BatchError(f"There is no batch {batch}; `homeroom batch list` shows them.")
    return BatchState(
        **{
            **row,
            "parameters": msgspec.json.decode(row["parameters"], type=dict[str, str]),
            "questions": parse_questions(row["questions"]),
            "approved": tuple(row["approved"]),
            "report": _report(row["report"]),
            "files": tuple(row["files"]),
        }
    )


async def approve_batch(district: District, batch: int, *, actor: Actor) -> None:
    """Says yes to everything a batch asks; it goes on. Raises BatchError when it asks nothing."""
    codes = [question.code for question in (await read_batch(district, batch)).questions]
    async with district.database.administering() as connection:
        if await connection.fetchval(query(_PARTS, "approve_batch"), batch, codes) is None:
            raise BatchError(f"Batch {batch} asks nothing.")
        await record_act(connection, actor, act="approve", resource="Batch", records=[batch])
        await add_job(connection, BATCH_JOB, subject=batch)


async def cancel_batch(district: District, batch: int, *, actor: Actor) -> None:
    """Ends a batch that waits for its turn or an answer. What it has stored stays; undo takes that back.

    Raises BatchError when it does not wait.
    """
    async with district.database.administering() as connection:
        if await connection.fetchval(query(_PARTS, "cancel_batch"), batch) is None:
            raise BatchError(f"Batch {batch} does not wait for anything.")
        await record_act(connection, actor, act="cancel", resource="Batch", records=[batch])


async def run_batch(
    district: District, batch: int, *, options: LoadOptions, progress: ShowProgress | None = None
) -> LoadReport | None:
    """Takes a batch of the inbox through its stages, or goes on where it was broken off.

    None when it is done already, waits for an answer, or somebody else works on it.
    """
    async with _held(district, batch) as is_ours:
        state = await read_batch(district, batch)
        if not is_ours or state.state not in {"received", "running"}:
            return None
        await district.catch_up()
        with ExitStack() as opened:
            plan = await plan_batch(district, state, spool_folder=options.spool_folder, opened=opened)
            return await _run(district, state, plan, options=options, progress=progress)


async def fail_batch(district: District, batch: int, *, report: LoadReport | None = None) -> None:
    """Ends a batch that cannot be done; what it has stored stays, and it can be taken back."""
    async with district.database.connection() as connection:
        text = None if report is None else render_json(report)
        await connection.execute(query(_PARTS, "fail_batch"), batch, text)


async def _run(
    district: District, state: BatchState, plan: Plan, *, options: LoadOptions, progress: ShowProgress | None
) -> LoadReport:
    if not state.is_trial:
        load = Load(district, CommittedChunks(district), plan=plan, options=options, progress=progress)
        return await walk_stages(load, state.id, is_resumed=state.state == "running")
    async with trial_of(district) as trial:
        options = replace(options, is_trial=True)
        load = Load(district, trial, plan=plan, options=options, progress=progress)
        report = await walk_stages(load, state.id, is_resumed=False)
    async with district.database.connection() as connection:
        await connection.execute(query(_PARTS, "finish_batch"), state.id, render_json(report))
    return report


async def plan_batch(
    district: District, state: BatchState, *, spool_folder: Path, opened: ExitStack, spec: str | None = None
) -> Plan:
    """What is to be read of a batch's files, in the inbox or where they were loaded from.

    spec: the mapping spec to read them by, if it is not the batch's own. Raises BatchError when one is gone.
    """
    recogniser = await recogniser_for(
        district, spec=spec or state.spec, parameters=state.parameters, loads_on=state.loads_on
    )
    model = district.catalog.model
    async with district.database.connection() as connection:
        rows = await connection.fetch(query(_PARTS, "batch_files"), state.id)
    if any(file is None for _, file in rows):
        raise BatchError(f"A file of batch {state.id} was deleted; send it again.")
    if not rows:
        paths = [Path(path) for path in state.files]
        return await asyncio.to_thread(plan_inputs, paths, model, opened=opened, recogniser=recogniser)
    inbox = Inbox(district, spool_folder=spool_folder)
    copies = {name: await inbox.open(file, opened=opened) for name, file in rows}
    files = {name: copy.open for name, copy in copies.items()}
    return await asyncio.to_thread(plan_delivery, files, model, opened=opened, recogniser=recogniser)


@asynccontextmanager
async def _held(district: District, batch: int) -> AsyncIterator[bool]:
    async with district.database.connection() as connection:
        is_ours: bool = await connection.fetchval(query(_PARTS, "hold_batch"), batch)
        try:
            yield is_ours
        finally:
            if is_ours and not connection.is_closed():
                await connection.fetchval(query(_PARTS, "release_batch"), batch)


def _report(text: Any) -> LoadReport | None:
    """A batch's report; None while there is none, or where the batch took another one back."""
    try:
        return parse_report(text)
    except msgspec.ValidationError:
        return None
