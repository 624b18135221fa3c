"""Clients get tokens for their secret, and tokens end when they should, in every process."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from homeroom.base.clock import FixedClock
from homeroom.base.errors import SettingsError
from homeroom.records.district import District
from homeroom.trust.actors import ApiClient, Operator
from homeroom.trust.api_settings import ApiSettings, keep_api_settings
from homeroom.trust.clients import (
    Credentials,
    Registration,
    create_client,
    list_clients,
    revoke_client,
    rotate_client,
)
from homeroom.trust.failures import Failure, list_failures
from homeroom.trust.tokens import (
    TOKEN_SECONDS,
    IssuedToken,
    TokenBook,
    TokenFault,
    TokenRefusal,
    find_token,
    issue_token,
)
from homeroom.trust.versions import LOOK_SECONDS

OPERATOR = Operator("command-line")
REGISTRATION = Registration(
    claim_set="SIS Vendor", namespace_prefixes=("uri://sis.example",), organizations=(4100, 4101)
)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
async def credentials(district: District) -> Credentials:
    return await create_client(district.database, OPERATOR, registration=REGISTRATION)


@pytest.fixture
def clock(district: District) -> FixedClock:
    """The time as the district's tokens see it."""
    clock = FixedClock(NOON)
    district.tokens = TokenBook(district.versions, clock=clock)
    return clock


async def issue(district: District, credentials: Credentials, **more: str) -> IssuedToken | TokenRefusal:
    return await issue_token(district, **{"key": credentials.key, "secret": credentials.secret, **more})


async def token_of(district: District, credentials: Credentials, **more: str) -> str:
    issued = await issue(district, credentials, **more)
    assert isinstance(issued, IssuedToken)
    return issued.token


async def id_of(district: District, credentials: Credentials) -> int:
    return next(r.client.id for r in await list_clients(district.database) if r.client.key == credentials.key)


async def test_the_right_secret_gets_a_token_that_names_the_client(
    district: District, credentials: Credentials
) -> None:
    issued = await issue(district, credentials)
    assert isinstance(issued, IssuedToken)
    assert issued.expires_in == TOKEN_SECONDS
    client = await find_token(district, issued.token)
    assert client == ApiClient(
        client.id if client else 0,
        credentials.key,
        "SIS Vendor",
        ("uri://sis.example",),
        (4100, 4101),
        ownership=(client.id,) if client else (),
    )


async def test_secrets_and_tokens_are_not_stored_as_they_are(
    district: District, credentials: Credentials
) -> None:
    token = await token_of(district, credentials)
    async with district.database.connection() as connection:
        stored = await connection.fetchval(
            "select string_agg(c::text || t::text, ' ')"
            " from trust.client c join trust.token t on t.client = c.id"
        )
    assert credentials.key in stored
    assert credentials.secret not in stored
    assert token not in stored
    assert token.encode().hex() not in stored


@pytest.mark.parametrize(
    ("key", "secret"),
    [("", ""), ("nobody", "x"), ("na\0me", "x"), ("näme", "x"), (None, "x"), (None, "\ud800")],
)
async def test_whoever_has_not_the_secret_gets_no_token(
    district: District, credentials: Credentials, key: str | None, secret: str
) -> None:
    refused = await issue_token(district, key=credentials.key if key is None else key, secret=secret)
    assert refused == TokenRefusal(TokenFault.INVALID_CLIENT)


async def test_scope_narrows_the_token_to_one_organization(
    district: District, credentials: Credentials
) -> None:
    client = await find_token(district, await token_of(district, credentials, scope="4101"))
    assert client is not None
    assert client.organizations == (4101,)


@pytest.mark.parametrize(
    ("scope", "words"),
    [("school", "was not a number"), ("²", "was not a number"), ("9999", "not explicitly associated")],
)
async def test_scope_that_is_not_the_clients_is_refused(
    district: District, credentials: Credentials, scope: str, words: str
) -> None:
    refused = await issue(district, credentials, scope=scope)
    assert isinstance(refused, TokenRefusal)
    assert refused.fault is TokenFault.INVALID_SCOPE
    assert words in refused.words


async def test_token_ends_on_time(district: District, credentials: Credentials, clock: FixedClock) -> None:
    token = await token_of(district, credentials)
    clock.move(timedelta(seconds=TOKEN_SECONDS - 1))
    assert await find_token(district, token) is not None
    clock.move(timedelta(seconds=1))
    assert await find_token(district, token) is None


async def test_client_has_a_limited_number_of_live_tokens(
    district: District, credentials: Credentials, clock: FixedClock
) -> None:
    issued = await asyncio.gather(*(issue(district, credentials) for _ in range(20)))
    assert sum(isinstance(i, IssuedToken) for i in issued) == 15
    refused = await issue(district, credentials)
    assert isinstance(refused, TokenRefusal)
    assert refused.fault is TokenFault.TOO_MANY_TOKENS
    clock.move(timedelta(seconds=TOKEN_SECONDS))
    assert isinstance(await issue(district, credentials), IssuedToken)


