"""The write engine: reads what stands for a set, decides in Python, acts once. One record is a set of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from homeroom.records.authorize import gate_of
from homeroom.records.district import District
from homeroom.records.etags import matches_version, render_etag
from homeroom.records.ledger import ledger_texts
from homeroom.records.links import Target, find_targets, link_reference, resolve_nested_references
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
from homeroom.records.prepare import Draft, Prepared, sealing_place
from homeroom.records.stored import StoredRow, inspect_stored
from homeroom.standard.documents import Document, render_document
from homeroom.standard.places import place_of
from homeroom.store.catalog import Kind
from homeroom.store.checks import find_stored
from homeroom.store.connect import Connection
from homeroom.store.queries import query
from homeroom.store.statements import (
    WITH_TRIGGERS,
    WITHOUT_TRIGGERS,
    hold_targets,
    insert_rows,
    insert_staged,
    link_rows,
    stage_rows,
    update_rows,
    write_columns,
)
from homeroom.store.tables import DESCRIPTORS, target_location
from homeroom.trust.actors import ApiClient
from homeroom.trust.grant import Decision, Grant, Refusal

_MOST_LOOKS = 5
_WORTH_A_COPY = 200
_KEY_CHANGED = "the key of a referenced record changed while the set was being written"


@dataclass(frozen=True, slots=True)
class WriteLeave:
    """Under what a set is written.

    create, update: what the policy decided for each; which one counts depends on what stands.
    source: row of ingest.source. per_record: one ledger entry for each record, with the request of its draft, instead
    of one for the set with this request. rewrites_unchanged: also what says the same already.
    is_bulk: referenced rows are locked by set, where the server lets us go without a trigger for each.
    """

    create: Decision
    update: Decision
    source: int | None = None
    request: str = ""
    per_record: bool = True
    rewrites_unchanged: bool = False
    is_bulk: bool = False


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
        if self.leave.is_bulk and not self.gate.conditions:
            await self._resolve_by_target(connection, batch)
        else:
            await self._resolve_by_row(connection, batch)
        if self.kind.document.nested:
            found = await resolve_nested_references(
                self.district, self.kind, [c.prepared.references for c in batch], connection=connection
            )
            for candidate, nested in zip(batch, found, strict=True):
                candidate.nested = nested

    async def _resolve_by_row(self, connection: Connection, batch: Sequence[Candidate]) -> None:
        """One statement for everything: right for the few rows of a request."""
        resolve = self.gate.resolve
        arrays = [[c.prepared.values[p] for c in batch] for p in self.gate.positions]
        rows = await connection.fetch(resolve.sql, *arrays, *resolve.values)
        references = len(self.kind.table.references)
        for candidate, row in zip(batch, rows, strict=True):
            candidate.stored = None if row[1] is None else Stored(row[1], row[2], row[3], row[4], row[5])
            triples = (row[6 + 3 * n : 9 + 3 * n] for n in range(references))
            candidate.targets = tuple(None if t[0] is None else Target(*t) for t in triples)
            candidate.answers = tuple(row[6 + 3 * references :])

    async def _resolve_by_target(self, connection: Connection, batch: Sequence[Candidate]) -> None:
        """One statement per reference, over its distinct keys: a load names the same few records again and again."""
        found: list[list[Target | None]] = []
        for reference, positions in zip(
            self.kind.table.references, self.kind.reference_positions, strict=True
        ):
            keys = [tuple(c.prepared.values[p] for p in positions) for c in batch]
            wanted = [k for k in dict.fromkeys(keys) if None not in k]
            targets = (
                await find_targets(self.district, reference.target, wanted, connection) if wanted else {}
            )
            found.append([targets.get(k) for k in keys])
        columns = [[c.prepared.values[p] for c in batch] for p in self.kind.key_positions]
        statement = self.kind.compile_once("stored", lambda: find_stored(self.kind.table))
        rows = await connection.fetch(statement, *columns)
        for number, (candidate, row) in enumerate(zip(batch, rows, strict=True)):
            candidate.stored = None if row[0] is None else Stored(row[0], row[1], row[2], row[3], row[4])
            candidate.targets = tuple(targets[number] for targets in found)

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
                _check_same(held, standing)
        if written and any(n.target in changeable for n in self.kind.document.nested):
            again = await resolve_nested_references(
                self.district, self.kind, [c.prepared.references for c in written], connection=connection
            )
            if [_ids(c.nested) for c in written] != [_ids(targets) for targets in again]:
                raise asyncpg.SerializationError(_KEY_CHANGED)

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
            return Unchanged(stored.uuid, render_etag(stored.version), candidate.prepared.warnings)
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
        proposed = self._rows(batch, uuids, self.leave.create)
        is_held = self.leave.is_bulk and await self._hold_targets(connection, batch, proposed)
        rows = await self._insert_rows(connection, batch, proposed, self.leave.create)
        written = {r[0]: (r[1], r[2]) for r in rows}
        outcomes: dict[int, Outcome] = {}
        owners = []
        for candidate, uuid in zip(batch, uuids, strict=True):
            if uuid in written:
                record, version = written[uuid]
                outcomes[candidate.number] = Inserted(uuid, render_etag(version), candidate.prepared.warnings)
                candidate.stored = Stored(record, uuid, version, candidate.prepared.content_hash, None)
                owners.append((record, candidate))
        await self._write_links(connection, owners, is_new=True)
        if is_held:
            await connection.execute(WITH_TRIGGERS)
        return outcomes

    async def _insert_rows(
        self,
        connection: Connection,
        batch: Sequence[Candidate],
        proposed: list[tuple[object, ...]],
        grant: Grant,
    ) -> Sequence[Any]:
        """Puts the rows in; a large set of a load is copied beside the table first, which costs half of arrays."""
        table, per_record = self.kind.table, self.leave.per_record
        found: Sequence[Any]
        if self.leave.is_bulk and len(proposed) >= _WORTH_A_COPY:
            stage, ddl = self.kind.compile_once("stage", lambda: stage_rows(table))
            await connection.execute(ddl)
            columns = [name for name, _ in write_columns(table)]
            await connection.copy_records_to_table(
                stage, records=proposed, columns=columns, schema_name="pg_temp"
            )
            statement = self.kind.compile_once("staged", lambda: insert_staged(table))
            found = await connection.fetch(statement, *ledger_texts(grant, self.leave.request))
        else:
            statement = self.kind.compile_once(
                ("insert", per_record), lambda: insert_rows(table, per_record=per_record)
            )
            arrays = [list(column) for column in zip(*proposed, strict=True)]
            found = await connection.fetch(statement, *arrays, *self._entry(grant, batch))
        return found

    async def _hold_targets(
        self, connection: Connection, batch: Sequence[Candidate], proposed: Sequence[tuple[object, ...]]
    ) -> bool:
        """Locks every row the set refers to; True when all stand and the triggers are off.

        A foreign-key trigger looks at each row alone and is more than half of the work of a load.
        """
        if not self.district.can_load_without_triggers:
            return False
        table = self.kind.table
        held: dict[str, set[object]] = {}
        first = len(write_columns(table)) - len(table.references)
        for number, reference in enumerate(table.references, first):
            ids = {row[number] for row in proposed}
            held.setdefault(reference.target_table, set()).update(ids - {None})
        for candidate in batch:
            for (number, _), target in zip(candidate.prepared.references, candidate.nested, strict=True):
                if target:
                    nested = target_location(
                        self.district.catalog.model, self.kind.document.nested[number].target
                    )
                    held.setdefault(nested[0], set()).add(target.id)
        described = held.setdefault(DESCRIPTORS, set())
        for position, _ in self.kind.described:
            described.update(c.prepared.values[position] for c in batch)
        described.update(d for c in batch for _, d in c.prepared.descriptor_links)
        described.discard(None)
        for target_table, wanted in sorted(held.items()):
            if wanted and await connection.fetchval(hold_targets(target_table), list(wanted)) < len(wanted):
                raise asyncpg.SerializationError("a referenced row went while the set was being written")
        await connection.execute(WITHOUT_TRIGGERS)
        return True

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
            *map(list, zip(*self._rows(batch, [s.uuid for s in standing], self.leave.update), strict=True)),
            *self._entry(self.leave.update, batch),
        )
        written = {r[1]: (r[0], r[2]) for r in rows}
        outcomes: dict[int, Outcome] = {}
        owners = []
        for candidate, stored in zip(batch, standing, strict=True):
            if stored.id in written:
                uuid, version = written[stored.id]
                outcomes[candidate.number] = Updated(uuid, render_etag(version), candidate.prepared.warnings)
                owners.append((stored.id, candidate))
        await self._write_links(connection, owners, is_new=False)
        return outcomes

    def _entry(self, grant: Grant, batch: Sequence[Candidate]) -> Sequence[object]:
        """What the ledger is told: of the set, or of each record with the request that it came with."""
        texts = ledger_texts(grant, self.leave.request)
        return (*texts[:-1], [c.draft.request for c in batch]) if self.leave.per_record else texts

    def _rows(
        self, batch: Sequence[Candidate], uuids: Sequence[UUID], grant: Grant
    ) -> list[tuple[object, ...]]:
        return [self._row(c, uuid, grant) for c, uuid in zip(batch, uuids, strict=True)]

    def _row(self, candidate: Candidate, uuid: UUID, grant: Grant) -> tuple[object, ...]:
        prepared = candidate.prepared
        references = self._link(candidate)
        prepared.draft.document.id = uuid.hex  # type: ignore[attr-defined]  # a generated struct
        text = render_document(prepared.draft.document)[:-1].decode()
        sealed = None
        if prepared.sensitive is not None:
            place = sealing_place(self.kind.resource.name, uuid)
            sealed = self.district.keys.seal(prepared.sensitive, place=place)
        blind = "{" + ",".join(map(str, prepared.blind)) + "}" if prepared.blind else None
        actor = grant.actor
        owner = actor.ownership[0] if isinstance(actor, ApiClient) and actor.ownership else None
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

    def _link(self, candidate: Candidate) -> list[int | None]:
        """Writes links into the document's references; gives the surrogate of each reference column."""
        model, document = self.district.catalog.model, candidate.draft.document
        surrogates: list[int | None] = []
        for column, target in zip(self.kind.table.references, candidate.targets, strict=True):
            holder = getattr(document, column.member) if column.member else None
            if column.member and holder is None:
                # Its key may stand there through other references; the member itself was not sent.
                surrogates.append(None)
                continue
            surrogates.append(target.id if target else None)
            if holder is not None and target:
                link_reference(model, holder, target, name=column.target)
        for (number, holder), target in zip(candidate.prepared.references, candidate.nested, strict=True):
            if target:
                link_reference(model, holder, target, name=self.kind.document.nested[number].target)
        return surrogates

    async def _write_links(
        self, connection: Connection, owners: list[tuple[int, Candidate]], *, is_new: bool
    ) -> None:
        for name, rows in self._links(owners).items():
            insert, prune = link_rows(self.kind.table.schema, name)
            arrays = [list(a) for a in zip(*rows, strict=True)] if rows else [[], [], []]
            if not is_new and owners:
                await connection.execute(prune, *arrays, [owner for owner, _ in owners])
            if rows:
                await connection.execute(insert, *arrays)

    def _links(self, owners: list[tuple[int, Candidate]]) -> dict[str, list[tuple[int, int, int]]]:
        table = self.kind.table
        names = {link.target: link.name for link in table.reference_links}
        rows: dict[str, list[tuple[int, int, int]]] = {name: [] for name in names.values()}
        for owner, candidate in owners:
            for (number, _), target in zip(candidate.prepared.references, candidate.nested, strict=True):
                if target:
                    rows[names[self.kind.document.nested[number].target]].append((owner, number, target.id))
        if table.descriptor_links:
            rows[table.descriptor_links.name] = [
                (owner, path, target) for owner, c in owners for path, target in c.prepared.descriptor_links
            ]
        return rows

    def _conflict(self, candidate: Candidate) -> Conflict:
        values = tuple(str(candidate.prepared.values[p]) for p in self.kind.key_positions)
        return Conflict(self.kind.resource.name, self.kind.table.key, values)


def _check_same(
    held: Sequence[tuple[tuple[object, ...], int]], standing: Mapping[tuple[object, ...], Target]
) -> None:
    if any(key not in standing or standing[key].id != record for key, record in held):
        raise asyncpg.SerializationError(_KEY_CHANGED)


def _ids(targets: Sequence[Target | None]) -> list[int | None]:
    return [None if target is None else target.id for target in targets]
