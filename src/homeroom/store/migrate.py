"""Changes a database in use from one Model's shape to another's, so that nobody who reads or writes fails.

What is added comes first, while the old code runs (`pre`); what the new Model no longer has goes last, once
no process uses it (`post`). Between the two the rules of row security change (`switch`). Every step is one
short transaction that gives up its place in the queue rather than hold up others, and a step that is done
already is passed over, so that a migration that was interrupted is simply run again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg

from homeroom.base.errors import HomeroomError
from homeroom.store.connect import Connection, Database
from homeroom.store.ddl import (
    add_constraints,
    create_indexes,
    create_table,
    create_view,
    grant_schema,
    grant_table,
    secure_rows,
)
from homeroom.store.shape import Index, Shape, TableShape

# However long a step waits for its lock, all who come after it wait too.
_LOCK_MILLISECONDS: Final = 150
_MOST_TRIES: Final = 400
_LONGEST_PAUSE_SECONDS: Final = 0.5
_ONE_AT_A_TIME: Final = 8 << 56
_NOT_NULL: Final = " not null"

_IS_DONE: Final = (
    asyncpg.DuplicateSchemaError,
    asyncpg.DuplicateTableError,
    asyncpg.DuplicateColumnError,
    asyncpg.DuplicateObjectError,
)
_TRY_AGAIN: Final = (
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.QueryCanceledError,
    asyncpg.InternalServerError,  # "tuple concurrently updated": two processes grant at once
)


class MigrationError(HomeroomError):
    """A change between two shapes that cannot be made in place, or that never found its moment."""

    code = "migration"


@dataclass(frozen=True, slots=True)
class Step:
    """Statements of one transaction. concurrent_index: made outside of any, by its one statement."""

    statements: tuple[str, ...]
    concurrent_index: str | None = None


@dataclass(frozen=True, slots=True)
class Migration:
    """The steps between two shapes, in order."""

    pre: tuple[Step, ...]
    switch: tuple[Step, ...]
    post: tuple[Step, ...]


def compare_shapes(old: Shape, new: Shape) -> Migration:
    """What changes the old shape into the new one. Raises MigrationError for what cannot change in place."""
    added = [t for name, t in new.tables.items() if name not in old.tables]
    kept = [(old.tables[name], t) for name, t in new.tables.items() if name in old.tables]
    pre = [Step((f'create schema "{s}"', grant_schema(s))) for s in new.schemas if s not in old.schemas]
    pre += [_new_table(table) for table in added]
    pre += [Step((_add_constraint(t, name),)) for t in added for name in t.constraints]
    for before, after in kept:
        pre += _additions(before, after)
    pre += _new_views(old, new)
    switch = [step for before, after in kept for step in _policy(before, after)]
    post = [step for before, after in kept for step in _removals(before, after)]
    post += [Step((f"drop view if exists {name}",)) for name in old.views if name not in new.views]
    gone = [name for name in old.tables if name not in new.tables]
    post += [Step((f"drop table if exists {name}",)) for name in reversed(gone)]
    return Migration(tuple(pre), tuple(switch), tuple(post))


@asynccontextmanager
async def changing_shape(owner: Database) -> AsyncIterator[Connection]:
    """A connection of the owner's for one change of the database's shape at a time, whoever asks for it."""
    async with owner.connection() as connection:
        await connection.execute("select pg_advisory_lock($1)", _ONE_AT_A_TIME)
        try:
            yield connection
        finally:
            await connection.execute("select pg_advisory_unlock($1)", _ONE_AT_A_TIME)


async def apply_steps(connection: Connection, steps: Sequence[Step]) -> None:
    """Makes the changes, each as soon as its locks are free. connection: the owner's, in no transaction."""
    for step in steps:
        for attempt in range(1, _MOST_TRIES + 1):
            try:
                await _apply(connection, step)
                break
            except _IS_DONE:
                break
            except _TRY_AGAIN as error:
                if attempt == _MOST_TRIES:
                    raise MigrationError(f"No moment was free for: {step.statements[0]}") from error
                await asyncio.sleep(min(0.01 * attempt, _LONGEST_PAUSE_SECONDS))


async def _apply(connection: Connection, step: Step) -> None:
    if step.concurrent_index is not None:
        await _drop_invalid(connection, step.concurrent_index)
        for statement in step.statements:
            await connection.execute(statement)
        return
    async with connection.transaction():
        await connection.execute(f"set local lock_timeout = '{_LOCK_MILLISECONDS}ms'")
        for statement in step.statements:
            await connection.execute(statement)


