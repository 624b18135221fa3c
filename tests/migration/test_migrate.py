"""A migrated database equals a fresh one, and nobody has to wait for it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from homeroom.standard.extend import Extension, extend_model
from homeroom.standard.model import Kind, Model
from homeroom.standard.read import load_model
from homeroom.store.migrate import Migration, MigrationError, apply_steps, compare_shapes
from homeroom.store.shape import shape_of
from tests.migration.conftest import MadeDatabase, MakeDatabase


def migration(old: Model, new: Model) -> Migration:
    return compare_shapes(shape_of(old), shape_of(new))


async def migrate(database: MadeDatabase, steps: Migration) -> None:
    for part in (steps.pre, steps.switch, steps.post):
        await apply_steps(database.owner, part)


@pytest.mark.parametrize("version", ["5.2", "6.1"])
async def test_a_database_with_an_extension_added_equals_a_fresh_one(
    version: str, make_database: MakeDatabase, sample_extension: Extension
) -> None:
    plain = load_model(version)
    extended = extend_model(plain, sample_extension)
    migrated, fresh = await make_database(plain), await make_database(extended)
    steps = migration(plain, extended)
    await migrate(migrated, steps)
    assert await migrated.catalog() == await fresh.catalog()
    assert (steps.switch, steps.post) == ((), ())


async def test_a_database_upgraded_to_the_next_standard_equals_a_fresh_one(
    make_database: MakeDatabase,
) -> None:
    old, new = load_model("5.2"), load_model("6.1")
    migrated, fresh = await make_database(old), await make_database(new)
    await migrate(migrated, migration(old, new))
    assert await migrated.catalog() == await fresh.catalog()


async def test_an_interrupted_migration_is_run_again(
    make_database: MakeDatabase, sample_extension: Extension
) -> None:
    plain = load_model("5.2")
    extended = extend_model(plain, sample_extension)
    migrated, fresh = await make_database(plain), await make_database(extended)
    steps = migration(plain, extended)
    await apply_steps(migrated.owner, steps.pre[: len(steps.pre) // 2])
    await migrate(migrated, steps)
    assert await migrated.catalog() == await fresh.catalog()


async def test_what_goes_comes_back(make_database: MakeDatabase, sample_extension: Extension) -> None:
    plain = load_model("5.2")
    extended = extend_model(plain, sample_extension)
    database, fresh = await make_database(extended), await make_database(plain)
    await migrate(database, migration(extended, plain))
    kept = {line for line in await database.catalog() if line != "schema: sample {}"}
    assert {line for line in kept if "sample" not in line} == await fresh.catalog()


async def test_what_is_not_done_yet_stands_in_nobodys_way(
    make_database: MakeDatabase, sample_extension: Extension
) -> None:
    plain = load_model("5.2")
    database = await make_database(plain)
    writer, reader = await asyncpg.connect(database.dsn), await asyncpg.connect(database.dsn)
    try:
        writing = writer.transaction()
        await writing.start()
        await writer.execute("lock table edfi.student in row exclusive mode")
        work = asyncio.create_task(
            apply_steps(database.owner, migration(plain, extend_model(plain, sample_extension)).pre)
        )
        for _ in range(10):
            await reader.execute("begin; lock table edfi.student in row exclusive mode; commit", timeout=2)
            await asyncio.sleep(0.05)
        assert not work.done()
        await writing.rollback()
        await asyncio.wait_for(work, 60)
    finally:
        await writer.close()
        await reader.close()


def test_a_column_of_another_type_is_refused() -> None:
    model = load_model("5.2")
    student = model.resources["Student"]
    others = tuple(replace(p, kind=Kind.TIME) if p.name == "birthDate" else p for p in student.properties)
    other = replace(model, resources={**model.resources, "Student": replace(student, properties=others)})
    with pytest.raises(MigrationError, match="birth_date"):
        migration(model, other)
