"""The directory: which districts there are and where each one's database is; it knows nothing about a person."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import asyncpg

from homeroom.base.errors import SettingsError, StorageError
from homeroom.base.ids import random_token
from homeroom.standard.model import Model
from homeroom.store.address import ServerAddress
from homeroom.store.connect import Database, losses_told
from homeroom.store.ddl import APPLICATION_ROLE, LOADER_ROLE, render_district, render_fixed
from homeroom.store.forms import read_form
from homeroom.store.shape import Shape
from homeroom.store.templates import Template, ensure_template, is_made

_Connection: TypeAlias = Any  # the driver has no types
DIRECTORY_DATABASE: Final = "homeroom_directory"
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}[A-Za-z0-9])?")
_SCHEMA: Final = """
create table if not exists district (
    name text primary key,
    database text not null unique,
    standard text not null,
    is_sandbox boolean not null,
    hosts text[] not null default '{}',
    login text not null,
    password text not null,
    created_at timestamptz not null default now()
);
create unique index if not exists district_name on district (lower(name))
"""


@dataclass(frozen=True, slots=True)
class DistrictEntry:
    """One line of the directory. login and password are those of the district's own database role."""

    name: str
    database: str
    standard: str
    is_sandbox: bool
    hosts: tuple[str, ...]
    login: str
    password: str


@dataclass(frozen=True, slots=True)
class Seeding:
    """What a new district holds besides empty tables.

    content: all that decides what is written, for telling one version from the next.
    fill: writes it into a database; the entry's name is not in the directory.
    """

    content: bytes
    fill: Callable[[DistrictEntry], Awaitable[None]]


class Directory:
    """The directory database of one PostgreSQL server, as the server's owner sees it."""

    def __init__(self, address: ServerAddress) -> None:
        self.address = address

    async def prepare(self) -> None:
        """Makes the directory database and the application role where they are missing."""
        async with self._connected("postgres") as connection:
            if not await connection.fetchval("select 1 from pg_roles where rolname = $1", APPLICATION_ROLE):
                await _tolerate_duplicates(connection, f"create role {APPLICATION_ROLE} nologin")
            if not await connection.fetchval("select 1 from pg_roles where rolname = $1", LOADER_ROLE):
                await _tolerate_duplicates(connection, f"create role {LOADER_ROLE} nologin")
                await _grant_loader(connection)
            if not await connection.fetchval(
                "select 1 from pg_database where datname = $1", DIRECTORY_DATABASE
            ):
                await _tolerate_duplicates(connection, f"create database {DIRECTORY_DATABASE}")
        async with self._connected(DIRECTORY_DATABASE) as connection:
            await _tolerate_duplicates(connection, _SCHEMA)

    async def entries(self) -> list[DistrictEntry]:
        """Every district, by name."""
        async with self._connected(DIRECTORY_DATABASE) as connection:
            return await _entries(connection)

    async def create(
        self, name: str, *, model: Model, standard: str, is_sandbox: bool, seeding: Seeding | None = None
    ) -> DistrictEntry:
        """A new district: its database from the standard's template, its role, its line in the directory.

        Raises SettingsError for a name that cannot be used or is taken.
        """
        if not _NAME.fullmatch(name):
            raise SettingsError(
                f"{name!r} cannot name a district: use letters, digits and hyphens, at most 40."
            )
        stem = name.lower().replace("-", "_")
        entry = DistrictEntry(
            name, f"homeroom_d_{stem}", standard, is_sandbox, (), f"homeroom_r_{stem}", random_token()
        )
        async with self._connected(DIRECTORY_DATABASE) as connection:
            # Two that ask for one name come one after the other; the lock falls with the connection.
            await connection.execute("select pg_advisory_lock(hashtext($1))", entry.database)
            if any(e.name.lower() == name.lower() for e in await _entries(connection)):
                raise SettingsError(
                    f"There is a district {name!r} already; choose another name or drop that one."
                )
            template = await self._template(connection, model, standard=standard, seeding=seeding)
            await _make_database(connection, entry, template=template)
            await connection.execute(
                "insert into district (name, database, standard, is_sandbox, login, password)"
                " values ($1, $2, $3, $4, $5, $6)",
                *(entry.name, entry.database, standard, is_sandbox, entry.login, entry.password),
            )
        return entry

    async def note_standard(self, name: str, standard: str) -> None:
        """Writes down that a district keeps to another version of the standard."""
        async with self._connected(DIRECTORY_DATABASE) as connection:
            await connection.execute("update district set standard = $2 where name = $1", name, standard)

    async def read_form(self) -> Shape:
        """What every district's database has, as PostgreSQL tells of one that was made from `district.sql` alone."""
        ddl = render_fixed()

        async def build(database: str) -> None:
            async with self._connected(database) as owner:
                await owner.execute(ddl)

        async with self._connected(DIRECTORY_DATABASE) as connection:
            name = await ensure_template(connection, Template("homeroom_form", ddl.encode(), build))
        async with self._connected(name) as connection:
            return await read_form(connection)

    async def restore(self, entry: DistrictEntry, *, standard: str, fill: Callable[[str], None]) -> None:
        """Puts what `fill` writes into a database of the given name in the place of the district's own.

        The old database goes only when the new one is whole; whoever is connected to it is cut off.
        """
        filled = replace(entry, database=f"{entry.database}_restored")
        async with self._connected(DIRECTORY_DATABASE) as connection:
            await connection.execute("select pg_advisory_lock(hashtext($1))", entry.database)
            await _make_database(connection, filled, template="template0")
            await asyncio.to_thread(fill, filled.database)
            await connection.execute(f'drop database if exists "{entry.database}" with (force)')
            await connection.execute(f'alter database "{filled.database}" rename to "{entry.database}"')
            await connection.execute(
                "update district set standard = $2 where name = $1", entry.name, standard
            )

    async def drop(self, name: str) -> bool:
        """Removes a district with all it holds; False when there is none of that name."""
        async with self._connected(DIRECTORY_DATABASE) as connection:
            entry = next((e for e in await _entries(connection) if e.name.lower() == name.lower()), None)
            if entry is None:
                return False
            await connection.execute(f'drop database if exists "{entry.database}" with (force)')
            await connection.execute(f'drop role if exists "{entry.login}"')
            # Last, so that a removal that was interrupted can be asked for again.
            await connection.execute("delete from district where name = $1", entry.name)
        return True

    def database(self, entry: DistrictEntry, *, connections: int = 10) -> Database:
        """The district's database as its own role sees it: fenced, owning nothing."""
        address = ServerAddress(
            self.address.host, self.address.port, entry.login, entry.password, self.address.parameters
        )
        return Database(address, entry.database, connections=connections)

    def owned_database(self, entry: DistrictEntry) -> Database:
        """The district's database as its owner: for migrations and for nothing else."""
        return Database(self.address, entry.database, connections=4)

    async def _template(
        self, connection: _Connection, model: Model, *, standard: str, seeding: Seeding | None
    ) -> str:
        """Name of the template database of a standard, with seeds or without, made when missing."""
        ddl = render_district(model)

        async def build_empty(database: str) -> None:
            async with self._connected(database) as owner:
                await owner.execute(ddl)

        stem = f"homeroom_t_{standard.replace('.', '_')}"
        empty = Template(stem, ddl.encode(), build_empty)
        if seeding is None:
            return await ensure_template(connection, empty)

        async def build_seeded(database: str) -> None:
            await seeding.fill(DistrictEntry(database, database, standard, False, (), "", ""))  # noqa: FBT003
            async with self._connected(database) as owner:
                await owner.execute("delete from trust.data_key")
                await owner.execute("vacuum (freeze, analyze)")

        seeded = Template(stem + "_seeded", ddl.encode() + seeding.content, build_seeded, source=empty.name)
        if not await is_made(connection, seeded):
            await ensure_template(connection, empty)
        return await ensure_template(connection, seeded)

    @asynccontextmanager
    async def _connected(self, database: str) -> AsyncIterator[_Connection]:
        try:
            connection = await asyncpg.connect(self.address.dsn(database))
        except (OSError, asyncpg.PostgresError) as error:
            raise StorageError(f"The database {database} cannot be reached.") from error
        try:
            with losses_told():
                yield connection
        finally:
            await connection.close()


