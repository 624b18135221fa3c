"""Rows that wait for somebody to be told apart: they go in once that is decided, or the person is there."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from homeroom.ingest.quarantine.identities import Identities
from homeroom.ingest.quarantine.remapping import Replayed, replay_rows
from homeroom.ingest.quarantine.waiting_rows import WaitingLine
from homeroom.records.district import District
from homeroom.records.people.identities import KINDS
from homeroom.store.queries import query

_PARTS: Final = "homeroom.ingest.quarantine"
_MOST_ROWS: Final = 2_000


async def replay_decided(district: District, question: int, *, spool_folder: Path) -> Replayed:
    """Loads what waits for the person of a pair, as far as that is decided."""
    async with district.database.reading(None) as connection:
        pair = await connection.fetchrow(query(_PARTS, "read_pair"), question)
    if pair is None:
        return Replayed()
    resource = next(name for name, kind in KINDS.items() if kind == pair["kind"])
    person = Identities(district).person(resource, pair["source"], pair["source_id"])
    return await _replay(district, "waiting_for_person", person, spool_folder=spool_folder)


async def replay_newcomers(district: District, *, spool_folder: Path) -> Replayed:
    """Looks again at all rows about people whom nobody of the district was."""
    return await _replay(district, "waiting_for_newcomers", "identity.nobody", spool_folder=spool_folder)


async def _replay(district: District, rows_of: str, wanted: str, *, spool_folder: Path) -> Replayed:
    await district.catch_up()
    done, last = Replayed(), 0
    while True:
        async with district.database.reading(None) as connection:
            rows = await connection.fetch(query(_PARTS, rows_of), wanted, last, _MOST_ROWS)
        if not rows:
            return done
        last = rows[-1][0]
        waiting = [(WaitingLine(*row[:12]), row[12]) for row in rows]
        one = await replay_rows(district, waiting, spool_folder=spool_folder)
        done = Replayed(done.stored + one.stored, done.waiting + one.waiting, done.findings + one.findings)
