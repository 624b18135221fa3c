"""A package's `@purge`: what earlier loads brought goes before the package loads, where somebody has allowed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from homeroom.base.findings import Finding, Place, Severity
from homeroom.interop.inbloom_package import Purge
from homeroom.records.district import District
from homeroom.records.load import load_positions
from homeroom.records.set_removal import remove_set
from homeroom.store.batches import count_written, select_written
from homeroom.store.queries import query

if TYPE_CHECKING:
    from homeroom.ingest.loading.load import Load

_PARTS: Final = "homeroom.ingest.loading"
_TASK: Final = "purge"
_CHUNK: Final = 1_000
_HIGHEST: Final = 2**62


async def count_purged(district: District, purge: Purge) -> Mapping[str, int]:
    """How many records of each resource a purge would remove: what loads brought and nobody has written since."""
    tables = [district.catalog.tables[name] for name in _resources(district, purge)]
    if not tables:
        return {}
    async with district.database.reading(None) as connection:
        sources = await connection.fetchval(query(_PARTS, "earlier_sources"), _HIGHEST)
        return dict(await connection.fetch(count_written(tables), sources))


async def purge_earlier(load: Load) -> None:
    """Removes what earlier loads brought, children before parents; undoing the batch brings it back.

    What an API client has written since, or what is referred to by such a record, stays.
    """
    if not load.options.allows_purge:
        return
    async with load.chunks.chunk() as connection:
        sources = await connection.fetchval(query(_PARTS, "earlier_sources"), load.batch.id)
    for resource in _resources(load.district, load.plan.purge):
        removed, kept = await _remove(load, resource, sources)
        if removed:
            words = f"{removed:,} {resource} records of earlier loads were removed, as the package asks."
            remedy = "Undo the batch to bring them back."
            load.note(Finding("package.purged", words, Place(), remedy, Severity.WARNING))
        if kept:
            words = f"{kept:,} {resource} records of earlier loads stay, because others refer to them."
            load.note(Finding("package.purge_kept", words, Place(), severity=Severity.WARNING))


async def _remove(load: Load, resource: str, sources: list[int]) -> tuple[int, int]:
    select = select_written(load.district.catalog.tables[resource])
    removed, kept, lowest = 0, 0, _HIGHEST
    while True:
        async with load.chunks.chunk() as connection:
            rows = await connection.fetch(select, sources, lowest, _CHUNK)
            if not rows:
                return removed, kept
            uuids = [row[1] for row in rows]
            done = await remove_set(load.district, resource, uuids, task=_TASK, connection=connection)
            await connection.execute(query(_PARTS, "note_removed"), load.batch.id, resource, done.ids)
        removed, kept, lowest = removed + len(done.ids), kept + len(done.kept), rows[-1][0]


def _resources(district: District, purge: Purge) -> list[str]:
    """What goes, children before parents. What the standard itself brings stays: descriptors and school years."""
    model = district.catalog.model
    stays = {n for n, r in model.resources.items() if r.is_descriptor or r.is_school_year}
    if purge is Purge.KEEP_ORGANIZATIONS:
        stays |= {*model.abstracts["EducationOrganization"].concrete}
    positions = load_positions(model)
    if purge is Purge.NOTHING:
        return []
    return sorted(positions.keys() - stays, key=positions.__getitem__, reverse=True)
