"""The running server of one data folder: found, waited for, ended, and cleaned up after a crash."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from homeroom.base.errors import StorageError

_PROCESSES = Path("/proc")
_STOP_SECONDS = 60
_LEFTOVER_SECONDS = 2  # most sessions see by themselves, at once, that their postmaster is gone
_READY = "ready"
_NOTHING = 0  # the signal that only looks


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The server that serves a data folder, if there is one.

    mark: the cluster name, which stands on the command line of each of its processes. A process number
    alone proves nothing: after a restart of the machine or container another program may have it.
    """

    data: Path
    mark: str

    def is_ready(self) -> bool:
        """Whether it accepts connections."""
        lines = self._read_pid_file()
        return self._alive_pid(lines) is not None and len(lines) > 7 and lines[7].strip() == _READY

    def is_alive(self) -> bool:
        """Whether it runs, be it starting, recovering, serving or stopping."""
        return self._alive_pid(self._read_pid_file()) is not None

    def wait_until_ready(self, seconds: float) -> None:
        """Wait while it starts or recovers; raises StorageError when it ends or takes longer."""
        if not _wait(lambda: self.is_ready() or not self.is_alive(), seconds) or not self.is_ready():
            raise StorageError(
                f"The embedded PostgreSQL is not ready after {seconds:.0f} s; "
                f"{self.data.parent}/server.log may tell why."
            )

    def stop(self) -> bool:
        """End it: fast, or at once if need be, which costs a recovery at the next start. False if absent."""
        pid = self._alive_pid(self._read_pid_file())
        if pid is None:
            return False
        for how in (signal.SIGINT, signal.SIGQUIT):
            _send(pid, how)
            if _wait(lambda: not self._is_ours(pid), _STOP_SECONDS):
                return True
        raise StorageError(f"The embedded PostgreSQL (process {pid}) does not end; end it by hand.")

    def clear_leftovers(self, socket_lock: Path) -> None:
        """After a crash: end its orphans, then remove lock files that now name somebody else's process.

        A session whose postmaster was killed may still write to the data. PostgreSQL notices that by the
        lock file, so the file goes only when no process of this data folder is left.
        """
        for how in (_NOTHING, signal.SIGQUIT, signal.SIGKILL):
            for pid in self._pids():
                _send(pid, how)
            if _wait(lambda: not any(self._pids()), _LEFTOVER_SECONDS):
                break
        else:
            raise StorageError(
                f"Processes of a dead PostgreSQL still use {self.data}; end them and try again."
            )
        for lock in (self.data / "postmaster.pid", socket_lock):
            if _PROCESSES.exists() and _names_a_living_process(lock):
                lock.unlink()

    def _read_pid_file(self) -> list[str]:
        """Lines of postmaster.pid: process, folder, start, port, socket folder, address, memory, status."""
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _alive_pid(self, lines: list[str]) -> int | None:
        """The process the file names, None when it is gone or is not this server."""
        if not lines or not lines[0].strip().isdigit():
            return None
        pid = int(lines[0])
        return pid if self._is_ours(pid) else None

    def _is_ours(self, pid: int) -> bool:
        if not _PROCESSES.exists():
            return _is_living(pid)
        try:
            command = (_PROCESSES / str(pid) / "cmdline").read_bytes()
        except OSError:
            return False
        mark = self.mark.encode("ascii")
        return b"cluster_name=" + mark in command or command.startswith(b"postgres: " + mark + b":")

    def _pids(self) -> Iterator[int]:
        """Every process of this server, its sessions included."""
        if _PROCESSES.exists():
            pids = (int(entry.name) for entry in _PROCESSES.iterdir() if entry.name.isdigit())
            yield from (pid for pid in pids if self._is_ours(pid))


def _names_a_living_process(lock: Path) -> bool:
    try:
        first = lock.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0].strip()
    except FileNotFoundError:
        return False
    return first.isdigit() and _is_living(int(first))


def _is_living(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _send(pid: int, how: int) -> None:
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return


def _wait(done: Callable[[], bool], seconds: float) -> bool:
    """Look until it is done; False when the time is over."""
    give_up_at = time.monotonic() + seconds
    while not done():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.01)
    return True
