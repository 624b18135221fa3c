"""A database of an earlier release becomes what this release makes new."""

from __future__ import annotations

from dataclasses import replace

from homeroom.standard.model import Model
from homeroom.standard.read import load_model
from homeroom.store.address import ServerAddress
from homeroom.store.connect import Database
from homeroom.store.releases import WrittenMigration, migrate_release, note_shape, written_migrations
from homeroom.store.shape import shape_of
from tests.migration.conftest import MadeDatabase, MakeDatabase

WRITTEN = (
    WrittenMigration("0001_pre_add_note.sql", "pre", "alter table trust.client add column note text"),
    WrittenMigration("0002_post_drop_note.sql", "post", "alter table trust.client drop column note"),
)


def earlier(model: Model) -> Model:
    """The Model as a release before this one had it: a field less, a resource more."""
    student, bell = model.resources["Student"], model.resources["BellSchedule"]
    fewer = tuple(p for p in student.properties if p.name != "birthCity")
    resources = {**model.resources, "Student": replace(student, properties=fewer)}
    return replace(model, resources={**resources, "GongSchedule": replace(bell, name="GongSchedule")})


def owner_of(database: MadeDatabase, server: ServerAddress) -> Database:
    return Database(server, database.dsn.rpartition("/")[2].partition("?")[0], connections=2)


async def test_an_earlier_release_becomes_this_one(
    make_database: MakeDatabase, server: ServerAddress
) -> None:
    model = load_model("5.2")
    old, fresh = await make_database(earlier(model)), await make_database(model)
    owner = owner_of(old, server)
    try:
        done = await migrate_release(owner, model, written=WRITTEN)
        assert done == tuple(m.name for m in WRITTEN)
        assert await old.catalog() == await fresh.catalog()
        assert await migrate_release(owner, model, written=WRITTEN) == ()
    finally:
        await owner.close()


async def test_written_migrations_run_in_their_order(
    make_database: MakeDatabase, server: ServerAddress
) -> None:
    database = await make_database(load_model("5.2"))
    owner = owner_of(database, server)
    try:
        await migrate_release(owner, load_model("5.2"), written=WRITTEN[:1])
        assert any("trust.client.note" in line for line in await database.catalog())
        assert await migrate_release(owner, load_model("5.2"), written=WRITTEN) == (WRITTEN[1].name,)
        assert not any("trust.client.note" in line for line in await database.catalog())
    finally:
        await owner.close()


async def test_a_new_database_knows_its_shape(make_database: MakeDatabase) -> None:
    model = load_model("5.2")
    database = await make_database(model)
    stored = await database.owner.fetchval("select value from trust.setting where name = 'shape'")
    await note_shape(database.owner, shape_of(model))
    assert await database.owner.fetchval("select value from trust.setting where name = 'shape'") == stored
    names = [m.name for m in written_migrations()]
    assert [
        r[0] for r in await database.owner.fetch("select name from trust.migration order by name")
    ] == names
