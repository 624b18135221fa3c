"""Which district is meant, and its site in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from homeroom.base.log import Log
from homeroom.records.districts import Districts
from homeroom.store.directory import DistrictEntry
from homeroom.web.api.site import Site

_FRESH_SECONDS = 2.0
# However many unknown names are asked for, the directory is read this often at most.
_LEAST_SECONDS = 0.2


class Sites:
    """The sites of one process, by district and by host name. Other processes add and drop districts."""

    def __init__(self, districts: Districts, log: Log) -> None:
        self._districts = districts
        self._log = log
        self._sites: dict[str, Site] = {}
        self._entries: Sequence[DistrictEntry] = ()
        self._by_name: dict[str, DistrictEntry] = {}
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def find(self, tenant: str | None, host: str) -> Site | None:
        """The site that the path's tenant names, or the host name, or the only one there is; else None."""
        if time.monotonic() - self._read_at > _FRESH_SECONDS:
            await self._refresh()
        entry = self._entry(tenant, host)
        if entry is None:
            await self._refresh()
            entry = self._entry(tenant, host)
        if entry is None:
            return None
        site = self._sites.get(entry.name)
        if site is not None and site.district.entry != entry:
            # Dropped and made anew under the same name.
            await site.close()
            await self._districts.close_one(entry.name)
            site = None
        site = site or await self._open(entry)
        if site is not None:
            await site.district.follow()
        return site

    async def close(self) -> None:
        """Ends what the sites do in the background."""
        for site in self._sites.values():
            await site.close()

    def standards(self) -> tuple[str, ...]:
        """The standard versions of all districts, each once."""
        return tuple(sorted({entry.standard for entry in self._entries}))

    def _entry(self, tenant: str | None, host: str) -> DistrictEntry | None:
        if tenant is not None:
            return self._by_name.get(tenant.lower())
        name = host.rpartition(":")[0].lower() if ":" in host else host.lower()
        by_host = next((e for e in self._entries if name in e.hosts), None)
        return by_host or (self._entries[0] if len(self._entries) == 1 else None)

    async def _open(self, entry: DistrictEntry) -> Site | None:
        district = await self._districts.find(entry.name)
        if district is None:
            return None
        # Whoever comes second, while the district was being opened, takes the first one's.
        site = self._sites.get(entry.name)
        if site is None or site.district is not district:
            spool = self._districts.home / "spool"
            site = self._sites[entry.name] = Site(district, self._log, spool_folder=spool)
        return site

    async def _refresh(self) -> None:
        asked_at = time.monotonic()
        async with self._reading:
            if self._read_at > asked_at:
                return
            await asyncio.sleep(max(0.0, self._read_at + _LEAST_SECONDS - time.monotonic()))
            read_at = time.monotonic()
            self._entries = await self._districts.entries()
            self._by_name = {entry.name.lower(): entry for entry in self._entries}
            self._read_at = read_at
