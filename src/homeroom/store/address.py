"""Where a PostgreSQL server is and who we are to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from homeroom.base.errors import SettingsError

DEFAULT_PORT = 5432


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """One server, for connecting to any of its databases.

    host: a host name, or the folder of the server's Unix socket.
    parameters: further parameters of the connection, such as sslmode.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    parameters: tuple[tuple[str, str], ...] = ()

    def dsn(self, database: str) -> str:
        """The address of one database, as asyncpg and pg_dump read it; it holds the password."""
        credentials = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        query = urlencode([("host", self.host), ("port", str(self.port)), *self.parameters], quote_via=quote)
        return f"postgresql://{credentials}@/{quote(database, safe='')}?{query}"


def parse_address(url: str) -> ServerAddress:
    """The server in a postgresql:// address; the database it names is left out.

    Raises SettingsError, without the address itself: it holds a password.
    """
    try:
        parts = urlsplit(url)
        port, query = (
            parts.port,
            parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)),
        )
    except ValueError as error:
        raise SettingsError("the database address cannot be read; see HOMEROOM_DATABASE_URL") from error
    given = dict(query)
    host = given.pop("host", "") or parts.hostname or ""
    user = given.pop("user", "") or unquote(parts.username or "")
    password = given.pop("password", "") or unquote(parts.password or "")
    if not host or not user:
        raise SettingsError(
            "HOMEROOM_DATABASE_URL names no host or no user; write postgresql://user:password@host/"
        )
    return ServerAddress(
        host=host,
        port=int(given.pop("port", "") or port or DEFAULT_PORT),
        user=user,
        password=password,
        parameters=tuple(given.items()),
    )
