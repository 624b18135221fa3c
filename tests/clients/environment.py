"""The environment of the public Ed-Fi clients: apart from ours, made once, kept below the temporary folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

LOCK_FILE = Path(__file__).with_name("requirements.lock")
_PROBE = "edfi-api-client"


class IndexUnreachableError(Exception):
    """The clients could not be had because the package index did not answer."""


def client_python() -> Path:
    """The Python that has the clients; makes their environment when it is not there yet.

    Raises IndexUnreachableError when it cannot be made without a network, and RuntimeError when it
    cannot be made at all.
    """
    folder = _folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise RuntimeError(f"{folder} belongs to somebody else: what it holds must not be run.")
    with (folder / "making").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            _make(folder / "environment")
            (folder / "complete").touch()
    return _python(folder / "environment")


def _folder() -> Path:
    made_from = LOCK_FILE.read_bytes() + f"{sys.version} {sys.base_prefix} {os.geteuid()}".encode()
    return Path(tempfile.gettempdir()) / f"homeroom-clients-{hashlib.sha256(made_from).hexdigest()[:16]}"


def _python(environment: Path) -> Path:
    return environment / "bin" / "python"


def _make(environment: Path) -> None:
    shutil.rmtree(environment, ignore_errors=True)
    uv = shutil.which("uv")
    if uv:
        _run(uv, "venv", "--quiet", "--python", sys.executable, environment)
        installer: Sequence[str | Path] = [uv, "pip", "install", "--quiet", "--python", _python(environment)]
    else:
        _run(sys.executable, "-m", "venv", environment)
        installer = [_python(environment), "-m", "pip", "install", "--quiet", "--retries", "1"]
    try:
        _run(*installer, "--require-hashes", "--requirement", LOCK_FILE)
    except RuntimeError as error:
        _check_index(installer, error)
        raise


def _check_index(installer: Sequence[str | Path], failure: RuntimeError) -> None:
    """A wrong lock file must not pass for a missing network: the index is asked for one package by itself."""
    try:
        _run(*installer, "--dry-run", "--no-deps", _PROBE)
    except RuntimeError:
        raise IndexUnreachableError(str(failure)) from failure


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
