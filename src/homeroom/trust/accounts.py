"""Local accounts of staff, and their sessions. Passwords are people's, so they are hashed slowly."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from time import monotonic
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from homeroom.base.clock import Clock
from homeroom.base.errors import SettingsError
from homeroom.base.ids import random_token
from homeroom.store.connect import Database
from homeroom.store.queries import query
from homeroom.trust.actors import Actor, StaffMember
from homeroom.trust.acts import record_act
from homeroom.trust.guesses import GuessGuard

ROLES: Final = ("teacher", "principal", "data_manager")
SESSION_HOURS: Final = 12  # a working day
_SHORTEST_PASSWORD: Final = 12  # NIST SP 800-63B asks for 8; staff reach many children
_LONGEST_PASSWORD: Final = 1000
_LOGIN: Final = re.compile(r"[^\s\0]{1,200}")
# Those of RFC 9106's second choice, for machines with little memory: 64 MiB, 3 passes.
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1)


@dataclass(frozen=True, slots=True)
class AccountForm:
    """Who gets an account. login: in any letter case. staff_unique_id: who it is in the records."""

    login: str
    password: str
    display_name: str
    role: str
    staff_unique_id: str = ""
    organizations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """An account that may sign in."""

    member: StaffMember
    login: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in. csrf: what every form they send has to carry."""

    account: Account
    csrf: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. token: for the cookie; its hash alone is kept."""

    session: Session
    token: str


class SignInFault(StrEnum):
    """Why nobody was signed in."""

    WRONG = "wrong"
    LOCKED_OUT = "locked_out"


@dataclass(frozen=True, slots=True)
class SignInRefusal:
    """No session. Whether the login exists is not told."""

    fault: SignInFault
    wait_seconds: int = 0


class SignInDesk:
    """Signs people in to one district; one per process, as it remembers who guesses."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._guesses = GuessGuard(monotonic)
        self._nobody: str | None = None

    async def sign_in(self, *, login: str, password: str, address: str) -> SignedIn | SignInRefusal:
        """A session for the right password. address: of the caller, so that guessers lock out themselves."""
        name = login.strip().lower()
        names = (f"login {name} {address}", f"address {address}")
        wait = self._guesses.wait_seconds(*names)
        if wait:
            return SignInRefusal(SignInFault.LOCKED_OUT, wait)
        async with self._database.connection() as connection:
            row = await connection.fetchrow(query("homeroom.trust", "find_account"), name.replace("\0", ""))
        is_right = await asyncio.to_thread(_verify, row[6] if row else await self._nobodys_hash(), password)
        if row is None or not is_right:
            self._guesses.record_failure(*names)
            return SignInRefusal(SignInFault.WRONG)
        self._guesses.forget(names[0])
        return await self._open(_account(row))

    async def find_session(self, token: str) -> Session | None:
        """The session of a cookie; None when it is unknown, over or its account was disabled."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(
                query("homeroom.trust", "find_session"), _hash_token(token), self._clock.now()
            )
        return Session(_account(row), row[6], row[7]) if row else None

    async def sign_out(self, token: str) -> None:
        """Ends a session."""
        async with self._database.connection() as connection:
            await connection.execute(
                query("homeroom.trust", "end_session"), _hash_token(token), self._clock.now()
            )

    async def _open(self, account: Account) -> SignedIn:
        token, csrf, now = random_token(), random_token(), self._clock.now()
        expires_at = now + timedelta(hours=SESSION_HOURS)
        async with self._database.administering() as connection:
            await connection.execute(
                query("homeroom.trust", "create_session"),
                _hash_token(token),
                account.member.id,
                csrf,
                now,
                expires_at,
            )
            await record_act(
                connection, account.member, act="sign_in", resource="account", records=[account.member.id]
            )
        return SignedIn(Session(account, csrf, expires_at), token)

    async def _nobodys_hash(self) -> str:
        # Compared with when there is no such login, so that the time tells nothing.
        if self._nobody is None:
            self._nobody = await asyncio.to_thread(_HASHER.hash, random_token())
        return self._nobody


def is_same_csrf(session: Session, sent: str) -> bool:
    """Whether a form carries the session's own token."""
    return hmac.compare_digest(session.csrf.encode(), sent.encode(errors="replace"))


async def create_account(database: Database, actor: Actor, *, form: AccountForm) -> Account:
    """A new account. Raises SettingsError when the login is taken or the form cannot be used."""
    _check(form)
    password_hash = await asyncio.to_thread(_HASHER.hash, form.password)
    async with database.administering() as connection:
        row = await connection.fetchrow(
            query("homeroom.trust", "create_account"),
            form.login.lower(),
            password_hash,
            form.display_name,
            form.staff_unique_id or None,
            form.role,
            list(form.organizations),
        )
        if row is None:
            raise SettingsError(f"There is an account {form.login.lower()!r} already.")
        await record_act(connection, actor, act="create_account", resource="account", records=[row[0]])
    return _account(row)


async def list_accounts(database: Database) -> list[Account]:
    """Every account that may sign in, by login."""
    async with database.connection() as connection:
        rows = await connection.fetch(query("homeroom.trust", "list_accounts"))
    return [_account(row) for row in rows]


async def find_staff_member(database: Database, *, login: str) -> StaffMember | None:
    """Who has that login; None when there is none or it was disabled."""
    async with database.connection() as connection:
        row = await connection.fetchrow(query("homeroom.trust", "find_account"), login.strip().lower())
    return _account(row).member if row else None


def _check(form: AccountForm) -> None:
    if not _LOGIN.fullmatch(form.login):
        raise SettingsError("A login has 1 to 200 characters and no blank.")
    if form.role not in ROLES:
        raise SettingsError(f"A role is one of {', '.join(ROLES)}.")
    if not _SHORTEST_PASSWORD <= len(form.password) <= _LONGEST_PASSWORD:
        raise SettingsError(f"A password has at least {_SHORTEST_PASSWORD} characters.")


def _verify(password_hash: str, password: str) -> bool:
    if len(password) > _LONGEST_PASSWORD:
        return False
    try:
        return _HASHER.verify(password_hash, password.encode(errors="replace"))
    except VerificationError:
        return False


def _account(row: tuple[int, str | None, str, list[int], str, str]) -> Account:
    """The account in the first six columns of a row."""
    member = StaffMember(row[0], row[1] or "", row[2], tuple(row[3]))
    return Account(member, row[4], row[5])


def _hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
