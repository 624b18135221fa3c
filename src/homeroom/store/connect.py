"""Connections: one small pool per database, transactions that open the row fence, gap-free change versions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, TypeAlias

import asyncpg

from homeroom.base.errors import StorageError
from homeroom.store.address import ServerAddress
from homeroom.store.predicates import reach_scope

Connection: TypeAlias = Any
"""A driver's connection; the driver has no types."""
EVERY_ROW: Final = "*"
_MARK: Final = 7 << 56
_PAUSE_SECONDS: Final = 0.02
_LOOK_SECONDS: Final = 1.0
_BROKE: Final = "The connection to the database broke. Is it running? Try again."

# Who writes holds, until the commit is visible, a lock whose number is a bound below every version it will draw.
_HOLD_BOUND: Final = f"select pg_advisory_xact_lock_shared({_MARK} + last_value) from edfi.change_version"
# What the driver says when the server goes while it is asked. The last one comes between the server's last word
# and the end of the socket.
_LOST: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,
)
_LAST_VERSION: Final = "select last_value from edfi.change_version"
# Numbers drawn by a write that came to nothing are in the log, but nobody has waited for them to reach the disk: a
# crash would give them out again, below what a reader has been told. The message is empty; its flush is meant.
_KEEP_VERSIONS: Final = (
    "select pg_logical_emit_message(false, 'homeroom', '', true)"
    " where pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn()"
)
_LOWEST_BOUND: Final = (
    "select min((classid::bigint << 32) + objid::bigint) - $1::bigint from pg_locks where locktype = 'advisory'"
    " and database = (select oid from pg_database where datname = current_database())"
    " and (classid::bigint >> 24) = 7 and objsubid = 1"
)


@contextmanager
def losses_told() -> Iterator[None]:
    """Raises StorageError, in the words for people, when the server goes while it is asked."""
    try:
        yield
    except _LOST as error:
        raise StorageError(_BROKE) from error


async def _keep_state(_: Connection) -> None:
    """Connections carry no session state, so there is nothing to reset between uses."""


@asynccontextmanager
async def savepoint(connection: Connection) -> AsyncIterator[None]:
    """A part of a transaction that can fail alone: what it did is undone, the transaction goes on."""
    await connection.execute("savepoint part")
    try:
        yield
    except BaseException:
        if not connection.is_closed():
            await connection.execute("rollback to savepoint part; release savepoint part")
        raise
    await connection.execute("release savepoint part")


async def copy_rows(
    connection: Connection,
    table: str,
    *,
    schema: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
) -> None:
    """Copies rows into a table. Raises StorageError when the server goes.

    The driver waits for room to write, and for ever when the server goes meanwhile; so it is looked after.
    """
    copying = asyncio.ensure_future(
        connection.copy_records_to_table(table, records=rows, columns=columns, schema_name=schema)
    )
    try:
        while not (await asyncio.wait((copying,), timeout=_LOOK_SECONDS))[0]:
            if connection.is_closed():
                raise StorageError(_BROKE)
        copying.result()
    finally:
        if copying.cancel():
            await asyncio.wait((copying,))


class WritesClosedError(StorageError):
    """Writes wait while the district changes to another version of its standard; the same call succeeds later."""

    code = "storage.writes_closed"


class Database:
    """One database as one role sees it. Opened on first use."""

    def __init__(self, address: ServerAddress, name: str, *, connections: int = 10) -> None:
        self.name = name
        self._address = address
        self._connections = connections
        self._pool: asyncpg.Pool | None = None

    async def open(self) -> asyncpg.Pool:
        """The pool, made when first asked for. Raises StorageError when the database cannot be reached."""
        if self._pool is None:
            try:
                self._pool = await asyncpg.create_pool(
                    self._address.dsn(self.name),
                    min_size=0,
                    max_size=self._connections,
                    max_inactive_connection_lifetime=300,
                    reset=_keep_state,
                    statement_cache_size=1000,
                    max_cached_statement_lifetime=0,
                    server_settings={"application_name": "homeroom", "jit": "off"},
                )
            except (OSError, asyncpg.PostgresError) as error:
                raise StorageError(f"The database {self.name} cannot be reached.") from error
        return self._pool

    async def close(self) -> None:
        """Closes every connection."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection without a transaction, for statements that touch no record.

        Raises StorageError when there is none to be had, or when it breaks: what was sent last may have been done.
        """
        pool = await self.open()
        try:
            connection = await pool.acquire()
        except (OSError, *_LOST) as error:
            raise StorageError(f"The database {self.name} cannot be reached.") from error
        try:
            with losses_told():
                yield connection
        finally:
            await pool.release(connection)

    @asynccontextmanager
    async def reading(self, organizations: Sequence[int] | None) -> AsyncIterator[Connection]:
        """A transaction behind whose fence rows of these organisations and those below can be seen, or all (None).

        The ledger entry of a read is written inside it, so it is no read-only one.
        """
        scope = f"'{EVERY_ROW}'"
        if organizations is not None:
            own = ",".join(str(int(o)) for o in organizations)
            scope = reach_scope(f"'{{{own}}}'::bigint[]")
        opening = f"begin; select set_config('homeroom.scope', {scope}, true)"
        async with self._transaction(opening) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """A transaction that may draw change versions."""
        opening = f"begin; set local homeroom.scope = '{EVERY_ROW}'; {_HOLD_BOUND}"
        try:
            async with self._transaction(opening) as connection:
                yield connection
        except asyncpg.InsufficientPrivilegeError as error:
            raise WritesClosedError("The district is being upgraded; writes go on in a while.") from error

    async def await_writers(self) -> None:
        """Returns when no transaction is left that may draw change versions."""
        async with self.connection() as connection:
            while await connection.fetchval(_LOWEST_BOUND, _MARK) is not None:
                await asyncio.sleep(_PAUSE_SECONDS)

    @asynccontextmanager
    async def administering(self) -> AsyncIterator[Connection]:
        """A transaction on what is about no person (clients, claims, settings): it sees no personal row."""
        async with self._transaction("begin") as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(self, opening: str) -> AsyncIterator[Connection]:
        async with self.connection() as connection:
            try:
                await connection.execute(opening)
                yield connection
                await connection.execute("commit")
            except BaseException:  # one that is cancelled while it begins or commits included
                if not connection.is_closed():
                    await connection.execute("rollback")
                raise

    async def newest_change_version(self) -> int:
        """The highest version below every writer that still runs: no later commit can fall under it, crash or not."""
        async with self.connection() as connection:
            last: int = await connection.fetchval(_LAST_VERSION)
            lowest: int | None = await connection.fetchval(_LOWEST_BOUND, _MARK)
            await connection.execute(_KEEP_VERSIONS)
        return last if lowest is None else min(last, lowest)
