"""Runs the web server: worker processes under one supervisor, and the note by which others find it."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

import msgspec
from granian.constants import Interfaces, Loops
from granian.server.mp import MPServer

from homeroom.base.clock import SystemClock
from homeroom.base.errors import HomeroomError, SettingsError
from homeroom.base.log import LibraryLogHandler, Log
from homeroom.base.settings import Settings

_TARGET: Final = "homeroom.web.worker:make_worker_application"
_STOP_SECONDS: Final = 20
_KEEPS_DYING_SECONDS: Final = 10
_MOST_RESTARTS: Final = 3


class ServerError(HomeroomError):
    """The web server could not be kept running, or could not be ended."""

    code = "web.server"


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A web server of a home. pid: of its supervisor."""

    pid: int
    url: str


def serve(settings: Settings, *, on_ready: Callable[[str], None]) -> None:
    """Serves until it is interrupted or told to end; on_ready is called with the address when it answers.

    A worker that dies is replaced. Raises SettingsError when the port cannot be had, and ServerError when
    workers cannot live.
    """
    address = check_address(settings)
    with _noted(settings), _roll(settings) as roll:
        os.environ.update(_environment(settings))
        threading.Thread(target=_announce, args=(settings, roll, on_ready), daemon=True).start()
        _supervise(settings, address)


def find_servers(home: Path) -> list[RunningServer]:
    """The servers that run from this home."""
    return [server for note in sorted(home.glob("server-*.json")) if (server := _read_note(note)) is not None]


def stop_servers(home: Path) -> int:
    """Ends every server of this home; gives their number."""
    running = find_servers(home)
    for server in running:
        _end(server, signal.SIGTERM)
    give_up_at = time.monotonic() + _STOP_SECONDS
    while (left := find_servers(home)) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    for server in left:
        _end(server, signal.SIGKILL)
    return len(running)


def url_of(settings: Settings) -> str:
    """Where a browser on this machine finds the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - compared only
    return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{settings.port}"


def check_address(settings: Settings) -> str:
    """The host's address. Raises SettingsError, saying why, when the port cannot be had there."""
    try:
        family, kind, _, _, place = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[
            0
        ]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(place)
    except socket.gaierror as error:
        raise SettingsError(f"The host {settings.host} is not known on this machine.") from error
    except OSError as error:
        raise SettingsError(_why_not(settings, error)) from error
    return str(place[0])


def make_log_handler() -> logging.Handler:
    """Where the server's own words go. Its place and kind are written, its words not: they may quote data."""
    return LibraryLogHandler(Log(sys.stderr, SystemClock()))


def _supervise(settings: Settings, address: str) -> None:
    failed = 0
    while True:
        began_at = time.monotonic()
        try:
            _granian(settings, address).serve()
        except SystemExit as end:
            if not end.code:
                return
        else:
            return
        failed = failed + 1 if time.monotonic() - began_at < _KEEPS_DYING_SECONDS else 0
        if failed >= _MOST_RESTARTS:
            raise ServerError(
                "The web server's workers end as soon as they start; the lines above say where."
            )


def _granian(settings: Settings, address: str) -> MPServer:
    library = {"handlers": ["homeroom"], "level": "WARNING", "propagate": False}
    return MPServer(
        _TARGET,
        address=address,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        loop=Loops.uvloop,
        factory=True,
        websockets=False,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=_STOP_SECONDS // 2,
        log_dictconfig={
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"homeroom": {"()": f"{__name__}.make_log_handler"}},
            "loggers": {"_granian": library, "granian.access": library},
        },
    )


def _environment(settings: Settings) -> dict[str, str]:
    """The settings for the workers, which read them from their environment."""
    environment = {
        "HOMEROOM_HOME": str(settings.home),
        "HOMEROOM_HOST": settings.host,
        "HOMEROOM_PORT": str(settings.port),
        "HOMEROOM_WORKERS": str(settings.workers),
        "HOMEROOM_SUPERVISOR": str(os.getpid()),
        "HOMEROOM_ROLL": str(_roll_path(settings)),
    }
    return environment | ({"HOMEROOM_DATABASE_URL": settings.database_url} if settings.database_url else {})


def _why_not(settings: Settings, error: OSError) -> str:
    where = f"Port {settings.port} on {settings.host}"
    other = settings.port + 1 if settings.port < 65535 else settings.port - 1
    match error.errno:
        case errno.EADDRINUSE:
            ours = any(s.url == url_of(settings) for s in find_servers(settings.home))
            by = "by Homeroom itself, which runs already" if ours else "by another program"
            remedy = "`homeroom stop` ends it." if ours else f"Choose another one, such as --port {other}."
            return f"{where} is taken {by}. {remedy}"
        case errno.EACCES:
            return f"{where} is not ours to use: ports below 1024 belong to root. Choose another with --port."
        case errno.EADDRNOTAVAIL:
            return (
                f"{settings.host} is no address of this machine; 127.0.0.1 is, and 0.0.0.0 means all of them."
            )
        case _:
            return f"{where} cannot be used: {error.strerror}."


@contextmanager
def _noted(settings: Settings) -> Iterator[None]:
    """A note in the home, locked as long as this process lives, however it ends."""
    path = settings.home / f"server-{settings.port}.json"
    settings.home.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    os.register_at_fork(after_in_child=lambda: _close(file))
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.truncate(file, 0)
        os.write(file, msgspec.json.encode(RunningServer(os.getpid(), url_of(settings))))
        yield
        path.unlink(missing_ok=True)
    except BlockingIOError:
        raise SettingsError(_why_not(settings, OSError(errno.EADDRINUSE, ""))) from None
    finally:
        _close(file)


def _close(file: int) -> None:
    try:
        os.close(file)
    except OSError:  # closed already: the hook of a fork cannot be taken back
        return


def _read_note(path: Path) -> RunningServer | None:
    """The server that holds the note; None when it was left by one that is gone."""
    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return msgspec.json.decode(file.read(), type=RunningServer)
    except (FileNotFoundError, msgspec.MsgspecError):
        pass
    return None


def _end(server: RunningServer, how: signal.Signals) -> None:
    try:
        os.kill(server.pid, how)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise ServerError(
            f"The web server (process {server.pid}) is another account's; stop it as that."
        ) from error


def _roll_path(settings: Settings) -> Path:
    return settings.home / f"server-{settings.port}.roll"


@contextmanager
def _roll(settings: Settings) -> Iterator[int]:
    """A pipe with a name, into which each worker writes a byte when it begins."""
    path = _roll_path(settings)
    path.unlink(missing_ok=True)
    os.mkfifo(path, 0o600)
    file = os.open(path, os.O_RDWR)
    try:
        yield file
    finally:
        path.unlink(missing_ok=True)
        _close(file)


def _announce(settings: Settings, roll: int, on_ready: Callable[[str], None]) -> None:
    """Waits until the server answers.

    First for every worker to have begun, doing nothing: a process that is forked while another thread holds
    a lock keeps that lock for ever.
    """
    for _ in range(settings.workers):
        os.read(roll, 1)
    host = url_of(settings).removeprefix("http://").rpartition(":")[0]
    while True:
        connection = HTTPConnection(host, settings.port, timeout=5)
        try:
            connection.request("GET", "/health")
            connection.getresponse().read()
        except (OSError, HTTPException):
            time.sleep(0.02)
        else:
            on_ready(url_of(settings))
            return
        finally:
            connection.close()
