"""Carries what a new version of the standard keeps elsewhere: chunk by chunk, through the write engine."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

import msgspec

from homeroom.records.district import District
from homeroom.records.memory import LoadMemory, TargetBook
from homeroom.records.outcomes import Inserted, Outcome, Stale, Unchanged, Updated
from homeroom.records.prepare import Draft, Prepared, prepare
from homeroom.records.read import PageRequest, read_page, read_records
from homeroom.records.remove import delete_record
from homeroom.records.write import write_documents
from homeroom.records.writer import Candidate, WriteLeave, Writer
from homeroom.standard.check import parse_mapping
from homeroom.standard.documents import Document
from homeroom.standard.moves import Carry, Moves, Raw
from homeroom.standard.purposes import Purpose
from homeroom.store.tables import Table
from homeroom.store.upgrades import (
    changed_owners,
    delete_owned,
    first_organizations,
    select_owned,
    select_without,
)
from homeroom.trust.actors import Operator
from homeroom.trust.grant import Action, Grant

_CHUNK: Final = 500
_OPERATOR: Final = Operator("upgrade")
_OURS: Final = ("id", "_etag", "_lastModifiedDate")


class Mover:
    """One upgrade's moves.

    old, new: the same district as its owner sees it, under either standard. carried, rewritten: records by
    resource. kept: (resource, why) -> records of which something stays as a before-image only.
    """

    def __init__(self, old: District, new: District, moves: Moves) -> None:
        self.old = old
        self.new = new
        self.moves = moves
        self.carried: Counter[str] = Counter()
        self.rewritten: Counter[str] = Counter()
        self.kept: Counter[tuple[str, str]] = Counter()

    def targets(self) -> list[Table]:
        """The tables that the new version alone has and `carry` fills."""
        names = dict.fromkeys(c.target for c in self.moves.carried)
        return [self.new.catalog.tables[n] for n in names if n not in self.old.catalog.tables]

    async def carry(self) -> None:
        """Writes the records that the new version has and the old one has not."""
        for source in self.moves.sources():
            carries = [c for c in self.moves.carried if c.source == source]
            async for records in _pages(self.old, source):
                await self._carry_records(carries, records)

    async def _carry_records(self, carries: Sequence[Carry], records: Sequence[Raw]) -> None:
        """Carries what records of one source have."""
        documents = [_own_members(record) for record in records]
        await asyncio.gather(*(self._carry(c, documents) for c in carries))

    async def catch_up(self, version: int) -> int:
        """Carries again what was written or removed above a version; how many it was about.

        All that was carried for the same person or organisation is taken out first: nobody else knows it yet.
        """
        found = 0
        for carries in self._by_owner().values():
            owners = await self._changed_owners(carries, version)
            found += len(owners)
            for first in range(0, len(owners), _CHUNK):
                await self._carry_again(carries, owners[first : first + _CHUNK])
        return found

    def _by_owner(self) -> Mapping[str, Sequence[Carry]]:
        """The carries of one kind of owner; a target is filled for one kind alone."""
        found: dict[str, list[Carry]] = {}
        for carry in self.moves.carried:
            found.setdefault(carry.owner, []).append(carry)
        return found

    async def _changed_owners(self, carries: Sequence[Carry], version: int) -> list[str]:
        watched = dict.fromkeys(name for c in carries for name in (c.source, *c.organization))
        owners: set[str] = set()
        async with self.old.database.reading(None) as connection:
            for name in watched:
                table = self.old.catalog.tables[name]
                sql = changed_owners(table, self._owner_column(self.old, name, carries[0]))
                owners.update(row[0] for row in await connection.fetch(sql, version))
        return sorted(owners)

    async def _carry_again(self, carries: Sequence[Carry], owners: Sequence[str]) -> None:
        async with self.new.database.writing() as connection:
            for target in reversed(dict.fromkeys(c.target for c in carries)):
                table = self.new.catalog.tables[target]
                sql = delete_owned(table, self._owner_column(self.new, target, carries[0]))
                self.carried[target] -= len(await connection.fetch(sql, owners))
        for source in dict.fromkeys(c.source for c in carries):
            table = self.old.catalog.tables[source]
            sql = select_owned(table, self._owner_column(self.old, source, carries[0]))
            async with self.old.database.reading(None) as connection:
                uuids = [row[0] for row in await connection.fetch(sql, owners)]
            for first in range(0, len(uuids), _CHUNK):
                chunk = uuids[first : first + _CHUNK]
                found = await read_records(self.old, _grant(source, Action.READ), uuids=chunk)
                records = [msgspec.json.decode(found[uuid].body) for uuid in chunk if uuid in found]
                await self._carry_records([c for c in carries if c.source == source], records)

    def _owner_column(self, district: District, name: str, carry: Carry) -> str:
        """The column of a resource's table that says whom a record is about."""
        model, table = district.catalog.model, district.catalog.tables[name]
        reference = self.new.catalog.model.resources[carry.target].references_by_name[carry.owner]
        member = model.key_of(reference.target)[0].name
        named = (c.name for c in table.columns if c.paths[-1][-1] == member)
        return next(named, table.key[0])  # a concrete organisation calls its own id otherwise

    async def end(self) -> None:
        """Removes the records of which the new version has no kind; each leaves a before-image."""
        for name in self.moves.ended:
            async for records in _pages(self.old, name):
                for record in records:
                    await delete_record(self.old, _grant(name, Action.DELETE), uuid=UUID(record["id"]))
                self.kept[name, "the new version has no such record"] += len(records)

    async def rewrite(self) -> None:
        """Takes the members out that were carried, in records that nobody has written meanwhile."""
        for name in self.moves.rewritten():
            async for records in _pages(self.new, name):
                await self._rewrite(name, records)

    async def set_aside(self) -> None:
        """Removes records that lack a reference the new version requires; each leaves a before-image."""
        for name, table in self.new.catalog.tables.items():
            known = self.old.catalog.tables.get(name)
            if known is None:
                continue
            required = {r.name for r in known.references if r.is_required}
            for reference in table.references:
                if reference.is_required and reference.name not in required:
                    await self._remove(name, select_without(table, reference.name), str(reference.member))

    async def _carry(self, carry: Carry, given: Sequence[Raw]) -> None:
        documents = [document for document in given if carry.concerns(document)]
        organizations = await self._organizations(carry, documents)
        made: list[Raw] = []
        for document in documents:
            organization = organizations.get(str(document.get(self._person(carry))))
            if carry.organization and organization is None:
                self.kept[carry.source, f"no organization for a {carry.target}"] += 1
                continue
            made += carry.carried(self.old.catalog.model, document, organization=organization)
        if self.moves.merges(carry):
            made = await self._merged(carry.target, made)
        await self._write(carry, made)

    def _person(self, carry: Carry) -> str:
        return self.old.catalog.model.resources[carry.source].key[0].name

    async def _organizations(self, carry: Carry, documents: Sequence[Raw]) -> Mapping[str, int]:
        """The organisation of each person, from the first association that knows one."""
        wanted = [str(document[self._person(carry)]) for document in documents] if carry.organization else []
        found: dict[str, int] = {}
        for association in reversed(carry.organization):
            table = self.old.catalog.tables[association]
            person = next(c.name for c in table.columns if c.paths[-1][-1] == self._person(carry))
            async with self.old.database.reading(None) as connection:
                found |= dict(await connection.fetch(first_organizations(table, person), wanted))
        return found

    async def _merged(self, target: str, made: Sequence[Raw]) -> list[Raw]:
        """Each new record laid over what stands under its key already."""
        uuids = await self._standing(target, made)
        grant = _grant(target, Action.READ)
        records = await read_records(self.new, grant, uuids=list(set(uuids.values())))
        stored = {n: _own_members(msgspec.json.decode(records[uuid].body)) for n, uuid in uuids.items()}
        return [{**stored.get(number, {}), **raw} for number, raw in enumerate(made)]

    async def _standing(self, target: str, made: Sequence[Raw]) -> Mapping[int, UUID]:
        """The ids of those whose key is taken, by number."""
        writer = Writer(self.new, self.new.catalog.kind(target), _leave(target))
        candidates = []
        for number, raw in enumerate(made):
            document = parse_mapping(writer.kind.document, raw, trims_blanks=False)
            found = None if isinstance(document, tuple) else prepare(self.new, writer.kind, Draft(document))
            if isinstance(found, Prepared):
                candidates.append(Candidate(number, found))
        if candidates:
            async with self.new.database.reading(None) as connection:
                await writer.resolve(connection, candidates)
        return {c.number: c.stored.uuid for c in candidates if c.stored}

    async def _write(self, carry: Carry, made: Sequence[Raw]) -> None:
        target = carry.target
        drafts = [Draft(d) for raw in made if (d := self._parse(target, raw))]
        if not drafts:
            return
        leave = replace(_leave(target), memory=LoadMemory(TargetBook(self.new)))
        for outcome in await write_documents(self.new, target, drafts=drafts, leave=leave):
            if carry.each and isinstance(outcome, Updated):
                self.kept[target, "another of the same key replaced it"] += 1
            elif self._is_in(target, outcome):
                self.carried[target] += 1

    def _parse(self, resource: str, raw: Raw) -> Document | None:
        found = parse_mapping(self.new.catalog.kind(resource).document, raw, trims_blanks=False)
        if isinstance(found, tuple):
            self.kept[resource, f"{found[0].code} {found[0].place.path}"] += 1
            return None
        return found

    async def _rewrite(self, name: str, records: Sequence[Raw]) -> None:
        drafts = []
        for record in records:
            raw = _own_members(record)
            changed = self.moves.rewrite(name, raw)
            document = None if changed is None else self._parse(name, changed)
            if document is not None:
                drafts.append(Draft(document, if_match=record["_etag"]))
                self.kept[name, "a collection of which one item remains"] += self.moves.is_lossy(name, raw)
        if not drafts:
            return
        for outcome in await write_documents(self.new, name, drafts=drafts, leave=_leave(name)):
            # Stale: a client has written it since, and so under the new version.
            if not isinstance(outcome, Stale) and self._is_in(name, outcome):
                self.rewritten[name] += 1

    def _is_in(self, resource: str, outcome: Outcome) -> bool:
        if isinstance(outcome, Inserted | Updated | Unchanged):
            return True
        self.kept[resource, type(outcome).__name__.lower()] += 1
        return False

    async def _remove(self, name: str, sql: str, member: str) -> None:
        while True:
            async with self.new.database.reading(None) as connection:
                uuids = [row[0] for row in await connection.fetch(sql)]
            if not uuids:
                return
            for uuid in uuids:
                await delete_record(self.new, _grant(name, Action.DELETE), uuid=uuid)
            self.kept[name, f"lacks {member}, which the new version requires"] += len(uuids)


async def _pages(district: District, resource: str) -> AsyncIterator[Sequence[Raw]]:
    """Every record of a resource, as its readers see it."""
    first = 0
    while True:
        wanted = PageRequest(limit=_CHUNK, first_id=first)
        page = await read_page(district, _grant(resource, Action.READ), wanted=wanted)
        if page.last_id is None:
            return
        yield [msgspec.json.decode(body) for body in page.bodies]
        first = page.last_id + 1


def _own_members(record: Raw) -> Raw:
    return {name: value for name, value in record.items() if name not in _OURS}


def _grant(resource: str, action: Action) -> Grant:
    return Grant(_OPERATOR, Purpose.PLATFORM_OPERATION, action, resource, basis="upgrade of the standard")


def _leave(resource: str) -> WriteLeave:
    create, update = (_grant(resource, action) for action in (Action.CREATE, Action.UPDATE))
    return WriteLeave(create, update, per_record=False)
