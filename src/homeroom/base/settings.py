"""Settings: what the machine's owner decides, read once from the environment and passed in from there."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from homeroom.base.errors import SettingsError

DEFAULT_PORT = 8400
MOST_WORKERS = 256
MOST_DEFAULT_WORKERS = 4  # each holds up to 40 connections, the embedded server offers 200

_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, checked.

    home: the one folder that holds our state, absolute; it need not exist yet.
    host, port: where the web server listens.
    workers: web server processes.
    database_url: an external PostgreSQL 17 or newer; None when the embedded one is used.
    """

    home: Path
    host: str
    port: int
    workers: int
    database_url: str | None = field(default=None, repr=False)


def parse_settings(environment: Mapping[str, str], *, current_folder: Path, processors: int) -> Settings:
    """Settings from HOMEROOM_… variables; an empty variable counts as absent.

    Raises SettingsError naming the variable, what is wrong and what to write instead.
    """
    home = environment.get("HOMEROOM_HOME") or ".homeroom"
    return Settings(
        home=_parse_home(home, current_folder=current_folder),
        host=_parse_host(environment.get("HOMEROOM_HOST") or "127.0.0.1"),
        port=_parse_port(environment.get("HOMEROOM_PORT") or str(DEFAULT_PORT)),
        workers=_parse_workers(
            environment.get("HOMEROOM_WORKERS") or str(max(1, min(processors, MOST_DEFAULT_WORKERS)))
        ),
        database_url=_parse_database_url(environment.get("HOMEROOM_DATABASE_URL") or None),
    )


def read_settings() -> Settings:
    """Settings of this process: its environment, its current folder, the processors it may use."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return parse_settings(os.environ, current_folder=Path.cwd(), processors=processors)


def _parse_home(text: str, *, current_folder: Path) -> Path:
    if "\0" in text or "\n" in text:
        raise SettingsError("HOMEROOM_HOME holds a line break or NUL; write the path of a folder.")
    try:
        home = Path(os.path.normpath(current_folder / Path(text).expanduser()))
    except RuntimeError as error:
        raise SettingsError("HOMEROOM_HOME begins with ~ and a name that is no user here.") from error
    if home == Path(home.anchor):
        raise SettingsError("HOMEROOM_HOME is the root folder; write a folder of its own, such as .homeroom.")
    if home.exists() and not home.is_dir():
        raise SettingsError(f"HOMEROOM_HOME names {home}, which is not a folder; write the path of a folder.")
    return home


def _parse_host(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        pass
    if not _HOST_NAME.fullmatch(text):
        raise SettingsError(
            "HOMEROOM_HOST is not an address or host name; write 127.0.0.1 for this machine alone, "
            "or 0.0.0.0 to be reached from others."
        )
    return text


def _parse_port(text: str) -> int:
    return _parse_whole_number("HOMEROOM_PORT", text, least=1, most=65535)


def _parse_workers(text: str) -> int:
    return _parse_whole_number("HOMEROOM_WORKERS", text, least=1, most=MOST_WORKERS)


def _parse_whole_number(name: str, text: str, *, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise SettingsError(f"{name} is not a whole number from {least} to {most}.")
    return int(text)


def _parse_database_url(text: str | None) -> str | None:
    """The text itself never enters a message: it holds a password."""
    if text is None:
        return None
    try:
        scheme, port = urlsplit(text).scheme, urlsplit(text).port
    except ValueError:
        scheme, port = "", None
    if scheme not in {"postgresql", "postgres"} or port == 0:
        raise SettingsError(
            "HOMEROOM_DATABASE_URL cannot be read; write postgresql://user:password@host:5432/database, "
            "or leave it out to use the embedded PostgreSQL."
        )
    return text
