"""A district as records sees it: its standard, its database, its keys, its descriptors, what it seals."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from dataclasses import dataclass, replace

from homeroom.records.offsets import Offsets
from homeroom.records.standards import Standard, Standards
from homeroom.standard.classification_rules import RefusedCodes
from homeroom.standard.classify import ClassificationTable
from homeroom.standard.model import Resource
from homeroom.standard.needs import Unneeded, unneeded_members
from homeroom.standard.purposes import Purpose
from homeroom.store.catalog import Catalog
from homeroom.store.connect import Database
from homeroom.store.directory import DistrictEntry
from homeroom.store.queries import query
from homeroom.store.releases import ReleaseError, has_current_form
from homeroom.store.staging import MAY_SKIP_TRIGGERS
from homeroom.trust.api_settings import ApiSettingStore
from homeroom.trust.claim_store import ClaimStore
from homeroom.trust.failures import FailureTally
from homeroom.trust.keys import DistrictKeys, derive_keys, unwrap_key, wrap_key
from homeroom.trust.profile_store import ProfileStore
from homeroom.trust.pursued import ALL_PURPOSES, read_purposes
from homeroom.trust.tokens import TokenBook
from homeroom.trust.versions import Kept, Versions


class DescriptorBook:
    """Every descriptor of a district in memory.

    types: type -> URI as stored or in lower case -> (id, URI as stored).
    """

    def __init__(self) -> None:
        self.types: defaultdict[str, dict[str, tuple[int, str]]] = defaultdict(dict)
        self._uris: dict[int, str] = {}

    def uri_of(self, record: int) -> str:
        """The URI of a descriptor's id. KeyError for an unknown one."""
        return self._uris[record]

    def find(self, descriptor: str, uri: str) -> tuple[int, str] | None:
        """Id and stored spelling of a descriptor value, in any letter case; None when there is none."""
        known = self.types[descriptor]
        return known.get(uri) or known.get(uri.lower())

    def put(self, descriptor: str, record: int, uri: str) -> None:
        """Adds or respells one value."""
        known = self.types[descriptor]
        known[uri] = known[uri.lower()] = (record, uri)
        self._uris[record] = uri

    def forget(self, descriptor: str, uri: str) -> None:
        """Takes one value out."""
        known = self.types[descriptor]
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
        self.types = defaultdict(dict)
        self._uris = {}
        for kind, record, uri in rows:
            self.put(kind, record, uri)


@dataclass(frozen=True, slots=True)
class MemberRules:
    """What becomes of a resource's members.

    sealed: root members that go to the sealed column; references stay, they are the graph itself. refused: root
    members that are dropped at the door. codes: those that no item, or no record, may have. unneeded: what is dropped
    at the door because no purpose of the district needs it.
    """

    sealed: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    codes: tuple[RefusedCodes, ...] = ()
    unneeded: tuple[Unneeded, ...] = ()

    @property
    def refuses(self) -> bool:
        """Whether anything is kept out."""
        return bool(self.refused or self.codes or self.unneeded)


class Sealing:
    """Which root members of a resource are kept out of the document, and which are never stored.

    A sandbox can hold no real data and seals nothing. purposes: those that the district pursues; what none of them
    needs is not stored, in a sandbox neither.
    """

    def __init__(
        self,
        classification: ClassificationTable,
        *,
        is_sandbox: bool,
        purposes: frozenset[Purpose] = ALL_PURPOSES,
    ) -> None:
        self.classification = classification
        self.is_sandbox = is_sandbox
        self.purposes = purposes
        self._rules: dict[str, MemberRules] = {}

    def rules(self, resource: Resource) -> MemberRules:
        """What becomes of the resource's members."""
        found = self._rules.get(resource.name)
        if found is None:
            found = self._rules[resource.name] = self._rules_of(resource)
        return found

    def _rules_of(self, resource: Resource) -> MemberRules:
        table, name = self.classification, resource.name
        unneeded = () if self.purposes == ALL_PURPOSES else unneeded_members(table, resource, self.purposes)
        if self.is_sandbox:
            return MemberRules(unneeded=unneeded)
        sealed = table.sealed_members(name) - resource.references_by_name.keys()
        return MemberRules(
            frozenset(sealed), table.refused_members(name), table.refused_codes(name), unneeded
        )

    def sealed_members(self, resource: Resource) -> frozenset[str]:
        """Root members that go to the sealed column."""
        return self.rules(resource).sealed

    def refused_members(self, resource: Resource) -> frozenset[str]:
        """Root members that are dropped at the door."""
        return self.rules(resource).refused

    def refused_codes(self, resource: Resource) -> tuple[RefusedCodes, ...]:
        """Codes that no item, or no record, may have."""
        return self.rules(resource).codes

    def barred_paths(self, resource: Resource) -> frozenset[str]:
        """Every member that is not stored, as a path: a mapping need not make it."""
        rules, name = self.rules(resource), resource.name
        inside = frozenset() if self.is_sandbox else self.classification.refused_paths(name)
        return inside | {f"$.{member}" for member in rules.refused} | {each.path for each in rules.unneeded}

    def unneeded(self, resource: Resource) -> tuple[Unneeded, ...]:
        """Members that no purpose of the district needs."""
        return self.rules(resource).unneeded


