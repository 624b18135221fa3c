"""The desk where previews are made.

A spec is bounded by the limits of its language, and reading by an allowance. As nobody can end a thread that has begun,
one preview is made at a time: a costly one keeps other previews waiting and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from homeroom.base.findings import Finding
from homeroom.ingest.intake.borrowing import Allowance, AllowanceSpentError, BorrowedFile, borrow
from homeroom.ingest.preview.shown import SpecPreview
from homeroom.ingest.preview.specimens import Specimen
from homeroom.ingest.preview.trial import Trial
from homeroom.ingest.specs.shelf import SpecText
from homeroom.records.district import District
from homeroom.records.views.granted import Ask
from homeroom.trust.actors import Actor
from homeroom.trust.acts import record_act

MOST_SECONDS: Final = 8.0
_MOST_PARTS: Final = 64
"""Megabytes of files that are read for one preview."""


class PreviewDesk:
    """Makes the previews of one process, one after the other."""

    def __init__(self, *, seconds: float = MOST_SECONDS) -> None:
        self._turn = asyncio.Lock()
        self._seconds = seconds

    async def preview(
        self,
        district: District,
        text: SpecText,
        *,
        specimen: Specimen | None,
        parameters: Mapping[str, str],
        ask: Ask,
        actor: Actor,
    ) -> SpecPreview:
        """What a spec makes of a file; without one, what is wrong with the spec. The ledger notes who looked.

        parameters: of the spec, before those that the file's batch was read with. ask: the policy's answers for
        whoever looks.
        """
        allowance = Allowance(parts=_MOST_PARTS, seconds=self._seconds)
        files: Mapping[str, BorrowedFile] = {}
        given: Mapping[str, str] = {}
        if specimen is not None:
            files = await _borrow(district, specimen, allowance=allowance, actor=actor)
            given = {**specimen.parameters, "load_date": str(specimen.loads_on)}
        trial = Trial(district, text, {**given, **parameters}, allowance, ask)
        chosen = specimen.file.name if specimen else None
        made = await self._in_turn(partial(trial.run, files, chosen=chosen))
        return made or SpecPreview(faults=(_too_long(),))

    async def _in_turn(self, work: Callable[[], SpecPreview]) -> SpecPreview | None:
        """What the work gives; None when it takes too long, or what is before it does."""
        try:
            await asyncio.wait_for(self._turn.acquire(), self._seconds)
        except TimeoutError:
            return None
        running = asyncio.get_running_loop().run_in_executor(None, work)
        running.add_done_callback(self._end)  # nobody may be waiting for it any more by then
        try:
            return await asyncio.wait_for(asyncio.shield(running), self._seconds)
        except (TimeoutError, AllowanceSpentError):
            return None

    def _end(self, running: asyncio.Future[SpecPreview]) -> None:
        self._turn.release()
        if not running.cancelled():
            running.exception()  # one that was given up would be told of as lost


async def _borrow(
    district: District, specimen: Specimen, *, allowance: Allowance, actor: Actor
) -> dict[str, BorrowedFile]:
    """The files of the specimen's batch, by name."""
    async with district.database.reading(None) as connection:
        await record_act(connection, actor, act="preview", resource="InboxFile", records=[specimen.file.id])
    found = {f.name: await borrow(district, f.id, allowance=allowance) for f in specimen.beside}
    return {name: file for name, file in found.items() if file is not None}


def _too_long() -> Finding:
    words = "The preview took too long, or would have read too much; it was given up."
    remedy = "Try it on a smaller file, or make the mapping simpler. Nothing is wrong with keeping it."
    return Finding("preview.too_long", words, remedy=remedy)