async def _entries(connection: _Connection) -> list[DistrictEntry]:
    rows = await connection.fetch(
        "select name, database, standard, is_sandbox, hosts, login, password from district order by name"
    )
    return [DistrictEntry(r[0], r[1], r[2], r[3], tuple(r[4]), r[5], r[6]) for r in rows]


async def _make_database(connection: _Connection, entry: DistrictEntry, *, template: str) -> None:
    """The district's role and database. What an interrupted creation left under its name goes first."""
    await connection.execute(f'drop database if exists "{entry.database}" with (force)')
    if not await connection.fetchval("select 1 from pg_roles where rolname = $1", entry.login):
        await connection.execute(f'create role "{entry.login}" login in role {APPLICATION_ROLE}')
        await connection.execute(f'grant {LOADER_ROLE} to "{entry.login}" with inherit false, set true')
        # An owner who is no superuser may end the role's sessions, so as to drop its database, as a member alone.
        await connection.execute(f'grant "{entry.login}" to current_user with inherit true, set false')
    await connection.execute(f"alter role \"{entry.login}\" password '{entry.password}'")
    await connection.execute(f'create database "{entry.database}" template "{template}"')
    await connection.execute(f'revoke connect, temporary on database "{entry.database}" from public')
    await connection.execute(f'grant connect, temporary on database "{entry.database}" to "{entry.login}"')


async def _tolerate_duplicates(connection: asyncpg.Connection, statement: str) -> None:
    # Two processes may start at once; whoever comes second finds it made.
    try:
        await connection.execute(statement)
    except (asyncpg.DuplicateObjectError, asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        return


async def _grant_loader(connection: asyncpg.Connection) -> None:
    """Lets the bulk path lock referenced rows by set and go without triggers; only a superuser can allow it."""
    try:
        await connection.execute(f"grant set on parameter session_replication_role to {LOADER_ROLE}")
    except asyncpg.InsufficientPrivilegeError:
        return  # an external server's owner may not be one: foreign-key triggers then stay on
