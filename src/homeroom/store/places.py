"""Where the embedded PostgreSQL keeps its things: data, log, socket, password and lock of one home folder."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from homeroom.base.errors import StorageError
from homeroom.base.ids import random_token
from homeroom.store.account import Account
from homeroom.store.address import DEFAULT_PORT
from homeroom.store.programs import SHARED_FOLDER

_LONGEST_SOCKET_PATH = 103  # of bytes; Linux allows 107, other systems fewer
_NOTE = "postgres-folder.txt"


@dataclass(frozen=True, slots=True)
class Places:
    """folder belongs to the server's account and is closed to all others; home belongs to its owner."""

    home: Path
    folder: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What the server says of itself."""
        return self.folder / "server.log"

    @property
    def password(self) -> Path:
        """The superuser's password; in the home, where the database account cannot read it."""
        return self.home / "postgres.password"

    @property
    def lock(self) -> Path:
        """Held by whoever starts or stops the server."""
        return self.home / "postgres.lock"

    @property
    def mark(self) -> str:
        """A short word of this data folder alone, for the command line of the server's processes."""
        return "homeroom-" + _short_hash(self.data)

    def socket_folder(self, owner_uid: int) -> Path:
        """Beside the data where a socket's path may be that long, else in /tmp; equal for every process."""
        beside = self.folder / "socket"
        length = len(os.fsencode(beside / f".s.PGSQL.{DEFAULT_PORT}"))
        if length <= _LONGEST_SOCKET_PATH and re.fullmatch(r"[\w/.-]+", str(beside), re.ASCII):
            return beside
        return Path(f"/tmp/homeroom-{owner_uid}-{_short_hash(self.data)}")  # noqa: S108 - its owner is checked


def read_places(home: Path) -> Places:
    """Where the server's things are, or would be; none of them need exist."""
    note = home / _NOTE
    try:
        folder = Path(note.read_text(encoding="utf-8").split("\n", 1)[0])
    except FileNotFoundError:
        return Places(home, home / "postgres")
    if folder.parent != SHARED_FOLDER or folder.name == "..":
        raise StorageError(f"{note} names a folder that is not in {SHARED_FOLDER}; correct its first line.")
    return Places(home, folder)


def make_home(home: Path, account: Account) -> None:
    """The home: its owner's alone, but the database account may cross it, not list it, when root makes it.

    Made aside and renamed, so that nobody sees it half made; one that exists stays as it is.
    """
    if home.exists():
        return
    home.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".homeroom-", dir=home.parent))
    if not account.is_ours:
        os.chown(unfinished, os.geteuid(), account.gid)
        unfinished.chmod(0o710)
    try:
        unfinished.rename(home)
    except OSError:
        unfinished.rmdir()
        if not home.is_dir():  # else another start was faster
            raise


def make_places(home: Path, account: Account) -> Places:
    """Make the server's folder: in the home, or in /var/lib/homeroom when its account cannot get there.

    To be called with the lock held. A folder that exists stays where it is.
    """
    folder = read_places(home).folder
    if not folder.exists() and not account.can_enter(home):
        folder = SHARED_FOLDER / _short_hash(home)
        SHARED_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        note = (
            f"{folder}\n\nThe database of this home lies in the folder above, because the account\n"
            f"{account.name}, which runs the server, cannot enter this one.\n"
            "Keep this file, and back up both folders.\n"
        )
        _write_private(home / _NOTE, note)
    folder.mkdir(mode=0o700, exist_ok=True)
    if not account.is_ours:
        os.chown(folder, account.uid, account.gid)
    return Places(home, folder)


def make_socket_folder(folder: Path, account: Account) -> None:
    """In /tmp anybody may have made one before us: a folder that is not the server's alone is refused."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        if not account.is_ours:
            os.chown(folder, account.uid, account.gid)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or stat.S_IMODE(found.st_mode) & 0o077:
        raise StorageError(f"{folder} is somebody else's or open to others; remove it and start again.")


def keep_password(path: Path) -> str:
    """The superuser's password: drawn once, readable to the owner of the home alone, never shown."""
    if not path.exists():
        _write_private(path, random_token() + "\n")
    return path.read_text(encoding="ascii").strip()


def owner_of(path: Path) -> int | None:
    """The user id that owns it; None when it does not exist."""
    try:
        return path.stat().st_uid
    except FileNotFoundError:
        return None


def _write_private(path: Path, text: str) -> None:
    """Written beside and renamed, on disk before it counts, given to the owner of the folder it lies in."""
    folder = path.parent.stat()
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        os.write(file, text.encode("utf-8"))
        if os.geteuid() == 0:
            os.fchown(file, folder.st_uid, folder.st_gid)
        os.fsync(file)
    finally:
        os.close(file)
    unfinished.rename(path)


def _short_hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:12]
