"""Which PostgreSQL is used: the owner's, or the embedded one."""

from __future__ import annotations

from homeroom.base.settings import Settings
from homeroom.store.address import ServerAddress, parse_address
from homeroom.store.embedded import EmbeddedServer


def start_server(settings: Settings) -> ServerAddress:
    """Where the server is. The embedded one is started when it does not run; cheap when it does.

    Raises StorageError or SettingsError saying what is wrong and what to do.
    """
    if settings.database_url is not None:
        return parse_address(settings.database_url)
    return EmbeddedServer(settings).start()
