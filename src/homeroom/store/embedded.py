"""The embedded PostgreSQL: made on first use, started, attached to and stopped; one per home folder.

The server is a session of its own and outlives whoever started it. Any number of processes attach by calling
start(); whoever finds it gone starts it again. A file lock keeps two of them from doing so at once.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from homeroom.base.errors import StorageError
from homeroom.base.settings import Settings
from homeroom.store.account import Account, choose_account
from homeroom.store.address import DEFAULT_PORT, ServerAddress
from homeroom.store.places import (
    Places,
    keep_password,
    make_home,
    make_places,
    make_socket_folder,
    owner_of,
    read_places,
)
from homeroom.store.postmaster import Postmaster
from homeroom.store.programs import Programs, find_programs
from homeroom.store.server_config import read_memory_bytes, render_config

SUPERUSER = "homeroom"

_MEBIBYTE = 1024 * 1024
_SPACE_FOR_NEW_DATA = 128 * _MEBIBYTE
_LARGEST_LOG = 10 * _MEBIBYTE
_LOCK_SECONDS = 120
_START_SECONDS = 600  # replaying 4 GB of log after a crash may take minutes

_INITDB_OPTIONS = (
    f"--username={SUPERUSER}",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    # Sorts by code point like C, and still knows upper and lower case beyond ASCII.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--no-instructions",
)

_REMEDIES = (
    (r"No space left on device|Disk quota exceeded", "Free some space on the disk that holds {folder}."),
    (
        r"Permission denied|wrong ownership|group or world access|invalid permissions",
        "{folder} and all in it must belong to the account {account} and be closed to others (mode 0700).",
    ),
    (r"Cannot allocate memory|could not map anonymous", "The machine has too little free memory."),
    (r"semaphores|shared memory segment", "The machine allows too few of them (kernel.sem, kernel.shmmni)."),
    (r"incompatible|not compatible", "The data was made by another version of PostgreSQL; use that one."),
    (r"valid checkpoint|invalid page|checksum|is corrupt", "The data is damaged; restore a backup."),
    (r"shared libraries|GLIBC", "The programs do not run on this system; install PostgreSQL 17 or newer."),
)


class EmbeddedServer:
    """The PostgreSQL of one home folder."""

    def __init__(self, settings: Settings) -> None:
        self._home = settings.home

    def start(self) -> ServerAddress:
        """Start the server, or attach when it runs already; its data folder is made when there is none.

        Cheap when it runs, so it may be called whenever a connection fails. Raises StorageError saying what
        is wrong and what to do.
        """
        with _system_errors_explained(self._home):
            places = read_places(self._home)
            if not _postmaster(places).is_ready():
                account = _account_of(places)
                make_home(self._home, account)
                with _locked(places.lock):
                    _start_alone(make_places(self._home, account), account)
        return self.address()

    def stop(self) -> bool:
        """End the server; open transactions are rolled back. False when it did not run.

        Raises StorageError when it does not end.
        """
        with _system_errors_explained(self._home):
            places = read_places(self._home)
            if not places.lock.exists():
                return False
            with _locked(places.lock):
                return _postmaster(places).stop()

    def is_running(self) -> bool:
        """Whether the server accepts connections now."""
        with _system_errors_explained(self._home):
            return _postmaster(read_places(self._home)).is_ready()

    def address(self) -> ServerAddress:
        """Where the server listens, without starting it.

        Raises StorageError when it was never started or belongs to another account.
        """
        with _system_errors_explained(self._home):
            places = read_places(self._home)
            return ServerAddress(
                host=str(places.socket_folder(places.folder.stat().st_uid)),
                port=DEFAULT_PORT,
                user=SUPERUSER,
                password=places.password.read_text(encoding="ascii").strip(),
            )

    def dsn(self, database: str) -> str:
        """The address of one database, password included; as address() for errors."""
        return self.address().dsn(database)

    def programs(self) -> Programs:
        """The server's own programs, pg_dump and pg_restore among them."""
        with _system_errors_explained(self._home):
            return find_programs(_account_of(read_places(self._home)))


def explain_failure(said: str, *, folder: Path, account_name: str) -> str:
    """The reason a program gave for failing, in its words, and what to do about it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"FATAL|PANIC|error:|could not|cannot|denied", line)]
    reason = re.sub(r"^.*?(FATAL|PANIC|error): *", "", (telling or lines or ["it gave no reason"])[-1])
    remedy = next(
        (remedy for pattern, remedy in _REMEDIES if re.search(pattern, said)),
        "The last lines of {folder}/server.log may tell more.",
    )
    return f"{reason.rstrip('.')}. {remedy.format(folder=folder, account=account_name)}"


def _account_of(places: Places) -> Account:
    """Whose the server is. Root serves another's home as that other, so that both can use it."""
    owner = owner_of(places.folder)
    if owner is None and os.geteuid() == 0:
        owner = owner_of(places.home)
    return choose_account(owner)


