"""What a district decides about its API: kept as one setting, known to every process that serves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from homeroom.base.errors import SettingsError
from homeroom.store.connect import Database
from homeroom.store.queries import query
from homeroom.trust.actors import Actor
from homeroom.trust.acts import record_act
from homeroom.trust.versions import Kept, Versions, raise_version

_SETTING: Final = "api"
_YEARS: Final = range(1900, 2100)
_MOST: Final = 1_000_000
_LARGEST_UPLOAD_MB: Final = 8192


class ApiSettings(msgspec.Struct, frozen=True, omit_defaults=True):
    """route_years: school years that an address may name; None for each that is a record of the district.

    most_tokens: live tokens of one client, 15 as in the ODS/API (edfi-api.md 1.3).
    requests_per_second: of one client, counted by each process for itself; 0 for any number. That is the
    default, because clients in use record a 429 as delivered and never send the record again
    (edfi-api.md 5): who sets a limit knows the clients.
    client_requests_per_second: the same for single clients, by key.
    identities: whether clients that hold the claim services/identity may ask who is who; off unless the district
    switches it on.
    largest_upload_mb: the largest file that a program may send.
    """

    route_years: tuple[int, ...] | None = None
    most_tokens: int = 15
    requests_per_second: int = 0
    client_requests_per_second: Mapping[str, int] = {}
    identities: bool = False
    largest_upload_mb: int = 8192

    def limit_of(self, key: str) -> int:
        """Requests a second that a client may send; 0 for any number."""
        return self.client_requests_per_second.get(key, self.requests_per_second)


class ApiSettingStore:
    """The settings of one district in this process, read again when any process changed them."""

    def __init__(self, database: Database, versions: Versions) -> None:
        self._database = database
        self._versions = versions
        self._settings = ApiSettings()
        self._number = 0  # as long as it was never raised, nothing was ever set

    async def current(self) -> ApiSettings:
        """The settings as they are now."""
        number = await self._versions.number(Kept.API_SETTINGS)
        if number != self._number:
            self._settings = await read_api_settings(self._database)
            self._number = number
        return self._settings


async def read_api_settings(database: Database) -> ApiSettings:
    """The settings of a district; the defaults where nothing was set."""
    async with database.connection() as connection:
        text = await connection.fetchval(query("homeroom.trust", "read_setting"), _SETTING)
    return ApiSettings() if text is None else msgspec.json.decode(text, type=ApiSettings)


async def keep_api_settings(database: Database, actor: Actor, *, settings: ApiSettings) -> None:
    """Puts the settings in the place of those that stand. Raises SettingsError when one makes no sense."""
    _check(settings)
    async with database.administering() as connection:
        text = msgspec.json.encode(settings).decode()
        await connection.execute(query("homeroom.trust", "keep_setting"), _SETTING, text)
        await raise_version(connection, Kept.API_SETTINGS)
        await record_act(connection, actor, act="change_settings", resource="district")


def _check(settings: ApiSettings) -> None:
    if any(year not in _YEARS for year in settings.route_years or ()):
        raise SettingsError(f"A school year of an address is from {_YEARS[0]} to {_YEARS[-1]}.")
    if not 1 <= settings.most_tokens <= _MOST:
        raise SettingsError("A client needs at least one token.")
    if not 1 <= settings.largest_upload_mb <= _LARGEST_UPLOAD_MB:
        raise SettingsError(f"The largest file that may be sent has 1 to {_LARGEST_UPLOAD_MB} MB.")
    limits = (settings.requests_per_second, *settings.client_requests_per_second.values())
    if any(not 0 <= limit <= _MOST for limit in limits):
        raise SettingsError(f"A limit is a number of requests a second up to {_MOST}, or 0 for none.")
