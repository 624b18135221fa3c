"""Faults of ours or of the world, as exceptions: a code, whether to retry, facts as attributes."""

from __future__ import annotations


class HomeroomError(Exception):
    """Something Homeroom or the machine under it could not do.

    code is permanent and documented; may_retry tells whether the same call can succeed later.
    """

    code = "homeroom"
    may_retry = False


class StorageError(HomeroomError):
    """The database refused or could not be reached."""

    code = "storage"
    may_retry = True


class SettingsError(HomeroomError):
    """A setting or argument cannot be used; the message says which and what to write instead."""

    code = "settings"
