"""What a batch goes through, in this order. Where it stands is kept after each; a broken-off one begins there again.

Reading is done anew by whoever takes a batch up: what it gives is the same, and nothing readable has to lie about.
Writing goes on at the row it had come to. A stage that has a question ends the walk until somebody has answered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from homeroom.ingest.loading.comparing import compare_with_last
from homeroom.ingest.loading.deletions import remove_named
from homeroom.ingest.loading.load import Load
from homeroom.ingest.loading.looked_up import recall_looked_up
from homeroom.ingest.loading.people import follow_up, identify_rows
from homeroom.ingest.loading.purge import purge_earlier
from homeroom.ingest.loading.questions import Question
from homeroom.ingest.loading.report import LoadReport
from homeroom.ingest.loading.snapshot import remove_absent
from homeroom.store.queries import query


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a batch. name: as pages and the batch's row call it."""

    name: str
    run: Callable[[Load], Awaitable[Sequence[Question]]]


async def _identify(load: Load) -> Sequence[Question]:
    await recall_looked_up(load)
    return await identify_rows(load)


async def _read(load: Load) -> Sequence[Question]:
    await load.read()
    return ()


async def _write(load: Load) -> Sequence[Question]:
    await purge_earlier(load)
    await load.write()
    return ()


async def _remove(load: Load) -> Sequence[Question]:
    return [*await remove_absent(load), *await remove_named(load)]


async def _report(load: Load) -> Sequence[Question]:
    await follow_up(load)
    await load.finish()
    return ()


STAGES: Final = (
    Stage("identifying", _identify),
    Stage("reading", _read),
    Stage("comparing", compare_with_last),
    Stage("writing", _write),
    Stage("removing", _remove),
    Stage("report", _report),
)


async def walk_stages(load: Load, number: int, *, is_resumed: bool) -> LoadReport:
    """Takes a batch through its stages; the report, also of one that stopped to ask."""
    with load:
        await load.open(number, is_resumed=is_resumed)
        for stage in STAGES:
            await _note(load, stage.name)
            questions = await stage.run(load)
            if questions and load.options.is_trial:
                load.questions += questions
            elif questions:
                await load.ask(questions)
                break
    if load.report is None:
        raise RuntimeError("the last stage makes the report")
    return load.report


async def _note(load: Load, stage: str) -> None:
    """By itself and at once; a trial, whose batch is its own affair until it ends, has nobody to tell."""
    if load.options.is_trial:
        return
    async with load.district.database.connection() as connection:
        await connection.execute(query("homeroom.ingest.loading", "note_stage"), load.batch.id, stage)
