"""What a person is told when a command fails: one sentence that says what happened and what to do."""

from __future__ import annotations

import errno
import traceback
from pathlib import Path

import asyncpg

from homeroom.base.errors import HomeroomError

_REMEDIES: tuple[tuple[type[Exception], str], ...] = (
    (
        asyncpg.DiskFullError,
        "The disk that holds the database is full. Free some space, then run the same command again.",
    ),
    (
        asyncpg.TooManyConnectionsError,
        "The database has no connection left. Stop what else uses it, or run fewer workers.",
    ),
    (
        asyncpg.InsufficientPrivilegeError,
        "The database account may not do this: it must be allowed to create databases and roles.",
    ),
    (
        asyncpg.PostgresConnectionError,
        "The connection to the database broke. Is it running? Run the same command again.",
    ),
    (asyncpg.AdminShutdownError, "The database was stopped meanwhile. Run the same command again."),
    (asyncpg.CannotConnectNowError, "The database is starting or stopping. Try again in a moment."),
    (
        asyncpg.InterfaceError,
        "The connection to the database broke. Is it running? Run the same command again.",
    ),
)


def explain_fault(error: Exception) -> str:
    """One sentence or two. No personal value: words of faults we do not know are not repeated."""
    if isinstance(error, HomeroomError):
        return str(error)
    for kind, words in _REMEDIES:
        if isinstance(error, kind):
            return words
    if isinstance(error, OSError) and error.errno is not None:
        return _explain_system_error(error)
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    place = " < ".join(f"{Path(f.filename).stem}.{f.name}:{f.lineno}" for f in reversed(frames))
    return f"This is a fault of Homeroom itself: {type(error).__name__} at {place}. Please report that line."


def _explain_system_error(error: OSError) -> str:
    remedy = {
        errno.ENOSPC: "Free some space on that disk, then run the same command again.",
        errno.EDQUOT: "Free some space on that disk, then run the same command again.",
        errno.EACCES: "Run as the account that owns it.",
        errno.EPERM: "Run as the account that owns it.",
        errno.ENOENT: "Check the path.",
        errno.EROFS: "Choose a folder that can be written to.",
    }.get(error.errno or 0, "Check it, then run the same command again.")
    return f"{error.filename or 'The system'}: {error.strerror}. {remedy}"
