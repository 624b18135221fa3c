"""Rows that wait for somebody to be told apart: they go in once that is decided, or the person is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from homeroom.ingest.quarantine.identities import Identities
from homeroom.ingest.quarantine.keeping import Kept
from homeroom.ingest.quarantine.remapping import Replayed, replay_rows, replay_texts
from homeroom.ingest.quarantine.taking_back import named, nobody_yet
from homeroom.ingest.quarantine.waiting_rows import WaitingLine, open_kept
from homeroom.records.district import District
from homeroom.records.people.matches import Asked, identify_asked
from homeroom.store.queries import query

_PARTS: Final = "homeroom.ingest.quarantine"
_MOST_ROWS: Final = 2_000
_TASK: Final = "replay"


async def replay_decided(district: District, question: int, *, spool_folder: Path) -> Replayed:
    """Loads what waits for the person of a pair, as far as that is decided."""
    asked = await identify_asked(district, question, task=_TASK)
    if asked is None:
        return Replayed()
    identities = Identities(district)
    person = identities.person(asked.resource, asked.source, asked.source_id)
    waits_for = [person, identities.record(asked.resource, [nobody_yet(person)])]
    return await _Replay(district, spool_folder, asked, person).run("waiting_for_person", waits_for)


async def replay_newcomers(district: District, *, spool_folder: Path) -> Replayed:
    """Looks again at all rows about people whom nobody of the district was."""
    return await _Replay(district, spool_folder).run("waiting_for_newcomers", ["identity.nobody"])


class _Replay:
    """Rows tried again: those of mapped files are mapped anew, records that were taken back get their person's id."""

    def __init__(
        self, district: District, spool_folder: Path, asked: Asked | None = None, person: str = ""
    ) -> None:
        self._district = district
        self._spool_folder = spool_folder
        self._asked = asked
        self._person = person
        self._done = Replayed()

    async def run(self, rows_of: str, wanted: Sequence[str]) -> Replayed:
        await self._district.catch_up()
        last = 0
        while True:
            async with self._district.database.reading(None) as connection:
                rows = await connection.fetch(query(_PARTS, rows_of), wanted, last, _MOST_ROWS)
            if not rows:
                return self._done
            last = rows[-1][0]
            await self._try([(WaitingLine(*row[:12]), row[12]) for row in rows])

    async def _try(self, rows: Sequence[tuple[WaitingLine, bytes]]) -> None:
        opened = [(line, sealed, open_kept(self._district, line, sealed)) for line, sealed in rows]
        mapped = [(line, sealed) for line, sealed, kept in opened if kept.raw]
        self._done.add(await replay_rows(self._district, mapped, spool_folder=self._spool_folder))
        if self._asked is not None and self._asked.unique_id is not None:
            texts = [(line, kept) for line, _, kept in opened if not kept.raw]
            await self._store(texts, self._asked, unique_id=self._asked.unique_id)

    async def _store(self, rows: Sequence[tuple[WaitingLine, Kept]], asked: Asked, *, unique_id: str) -> None:
        """Stores records that were taken back; the person's own only where the source brings them."""
        resource, once = asked.resource, nobody_yet(self._person)
        if not asked.is_brought:
            own = [line.id for line, _ in rows if line.resource == resource]
            rows = [(line, kept) for line, kept in rows if line.resource != resource]
            async with self._district.database.writing() as connection:
                await connection.execute(query(_PARTS, "dismiss_rows"), own)
        texts: defaultdict[int | None, list[tuple[WaitingLine, bytes]]] = defaultdict(list)
        for line, kept in rows:
            texts[line.batch].append((line, named(kept.text, resource, once=once, now=unique_id)))
        for of_batch in texts.values():
            self._done.add(await replay_texts(self._district, of_batch))
