"""The write engine: reads what stands for a set, decides in Python, acts once. One record is a set of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import msgspec

from homeroom.records.authorize import gate_of
from homeroom.records.district import District
from homeroom.records.etags import matches_version
from homeroom.records.ledger import ledger_texts
from homeroom.records.links import (
    KEY_CHANGED,
    Target,
    check_same,
    find_targets,
    resolve_nested_references,
)
from homeroom.records.memory import LoadMemory
from homeroom.records.outcomes import (
    Absent,
    AlreadyThere,
    Conflict,
    Inserted,
    KeyChangeRefused,
    Outcome,
    Refused,
    Stale,
    Unchanged,
    Unresolved,
    Updated,
)
from homeroom.records.prepare import Draft, Prepared
from homeroom.records.rows import RowMaker, link_rows_of
from homeroom.records.stored import StoredRow, inspect_stored
from homeroom.standard.documents import Document
from homeroom.standard.places import place_of
from homeroom.store.catalog import Kind
from homeroom.store.connect import Connection
from homeroom.store.queries import query
from homeroom.store.statements import insert_rows, link_rows, update_rows
from homeroom.trust.actors import ApiClient
from homeroom.trust.grant import Decision, Grant, Refusal

_MOST_LOOKS = 5


@dataclass(frozen=True, slots=True)
class WriteLeave:
    """Under what a set is written.

    create, update: what the policy decided for each; which one counts depends on what stands.
    source: row of ingest.source. per_record: one ledger entry for each record, with the request of its draft, instead
    of one for the set with this request. rewrites_unchanged: also what says the same already.
    memory: what a load knows from its earlier sets; what is plainly new then goes in by `bulk`.
    """

    create: Decision
    update: Decision
    source: int | None = None
    request: str = ""
    per_record: bool = True
    rewrites_unchanged: bool = False
    memory: LoadMemory | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What stands under a key."""

    id: int
    uuid: UUID
    version: int
    content_hash: bytes
    owner_token: int | None


class Candidate(msgspec.Struct):
    """A prepared draft beside what the store says of it.

    row: the record to replace, where the draft names one; stored: what stands under the draft's key.
    """

    number: int
    prepared: Prepared
    stored: Stored | None = None
    row: StoredRow | None = None
    targets: tuple[Target | None, ...] = ()
    answers: tuple[bool | None, ...] = ()
    nested: tuple[Target | None, ...] = ()

    @property
    def draft(self) -> Draft:
        """What came in."""
        return self.prepared.draft


