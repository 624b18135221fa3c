"""API clients: what is registered for a program that calls the API, and its secret's hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from homeroom.base.errors import SettingsError
from homeroom.base.ids import random_token
from homeroom.store.connect import Database
from homeroom.store.queries import query
from homeroom.trust.actors import Actor, ApiClient
from homeroom.trust.acts import record_act
from homeroom.trust.versions import Kept, raise_version


@dataclass(frozen=True, slots=True)
class Registration:
    """What a new client may claim.

    shared_ownership: ids of clients whose records it reaches as its own, besides those it creates.
    """

    claim_set: str
    namespace_prefixes: tuple[str, ...] = ()
    organizations: tuple[int, ...] = ()
    profiles: tuple[str, ...] = ()
    shared_ownership: tuple[int, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a program signs in with. The secret is known here and nowhere else, ever."""

    key: str
    secret: str


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """A registered client. rotated_at, revoked_at, last_used_at: None when it never happened."""

    client: ApiClient
    name: str
    created_at: datetime
    rotated_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


async def create_client(database: Database, actor: Actor, *, registration: Registration) -> Credentials:
    """Registers a client. Its claim set need not exist yet: it can do nothing until it does."""
    _check(registration)
    credentials = Credentials(random_token(15), random_token(33))
    async with database.administering() as connection:
        record = await connection.fetchval(
            query("homeroom.trust", "create_client"),
            credentials.key,
            hash_secret(credentials.secret),
            registration.name,
            registration.claim_set,
            list(registration.namespace_prefixes),
            list(registration.organizations),
            list(registration.profiles),
            list(registration.shared_ownership),
        )
        await record_act(connection, actor, act="create_client", resource="client", records=[record])
    return credentials


async def list_clients(database: Database) -> list[ClientRecord]:
    """Every client that was ever registered, the newest first."""
    async with database.connection() as connection:
        rows = await connection.fetch(query("homeroom.trust", "list_clients"))
    return [ClientRecord(client_from(row), row[7], row[8], row[9], row[10], row[11]) for row in rows]


async def find_client(database: Database, *, key: str) -> ApiClient | None:
    """The client of that key as its registration has it; None when there is none or it was revoked."""
    async with database.connection() as connection:
        row = await connection.fetchrow(query("homeroom.trust", "find_client"), key)
    return client_from(row) if row else None


async def rotate_client(database: Database, actor: Actor, *, key: str) -> Credentials | None:
    """A new secret; the old one and every token got with it end now. None when there is no such client."""
    credentials = Credentials(key, random_token(33))
    found = await _change(
        database, actor, statement="rotate_client", values=(key, hash_secret(credentials.secret))
    )
    return credentials if found else None


async def revoke_client(database: Database, actor: Actor, *, key: str) -> bool:
    """Ends a client for good, its tokens included; False when there is no such client."""
    return await _change(database, actor, statement="revoke_client", values=(key,))


async def _change(database: Database, actor: Actor, *, statement: str, values: tuple[str, ...]) -> bool:
    async with database.administering() as connection:
        record = await connection.fetchval(query("homeroom.trust", statement), *values)
        if record is None:
            return False
        await raise_version(connection, Kept.CLIENTS)
        await record_act(connection, actor, act=statement, resource="client", records=[record])
    return True


def client_from(row: tuple[int, str, str, list[str], list[int], list[str], list[int]]) -> ApiClient:
    """The client in the first seven columns of a row, as the statements of this part give them."""
    return ApiClient(row[0], row[1], row[2], tuple(row[3]), tuple(row[4]), tuple(row[5]), tuple(row[6]))


def hash_secret(secret: str) -> str:
    """What is kept of a secret. Fast on purpose: what is hashed is random and long, not a password."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _check(registration: Registration) -> None:
    if not registration.claim_set.strip():
        raise SettingsError("A client needs a claim set, such as 'SIS Vendor'.")
    if any(not 0 < id_ < 2**63 for id_ in registration.organizations):
        raise SettingsError("An education organization id is a whole number from 1 to 9223372036854775807.")
    texts = (
        registration.claim_set,
        registration.name,
        *registration.namespace_prefixes,
        *registration.profiles,
    )
    if any("\0" in text for text in texts):
        raise SettingsError("A name or prefix of the client holds a NUL character.")
