"""The directory: which districts there are and where each one's database is; it knows nothing about a person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import asyncpg

from homeroom.base.errors import SettingsError, StorageError
from homeroom.base.ids import random_token
from homeroom.standard.model import Model
from homeroom.store.address import ServerAddress
from homeroom.store.connect import Database
from homeroom.store.ddl import APPLICATION_ROLE, render_district

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


class Directory:
    """The directory database of one PostgreSQL server, as the server's owner sees it."""

    def __init__(self, address: ServerAddress) -> None:
        self.address = address

    async def prepare(self) -> None:
        """Makes the directory database and the application role where they are missing."""
        connection = await self._connect("postgres")
        try:
            if not await connection.fetchval("select 1 from pg_roles where rolname = $1", APPLICATION_ROLE):
                await _tolerate_duplicates(connection, f"create role {APPLICATION_ROLE} nologin")
            if not await connection.fetchval(
                "select 1 from pg_database where datname = $1", DIRECTORY_DATABASE
            ):
                await _tolerate_duplicates(connection, f"create database {DIRECTORY_DATABASE}")
        finally:
            await connection.close()
        connection = await self._connect(DIRECTORY_DATABASE)
        try:
            await _tolerate_duplicates(connection, _SCHEMA)
        finally:
            await connection.close()

    async def entries(self) -> list[DistrictEntry]:
        """Every district, by name."""
        connection = await self._connect(DIRECTORY_DATABASE)
        try:
            rows = await connection.fetch(
                "select name, database, standard, is_sandbox, hosts, login, password from district order by name"
            )
        finally:
            await connection.close()
        return [DistrictEntry(r[0], r[1], r[2], r[3], tuple(r[4]), r[5], r[6]) for r in rows]

    async def create(self, name: str, *, model: Model, standard: str, is_sandbox: bool) -> DistrictEntry:
        """A new district: its database from the standard's template, its role, its line in the directory.

        Raises SettingsError for a name that cannot be used or is taken.
        """
        if not _NAME.fullmatch(name):
            raise SettingsError(
                f"{name!r} cannot name a district: use letters, digits and hyphens, at most 40."
            )
        if any(e.name.lower() == name.lower() for e in await self.entries()):
            raise SettingsError(
                f"There is a district {name!r} already; choose another name or drop that one."
            )
        template = await self._template(model, standard)
        stem = name.lower().replace("-", "_")
        entry = DistrictEntry(
            name, f"homeroom_d_{stem}", standard, is_sandbox, (), f"homeroom_r_{stem}", random_token()
        )
        connection = await self._connect("postgres")
        try:
            if not await connection.fetchval("select 1 from pg_roles where rolname = $1", entry.login):
                await connection.execute(f'create role "{entry.login}" login in role {APPLICATION_ROLE}')
            await connection.execute(f"alter role \"{entry.login}\" password '{entry.password}'")
            await connection.execute(f'create database "{entry.database}" template "{template}"')
            await connection.execute(f'revoke connect, temporary on database "{entry.database}" from public')
            await connection.execute(
                f'grant connect, temporary on database "{entry.database}" to "{entry.login}"'
            )
        finally:
            await connection.close()
        connection = await self._connect(DIRECTORY_DATABASE)
        try:
            await connection.execute(
                "insert into district (name, database, standard, is_sandbox, hosts, login, password)"
                " values ($1, $2, $3, $4, $5, $6, $7)",
                *(
                    entry.name,
                    entry.database,
                    entry.standard,
                    entry.is_sandbox,
                    [],
                    entry.login,
                    entry.password,
                ),
            )
        finally:
            await connection.close()
        return entry

    async def drop(self, name: str) -> bool:
        """Removes a district with all it holds; False when there is none of that name."""
        entry = next((e for e in await self.entries() if e.name.lower() == name.lower()), None)
        if entry is None:
            return False
        connection = await self._connect(DIRECTORY_DATABASE)
        try:
            await connection.execute("delete from district where name = $1", entry.name)
        finally:
            await connection.close()
        connection = await self._connect("postgres")
        try:
            await connection.execute(f'drop database if exists "{entry.database}" with (force)')
            await connection.execute(f'drop role if exists "{entry.login}"')
        finally:
            await connection.close()
        return True

    def database(self, entry: DistrictEntry, *, connections: int = 10) -> Database:
        """The district's database as its own role sees it: fenced, owning nothing."""
        address = ServerAddress(
            self.address.host, self.address.port, entry.login, entry.password, self.address.parameters
        )
        return Database(address, entry.database, connections=connections)

    def owned_database(self, entry: DistrictEntry) -> Database:
        """The district's database as its owner: for migrations and for nothing else."""
        return Database(self.address, entry.database, connections=2)

    async def _template(self, model: Model, standard: str) -> str:
        """Name of the template database of a standard, made when missing; its name carries the DDL's hash."""
        ddl = render_district(model)
        name = f"homeroom_t_{standard.replace('.', '_')}_{_short_hash(ddl)}"
        connection = await self._connect("postgres")
        try:
            if await connection.fetchval("select 1 from pg_database where datname = $1", name):
                return name
            await connection.execute("select pg_advisory_lock(hashtext($1))", name)
            if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
                building = name + "_new"
                await connection.execute(f'drop database if exists "{building}" with (force)')
                await connection.execute(f'create database "{building}"')
                owner = await self._connect(building)
                try:
                    await owner.execute(ddl)
                finally:
                    await owner.close()
                await connection.execute(f'alter database "{building}" rename to "{name}"')
        finally:
            await connection.close()
        return name

    async def _connect(self, database: str) -> asyncpg.Connection:
        try:
            return await asyncpg.connect(self.address.dsn(database))
        except (OSError, asyncpg.PostgresError) as error:
            raise StorageError(f"The database {database} cannot be reached.") from error


def _short_hash(text: str) -> str:
    return blake2b(text.encode(), digest_size=5).hexdigest()


async def _tolerate_duplicates(connection: asyncpg.Connection, statement: str) -> None:
    # Two processes may start at once; whoever comes second finds it made.
    try:
        await connection.execute(statement)
    except (asyncpg.DuplicateObjectError, asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        return
