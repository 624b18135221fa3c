"""Compares a batch of a feed with the one before it, before its first row is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from homeroom.ingest.loading.load import Load
from homeroom.ingest.loading.questions import Question
from homeroom.ingest.quality.bands import check_drift, parse_bands
from homeroom.ingest.quality.profiles import profiles_of, write_profiles
from homeroom.store.queries import query

_PARTS: Final = "homeroom.ingest.loading"


async def compare_with_last(load: Load) -> Sequence[Question]:
    """Keeps the profile of the batch; what is out of the usual, and not approved yet.

    A delivery of changes alone is like none before it: it is not compared, and nothing is compared with it.
    """
    if load.mapped.holds_changes:
        return ()
    profiles = load.mapped.profiles(load.district.keys)
    async with load.chunks.chunk() as connection:
        await write_profiles(connection, load.batch.id, profiles)
        row = await connection.fetchrow(query(_PARTS, "feed_of_batch"), load.batch.id)
        if row is None or row[3] is None:
            return ()
        before = await profiles_of(connection, row[3])
    approved = set(row[4])
    return tuple(q for q in check_drift(profiles, before, parse_bands(row[1])) if q.code not in approved)
