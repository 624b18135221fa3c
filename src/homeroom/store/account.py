"""The account that the embedded PostgreSQL runs under: our own, or a dedicated one when root starts it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from homeroom.base.errors import StorageError
from homeroom.base.processes import MEMORY_SETTINGS

ACCOUNT_NAME = "homeroom-db"

_SAFE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server; is_ours tells that it is the account of this process."""

    name: str
    uid: int
    gid: int
    is_ours: bool

    def run(
        self, arguments: list[str], *, folder: Path, words: str = "", seconds: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run a program under this account in a folder, words as its input, without our environment.

        An exit status is returned, not raised. PG… variables of the caller would change what the programs
        do, so they are left out; messages come in English, which is how we recognise them.
        """
        return subprocess.run(  # noqa: S603 - arguments are ours, no shell reads them
            arguments,
            cwd=folder,
            input=words,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=seconds,
            env={"PATH": _SAFE_PATH, "LC_ALL": "C", **MEMORY_SETTINGS},
            umask=0o077,
            start_new_session=True,
            user=None if self.is_ours else self.uid,
            group=None if self.is_ours else self.gid,
            extra_groups=None if self.is_ours else [],
        )

    def can_enter(self, folder: Path) -> bool:
        """Whether this account may reach what lies in a folder."""
        return (
            self.run(["/bin/sh", "-c", 'test -x "$1"', "sh", str(folder)], folder=Path("/")).returncode == 0
        )

    def write_file(self, path: Path, text: str) -> None:
        """Put a file into a folder of this account, whole or not at all, readable to it alone.

        Written under the account itself: root writing here would follow any link the account has laid.
        """
        script = 'cat > "$1.new" && mv -f "$1.new" "$1"'
        done = self.run(["/bin/sh", "-c", script, "sh", str(path)], folder=Path("/"), words=text)
        if done.returncode != 0:
            raise StorageError(f"{path} could not be written: {done.stdout.strip()}")


def choose_account(owner_uid: int | None) -> Account:
    """The account for a data folder: its owner's; for a new one ours, or the dedicated one if we are root.

    owner_uid: who owns the folder; None when it is yet to be made.
    """
    our_uid = os.geteuid()
    if our_uid == 0 and owner_uid in {None, 0}:
        return _dedicated_account()
    if our_uid not in {0, owner_uid} and owner_uid is not None:
        raise StorageError(
            f"The database folder belongs to the account {_name_of(owner_uid)}, and this is "
            f"{_name_of(our_uid)}. Run as that account, or name another folder with HOMEROOM_HOME."
        )
    uid = our_uid if owner_uid is None else owner_uid
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as error:
        raise StorageError(
            f"The user id {uid} has no name on this machine, and PostgreSQL needs one. "
            "Add the user to /etc/passwd, or set HOMEROOM_DATABASE_URL to a PostgreSQL that runs already."
        ) from error
    return Account(name=entry.pw_name, uid=uid, gid=entry.pw_gid, is_ours=uid == our_uid)


def _dedicated_account() -> Account:
    try:
        entry = pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        _create_dedicated_account()
        entry = pwd.getpwnam(ACCOUNT_NAME)
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, is_ours=False)


def _create_dedicated_account() -> None:
    """Make a system account without home, password or shell, with whichever tool the machine has."""
    if tool := shutil.which("useradd", path=_SAFE_PATH):
        options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        arguments = [tool, *options, "--shell", "/usr/sbin/nologin", ACCOUNT_NAME]
    elif tool := shutil.which("adduser", path=_SAFE_PATH):  # BusyBox
        arguments = [tool, "-S", "-H", "-D", "-h", "/nonexistent", "-s", "/sbin/nologin", ACCOUNT_NAME]
    else:
        raise StorageError(
            f"PostgreSQL does not run as root, and there is no useradd to make the account {ACCOUNT_NAME}. "
            "Make that account, or run Homeroom as an ordinary user."
        )
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0 and not _is_known(ACCOUNT_NAME):  # a second start may have been faster
        raise StorageError(
            f"The account {ACCOUNT_NAME} could not be made: {done.stderr.strip()}. "
            "Make it by hand, or run Homeroom as an ordinary user."
        )


def _is_known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
