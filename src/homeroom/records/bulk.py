"""What a load brings new goes in by set: copied beside its table, compared with what stands, moved in at once.

Rows are made ready ahead, in the thread that reads the file, as far as that needs no database. Whatever is
neither plainly new nor the same already is left to the writer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import TypeAlias

import asyncpg

from homeroom.records.district import District
from homeroom.records.ledger import ledger_texts
from homeroom.records.links import Key, Target, nested_key
from homeroom.records.memory import LoadMemory
from homeroom.records.outcomes import Inserted, Outcome, Unchanged
from homeroom.records.prepare import Made, Prepared
from homeroom.records.rows import LinkRow, RowMaker, link_rows_of
from homeroom.records.writer import Candidate, WriteLeave, owner_of
from homeroom.store.catalog import Kind
from homeroom.store.connect import Connection, copy_rows
from homeroom.store.shape import links_of
from homeroom.store.staging import (
    DRAW_NUMBERS,
    LINK_COLUMNS,
    NUMBERS,
    WITH_TRIGGERS,
    WITHOUT_TRIGGERS,
    find_staged,
    hold_targets,
    insert_staged,
    random_uuids,
    stage_columns,
    stage_table,
)
from homeroom.store.statements import write_columns
from homeroom.store.tables import DESCRIPTORS
from homeroom.trust.grant import Grant

Columns: TypeAlias = Sequence[Sequence[object]]
"""The rows of a set, turned: one sequence for each of `write_columns`."""


class BulkWriter:
    """Writes sets of one resource for one load, inside a transaction that somebody else opens and commits."""

    def __init__(self, district: District, kind: Kind, leave: WriteLeave, memory: LoadMemory) -> None:
        self.district = district
        self.kind = kind
        self.memory = memory
        self._leave = leave
        owner = owner_of(leave.create) if isinstance(leave.create, Grant) else None
        self._rows = RowMaker(district, kind, owner=owner, source=leave.source)
        self._uuids = random_uuids()
        self._places = {name: place for place, (name, _) in enumerate(write_columns(kind.table))}
        self._key = _key_of(kind.key_positions)
        self._reference_keys = [_key_of(positions) for positions in kind.reference_positions]
        self._references = [
            (reference.member, key_of, memory.targets.of(reference.target))
            for reference, key_of in zip(kind.table.references, self._reference_keys, strict=True)
        ]
        decisions = (leave.create, leave.update)
        is_alone = not kind.table.kind and not kind.table.identity
        self.is_able = is_alone and all(isinstance(d, Grant) and not d.conditions for d in decisions)
        """Whether sets of this resource can go in by set: the leave says yes to each row, whatever it holds.

        Descriptors, and what shares an identity with others of its base, need the writer's look at each.
        """

    def make_row(self, prepared: Prepared) -> bool:
        """Makes the row, if the load remembers all that the document names. Needs no database."""
        targets = self._targets(prepared)
        nested = self._nested_targets(prepared)
        if targets is None or nested is None:
            return False
        uuid = next(self._uuids)
        row = self._rows.row(prepared, uuid=uuid, targets=targets, nested=nested)
        prepared.made = Made(uuid, row, nested)
        return True

    def _targets(self, prepared: Prepared) -> list[Target | None] | None:
        document, values = prepared.draft.document, prepared.values
        targets: list[Target | None] = []
        for member, key_of, known in self._references:
            key = key_of(values)
            target = known.get(key)
            if target is None and None not in key and (not member or getattr(document, member) is not None):
                return None
            targets.append(target)
        return targets

    def _nested_targets(self, prepared: Prepared) -> list[Target | None] | None:
        targets: list[Target | None] = []
        for number, holder in prepared.references:
            nested = self.kind.document.nested[number]
            target = self.memory.targets.of(nested.target).get(nested_key(self.district, nested, holder))
            if target is None:
                return None
            targets.append(target)
        return targets

    async def write(
        self, connection: Connection, candidates: Sequence[Candidate]
    ) -> tuple[dict[int, Outcome], list[Candidate]]:
        """Outcomes by number of the new and the unchanged, and the candidates that the writer must look at.

        A load's drafts name no record by its id and set no condition.
        """
        outcomes: dict[int, Outcome] = {}
        distinct: dict[Key, Candidate] = {}
        key_of = self._key
        left = [c for c in candidates if distinct.setdefault(key_of(c.prepared.values), c) is not c]
        new = list(distinct.values())
        if not self.memory.brings_news:
            await self._stage_keys(connection, new)
            new = await self._part(connection, dict(enumerate(new)), outcomes=outcomes, left=left)
        made = await self._make_missing_rows(connection, new, left)
        if made:
            staged = await self._stage_rows(connection, made)
            new = await self._part(connection, {s[0]: s[2] for s in staged}, outcomes=outcomes, left=left)
            if new and len(new) < len(made):
                staged = await self._stage_rows(connection, new)
            if new:
                outcomes |= await self._insert(connection, staged)
        self.memory.brings_news = 2 * len(new) >= len(candidates)
        return outcomes, sorted(left, key=lambda c: c.number)

    def forget(self, candidates: Iterable[Candidate]) -> None:
        """Everything is to be looked up and made again: something of it was out of date."""
        self.memory.targets.forget()
        for candidate in candidates:
            candidate.prepared.made = None

    async def _part(
        self,
        connection: Connection,
        staged: dict[int, Candidate],
        *,
        outcomes: dict[int, Outcome],
        left: list[Candidate],
    ) -> list[Candidate]:
        """Those under whose key nothing stands; of the others, what changes a record is left to the writer."""
        statement = self.kind.compile_once("find staged", lambda: find_staged(self.kind.table))
        for number, uuid, version, content_hash in await connection.fetch(statement):
            candidate = staged.pop(number)
            prepared = candidate.prepared
            if content_hash != prepared.content_hash or self._leave.rewrites_unchanged:
                left.append(candidate)
            else:
                outcomes[candidate.number] = Unchanged(uuid, version, prepared.warnings)
        return list(staged.values())

    async def _make_missing_rows(
        self, connection: Connection, candidates: Sequence[Candidate], left: list[Candidate]
    ) -> list[Candidate]:
        missing = [c.prepared for c in candidates if c.prepared.made is None]
        if not missing:
            return list(candidates)
        targets = self.memory.targets
        for reference, key_of in zip(self.kind.table.references, self._reference_keys, strict=True):
            await targets.learn(reference.target, [key_of(p.values) for p in missing], connection)
        for resource, keys in self._nested_keys(missing).items():
            await targets.learn(resource, keys, connection)
        made = [c for c in candidates if c.prepared.made or self.make_row(c.prepared)]
        left += [c for c in candidates if not c.prepared.made]
        return made

    def _nested_keys(self, prepared: Sequence[Prepared]) -> dict[str, list[Key]]:
        keys: dict[str, list[Key]] = defaultdict(list)
        for one in prepared:
            for number, holder in one.references:
                nested = self.kind.document.nested[number]
                keys[nested.target].append(nested_key(self.district, nested, holder))
        return keys

    async def _stage_keys(self, connection: Connection, candidates: Sequence[Candidate]) -> None:
        rows = [(number, *self._key(c.prepared.values)) for number, c in enumerate(candidates)]
        await self._copy(connection, rows, columns=(NUMBERS[0], *self.kind.table.key))

    async def _stage_rows(
        self, connection: Connection, candidates: Sequence[Candidate]
    ) -> list[tuple[int, int, Candidate]]:
        """Each candidate with the number and the version under which its record goes in."""
        numbers = await connection.fetch(DRAW_NUMBERS, len(candidates))
        rows = [
            (*n, *c.prepared.made.row) for n, c in zip(numbers, candidates, strict=True) if c.prepared.made
        ]
        await self._copy(connection, rows, columns=stage_columns(self.kind.table))
        return [(*n, c) for n, c in zip(numbers, candidates, strict=True)]

    async def _copy(
        self, connection: Connection, rows: Sequence[tuple[object, ...]], *, columns: Sequence[str]
    ) -> None:
        stage, ddl = self.kind.compile_once("stage", lambda: stage_table(self.kind.table))
        await connection.execute(ddl)
        await copy_rows(connection, stage, schema="pg_temp", columns=columns, rows=rows)

    async def _insert(
        self, connection: Connection, staged: Sequence[tuple[int, int, Candidate]]
    ) -> dict[int, Outcome]:
        grant = self._leave.create
        if not isinstance(grant, Grant):
            return {}
        made = [(number, c.prepared, c.prepared.made) for number, _, c in staged if c.prepared.made]
        columns = list(zip(*(m.row for _, _, m in made), strict=True))
        links = link_rows_of(self.kind, ((number, prepared, m.nested) for number, prepared, m in made))
        is_held = self.district.can_load_without_triggers
        if is_held:
            await self._hold(connection, columns, links=links)
            await connection.execute(WITHOUT_TRIGGERS)
        statement = self.kind.compile_once("insert staged", lambda: insert_staged(self.kind.table))
        await connection.execute(statement, *ledger_texts(grant, self._leave.request))
        for name, rows in links.items():
            if rows:
                await copy_rows(
                    connection, name, schema=self.kind.table.schema, columns=LINK_COLUMNS, rows=rows
                )
        if is_held:
            await connection.execute(WITH_TRIGGERS)
        await self._check_keys(connection, columns, self._nested_named(made))
        return {
            c.number: Inserted(m.uuid, version, c.prepared.warnings)
            for (_, version, c), (_, _, m) in zip(staged, made, strict=True)
        }

    async def _hold(
        self, connection: Connection, columns: Columns, *, links: Mapping[str, Sequence[LinkRow]]
    ) -> None:
        """Locks every row the set refers to. Raises SerializationError when one of them is gone.

        A foreign-key trigger looks at each row alone and is more than half of the work of a load.
        """
        table, places = self.kind.table, self._places
        held: dict[str, set[object]] = defaultdict(set)
        for reference in table.references:
            held[reference.target_table].update(columns[places[reference.name]])
        for position, _ in self.kind.described:
            held[DESCRIPTORS].update(columns[places[table.columns[position].name]])
        for link in links_of(table):
            held[link.target_table].update(target for _, _, target in links[link.name])
        for table_name, ids in sorted(held.items()):
            ids.discard(None)
            text = "{" + ",".join(map(str, ids)) + "}"
            if ids and await connection.fetchval(hold_targets(table_name), text) < len(ids):
                raise asyncpg.SerializationError("a referenced row went while the set was being written")

    async def _check_keys(
        self, connection: Connection, columns: Columns, named: dict[str, set[tuple[Key, int]]]
    ) -> None:
        table, changeable = self.kind.table, self.district.catalog.changeable_keys
        for reference in table.references:
            if reference.target in changeable:
                keys = zip(*(columns[self._places[c]] for c in reference.own_columns), strict=True)
                pairs = set(zip(keys, columns[self._places[reference.name]], strict=True))
                named[reference.target] |= {(key, target) for key, target in pairs if isinstance(target, int)}
        for target, held in named.items():
            await self.memory.targets.check(target, held, connection)

    def _nested_named(
        self, made: Sequence[tuple[int, Prepared, Made]]
    ) -> defaultdict[str, set[tuple[Key, int]]]:
        """For each kind of nested target the keys that name one, and its id."""
        named: defaultdict[str, set[tuple[Key, int]]] = defaultdict(set)
        for _, prepared, m in made if self.kind.document.nested else ():
            for (number, holder), target in zip(prepared.references, m.nested, strict=True):
                nested = self.kind.document.nested[number]
                if target:
                    named[nested.target].add((nested_key(self.district, nested, holder), target.id))
        return named


def _key_of(positions: Sequence[int]) -> Callable[[Sequence[object]], Key]:
    """Reads a key from a record's column values."""
    if len(positions) == 1:
        (position,) = positions
        return lambda values: (values[position],)
    return itemgetter(*positions)
