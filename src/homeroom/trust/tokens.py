"""Tokens: issued for a key and secret, and looked up at every request."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from time import monotonic
from typing import Final, Protocol

from homeroom.base.clock import Clock, SystemClock
from homeroom.base.ids import random_uuid_hex
from homeroom.store.connect import Connection, Database
from homeroom.store.queries import query
from homeroom.trust.actors import ApiClient
from homeroom.trust.api_settings import ApiSettingStore
from homeroom.trust.clients import client_from, hash_secret
from homeroom.trust.guesses import GuessGuard
from homeroom.trust.versions import Kept, Versions

TOKEN_SECONDS: Final = 1800
_TRUSTED_SECONDS: Final = 5
_MOST_KEPT: Final = 50_000
_NO_HASH: Final = "0" * 64


class TokenFault(StrEnum):
    """Why no token was issued."""

    INVALID_CLIENT = "invalid_client"
    INVALID_SCOPE = "invalid_scope"
    TOO_MANY_TOKENS = "too_many_tokens"
    LOCKED_OUT = "locked_out"


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token. scope: as it was asked for; None when it was not."""

    token: str
    expires_in: int
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class TokenRefusal:
    """No token. words: for the caller, empty where they would help a guesser; wait_seconds: if locked out."""

    fault: TokenFault
    words: str = ""
    wait_seconds: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    client: ApiClient
    trusted_until: datetime
    version: int


class TokenBook:
    """The tokens this process has looked up, and the guesses it has seen; of one district."""

    def __init__(self, versions: Versions, *, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.guesses = GuessGuard(monotonic)
        # Many clients may stand behind one address, and one with a wrong secret must not lock out the others.
        self.guesses_by_address = GuessGuard(monotonic, free=200)
        self._versions = versions
        self._known: dict[str, _Known] = {}

    async def find(self, token: str) -> ApiClient | None:
        """The client of a token looked up a moment ago; None when it has to be looked up."""
        known = self._known.get(token)
        if known is None or known.version != await self._versions.number(Kept.CLIENTS):
            return None
        return known.client if self.clock.now() < known.trusted_until else None

    def keep(self, token: str, client: ApiClient, *, expires_at: datetime, version: int) -> ApiClient:
        """Remembers a token for a few seconds; gives the client as the object that was known before."""
        known = self._known.get(token)
        if known is not None and known.client == client:
            client = known.client
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        until = min(expires_at, self.clock.now() + timedelta(seconds=_TRUSTED_SECONDS))
        self._known[token] = _Known(client, until, version)
        return client

    async def version(self) -> int:
        """The number that changes when a client is rotated or revoked."""
        return await self._versions.number(Kept.CLIENTS)


class TokenHolder(Protocol):
    """What has tokens: a district."""

    @property
    def database(self) -> Database:
        """Where they are kept."""
        ...

    @property
    def tokens(self) -> TokenBook:
        """What this process knows of them."""
        ...

    @property
    def api_settings(self) -> ApiSettingStore:
        """How many a client may have."""
        ...


async def issue_token(
    district: TokenHolder, *, key: str, secret: str, scope: str | None = None, address: str = ""
) -> IssuedToken | TokenRefusal:
    """A token for the client of that key, if the secret is its own.

    scope: one of its organisations, to which the token is narrowed. address: of the caller, so that one
    who guesses does not lock others out.
    """
    if not key.isascii() or not key.isprintable():
        return TokenRefusal(TokenFault.INVALID_CLIENT)
    guesses, by_address, name = (
        district.tokens.guesses,
        district.tokens.guesses_by_address,
        f"{key} {address}",
    )
    wait = max(guesses.wait_seconds(name), by_address.wait_seconds(address))
    if wait:
        return TokenRefusal(TokenFault.LOCKED_OUT, wait_seconds=wait)
    most = (await district.api_settings.current()).most_tokens
    async with district.database.administering() as connection:
        row = await connection.fetchrow(query("homeroom.trust", "lock_client"), key)
        # Compared even when there is no such key, so that the time tells nothing.
        if not hmac.compare_digest(row[7] if row else _NO_HASH, hash_secret(secret)) or row is None:
            guesses.record_failure(name)
            by_address.record_failure(address)
            return TokenRefusal(TokenFault.INVALID_CLIENT)
        guesses.forget(name)
        return await _issue(connection, client_from(row), scope=scope, clock=district.tokens.clock, most=most)


async def find_token(district: TokenHolder, token: str) -> ApiClient | None:
    """The client of a token, with the token's organisations; None when it is unknown, over or revoked.

    The same object as long as nothing about the client changes.
    """
    client = await district.tokens.find(token)
    if client is not None:
        return client
    version = await district.tokens.version()
    async with district.database.connection() as connection:
        row = await connection.fetchrow(
            query("homeroom.trust", "find_token"), _hash_token(token), district.tokens.clock.now()
        )
    if row is None:
        return None
    return district.tokens.keep(token, client_from(row), expires_at=row[7], version=version)


async def _issue(
    connection: Connection, client: ApiClient, *, scope: str | None, clock: Clock, most: int
) -> IssuedToken | TokenRefusal:
    organizations = None
    if scope:
        narrowed = _parse_scope(scope, client)
        if isinstance(narrowed, TokenRefusal):
            return narrowed
        organizations = [narrowed]
    now = clock.now()
    if await connection.fetchval(query("homeroom.trust", "count_tokens"), client.id, now) >= most:
        return TokenRefusal(
            TokenFault.TOO_MANY_TOKENS,
            f"The client has {most} live tokens; use one of them until it expires.",
        )
    token = random_uuid_hex()
    await connection.execute(
        query("homeroom.trust", "create_token"),
        _hash_token(token),
        client.id,
        organizations,
        now,
        now + timedelta(seconds=TOKEN_SECONDS),
    )
    return IssuedToken(token, TOKEN_SECONDS, scope or None)


def _parse_scope(scope: str, client: ApiClient) -> int | TokenRefusal:
    # The words are the ODS/API's own.
    text = scope.strip()
    if not (text.isascii() and text.isdigit()):
        words = (
            "The supplied 'scope' was not a number (it should be an EducationOrganizationId that is "
            "explicitly associated with the client)."
        )
        return TokenRefusal(TokenFault.INVALID_SCOPE, words)
    if int(text) not in client.organizations:
        words = (
            "The client is not explicitly associated with the EducationOrganizationId specified in the "
            "requested 'scope'."
        )
        return TokenRefusal(TokenFault.INVALID_SCOPE, words)
    return int(text)


def _hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