def _start_alone(places: Places, account: Account) -> None:
    """With the lock held; what another process did meanwhile is found here."""
    postmaster = _postmaster(places)
    if postmaster.is_alive():
        postmaster.wait_until_ready(_START_SECONDS)
        return
    programs = find_programs(account)
    if not (places.data / "PG_VERSION").exists():
        _create_data(places, account=account, programs=programs)
    _check_version(places.data, programs)
    socket_folder = places.socket_folder(account.uid)
    make_socket_folder(socket_folder, account)
    postmaster.clear_leftovers(socket_folder / f".s.PGSQL.{DEFAULT_PORT}.lock")
    _write_config(places, account)
    _turn_log(places.log)
    _launch(places, account=account, programs=programs)


def _create_data(places: Places, *, account: Account, programs: Programs) -> None:
    """Make the data folder under another name and rename it: one that was interrupted is never used."""
    _check_space(places.folder)
    unfinished = places.folder / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    password = places.folder / "password.once"
    account.write_file(password, keep_password(places.password) + "\n")
    options = ["-D", str(unfinished), f"--pwfile={password}", *_INITDB_OPTIONS]
    done = account.run([programs.path("initdb"), *options], folder=places.folder, seconds=300)
    password.unlink()
    if done.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        reason = explain_failure(done.stdout, folder=places.folder, account_name=account.name)
        raise StorageError(f"The embedded PostgreSQL could not be set up: {reason}")
    made = (unfinished / "postgresql.conf").read_text(encoding="utf-8")
    account.write_file(unfinished / "postgresql.conf", f"{made}\ninclude = 'homeroom.conf'\n")
    unfinished.rename(places.data)


def _check_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < _SPACE_FOR_NEW_DATA:
        raise StorageError(
            f"The disk that holds {folder} has {free // _MEBIBYTE} MB left, and a new database needs "
            f"{_SPACE_FOR_NEW_DATA // _MEBIBYTE} MB. Free some space, or set HOMEROOM_HOME to another folder."
        )


def _check_version(data: Path, programs: Programs) -> None:
    made_by = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    if made_by != str(programs.major):
        raise StorageError(
            f"{data} was made by PostgreSQL {made_by}, and the programs here are version {programs.major}. "
            f"Export with the old version and load again, or install PostgreSQL {made_by}."
        )


def _write_config(places: Places, account: Account) -> None:
    """At each start, as the machine's memory and the home's place may have changed."""
    config = render_config(
        socket_folder=places.socket_folder(account.uid), memory_bytes=read_memory_bytes(), port=DEFAULT_PORT
    )
    account.write_file(places.data / "homeroom.conf", config)


def _turn_log(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))


def _launch(places: Places, *, account: Account, programs: Programs) -> None:
    """Run pg_ctl, which waits until the server is ready or gone.

    It makes a shell line of its arguments, so paths are given relative to the folder: a home with a quote
    or a dollar in its name stays harmless.
    """
    already_said = places.log.stat().st_size if places.log.exists() else 0
    options = ["-D", "data", "-l", "server.log", "-o", f"-c cluster_name={places.mark}"]
    arguments = [programs.path("pg_ctl"), "start", "--wait", f"--timeout={_START_SECONDS}", *options]
    done = account.run(arguments, folder=places.folder, seconds=_START_SECONDS + 30)
    if done.returncode != 0:
        log = places.log.read_bytes()[already_said:] if places.log.exists() else b""
        said = log.decode("utf-8", "replace") or done.stdout
        reason = explain_failure(said, folder=places.folder, account_name=account.name)
        raise StorageError(f"The embedded PostgreSQL did not start: {reason}")


def _postmaster(places: Places) -> Postmaster:
    return Postmaster(data=places.data, mark=places.mark)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of a home; it falls when its holder dies, however it dies."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        if os.geteuid() == 0:
            home = path.parent.stat()
            os.fchown(file, home.st_uid, home.st_gid)
        _wait_for_lock(file, path)
        yield
    finally:
        os.close(file)


def _wait_for_lock(file: int, path: Path) -> None:
    give_up_at = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up_at:
                raise StorageError(
                    f"Another process has been starting or stopping the database for {_LOCK_SECONDS} s "
                    f"(it holds {path}). Wait for it, or end it, and try again."
                ) from None
            time.sleep(0.02)
        else:
            return


@contextmanager
def _system_errors_explained(home: Path) -> Iterator[None]:
    """Errors of the file system leave as StorageError, with what to do about them."""
    try:
        yield
    except OSError as error:
        remedy = {
            errno.EACCES: f"Run as the owner of {home}, or name another folder with HOMEROOM_HOME.",
            errno.EPERM: f"Run as the owner of {home}, or name another folder with HOMEROOM_HOME.",
            errno.ENOENT: "Was the database ever started? ./run does it.",
            errno.ENOSPC: f"Free some space on the disk that holds {home}.",
            errno.EROFS: "Name a folder that can be written with HOMEROOM_HOME.",
        }.get(error.errno or 0, f"Look at the disk that holds {home}, then try again.")
        raise StorageError(f"{error.filename or home}: {error.strerror}. {remedy}") from error
