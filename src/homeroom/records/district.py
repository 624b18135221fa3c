"""A district as records sees it: its standard, its database, its keys, its descriptors, what it seals."""

from __future__ import annotations

import os

from homeroom.standard.classify import ClassificationTable
from homeroom.standard.model import Resource
from homeroom.store.catalog import Catalog
from homeroom.store.connect import Database
from homeroom.store.directory import DistrictEntry
from homeroom.store.statements import MAY_SKIP_TRIGGERS
from homeroom.trust.claim_store import ClaimStore
from homeroom.trust.failures import FailureTally
from homeroom.trust.keys import DistrictKeys, derive_keys, unwrap_key, wrap_key
from homeroom.trust.profile_store import ProfileStore
from homeroom.trust.tokens import TokenBook
from homeroom.trust.versions import Kept, Versions


class DescriptorBook:
    """Every descriptor of a district in memory: type -> URI as written or in lower case -> (id, URI as stored)."""

    def __init__(self) -> None:
        self._types: dict[str, dict[str, tuple[int, str]]] = {}
        self._uris: dict[int, str] = {}

    def uri_of(self, record: int) -> str:
        """The URI of a descriptor's id. KeyError for an unknown one."""
        return self._uris[record]

    def find(self, descriptor: str, uri: str) -> tuple[int, str] | None:
        """Id and stored spelling of a descriptor value, in any letter case; None when there is none."""
        known = self._types.get(descriptor)
        if known is None:
            return None
        return known.get(uri) or known.get(uri.lower())

    def put(self, descriptor: str, record: int, uri: str) -> None:
        """Adds or respells one value."""
        known = self._types.setdefault(descriptor, {})
        known[uri] = known[uri.lower()] = (record, uri)
        self._uris[record] = uri

    def forget(self, descriptor: str, uri: str) -> None:
        """Takes one value out."""
        known = self._types.get(descriptor, {})
        found = known.pop(uri, None) or known.get(uri.lower())
        known.pop(uri.lower(), None)
        if found is not None:
            self._uris.pop(found[0], None)

    async def refresh(self, database: Database) -> None:
        """Reads every descriptor again."""
        async with database.connection() as connection:
            rows = await connection.fetch(
                "select kind, id, namespace || '#' || code_value from edfi.descriptor"
            )
        self._types = {}
        self._uris = {}
        for kind, record, uri in rows:
            self.put(kind, record, uri)


class Sealing:
    """Which root members of a resource are kept out of the document, and which are never stored.

    A sandbox can hold no real data and seals nothing.
    """

    def __init__(self, classification: ClassificationTable, *, is_sandbox: bool) -> None:
        self.classification = classification
        self.is_sandbox = is_sandbox
        self._sealed: dict[str, frozenset[str]] = {}
        self._refused: dict[str, frozenset[str]] = {}

    def sealed_members(self, resource: Resource) -> frozenset[str]:
        """Root members that go to the sealed column. References stay: they are the graph itself."""
        if self.is_sandbox:
            return frozenset()
        found = self._sealed.get(resource.name)
        if found is None:
            found = self.classification.sealed_members(resource.name) - resource.references_by_name.keys()
            self._sealed[resource.name] = found
        return found

    def refused_members(self, resource: Resource) -> frozenset[str]:
        """Root members that are dropped at the door."""
        if self.is_sandbox:
            return frozenset()
        found = self._refused.get(resource.name)
        if found is None:
            found = self._refused[resource.name] = self.classification.refused_members(resource.name)
        return found


class District:
    """One open district. Made by `open_district`."""

    def __init__(
        self,
        entry: DistrictEntry,
        *,
        catalog: Catalog,
        database: Database,
        keys: DistrictKeys,
        sealing: Sealing,
    ) -> None:
        self.entry = entry
        self.catalog = catalog
        self.database = database
        self.keys = keys
        self.sealing = sealing
        self.descriptors = DescriptorBook()
        self.can_load_without_triggers = False
        self.versions = Versions(database)
        self.tokens = TokenBook(self.versions)
        self.claims = ClaimStore(database, self.versions, standard=entry.standard)
        self.profiles = ProfileStore(database, self.versions)
        self.failures = FailureTally(database)
        self._followed = -1

    async def follow(self) -> None:
        """Reads the descriptors again when another process has emptied the district; else costs nothing."""
        number = await self.versions.number(Kept.RECORDS)
        if number != self._followed:
            await self.descriptors.refresh(self.database)
            self._followed = number

    @property
    def name(self) -> str:
        """As the directory calls it."""
        return self.entry.name

    @property
    def explains_refusals(self) -> bool:
        """Whether a read by id tells "not yours" from "not there": in a sandbox only."""
        return self.entry.is_sandbox

    async def close(self) -> None:
        """Writes what is still counted and closes the connections."""
        await self.failures.close()
        await self.database.close()


async def open_district(
    entry: DistrictEntry,
    *,
    catalog: Catalog,
    database: Database,
    classification: ClassificationTable,
    root_key: bytes,
) -> District:
    """A district ready for work; its key is made when it is opened for the first time.

    Raises KeyFault when the installation's root key is not the one the district was made with.
    """
    key = await _district_key(database, root_key)
    sealing = Sealing(classification, is_sandbox=entry.is_sandbox)
    district = District(entry, catalog=catalog, database=database, keys=derive_keys(key), sealing=sealing)
    await district.follow()
    async with database.connection() as connection:
        district.can_load_without_triggers = await connection.fetchval(MAY_SKIP_TRIGGERS)
    return district


async def _district_key(database: Database, root_key: bytes) -> bytes:
    async with database.connection() as connection:
        await connection.execute(
            "insert into trust.data_key (name, wrapped) values ('district', $1) on conflict do nothing",
            wrap_key(root_key, os.urandom(32), name="district"),
        )
        wrapped: bytes = await connection.fetchval(
            "select wrapped from trust.data_key where name = 'district'"
        )
    return unwrap_key(root_key, wrapped, name="district")
