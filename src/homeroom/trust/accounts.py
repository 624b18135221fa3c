"""Local accounts of people, and their sessions. Passwords are kept as argon2id hashes, tokens as hashes."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from homeroom.base.errors import SettingsError
from homeroom.base.ids import random_token
from homeroom.store.connect import Database
from homeroom.store.queries import query
from homeroom.trust.actors import Actor, StaffMember
from homeroom.trust.acts import record_act

SESSION_LIFE: Final = timedelta(hours=12)
LEAST_PASSWORD: Final = 10
_MOST_PASSWORD: Final = 1_000
_PACKAGE: Final = "homeroom.trust"


@dataclass(frozen=True, slots=True)
class Account:
    """Who can sign in. login: what they type, in any letter case. staff_unique_id: None when not in Staff.

    organizations: ids of those they work for; role: as in `StaffMember`.
    """

    login: str
    display_name: str
    role: str
    organizations: tuple[int, ...] = ()
    staff_unique_id: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A person who is signed in. csrf: what every form of theirs has to carry."""

    member: StaffMember
    display_name: str
    csrf: str


async def create_account(database: Database, actor: Actor, *, account: Account, password: str) -> int:
    """Makes the account, or gives the one of this login these values and password; its id.

    Raises SettingsError for a password that is too short or a login that is empty.
    """
    if not LEAST_PASSWORD <= len(password) <= _MOST_PASSWORD:
        raise SettingsError(f"A password has at least {LEAST_PASSWORD} characters.")
    if not account.login.strip() or "\0" in account.login:
        raise SettingsError("An account needs a login, such as an e-mail address.")
    hashed = await asyncio.to_thread(_hasher().hash, password)
    async with database.administering() as connection:
        record: int = await connection.fetchval(
            query(_PACKAGE, "create_account"),
            _folded(account.login),
            hashed,
            account.display_name,
            account.staff_unique_id,
            account.role,
            list(account.organizations),
        )
        await record_act(connection, actor, act="create_account", resource="account", records=[record])
    return record


async def find_staff_member(database: Database, *, login: str) -> StaffMember | None:
    """Who has that login; None when nobody has, or the account is disabled."""
    async with database.connection() as connection:
        row = await connection.fetchrow(query(_PACKAGE, "find_account"), _folded(login))
    return _member(row) if row else None


async def open_session(database: Database, *, login: str, password: str, now: datetime) -> str | None:
    """The token of a new session; None when login and password do not fit together, whichever is wrong."""
    async with database.connection() as connection:
        row = await connection.fetchrow(query(_PACKAGE, "find_account"), _folded(login))
    # Verified even when there is no such account, so that the time tells nothing.
    stored = row["password_hash"] if row else await asyncio.to_thread(_no_hash)
    is_right = await asyncio.to_thread(_verify, stored, password[:_MOST_PASSWORD])
    if row is None or not is_right:
        return None
    token = random_token()
    async with database.administering() as connection:
        await connection.execute(
            query(_PACKAGE, "create_session"),
            _hash_token(token),
            row["id"],
            random_token(),
            now,
            now + SESSION_LIFE,
        )
        await record_act(connection, _member(row), act="sign_in", resource="account", records=[row["id"]])
    return token


async def find_session(database: Database, token: str, *, now: datetime) -> Session | None:
    """Who is signed in with the token; None when it is unknown or over, or the account is disabled."""
    async with database.connection() as connection:
        row = await connection.fetchrow(query(_PACKAGE, "find_session"), _hash_token(token), now)
    return Session(_member(row), row["display_name"], row["csrf"]) if row else None


async def close_session(database: Database, token: str, member: StaffMember) -> None:
    """Ends the session for good."""
    async with database.administering() as connection:
        await connection.execute(query(_PACKAGE, "delete_session"), _hash_token(token))
        await record_act(connection, member, act="sign_out", resource="account", records=[member.id])


def _member(row: Any) -> StaffMember:
    return StaffMember(row["id"], row["staff_unique_id"] or "", row["role"], tuple(row["organizations"]))


def _folded(login: str) -> str:
    return login.strip().casefold()


def _hash_token(token: str) -> bytes:
    # Fast on purpose: what is hashed is random and long.
    return hashlib.sha256(token.encode(errors="replace")).digest()


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _no_hash() -> str:
    return _hasher().hash(random_token())


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher().verify(stored, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
