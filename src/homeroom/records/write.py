"""Writes sets of records of one resource: read what stands, decide in Python, act once. One record is a set of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg

from homeroom.base.findings import Finding
from homeroom.records.authorize import Gate
from homeroom.records.district import District
from homeroom.records.etags import matches_version, render_etag
from homeroom.records.links import Target, link_reference, resolve_nested_references
from homeroom.records.outcomes import (
    Absent,
    AlreadyThere,
    Conflict,
    Inserted,
    Invalid,
    KeyChangeRefused,
    Outcome,
    Refused,
    Stale,
    Unchanged,
    Unresolved,
    Updated,
)
from homeroom.records.prepare import Draft, Prepared, prepare, sealing_place
from homeroom.standard.documents import render_document
from homeroom.store.catalog import Kind
from homeroom.store.connect import Connection
from homeroom.store.queries import query
from homeroom.store.statements import insert_rows, link_rows, update_rows
from homeroom.trust.actors import ApiClient
from homeroom.trust.grant import Decision, Grant, Refusal

_MOST_TRIES = 5
_TRY_AGAIN = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.ForeignKeyViolationError,
    asyncpg.UniqueViolationError,
)


@dataclass(frozen=True, slots=True)
class WriteLeave:
    """Under what a set is written.

    create, update: what the policy decided for each; which one counts depends on what stands.
    source: row of ingest.source. request: fingerprint for the ledger. per_record: one ledger entry for each
    record (requests) instead of one for the set (loads).
    """

    create: Decision
    update: Decision
    source: int | None = None
    request: str = ""
    per_record: bool = True


@dataclass(frozen=True, slots=True)
class Stored:
    """What stands under a key."""

    id: int
    uuid: UUID
    version: int
    content_hash: bytes
    owner_token: int | None


@dataclass(slots=True)
class Candidate:
    """A prepared draft beside what the store says of it."""

    number: int
    prepared: Prepared
    stored: Stored | None = None
    targets: tuple[Target | None, ...] = ()
    answers: tuple[bool | None, ...] = ()
    nested: tuple[Target | None, ...] = ()


async def write_documents(
    district: District, resource: str, *, drafts: Sequence[Draft], leave: WriteLeave
) -> list[Outcome]:
    """Stores the drafts; one outcome for each, in order. Nothing is raised for what a draft says.

    Two drafts of one key are written one after the other, in order.
    """
    writer = _Writer(district, district.catalog.kind(resource), leave)
    return await writer.write(drafts)


class _Writer:
    """One call of `write_documents`."""

    def __init__(self, district: District, kind: Kind, leave: WriteLeave) -> None:
        self.district = district
        self.kind = kind
        self.leave = leave
        self.gate = Gate(
            kind.table, (leave.create, leave.update), abstract_tables=district.catalog.abstract_tables
        )

    async def write(self, drafts: Sequence[Draft]) -> list[Outcome]:
        outcomes: list[Outcome | None] = [None] * len(drafts)
        waiting = await self._prepare_all(drafts, outcomes)
        while waiting:
            batch, waiting = self._one_of_each_key(waiting)
            for number, outcome in (await self._write_batch(batch)).items():
                outcomes[number] = outcome
        return [o for o in outcomes if o is not None]

    async def _prepare_all(self, drafts: Sequence[Draft], outcomes: list[Outcome | None]) -> list[Candidate]:
        ready = []
        fresh = False
        for number, draft in enumerate(drafts):
            result = prepare(self.district, self.kind, draft)
            if not isinstance(result, Prepared) and not fresh:
                # Another process may have added the descriptor since we read them: look once more.
                await self.district.descriptors.refresh(self.district.database)
                fresh = True
                result = prepare(self.district, self.kind, draft)
            if isinstance(result, Prepared):
                ready.append(Candidate(number, result))
            else:
                outcomes[number] = Invalid(result)
        return ready

    def _one_of_each_key(self, waiting: list[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
        batch: dict[tuple[object, ...], Candidate] = {}
        later = []
        for candidate in waiting:
            key = self._key(candidate)
            if batch.setdefault(key, candidate) is not candidate:
                later.append(candidate)
        # Always in the order of their keys, so that two sets cannot wait for each other.
        return sorted(batch.values(), key=lambda c: tuple(map(str, self._key(c)))), later

    def _key(self, candidate: Candidate) -> tuple[object, ...]:
        key = tuple(candidate.prepared.values[p] for p in self.kind.key_positions)
        return tuple(str(k).lower() for k in key) if self.kind.table.kind else key

    async def _write_batch(self, batch: list[Candidate]) -> dict[int, Outcome]:
        for attempt in range(_MOST_TRIES):
            try:
                return await self._try_batch(batch)
            except _TRY_AGAIN:
                if attempt == _MOST_TRIES - 1 and len(batch) == 1:
                    raise
        # Something in the set fails for good: split it until the culprit stands alone.
        half = len(batch) // 2
        return await self._write_batch(batch[:half]) | await self._write_batch(batch[half:])

    async def _try_batch(self, batch: list[Candidate]) -> dict[int, Outcome]:
        async with self.district.database.writing() as connection:
            await self._resolve(connection, batch)
            outcomes: dict[int, Outcome] = {}
            inserts: list[Candidate] = []
            updates: list[Candidate] = []
            for candidate in batch:
                outcome = self._decide(candidate)
                if outcome is not None:
                    outcomes[candidate.number] = outcome
                elif candidate.stored is None:
                    inserts.append(candidate)
                else:
                    updates.append(candidate)
            outcomes |= await self._insert(connection, inserts)
            outcomes |= await self._update(connection, updates)
            if (inserts or updates) and self.kind.resource.base == "EducationOrganization":
                await connection.execute("select pg_advisory_xact_lock(7)")
                await connection.execute(query("homeroom.store", "closure"))
        self._remember_descriptors([*inserts, *updates], outcomes)
        missed = [c for c in (*inserts, *updates) if c.number not in outcomes]
        return outcomes | (await self._again(missed) if missed else {})

    async def _again(self, missed: list[Candidate]) -> dict[int, Outcome]:
        """Somebody wrote the same keys between our look and our write: look again, a few times."""
        for _ in range(_MOST_TRIES):
            async with self.district.database.reading(None) as connection:
                await self._resolve(connection, missed)
            if any(c.stored for c in missed):
                return await self._write_batch(missed)
        return {c.number: self._conflict(c) for c in missed}

    async def _resolve(self, connection: Connection, batch: list[Candidate]) -> None:
        resolve = self.gate.resolve
        positions = [self.kind.table.columns.index(c) for c in resolve.columns]
        arrays = [[c.prepared.values[p] for c in batch] for p in positions]
        rows = await connection.fetch(resolve.sql, *arrays, *resolve.values)
        references = len(self.kind.table.references)
        for candidate, row in zip(batch, rows, strict=True):
            candidate.stored = None if row[1] is None else Stored(row[1], row[2], row[3], row[4], row[5])
            triples = (row[6 + 3 * n : 9 + 3 * n] for n in range(references))
            candidate.targets = tuple(None if t[0] is None else Target(*t) for t in triples)
            candidate.answers = tuple(row[6 + 3 * references :])
        if self.kind.document.nested:
            found = await resolve_nested_references(
                self.district, self.kind, [c.prepared.references for c in batch], connection=connection
            )
            for candidate, nested in zip(batch, found, strict=True):
                candidate.nested = nested

    def _decide(self, candidate: Candidate) -> Outcome | None:
        """The outcome when nothing is to be written; None when the candidate goes in."""
        draft, stored = candidate.prepared.draft, candidate.stored
        outcome = self._precondition(draft, stored)
        if outcome is not None:
            return outcome
        decision = self.leave.update if stored else self.leave.create
        if isinstance(decision, Refusal):
            return Refused(decision)
        refusal = self._row_refusal(candidate, decision)
        if refusal is not None:
            return Refused(refusal)
        broken = self._broken_references(candidate)
        if broken:
            return Unresolved(broken)
        if stored and stored.content_hash == candidate.prepared.content_hash:
            return Unchanged(stored.uuid, render_etag(stored.version))
        return None

    def _precondition(self, draft: Draft, stored: Stored | None) -> Outcome | None:
        if draft.uuid is not None and stored is None:
            return Absent()
        if draft.uuid is not None and stored and stored.uuid != draft.uuid:
            return KeyChangeRefused(self.kind.resource.name)
        if draft.only_new and stored:
            return AlreadyThere()
        if draft.if_match and stored and not matches_version(draft.if_match, stored.version):
            return Stale()
        return None

    def _row_refusal(self, candidate: Candidate, grant: Grant) -> Refusal | None:
        if candidate.stored:
            refusal = self.gate.refusal(grant, candidate.answers, is_stored=True)
            if refusal is not None:
                return refusal
        return self.gate.refusal(grant, candidate.answers, is_stored=False)

    def _broken_references(self, candidate: Candidate) -> tuple[tuple[str, str], ...]:
        document = candidate.prepared.draft.document
        broken = [
            (f"$.{r.member}", r.target)
            for r, target in zip(self.kind.table.references, candidate.targets, strict=True)
            if target is None and r.member and getattr(document, r.member) is not None
        ]
        for (number, _), target in zip(candidate.prepared.references, candidate.nested, strict=True):
            if target is None:
                nested = self.kind.document.nested[number]
                broken.append((nested.path, nested.target))
        return tuple(broken)

    async def _insert(self, connection: Connection, batch: list[Candidate]) -> dict[int, Outcome]:
        if not batch or not isinstance(self.leave.create, Grant):
            return {}
        uuids = [uuid4() for _ in batch]
        rows = await connection.fetch(
            insert_rows(self.kind.table, per_record=self.leave.per_record),
            *self._arrays(batch, uuids, self.leave.create),
            *self._entry(self.leave.create),
        )
        written = {r[0]: (r[1], r[2]) for r in rows}
        outcomes: dict[int, Outcome] = {}
        owners = []
        for candidate, uuid in zip(batch, uuids, strict=True):
            if uuid in written:
                record, version = written[uuid]
                outcomes[candidate.number] = Inserted(uuid, render_etag(version))
                candidate.stored = Stored(record, uuid, version, candidate.prepared.content_hash, None)
                owners.append((record, candidate))
        await self._write_links(connection, owners, is_new=True)
        return outcomes

    async def _update(self, connection: Connection, batch: list[Candidate]) -> dict[int, Outcome]:
        if not batch or not isinstance(self.leave.update, Grant):
            return {}
        standing = [c.stored for c in batch if c.stored]
        rows = await connection.fetch(
            update_rows(self.kind.table, per_record=self.leave.per_record),
            [s.id for s in standing],
            [s.version for s in standing],
            *self._arrays(batch, [s.uuid for s in standing], self.leave.update),
            *self._entry(self.leave.update),
        )
        written = {r[1]: (r[0], r[2]) for r in rows}
        outcomes: dict[int, Outcome] = {}
        owners = []
        for candidate, stored in zip(batch, standing, strict=True):
            if stored.id in written:
                uuid, version = written[stored.id]
                outcomes[candidate.number] = Updated(uuid, render_etag(version))
                owners.append((stored.id, candidate))
        await self._write_links(connection, owners, is_new=False)
        return outcomes

    def _arrays(self, batch: list[Candidate], uuids: Sequence[UUID], grant: Grant) -> list[list[object]]:
        rows = [self._row(c, uuid, grant) for c, uuid in zip(batch, uuids, strict=True)]
        return [list(column) for column in zip(*rows, strict=True)]

    def _row(self, candidate: Candidate, uuid: UUID, grant: Grant) -> tuple[object, ...]:
        prepared = candidate.prepared
        document = prepared.draft.document
        references: list[int | None] = []
        for column, target in zip(self.kind.table.references, candidate.targets, strict=True):
            holder = getattr(document, column.member) if column.member else None
            if column.member and holder is None:
                references.append(None)
                continue
            references.append(target.id if target else None)
            if holder is not None and target:
                link_reference(self.district.catalog.model, holder, target, name=column.target)
        for (number, holder), target in zip(prepared.references, candidate.nested, strict=True):
            if target:
                name = self.kind.document.nested[number].target
                link_reference(self.district.catalog.model, holder, target, name=name)
        document.id = uuid.hex  # type: ignore[attr-defined]  # a generated struct
        text = render_document(document)[:-1].decode()
        sealed = None
        if prepared.sensitive is not None:
            place = sealing_place(self.kind.resource.name, uuid)
            sealed = self.district.keys.seal(prepared.sensitive, place=place)
        blind = "{" + ",".join(map(str, prepared.blind)) + "}" if prepared.blind else None
        owner = (
            grant.actor.ownership[0] if isinstance(grant.actor, ApiClient) and grant.actor.ownership else None
        )
        system = (
            uuid,
            text,
            sealed,
            blind,
            prepared.content_hash,
            owner,
            self.leave.source,
            prepared.draft.line,
        )
        return (*system, *prepared.values, *references)

    def _entry(self, grant: Grant) -> tuple[str, ...]:
        return ledger_texts(grant, self.leave.request)

    async def _write_links(
        self, connection: Connection, owners: list[tuple[int, Candidate]], *, is_new: bool
    ) -> None:
        table = self.kind.table
        rows: dict[str, list[tuple[int, int, int]]] = {link.name: [] for link in table.reference_links}
        names = {link.target: link.name for link in table.reference_links}
        if table.descriptor_links:
            rows[table.descriptor_links.name] = []
        for owner, candidate in owners:
            for (number, _), target in zip(candidate.prepared.references, candidate.nested, strict=True):
                if target:
                    rows[names[self.kind.document.nested[number].target]].append((owner, number, target.id))
            if table.descriptor_links:
                links = candidate.prepared.descriptor_links
                rows[table.descriptor_links.name] += [(owner, path, target) for path, target in links]
        for name, found in rows.items():
            insert, prune = link_rows(table.schema, name)
            arrays = [list(a) for a in zip(*found, strict=True)] if found else [[], [], []]
            if not is_new and owners:
                await connection.execute(prune, *arrays, [owner for owner, _ in owners])
            if found:
                await connection.execute(insert, *arrays)

    def _remember_descriptors(self, batch: list[Candidate], outcomes: dict[int, Outcome]) -> None:
        if not self.kind.resource.is_descriptor:
            return
        for candidate in batch:
            if candidate.stored and candidate.number in outcomes:
                document = candidate.prepared.draft.document
                uri = f"{document.namespace}#{document.codeValue}"  # type: ignore[attr-defined]  # a generated struct
                self.district.descriptors.put(self.kind.resource.name, candidate.stored.id, uri)

    def _conflict(self, candidate: Candidate) -> Conflict:
        values = tuple(str(candidate.prepared.values[p]) for p in self.kind.key_positions)
        return Conflict(self.kind.resource.name, self.kind.table.key, values)


def ledger_texts(grant: Grant, request: str) -> tuple[str, str, str, str, str, str]:
    """The six texts of a ledger entry, in the order the statements take them."""
    return (grant.actor.label, grant.purpose.value, grant.action.value, grant.resource, grant.basis, request)


def findings_of(outcome: Outcome) -> tuple[Finding, ...]:
    """The findings of an outcome; empty for any other than Invalid."""
    return outcome.findings if isinstance(outcome, Invalid) else ()
