"""Outcomes of a write: expected results are values, mapped to a response in one place per surface."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import msgspec

from homeroom.base.findings import Finding
from homeroom.records.etags import render_etag
from homeroom.standard.documents import Document
from homeroom.trust.grant import Refusal


class Inserted(msgspec.Struct, frozen=True):
    """A new record is stored. warnings: what was dropped at the door."""

    uuid: UUID
    version: int
    warnings: tuple[Finding, ...] = ()

    @property
    def etag(self) -> str:
        """The record's tag, unquoted."""
        return render_etag(self.version)


class Updated(msgspec.Struct, frozen=True):
    """A record is replaced. warnings: what was dropped at the door."""

    uuid: UUID
    version: int
    warnings: tuple[Finding, ...] = ()

    @property
    def etag(self) -> str:
        """The record's tag, unquoted."""
        return render_etag(self.version)


class Unchanged(msgspec.Struct, frozen=True):
    """The stored record says the same already; nothing was written. warnings: what was dropped at the door."""

    uuid: UUID
    version: int
    warnings: tuple[Finding, ...] = ()

    @property
    def etag(self) -> str:
        """The record's tag, unquoted."""
        return render_etag(self.version)


@dataclass(frozen=True, slots=True)
class Deleted:
    """The record is gone; a tombstone stays."""

    uuid: UUID


@dataclass(frozen=True, slots=True)
class Invalid:
    """The document does not fit the standard; all findings together."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Unresolved:
    """References that name records which do not exist: (path, target resource), in document order.

    holders: the reference objects themselves, with the key that was looked for.
    """

    references: tuple[tuple[str, str], ...]
    holders: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another record has this identity: the entity, its key members and the values sent."""

    entity: str
    columns: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dependents:
    """The record cannot go: (entity, the root resource that holds it or the entity itself) that refer to it."""

    referrers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class KeyChangeRefused:
    """The resource's identifying values cannot be changed."""

    entity: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The policy, or a row condition of the Grant, says no."""

    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Absent:
    """No such record (or none the caller may know of)."""


@dataclass(frozen=True, slots=True)
class Stale:
    """If-Match names another version than the stored one."""


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """If-None-Match asked for a new record, and there is one."""


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Others kept changing what the write needs, however often it was tried; nothing was written."""


Outcome = (
    Inserted
    | Updated
    | Unchanged
    | Deleted
    | Invalid
    | Unresolved
    | Conflict
    | Dependents
    | KeyChangeRefused
    | Refused
    | Absent
    | Stale
    | AlreadyThere
    | Overtaken
)