async def test_district_says_how_many_live_tokens_a_client_has(
    district: District, credentials: Credentials
) -> None:
    await keep_api_settings(district.database, OPERATOR, settings=ApiSettings(most_tokens=2))
    await asyncio.sleep(LOOK_SECONDS)
    try:
        issued = [await issue(district, credentials) for _ in range(3)]
        assert [isinstance(one, IssuedToken) for one in issued] == [True, True, False]
    finally:
        await keep_api_settings(district.database, OPERATOR, settings=ApiSettings())


@pytest.mark.parametrize(
    "wrong",
    [
        ApiSettings(most_tokens=0),
        ApiSettings(route_years=(27,)),
        ApiSettings(requests_per_second=-1),
        ApiSettings(client_requests_per_second={"K": -1}),
    ],
)
async def test_settings_that_make_no_sense_are_refused(district: District, wrong: ApiSettings) -> None:
    with pytest.raises(SettingsError):
        await keep_api_settings(district.database, OPERATOR, settings=wrong)


async def test_revoked_client_is_out_in_every_process_at_once(
    district: District, elsewhere: District, credentials: Credentials
) -> None:
    token = await token_of(district, credentials)
    assert await find_token(elsewhere, token) is not None
    assert await revoke_client(district.database, OPERATOR, key=credentials.key)
    await asyncio.sleep(LOOK_SECONDS + 0.01)
    assert await find_token(elsewhere, token) is None
    assert await find_token(district, token) is None
    assert await issue(elsewhere, credentials) == TokenRefusal(TokenFault.INVALID_CLIENT)
    assert await rotate_client(district.database, OPERATOR, key=credentials.key) is None


async def test_rotation_ends_the_old_secret_and_its_tokens(
    district: District, credentials: Credentials
) -> None:
    token = await token_of(district, credentials)
    renewed = await rotate_client(district.database, OPERATOR, key=credentials.key)
    assert renewed is not None
    await asyncio.sleep(LOOK_SECONDS + 0.01)
    assert await find_token(district, token) is None
    assert await issue(district, credentials) == TokenRefusal(TokenFault.INVALID_CLIENT)
    assert isinstance(await issue(district, renewed), IssuedToken)


async def test_who_guesses_has_to_wait_and_nobody_else(district: District, credentials: Credentials) -> None:
    for _ in range(5):
        assert (await issue(district, credentials, secret="guess", address="10.0.0.1")) == TokenRefusal(
            TokenFault.INVALID_CLIENT
        )
    locked = await issue(district, credentials, address="10.0.0.1")
    assert isinstance(locked, TokenRefusal)
    assert locked.fault is TokenFault.LOCKED_OUT
    assert locked.wait_seconds >= 1
    assert isinstance(await issue(district, credentials, address="10.0.0.2"), IssuedToken)


async def test_use_is_noted_once_a_minute(
    district: District, credentials: Credentials, clock: FixedClock
) -> None:
    token = await token_of(district, credentials)

    async def used_at_after(seconds: int) -> datetime | None:
        clock.move(timedelta(seconds=seconds))
        await find_token(district, token)
        records = await list_clients(district.database)
        return next(r.last_used_at for r in records if r.client.key == credentials.key)

    assert await used_at_after(0) == NOON
    assert await used_at_after(30) == NOON
    assert await used_at_after(40) == NOON + timedelta(seconds=70)


async def test_failures_are_counted_by_cause(
    district: District, elsewhere: District, credentials: Credentials
) -> None:
    client = await id_of(district, credentials)
    missing = Failure(client, "students", 409, "unresolved-reference: School")
    for process in (district, elsewhere):
        for _ in range(3):
            process.failures.add(missing)
        process.failures.add(Failure(client, "students", 400, "data-validation-failed: birthDate"))
        process.failures.add(Failure(client + 99, "students", 400, "of a client that is gone"))
        await process.failures.flush()
    counts = await list_failures(district.database, since=date(2020, 1, 1))
    assert [(c.failure.status, c.requests) for c in counts] == [(409, 6), (400, 2)]
    assert counts[0].failure == missing


async def test_what_is_done_to_clients_stands_in_the_ledger(
    district: District, credentials: Credentials
) -> None:
    await rotate_client(district.database, OPERATOR, key=credentials.key)
    await revoke_client(district.database, OPERATOR, key=credentials.key)
    async with district.database.connection() as connection:
        rows = await connection.fetch(
            "select actor, action from trust.ledger_entry"
            " where resource = 'client' and records = $1 order by id",
            [await id_of(district, credentials)],
        )
    assert [tuple(row) for row in rows] == [
        ("operator:command-line", act) for act in ("create_client", "rotate_client", "revoke_client")
    ]


async def test_client_without_a_claim_set_is_not_made(district: District) -> None:
    with pytest.raises(SettingsError, match="claim set"):
        await create_client(district.database, OPERATOR, registration=Registration(claim_set=" "))
    with pytest.raises(SettingsError, match="whole number"):
        await create_client(
            district.database, OPERATOR, registration=Registration("SIS Vendor", organizations=(2**63,))
        )
