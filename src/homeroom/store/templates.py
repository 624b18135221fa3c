"""Template databases: what a new district starts as, made once and copied for each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeAlias

_Connection: TypeAlias = Any  # the driver has no types


@dataclass(frozen=True, slots=True)
class Template:
    """One template database that may have to be made first.

    stem: what it is for; older templates of the same stem are of no use. content: all that decides what is
    in it: its hash ends the name, so that a change makes a new one. build: fills a database of that name.
    source: the database that `build` starts from.
    """

    stem: str
    content: bytes
    build: Callable[[str], Awaitable[None]]
    source: str = "template1"

    @property
    def name(self) -> str:
        """The database's name."""
        return f"{self.stem}_{blake2b(self.content, digest_size=5).hexdigest()}"


async def ensure_template(connection: _Connection, template: Template) -> str:
    """The name of the template's database, which is made when it is missing.

    connection: the owner's, to any other database. Built under another name and renamed, so that one
    whose building was interrupted is never used; two processes that need it at once make it once.
    """
    if await is_made(connection, template):
        return template.name
    await connection.execute("select pg_advisory_lock(hashtext($1))", template.name)
    try:
        if not await is_made(connection, template):
            await _make(connection, template)
    finally:
        await connection.execute("select pg_advisory_unlock(hashtext($1))", template.name)
    return template.name


async def is_made(connection: _Connection, template: Template) -> bool:
    """Whether the template's database is there."""
    found = await connection.fetchval("select 1 from pg_database where datname = $1", template.name)
    return found is not None


async def _make(connection: _Connection, template: Template) -> None:
    building = template.name + "_new"
    await connection.execute(f'drop database if exists "{building}" with (force)')
    await connection.execute(f'create database "{building}" template "{template.source}"')
    await template.build(building)
    await connection.execute(f'alter database "{building}" rename to "{template.name}"')
    await _drop_older(connection, template)


async def _drop_older(connection: _Connection, template: Template) -> None:
    older = await connection.fetch(
        "select datname from pg_database where datname ~ ('^' || $1 || '_[0-9a-f]{10}$') and datname <> $2",
        template.stem,
        template.name,
    )
    for (name,) in older:
        await connection.execute(f'drop database if exists "{name}" with (force)')
