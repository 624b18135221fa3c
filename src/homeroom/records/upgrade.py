"""Upgrades a district to the next version of its standard, in place, while reads go on.

The order is that of safety: what is new is added beside what is old; the members that have moved are copied while
writes go on, and writes wait while what was written meanwhile is copied again; then every process changes to the new
version and writes go on; then the members are taken out of their old places, and last goes what nothing uses any
more. Interrupted, it is run again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from homeroom.base.errors import SettingsError
from homeroom.records.district import District
from homeroom.records.moving import Mover
from homeroom.records.seed import seed_district
from homeroom.standard.documents import DocumentType
from homeroom.standard.moves import Moves, load_moves
from homeroom.store.connect import Connection
from homeroom.store.ddl import links_of
from homeroom.store.migrate import Migration, apply_steps, changing_shape, compare_shapes
from homeroom.store.queries import query
from homeroom.store.releases import note_shape
from homeroom.store.shape import shape_of
from homeroom.store.upgrades import close_writes, empty_tables, open_writes, renumber_links
from homeroom.trust.actors import Actor
from homeroom.trust.acts import record_act
from homeroom.trust.versions import LOOK_SECONDS, Kept, raise_version

# What is left to copy when writes are closed: fewer owners than this, unless a load outruns so many rounds.
_FEW: Final = 200
_MOST_ROUNDS: Final = 5
# Requests that began under the old version end within this time; only then goes what they may still read.
_GRACE_SECONDS: Final = 10 * LOOK_SECONDS


@dataclass(frozen=True, slots=True)
class UpgradeReport:
    """What an upgrade did.

    carried: new records by resource; rewritten: records that lost what was carried. kept: (resource, why) ->
    records of which something has no place in the new version and stays as a before-image.
    """

    carried: Mapping[str, int]
    rewritten: Mapping[str, int]
    kept: Mapping[tuple[str, str], int]


async def upgrade_district(
    old: District, new: District, *, versions: tuple[str, str], actor: Actor
) -> UpgradeReport:
    """Changes a district from the first of the versions to the second.

    old, new: the district as its owner sees it, opened twice, for this alone. Raises SettingsError where no
    way leads from one version to the other, ExtensionError where an extension does not fit the new one.
    """
    upgrade = await _prepare(old, new, versions, actor)
    async with changing_shape(old.database) as connection:
        if await connection.fetchval(query("homeroom.records", "read_upgrade")) is None:
            await upgrade.change_over(connection)
        await upgrade.finish(connection)
    return UpgradeReport(upgrade.mover.carried, upgrade.mover.rewritten, +upgrade.mover.kept)


async def _prepare(old: District, new: District, versions: tuple[str, str], actor: Actor) -> _Upgrade:
    moves = load_moves(*versions)
    if moves is None:
        raise SettingsError(f"No way leads from Ed-Fi {versions[0]} to {versions[1]}.")
    definitions = old.standard.definitions
    for district, version in zip((old, new), versions, strict=True):
        # When an upgrade is finished that was interrupted, the district keeps to the new version already.
        district.adopt(await asyncio.to_thread(district.standards.compiled, version, definitions))
        district.entry = replace(district.entry, standard=version)
    models = old.catalog.model, new.catalog.model
    steps = await asyncio.to_thread(lambda: compare_shapes(*map(shape_of, models)))
    return _Upgrade(old, new, moves=moves, steps=steps, actor=actor)


class _Upgrade:
    """One call of `upgrade_district`."""

    def __init__(self, old: District, new: District, *, moves: Moves, steps: Migration, actor: Actor) -> None:
        self.old = old
        self.new = new
        self.steps = steps
        self.actor = actor
        self.mover = Mover(old, new, moves)

    async def change_over(self, connection: Connection) -> None:
        """All until the moment when every process keeps to the new version."""
        await apply_steps(connection, self.steps.pre)
        await seed_district(self.new)
        await _run(connection, [*empty_tables(self.mover.targets())])
        copied = await self._copy()
        schemas = shape_of(self.old.catalog.model).schemas
        await _run(connection, [*close_writes(schemas)])
        try:
            await self.old.database.await_writers()
            await self.mover.catch_up(copied)
            await self.mover.end()
            await self._switch(connection)
        finally:
            await _run(connection, [*open_writes(shape_of(self.new.catalog.model).schemas)])

    async def _copy(self) -> int:
        """Carries everything while writes go on; the version below which nothing is missing."""
        copied = await self.old.database.newest_change_version()
        await self.mover.carry()
        for _ in range(_MOST_ROUNDS):
            newest = await self.old.database.newest_change_version()
            found = await self.mover.catch_up(copied)
            copied = newest
            if found < _FEW:
                break
        return copied

    async def finish(self, connection: Connection) -> None:
        """What is left to do once the new version is in use."""
        await apply_steps(connection, self.steps.switch)
        await self.mover.rewrite()
        await self.mover.set_aside()
        await asyncio.sleep(_GRACE_SECONDS)
        await apply_steps(connection, self.steps.post)
        async with connection.transaction():
            await connection.execute(query("homeroom.records", "end_upgrade"))
            await note_shape(connection, shape_of(self.new.catalog.model))
            await record_act(connection, self.actor, act="Update", resource="Standard")

    async def _switch(self, connection: Connection) -> None:
        numbers = list(self._numbers())
        async with connection.transaction():
            for schema, link, old, new in numbers:
                away, back = renumber_links(schema, link)
                await connection.execute(away, old, new)
                await connection.execute(back)
            version = self.new.entry.standard
            await connection.execute(query("homeroom.records", "switch_standard"), version)
            await raise_version(connection, Kept.MODEL)

    def _numbers(self) -> list[tuple[str, str, list[int], list[int]]]:
        """(schema, link table, old numbers of its paths, new ones) where they differ."""
        found = []
        for name, table in self.old.catalog.tables.items():
            if name not in self.new.catalog.tables or not links_of(table):
                continue
            before, after = (d.catalog.kind(name).document for d in (self.old, self.new))
            for link in links_of(table):
                paths = [_paths(d, link.target) for d in (before, after)]
                numbers = [paths[1].get(path, -1 - number) for path, number in paths[0].items()]
                if numbers != list(paths[0].values()):
                    found.append((table.schema, link.name, list(paths[0].values()), numbers))
        return found


def _paths(document: DocumentType, target: str) -> Mapping[str, int]:
    """The numbers that the rows of a link table may have, by path."""
    if target == "Descriptor":
        return {slot.path: n for n, slot in enumerate(document.slots) if slot.is_nested}
    return {nested.path: n for n, nested in enumerate(document.nested) if nested.target == target}


async def _run(connection: Connection, statements: Sequence[str]) -> None:
    async with connection.transaction():
        for statement in statements:
            await connection.execute(statement)