class District:
    """One open district. Made by `open_district`."""

    def __init__(
        self,
        entry: DistrictEntry,
        *,
        standards: Standards,
        database: Database,
        keys: DistrictKeys,
    ) -> None:
        self.entry = entry
        self.standards = standards
        self.database = database
        self.keys = keys
        self.descriptors = DescriptorBook()
        self.can_load_without_triggers = False
        self.offsets = Offsets()
        self.client_sources: dict[str, int] = {}
        self.versions = Versions(database)
        self.tokens = TokenBook(self.versions)
        self.profiles = ProfileStore(database, self.versions)
        self.api_settings = ApiSettingStore(database, self.versions)
        self.failures = FailureTally(database)
        self._followed = -1
        self._model_followed = 0
        self._purposes_followed = 0  # as long as it was never raised, nothing was ever decided
        self._adopting = asyncio.Lock()
        self.standard = standards.compiled(entry.standard)
        self.sealing = Sealing(self.standard.classification, is_sandbox=entry.is_sandbox)
        self.claims = ClaimStore(database, self.versions, standard=entry.standard)

    def adopt(self, standard: Standard) -> None:
        """Keeps to another standard from now on. Whoever is at work ends with the kind it has begun with."""
        if standard.version != self.standard.version:
            self.claims = ClaimStore(self.database, self.versions, standard=standard.version)
        self.standard = standard
        self._pursue(self.sealing.purposes)

    def _pursue(self, purposes: frozenset[Purpose]) -> None:
        classification, is_sandbox = self.standard.classification, self.entry.is_sandbox
        self.sealing = Sealing(classification, is_sandbox=is_sandbox, purposes=purposes)

    @property
    def catalog(self) -> Catalog:
        """Its standard's resources, compiled."""
        return self.standard.catalog

    async def follow(self) -> None:
        """Takes over what another process has changed: standard, purposes, all descriptors; else costs nothing."""
        if await self.versions.number(Kept.MODEL) != self._model_followed:
            await self._follow_model()
        purposes = await self.versions.number(Kept.PURPOSES)
        if purposes != self._purposes_followed:
            self._pursue(await read_purposes(self.database))
            self._purposes_followed = purposes
        number = await self.versions.number(Kept.RECORDS)
        if number != self._followed:
            await self.descriptors.refresh(self.database)
            self._followed = number

    async def catch_up(self) -> None:
        """The same, and the descriptors that other processes loaded: no number tells of those. For work by set."""
        await self.follow()
        await self.descriptors.refresh(self.database)

    async def _follow_model(self) -> None:
        async with self._adopting:
            model = await self.versions.number(Kept.MODEL)
            if model == self._model_followed:
                return
            standard = await read_standard(self.entry, self.database, self.standards)
            self.entry = replace(self.entry, standard=standard.version)
            self.adopt(standard)
            self._model_followed = model

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


async def read_standard(entry: DistrictEntry, database: Database, standards: Standards) -> Standard:
    """What the district keeps to: the standard and its extensions."""
    async with database.connection() as connection:
        row = await connection.fetchrow(query("homeroom.records", "read_standard"))
    version = row["version"] or entry.standard
    # Compiling takes a moment; the requests of other districts go on meanwhile.
    return await asyncio.to_thread(standards.compiled, version, tuple(row["definitions"]))


async def open_district(
    entry: DistrictEntry,
    *,
    standards: Standards,
    database: Database,
    root_key: bytes,
) -> District:
    """A district ready for work; its key is made when it is opened for the first time.

    Raises KeyFaultError when the installation's root key is not the one the district was made with, ReleaseError
    when another release of Homeroom made its tables.
    """
    await _check_release(entry, database)
    key = await _district_key(database, root_key)
    district = District(entry, standards=standards, database=database, keys=derive_keys(key))
    await district.follow()
    async with database.connection() as connection:
        district.can_load_without_triggers = await connection.fetchval(MAY_SKIP_TRIGGERS)
    return district


async def _check_release(entry: DistrictEntry, database: Database) -> None:
    async with database.connection() as connection:
        if await has_current_form(connection):
            return
    raise ReleaseError(
        f"The district {entry.name} was made by another release of Homeroom; `homeroom upgrade` brings it to this one."
    )


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
