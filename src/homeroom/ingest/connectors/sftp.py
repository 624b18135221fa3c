"""SFTP pick-up: files are taken from a server's folder once they have arrived whole there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from homeroom.base.findings import Finding, Place
from homeroom.ingest.connectors.arrivals import Arrivals, FileStamp, is_wanted
from homeroom.ingest.connectors.source import (
    Fetch,
    Fetched,
    SourceConnector,
    SourceSettings,
    Surroundings,
    check_settings,
    no_library,
    unreachable,
)
from homeroom.ingest.reading.plan import SourceFile
from homeroom.interop.package_archive import Folder

if TYPE_CHECKING:
    import asyncssh

MAX_FILE_BYTES: Final = 20 << 30
_MAX_FILES: Final = 10_000
_TIMEOUT_SECONDS: Final = 30
_OPTIONAL: Final = ("port", "password", "private_key", "pattern")


@dataclass(frozen=True, slots=True)
class Sftp:
    """Settings: `host`, `port` (22), `user`, `password` or `private_key`, `host_key`, `path`, `pattern`.

    host_key: the server's public key, one line as `ssh-keyscan` prints it behind the name. It is never learnt from
    the server itself. Nothing is changed on the server.
    """

    kind: str = "sftp"

    def fetch(
        self, settings: SourceSettings, surroundings: Surroundings, *, bookmark: str | None
    ) -> Fetch | Finding:
        """The files that have settled since the last visit, copied to the spool one by one as they are asked for."""
        faulty = check_settings(settings, required=("host", "user", "host_key", "path"), optional=_OPTIONAL)
        if faulty is not None:
            return faulty
        try:
            import asyncssh  # noqa: PLC0415 - an extra
        except ImportError:
            return no_library("asyncssh")
        port = settings.get("port", "22")
        if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            return Finding("source.settings", "The port is no number from 1 to 65535.", remedy="Correct it.")
        address = surroundings.egress.decide(settings["host"], int(port))
        if isinstance(address, Finding):
            return address
        with ExitStack() as opened:
            session = _Session(opened.enter_context(asyncio.Runner()), settings["path"])
            try:
                connection = session.runner.run(_connect(settings, address, int(port)))
                opened.callback(session.close, connection)
                listing = session.runner.run(session.open(connection, settings.get("pattern", "*")))
            except (asyncssh.Error, OSError, ValueError, TimeoutError) as error:
                return unreachable(f"the connection failed ({type(error).__name__})")
            ready, arrivals = Arrivals.parse(bookmark).visit(listing)
            files = _files(session, {name: listing[name] for name in ready}, spool=surroundings.spool)
            return Fetch(files, arrivals.render, opened.pop_all().close)


async def _connect(settings: SourceSettings, address: str, port: int) -> asyncssh.SSHClientConnection:
    import asyncssh  # noqa: PLC0415

    key = settings.get("private_key")
    known = asyncssh.import_known_hosts(f"{settings['host']} {settings['host_key'].strip()}\n")
    return await asyncssh.connect(
        address,
        port,
        host_key_alias=settings["host"],
        known_hosts=known,
        username=settings["user"],
        password=settings.get("password"),
        client_keys=[asyncssh.import_private_key(key)] if key else None,
        agent_path=None,
        config=None,
        connect_timeout=_TIMEOUT_SECONDS,
        login_timeout=_TIMEOUT_SECONDS,
    )


@dataclass(slots=True)
class _Session:
    """One connection, driven from a thread without an event loop of its own."""

    runner: asyncio.Runner
    folder: str
    sftp: asyncssh.SFTPClient | None = None

    async def open(self, connection: asyncssh.SSHClientConnection, patterns: str) -> dict[str, FileStamp]:
        import asyncssh  # noqa: PLC0415

        found: dict[str, FileStamp] = {}
        self.sftp = await connection.start_sftp_client()
        async for entry in self.sftp.scandir(self.folder):
            name, status = str(entry.filename), entry.attrs
            if status.type == asyncssh.FILEXFER_TYPE_REGULAR and is_wanted(name, patterns):
                found[name] = FileStamp(status.size or 0, int(status.mtime or 0))
            if len(found) == _MAX_FILES:
                break
        return found

    async def copy(self, name: str, target: Path) -> None:
        if self.sftp is not None:
            await self.sftp.get(f"{self.folder.rstrip('/')}/{name}", str(target), follow_symlinks=False)

    def close(self, connection: asyncssh.SSHClientConnection) -> None:
        connection.abort()
        self.runner.run(connection.wait_closed())


def _files(session: _Session, stamps: Mapping[str, FileStamp], *, spool: Path) -> Iterator[Fetched]:
    import asyncssh  # noqa: PLC0415

    for number, (name, stamp) in enumerate(stamps.items(), 1):
        if stamp.size > MAX_FILE_BYTES:
            words = f"The file has more than {MAX_FILE_BYTES:,} bytes; it is not copied."
            yield Finding("source.file_too_large", words, Place(name), "Split it, or load it by hand.")
            continue
        target = spool / f"{number}"
        try:
            session.runner.run(session.copy(name, target))
        except (asyncssh.Error, OSError) as error:
            yield Finding(
                "source.unreachable",
                f"The file could not be copied ({type(error).__name__}).",
                Place(name),
                "Check the server and this machine's disk; it is tried again at the next visit.",
            )
            continue
        yield SourceFile(name, Folder({name: partial(_open, target)}), name)


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


CONNECTOR: Final[SourceConnector] = Sftp()