async def _drop_invalid(connection: Connection, index: str) -> None:
    """What an interrupted `create index concurrently` leaves behind is in nobody's way but ours."""
    is_valid = await connection.fetchval(
        "select indisvalid from pg_index where indexrelid = to_regclass($1)", index
    )
    if is_valid is False:
        await connection.execute(f"drop index concurrently {index}")


def _new_table(table: TableShape) -> Step:
    secured = secure_rows(table.name, table.policy) if table.policy else []
    return Step((create_table(table), *create_indexes(table.indexes), *secured, grant_table(table.name)))


def _add_constraint(table: TableShape, name: str, *, rest: str = "") -> str:
    return add_constraints(table.name, {name: table.constraints[name] + rest})


def _additions(before: TableShape, after: TableShape) -> Iterator[Step]:
    _refuse_changes(before, after)
    added = [name for name in after.columns if name not in before.columns]
    if added:
        # Empty until the data is moved; `post` makes those required that have to be.
        columns = (f'add column "{n}" {after.columns[n].removesuffix(_NOT_NULL)}' for n in added)
        yield Step((f"alter table {after.name} {', '.join(columns)}",))
    for name, rules in before.columns.items():
        if rules.endswith(_NOT_NULL) and not after.columns.get(name, "").endswith(_NOT_NULL):
            yield Step((f'alter table {after.name} alter column "{name}" drop not null',))
    for name, rule in after.constraints.items():
        if before.constraints.get(name) != rule:
            drop = f'alter table {after.name} drop constraint if exists "{name}"'
            yield Step((drop, _add_constraint(after, name, rest=" not valid")))
            yield Step((f'alter table {after.name} validate constraint "{name}"',))
    yield from _indexes(after, {n: i for n, i in after.indexes.items() if n not in before.indexes})


def _indexes(table: TableShape, indexes: Mapping[str, Index]) -> Iterator[Step]:
    for name, index in indexes.items():
        (statement,) = create_indexes({name: index}, method=" concurrently")
        yield Step((statement,), concurrent_index=f'"{table.schema}"."{name}"')


def _refuse_changes(before: TableShape, after: TableShape) -> None:
    changed = [
        name
        for name, rules in after.columns.items()
        if name in before.columns
        and rules.removesuffix(_NOT_NULL) != before.columns[name].removesuffix(_NOT_NULL)
    ]
    changed += [
        name
        for name, rule in after.constraints.items()
        if before.constraints.get(name, rule) != rule and not rule.startswith("CHECK")
    ]
    if before.inline != after.inline:
        changed.append("its keys")
    if changed:
        raise MigrationError(f"{after.name}: {', '.join(changed)} cannot change in place.")


def _policy(before: TableShape, after: TableShape) -> Iterator[Step]:
    if before.policy == after.policy:
        return
    statements = [f"drop policy if exists granted on {after.name}"]
    if after.policy:
        statements += secure_rows(after.name, after.policy)
    else:
        statements.append(f"alter table {after.name} disable row level security, no force row level security")
    yield Step(tuple(statements))


def _removals(before: TableShape, after: TableShape) -> Iterator[Step]:
    changed = {
        name: index for name, index in after.indexes.items() if before.indexes.get(name, index) != index
    }
    for name in (*(n for n in before.indexes if n not in after.indexes), *changed):
        index = f'"{after.schema}"."{name}"'
        yield Step((f"drop index concurrently if exists {index}",), concurrent_index=index)
    yield from _indexes(after, changed)
    gone = [name for name in before.constraints if name not in after.constraints]
    drops = [f'drop constraint if exists "{name}"' for name in gone]
    drops += [f'drop column if exists "{name}"' for name in before.columns if name not in after.columns]
    if drops:
        yield Step((f"alter table {after.name} {', '.join(drops)}",))
    for name, rules in after.columns.items():
        if rules.endswith(_NOT_NULL) and not before.columns.get(name, "").endswith(_NOT_NULL):
            yield from _require(after.name, name)


def _require(table: str, column: str) -> Iterator[Step]:
    """Not null, without a scan of the table while nobody else may use it."""
    yield Step((f'alter table {table} add constraint "required" check ("{column}" is not null) not valid',))
    yield Step((f'alter table {table} validate constraint "required"',))
    yield Step(
        (
            f'alter table {table} alter column "{column}" set not null',
            f'alter table {table} drop constraint "required"',
        )
    )


def _new_views(old: Shape, new: Shape) -> Iterator[Step]:
    for name, view in new.views.items():
        if name not in old.views:
            yield Step((create_view(name, view), grant_table(name)))
        elif old.views[name] != view:
            yield Step((create_view(name, view),))