class Writer:
    """Writes sets of one resource inside a transaction that somebody else opens and commits."""

    def __init__(self, district: District, kind: Kind, leave: WriteLeave) -> None:
        self.district = district
        self.kind = kind
        self.leave = leave
        self.gate = gate_of(
            kind, (leave.create, leave.update), abstract_tables=district.catalog.abstract_tables
        )

    def key(self, prepared: Prepared) -> tuple[object, ...]:
        """The draft's natural key, as two drafts are compared by it."""
        key = tuple(prepared.values[p] for p in self.kind.key_positions)
        return tuple(str(k).lower() for k in key) if self.kind.table.kind else key

    async def write(
        self, connection: Connection, batch: Sequence[Candidate]
    ) -> tuple[dict[int, Outcome], list[Candidate]]:
        """Outcomes by number for a set of distinct keys, and the candidates whose record changed its key."""
        outcomes: dict[int, Outcome] = {}
        rekeyed: list[Candidate] = []
        waiting = list(batch)
        for _ in range(_MOST_LOOKS):
            inserts, updates = await self._look(connection, waiting, outcomes)
            outcomes |= await self._insert(connection, inserts)
            outcomes |= await self.update(connection, updates)
            await self._check_keys(connection, [c for c in (*inserts, *updates) if c.number in outcomes])
            rekeyed += [c for c in updates if c.row and c.number in outcomes and self._has_new_key(c)]
            if (inserts or updates) and self.kind.resource.base == "EducationOrganization":
                await connection.execute("select pg_advisory_xact_lock(7)")
                await connection.execute(query("homeroom.store", "closure"))
            # What is missing now, somebody else wrote between our look and our write: look again.
            waiting = [c for c in waiting if c.number not in outcomes]
            if not waiting:
                break
        return outcomes | {c.number: self._conflict(c) for c in waiting}, rekeyed

    async def _look(
        self, connection: Connection, batch: list[Candidate], outcomes: dict[int, Outcome]
    ) -> tuple[list[Candidate], list[Candidate]]:
        await self._find_replaced(connection, batch)
        await self.resolve(connection, batch)
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
        return inserts, updates

    async def _find_replaced(self, connection: Connection, batch: Sequence[Candidate]) -> None:
        wanted = [c.draft.uuid for c in batch if c.draft.uuid]
        if not wanted or not isinstance(self.leave.update, Grant):
            return
        rows = await inspect_stored(self.district, self.leave.update, uuids=wanted, connection=connection)
        by_uuid = {row.uuid: row for row in rows}
        for candidate in batch:
            candidate.row = by_uuid.get(candidate.draft.uuid) if candidate.draft.uuid else None

    async def resolve(self, connection: Connection, batch: Sequence[Candidate]) -> None:
        """Fills in what stands under each key, the targets of all references, and the Grants' checks."""
        resolve = self.gate.resolve
        arrays = [[c.prepared.values[p] for c in batch] for p in self.gate.positions]
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

    async def _check_keys(self, connection: Connection, written: Sequence[Candidate]) -> None:
        """Raises SerializationError when a key that a document holds was changed while it was being written.

        From now on it cannot be: whoever changes one waits for these rows or finds them, and rewrites them.
        """
        changeable = self.district.catalog.changeable_keys
        for number, reference in enumerate(self.kind.table.references):
            if reference.target in changeable:
                positions = self.kind.reference_positions[number]
                named = [(tuple(c.prepared.values[p] for p in positions), c.targets[number]) for c in written]
                held = [(key, target.id) for key, target in named if target]
                keys = list(dict.fromkeys(key for key, _ in held))
                standing = (
                    await find_targets(self.district, reference.target, keys, connection) if keys else {}
                )
                check_same(held, standing)
        if written and any(n.target in changeable for n in self.kind.document.nested):
            again = await resolve_nested_references(
                self.district, self.kind, [c.prepared.references for c in written], connection=connection
            )
            if [_ids(c.nested) for c in written] != [_ids(targets) for targets in again]:
                raise asyncpg.SerializationError(KEY_CHANGED)

    def _decide(self, candidate: Candidate) -> Outcome | None:
        """The outcome when nothing is to be written; None when the candidate goes in."""
        if candidate.draft.uuid is not None:
            outcome = self._decide_replacement(candidate)
        else:
            outcome = self._precondition(candidate.draft, candidate.stored)
        if outcome is not None:
            return outcome
        refusal = self._refusal(candidate)
        if refusal is not None:
            return Refused(refusal)
        broken = self._broken_references(candidate)
        if broken:
            return Unresolved(tuple(b[:2] for b in broken), tuple(b[2] for b in broken))
        stored = candidate.stored
        is_same = (
            stored
            and stored.content_hash == candidate.prepared.content_hash
            and not self.leave.rewrites_unchanged
        )
        if stored and is_same:
            return Unchanged(stored.uuid, stored.version, candidate.prepared.warnings)
        return None

    def _precondition(self, draft: Draft, stored: Stored | None) -> Outcome | None:
        if draft.only_new and stored:
            return AlreadyThere()
        if draft.if_match and (stored is None or not matches_version(draft.if_match, stored.version)):
            return Stale()
        return None

    def _decide_replacement(self, candidate: Candidate) -> Outcome | None:  # noqa: PLR0911 - guards, one to a line
        """For a draft that names its record: whether that record is there and may take this key."""
        row = candidate.row
        if isinstance(self.leave.update, Refusal):
            return Refused(self.leave.update)
        if row is None:
            return Absent()
        if row.refusal is not None:
            return Refused(row.refusal)
        if candidate.draft.if_match and not matches_version(candidate.draft.if_match, row.version):
            return Stale()
        if candidate.stored and candidate.stored.id == row.id:
            return None
        if not self.kind.resource.allows_key_changes:
            return KeyChangeRefused(self.kind.resource.name)
        refusal = self.gate.refusal(self.leave.update, candidate.answers, is_stored=False)
        if refusal is not None:
            return Refused(refusal)
        if candidate.stored:
            return self._conflict(candidate)
        candidate.stored = Stored(row.id, row.uuid, row.version, b"", row.owner_token)
        return None

    def _has_new_key(self, candidate: Candidate) -> bool:
        return bool(
            candidate.row
            and candidate.row.key != tuple(candidate.prepared.values[p] for p in self.kind.key_positions)
        )

    def _refusal(self, candidate: Candidate) -> Refusal | None:
        decision = self.leave.update if candidate.stored else self.leave.create
        if isinstance(decision, Refusal):
            return decision
        if candidate.stored and candidate.row is None:
            refusal = self.gate.refusal(decision, candidate.answers, is_stored=True)
            if refusal is not None:
                return refusal
        return self.gate.refusal(decision, candidate.answers, is_stored=False)

    def _broken_references(self, candidate: Candidate) -> list[tuple[str, str, Document]]:
        """(path, target, holder of the key) of what names nothing."""
        document = candidate.draft.document
        broken = [
            (f"$.{r.member}", r.target, holder)
            for r, target in zip(self.kind.table.references, candidate.targets, strict=True)
            if target is None and r.member and (holder := getattr(document, r.member)) is not None
        ]
        for (number, holder), target in zip(candidate.prepared.references, candidate.nested, strict=True):
            if target is None:
                nested = self.kind.document.nested[number]
                broken.append((place_of(document, holder, nested.path), nested.target, holder))
        return broken

    async def _insert(self, connection: Connection, batch: list[Candidate]) -> dict[int, Outcome]:
        if not batch or not isinstance(self.leave.create, Grant):
            return {}
        uuids = [c.draft.restores or uuid4() for c in batch]
        statement = self.kind.compile_once(
            ("insert", self.leave.per_record),
            lambda: insert_rows(self.kind.table, per_record=self.leave.per_record),
        )
        arrays = self._columns(batch, uuids, self.leave.create)
        rows = await connection.fetch(statement, *arrays, *self._entry(self.leave.create, batch))
        written = {r[0]: (r[1], r[2]) for r in rows}
        outcomes: dict[int, Outcome] = {}
        owners = []
        for candidate, uuid in zip(batch, uuids, strict=True):
            if uuid in written:
                record, version = written[uuid]
                outcomes[candidate.number] = Inserted(uuid, version, candidate.prepared.warnings)
                candidate.stored = Stored(record, uuid, version, candidate.prepared.content_hash, None)
                owners.append((record, candidate))
        await self._write_links(connection, owners, is_new=True)
        return outcomes

    async def update(self, connection: Connection, batch: Sequence[Candidate]) -> dict[int, Outcome]:
        """Replaces what stands with the candidates; those whose record changed meanwhile are left out."""
        if not batch or not isinstance(self.leave.update, Grant):
            return {}
        standing = [c.stored for c in batch if c.stored]
        rows = await connection.fetch(
            self.kind.compile_once(
                ("update", self.leave.per_record),
                lambda: update_rows(self.kind.table, per_record=self.leave.per_record),
            ),
            [s.id for s in standing],
            [s.version for s in standing],
            *self._columns(batch, [s.uuid for s in standing], self.leave.update),
            *self._entry(self.leave.update, batch),
        )
        written = {r[1]: (r[0], r[2]) for r in rows}
        outcomes: dict[int, Outcome] = {}
        owners = []
        for candidate, stored in zip(batch, standing, strict=True):
            if stored.id in written:
                uuid, version = written[stored.id]
                outcomes[candidate.number] = Updated(uuid, version, candidate.prepared.warnings)
                owners.append((stored.id, candidate))
        await self._write_links(connection, owners, is_new=False)
        return outcomes

    def _entry(self, grant: Grant, batch: Sequence[Candidate]) -> Sequence[object]:
        """What the ledger is told: of the set, or of each record with the request that it came with."""
        texts = ledger_texts(grant, self.leave.request)
        return (*texts[:-1], [c.draft.request for c in batch]) if self.leave.per_record else texts

    def _columns(self, batch: Sequence[Candidate], uuids: Sequence[UUID], grant: Grant) -> list[list[object]]:
        """An array for each of `write_columns`."""
        maker = RowMaker(self.district, self.kind, owner=owner_of(grant), source=self.leave.source)
        rows = [
            maker.row(c.prepared, uuid=uuid, targets=c.targets, nested=c.nested)
            for c, uuid in zip(batch, uuids, strict=True)
        ]
        return [list(column) for column in zip(*rows, strict=True)]

    async def _write_links(
        self, connection: Connection, owners: list[tuple[int, Candidate]], *, is_new: bool
    ) -> None:
        found = link_rows_of(self.kind, ((owner, c.prepared, c.nested) for owner, c in owners))
        for name, rows in found.items():
            insert, prune = link_rows(self.kind.table.schema, name)
            arrays = [list(a) for a in zip(*rows, strict=True)] if rows else [[], [], []]
            if not is_new and owners:
                await connection.execute(prune, *arrays, [owner for owner, _ in owners])
            if rows:
                await connection.execute(insert, *arrays)

    def _conflict(self, candidate: Candidate) -> Conflict:
        values = tuple(str(candidate.prepared.values[p]) for p in self.kind.key_positions)
        return Conflict(self.kind.resource.name, self.kind.table.key, values)


def owner_of(grant: Grant) -> int | None:
    """The ownership token that a record written under the Grant gets."""
    actor = grant.actor
    return actor.ownership[0] if isinstance(actor, ApiClient) and actor.ownership else None


def _ids(targets: Sequence[Target | None]) -> list[int | None]:
    return [None if target is None else target.id for target in targets]
