"""A database of an earlier release becomes what this release makes new."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from homeroom.standard.model import Model
from homeroom.standard.read import load_model
from homeroom.store.address import ServerAddress
from homeroom.store.connect import Database
from homeroom.store.directory import Directory
from homeroom.store.releases import (
    WrittenMigration,
    migrate_release,
    needs_release,
    note_shape,
    written_migrations,
)
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
    owner, aim = owner_of(old, server), await Directory(server).read_form()
    try:
        done = await migrate_release(owner, model, aim=aim, written=WRITTEN)
        assert done == tuple(m.name for m in WRITTEN)
        assert await old.catalog() == await fresh.catalog()
        assert await migrate_release(owner, model, aim=aim, written=WRITTEN) == ()
    finally:
        await owner.close()


RELEASED = sorted(file.stem for file in (Path(__file__).parent / "released").iterdir())


@pytest.mark.parametrize("released", RELEASED)
async def test_what_an_earlier_release_made_for_every_district_becomes_what_is_made_now(
    released: str, make_database: MakeDatabase, server: ServerAddress
) -> None:
    model, written = load_model("5.2"), written_migrations()
    old, fresh = await make_database(model, released=released), await make_database(model)
    await old.owner.execute(
        "insert into ingest.batch (actor, paths) values ('operator:test', '{}');"
        " insert into trust.client (key, secret_hash, claim_set) values ('k', 'h', 'SIS Vendor')"
    )
    assert await old.catalog() != await fresh.catalog()
    owner = owner_of(old, server)
    try:
        assert await needs_release(owner, model, written=written)
        await migrate_release(owner, model, aim=await Directory(server).read_form(), written=written)
        assert await old.catalog() == await fresh.catalog()
        assert not await needs_release(owner, model, written=written)
    finally:
        await owner.close()
    assert await old.owner.fetchval("select state from ingest.batch") == "running"
    assert await old.owner.fetchval("select key from trust.client") == "k"


async def test_written_migrations_run_in_their_order(
    make_database: MakeDatabase, server: ServerAddress
) -> None:
    database = await make_database(load_model("5.2"))
    owner, aim = owner_of(database, server), await Directory(server).read_form()
    try:
        await migrate_release(owner, load_model("5.2"), aim=aim, written=WRITTEN[:1])
        assert any("trust.client.note" in line for line in await database.catalog())
        done = await migrate_release(owner, load_model("5.2"), aim=aim, written=WRITTEN)
        assert done == (WRITTEN[1].name,)
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
