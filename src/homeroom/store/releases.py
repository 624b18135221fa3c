"""Brings a district's database from the release that made it to this one: by comparison, and by hand-written files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import msgspec

from homeroom.base.errors import StorageError
from homeroom.standard.model import Model
from homeroom.store.connect import Connection, Database
from homeroom.store.ddl import form_hash, grant_fixed
from homeroom.store.forms import read_form, what_stays
from homeroom.store.migrate import Step, apply_steps, changing_shape, compare_shapes
from homeroom.store.queries import query
from homeroom.store.shape import Shape, shape_of

_NAME: Final = re.compile(r"(?P<number>\d{4})_(?P<phase>pre|post)_[a-z0-9_]+\.sql")


class ReleaseError(StorageError):
    """A district's database was made by another release of Homeroom; `homeroom upgrade` brings it to this one."""

    code = "storage.release"


@dataclass(frozen=True, slots=True)
class WrittenMigration:
    """One hand-written file; phase is `pre` or `post`."""

    name: str
    phase: str
    sql: str


def written_migrations(folder: Traversable | None = None) -> tuple[WrittenMigration, ...]:
    """The files of this release, in the order of their numbers. folder: where they lie, if not here."""
    found = []
    for file in (folder or files("homeroom.store") / "migrations").iterdir():
        match = _NAME.fullmatch(file.name)
        if match:
            found.append(WrittenMigration(file.name, match["phase"], file.read_text()))
    return tuple(sorted(found, key=lambda m: m.name))


async def needs_release(owner: Database, model: Model, *, written: tuple[WrittenMigration, ...]) -> bool:
    """Whether the database is of another release: `migrate_release` would change it."""
    async with owner.connection() as connection:
        done = await _names_done(connection)
        stored = await connection.fetchval(query("homeroom.store", "read_shape"))
        is_current = await has_current_form(connection)
    shape = msgspec.json.decode(stored, type=Shape)
    return not is_current or shape != shape_of(model) or any(m.name not in done for m in written)


async def has_current_form(connection: Connection) -> bool:
    """Whether what every district's database has is in this one as this release knows it."""
    return bool(await connection.fetchval(query("homeroom.store", "read_form")) == form_hash())


async def migrate_release(
    owner: Database, model: Model, *, aim: Shape, written: tuple[WrittenMigration, ...]
) -> tuple[str, ...]:
    """Changes the database to this release's shape of the Model; the hand-written files that were applied.

    aim: what every district's database has now (`Directory.read_form`). Whoever still runs the release before
    goes on until `post` takes away what only that needed. After an interruption the same call finishes it.
    """
    async with changing_shape(owner) as connection:
        done = await _names_done(connection)
        waiting = [m for m in written if m.name not in done]
        stored = await connection.fetchval(query("homeroom.store", "read_shape"))
        shape = shape_of(model)
        await _apply_written(connection, [m for m in waiting if m.phase == "pre"])
        form = await read_form(connection)
        fixed = compare_shapes(what_stays(form, aim), aim)
        generated = compare_shapes(msgspec.json.decode(stored, type=Shape), shape)
        for part in (fixed.pre, generated.pre, fixed.switch, generated.switch, fixed.post, generated.post):
            await apply_steps(connection, part)
        await _apply_written(connection, [m for m in waiting if m.phase == "post"])
        await apply_steps(connection, [Step(tuple(grant_fixed()))])
        await note_shape(connection, shape)
        await connection.execute(query("homeroom.store", "note_form"), form_hash())
        return tuple(m.name for m in waiting)


async def note_shape(connection: Connection, shape: Shape) -> None:
    """Keeps what the database looks like, for the comparison with the next release."""
    await connection.execute(query("homeroom.store", "note_shape"), msgspec.json.encode(shape).decode())


async def _names_done(connection: Connection) -> set[str]:
    return {row[0] for row in await connection.fetch(query("homeroom.store", "read_migrations"))}


async def _apply_written(connection: Connection, migrations: list[WrittenMigration]) -> None:
    for migration in migrations:
        note = f"insert into trust.migration (name) values ('{migration.name}')"
        await apply_steps(connection, [Step((note, migration.sql))])
