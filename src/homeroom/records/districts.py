"""Every district of this installation, opened when first asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from homeroom.base.errors import SettingsError
from homeroom.base.findings import Finding
from homeroom.records.district import District, open_district, read_standard
from homeroom.records.extensions import add_extension
from homeroom.records.seed import seed_content, seed_district
from homeroom.records.standards import Standards
from homeroom.records.upgrade import UpgradeReport, upgrade_district
from homeroom.store.address import ServerAddress
from homeroom.store.connect import Database
from homeroom.store.directory import Directory, DistrictEntry, Seeding
from homeroom.store.releases import migrate_release, needs_release, written_migrations
from homeroom.trust.actors import Actor
from homeroom.trust.acts import record_act
from homeroom.trust.keys import read_root_key


class Districts:
    """The open districts of one process. connections: for each district, at most."""

    def __init__(self, address: ServerAddress, home: Path, *, connections: int = 10) -> None:
        self.directory = Directory(address)
        self.home = home
        self._root_key = read_root_key(home)
        self._connections = connections
        self._open: dict[str, District] = {}
        self._standards = Standards()
        self._opening = asyncio.Lock()

    async def prepare(self) -> None:
        """Makes the directory where it is missing."""
        await self.directory.prepare()

    async def entries(self) -> list[DistrictEntry]:
        """Every district, by name."""
        return await self.directory.entries()

    async def entry(self, name: str) -> DistrictEntry:
        """The directory's line of the district of that name. Raises SettingsError as `get` does."""
        entry = await self._find_entry(name)
        if entry is None:
            raise await self._unknown(name)
        return entry

    async def find(self, name: str) -> District | None:
        """The district of that name, in any letter case, opened; None when there is none."""
        async with self._opening:
            district = self._open.get(name.lower())
            if district is not None:
                return district
            entry = await self._find_entry(name)
            if entry is None:
                return None
            district = self._open[name.lower()] = await self._open_entry(entry)
            return district

    async def get(self, name: str) -> District:
        """The district of that name. Raises SettingsError, naming those there are, when there is none."""
        district = await self.find(name)
        if district is None:
            raise await self._unknown(name)
        return district

    async def create(self, name: str, *, standard: str, is_sandbox: bool, is_empty: bool) -> District:
        """A new district, holding the standard's descriptors and school years unless it shall be empty."""
        entry = await self.directory.create(
            name,
            model=self._standards.compiled(standard).catalog.model,
            standard=standard,
            is_sandbox=is_sandbox,
            seeding=None if is_empty else Seeding(seed_content(standard), self._seed),
        )
        district = self._open[name.lower()] = await self._open_entry(entry)
        return district

    async def extend(self, name: str, *, definition: str, actor: Actor) -> tuple[Finding, ...]:
        """Adds the extension in a file's text to a district in use; the findings say why not, or warn."""
        district = await self.get(name)
        owner = self.directory.owned_database(district.entry)
        try:
            return await add_extension(district, owner, definition=definition, actor=actor)
        finally:
            await owner.close()

    async def migrate(self, name: str, *, actor: Actor, before: Callable[[DistrictEntry], None]) -> bool:
        """Brings a district of an earlier release to this one's form; False when it has it already.

        before: called when there is something to do, and before it is done.
        """
        entry = await self.entry(name)
        owner = self.directory.owned_database(entry)
        try:
            standard = await read_standard(entry, owner, self._standards)
            model, written = standard.catalog.model, written_migrations()
            if not await needs_release(owner, model, written=written):
                return False
            before(entry)
            await self.close_one(entry.name)
            await migrate_release(owner, model, aim=await self.directory.read_form(), written=written)
            async with owner.administering() as connection:
                await record_act(connection, actor, act="Update", resource="Release")
        finally:
            await owner.close()
        return True

    async def upgrade(self, name: str, *, standard: str, actor: Actor) -> UpgradeReport:
        """Upgrades a district in use to another version of the standard; reads go on, writes wait a while."""
        found = await self.get(name)
        entry = next(e for e in await self.entries() if e.name == found.name)
        opened: list[District] = []
        try:
            for one in (entry, replace(entry, standard=standard)):
                opened.append(await self._open_with(one, self.directory.owned_database(one)))  # noqa: PERF401
            versions = (entry.standard, standard)
            report = await upgrade_district(*opened, versions=versions, actor=actor)
        finally:
            for district in opened:
                await district.close()
        await self.directory.note_standard(entry.name, standard)
        return report

    async def drop(self, name: str) -> bool:
        """Removes a district with all it holds; False when there is none."""
        district = self._open.pop(name.lower(), None)
        if district is not None:
            await district.close()
        return await self.directory.drop(name)

    async def close_one(self, name: str) -> None:
        """Closes a district; whoever asks for it next has it opened anew."""
        district = self._open.pop(name.lower(), None)
        if district is not None:
            await district.close()

    async def close(self) -> None:
        """Closes every connection."""
        for district in self._open.values():
            await district.close()
        self._open.clear()

    async def _find_entry(self, name: str) -> DistrictEntry | None:
        return next((e for e in await self.directory.entries() if e.name.lower() == name.lower()), None)

    async def _unknown(self, name: str) -> SettingsError:
        known = ", ".join(e.name for e in await self.entries()) or "none yet"
        return SettingsError(
            f"There is no district {name!r}. Known: {known}. `homeroom district create` makes one."
        )

    async def _seed(self, entry: DistrictEntry) -> None:
        """Fills a template; as its owner, because a template has no role of its own."""
        district = await self._open_with(entry, self.directory.owned_database(entry))
        try:
            await seed_district(district)
        finally:
            await district.close()

    async def _open_entry(self, entry: DistrictEntry) -> District:
        return await self._open_with(entry, self.directory.database(entry, connections=self._connections))

    async def _open_with(self, entry: DistrictEntry, database: Database) -> District:
        return await open_district(
            entry,
            standards=self._standards,
            database=database,
            root_key=self._root_key,
        )
