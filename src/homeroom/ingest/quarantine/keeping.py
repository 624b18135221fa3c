"""Keeps every row that could not be loaded: sealed, with reason and remedy, until it can be."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeGuard

import msgspec

from homeroom.base.findings import Finding, Place
from homeroom.ingest.quarantine.identities import Identities
from homeroom.ingest.quarantine.words import plain_words
from homeroom.records.district import District
from homeroom.records.outcomes import (
    Conflict,
    Inserted,
    Invalid,
    Outcome,
    Refused,
    Unchanged,
    Unresolved,
    Updated,
)
from homeroom.records.refused import refused_roots, strip_refused
from homeroom.standard.documents import Document
from homeroom.store.catalog import Kind
from homeroom.store.connect import Connection
from homeroom.store.queries import query

_PARTS = "homeroom.ingest.quarantine"


class Kept(msgspec.Struct, array_like=True):
    """What is sealed of a row: its text, whether that is a document to try again, and all that was found.

    raw: the row of the mapped file it came from, as a JSON object; empty for other files. role: which of its spec's
    files that is; left_out: the columns of that file that are not in it, as nothing is made of them.
    """

    text: bytes
    is_document: bool
    findings: list[Finding]
    raw: bytes = b""
    role: str = ""
    left_out: list[str] = []


@dataclass(frozen=True, slots=True)
class Origin:
    """The row of a mapped file that a record came from. raw: the columns its spec uses, as a JSON object.

    role: which of the spec's files it stands in; version: of the district's own spec, None for a shipped one. left_out:
    the file's other columns.
    """

    raw: bytes
    role: str
    spec: str
    version: int | None
    left_out: tuple[str, ...] = ()


class Origins(Protocol):
    """Knows the rows that records were mapped from."""

    def origins_of(self, file: str, lines: Collection[int]) -> Mapping[int, Origin]:
        """What is known of lines of a file; nothing for a file that no spec reads."""
        ...

    def row_key_of(self, file: str, resource: str, line: int) -> int | None:
        """What the source calls the row that alone gives a record."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """A row that stays out. missing: the record it waits for; identity: the record it would be."""

    resource: str
    line: int
    text: bytes
    is_document: bool
    findings: tuple[Finding, ...]
    identity: str
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A row of the quarantine, opened. batch: None when that batch is gone; added_at: when it came.

    row_key: what its source calls it, for a row that alone gives the record.
    """

    id: int
    batch: int | None
    file: str
    line: int
    resource: str
    kept: Kept
    added_at: datetime
    row_key: int | None = None


class Quarantine:
    """The quarantine table of one district, as one load sees it."""

    def __init__(self, district: District, origins: Origins | None = None) -> None:
        self._district = district
        self._origins = origins
        self._identities = Identities(district)
        self._awaited: set[str] = set()
        self._resources: set[str] = set()

    async def open(self, connection: Connection) -> None:
        """Learns what is awaited, so that chunks of anything else ask nothing."""
        for awaited, resource in await connection.fetch(query(_PARTS, "awaited")):
            self._resources.add(resource)
            if awaited:
                self._awaited.add(awaited)

    @property
    def resources(self) -> Collection[str]:
        """Resources of which rows wait, or did when the load began."""
        return frozenset(self._resources)

    def awaits(self, kind: Kind) -> bool:
        """Whether rows wait for some record of the kind, or did when this was opened."""
        return kind.resource.name in self._awaited or kind.resource.base in self._awaited

    def arrivals(self, kind: Kind, documents: Sequence[Document]) -> list[str]:
        """Texts under which rows may wait for these stored records; empty when none can."""
        if not self.awaits(kind):
            return []
        return [
            text
            for document in documents
            for text in self._identities.arrivals(kind, document)
            if text.partition("|")[0] in self._awaited
        ]

    def failure_of(
        self, kind: Kind, document: Document, outcome: Outcome, *, line: int, text: bytes
    ) -> Failure:
        """Why a document that could be read stays out."""
        findings = _findings_of(outcome)
        missing = None
        if isinstance(outcome, Unresolved):
            missing = self._identities.missing_record(outcome)
        elif findings[0].code == "descriptor.unknown":
            missing = self._identities.missing_descriptor(kind, document)
        identity = self._identities.identity_of(kind, document)
        return Failure(kind.resource.name, line, text, True, findings, identity, missing)  # noqa: FBT003

    def unreadable(
        self,
        resource: str,
        *,
        line: int,
        text: bytes,
        findings: tuple[Finding, ...],
        is_document: bool,
        awaits: tuple[str, str, str] | None = None,
    ) -> Failure:
        """Why a row that cannot be read, or may not be yet, stays out. awaits: as of `Reject`."""
        identity = self._identities.identity_of_text(resource, text)
        missing = None if awaits is None else self._identities.person(*awaits)
        return Failure(resource, line, text, is_document, findings, identity, missing)

    async def add(
        self, connection: Connection, failures: Sequence[Failure], *, batch: int, file: str
    ) -> None:
        """Keeps rows of one file, in the transaction of their chunk."""
        if not failures:
            return
        lines = {failure.line for failure in failures}
        origins = self._origins.origins_of(file, lines) if self._origins is not None else {}
        rows = [self._columns(failure, file, origins.get(failure.line)) for failure in failures]
        await connection.execute(
            query(_PARTS, "add_waiting"), batch, file, *[list(column) for column in zip(*rows, strict=True)]
        )
        self._resources |= {failure.resource for failure in failures}
        self._awaited |= {failure.missing.partition("|")[0] for failure in failures if failure.missing}

    async def dismiss_overtaken(
        self,
        connection: Connection,
        kind: Kind,
        *,
        stored: Sequence[Document],
        failures: Sequence[Failure],
        batch: int,
    ) -> None:
        """What waited under the key of a row that is stored now, or was sent again, is no longer wanted."""
        if kind.resource.name in self._resources:
            identities = [self._identities.identity_of(kind, document) for document in stored]
            again = [failure.identity for failure in failures]
            await connection.execute(
                query(_PARTS, "dismiss_older"), kind.resource.name, identities, again, batch
            )

    async def reseal(
        self, connection: Connection, failures: Sequence[tuple[int, Failure]], *, file: str, origins: Origins
    ) -> None:
        """Rows of one file that were changed, tried, and failed again: with what they say now."""
        if not failures:
            return
        known = origins.origins_of(file, {failure.line for _, failure in failures})
        rows = []
        for number, failure in failures:
            origin = known.get(failure.line)
            sealed = self.seal(failure, file=file, origin=origin)
            version = (origin.spec, origin.version) if origin else (None, None)
            rows.append((number, *_told(failure), failure.missing, failure.identity, sealed, *version))
        await connection.execute(
            query(_PARTS, "reseal"), *[list(column) for column in zip(*rows, strict=True)]
        )
        self._awaited |= {f.missing.partition("|")[0] for _, f in failures if f.missing}

    async def rewait(self, connection: Connection, failures: Sequence[tuple[int, Failure]]) -> None:
        """Rows that were tried again and failed again, perhaps for another reason."""
        if failures:
            rows = [(number, *_told(failure), failure.missing) for number, failure in failures]
            await connection.execute(
                query(_PARTS, "rewait"), *[list(column) for column in zip(*rows, strict=True)]
            )
            self._awaited |= {f.missing.partition("|")[0] for _, f in failures if f.missing}

    def open_row(self, row: Any) -> WaitingRow:
        """A row as `find_waiting` and `find_replayable` give it; its key may be left out."""
        number, batch, file, line, resource, sealed, added_at, *row_key = row
        place = _place(file, line, resource)
        kept = msgspec.msgpack.decode(self._district.keys.unseal(sealed, place=place), type=Kept)
        return WaitingRow(number, batch, file, line, resource, kept, added_at, *row_key)

    def _columns(self, failure: Failure, file: str, origin: Origin | None) -> tuple[object, ...]:
        sealed = self.seal(failure, file=file, origin=origin)
        spec, version = (origin.spec, origin.version) if origin else (None, None)
        of_row = (file, failure.resource, failure.line)
        row_key = self._origins.row_key_of(*of_row) if self._origins is not None else None
        return (
            failure.line, failure.resource, *_told(failure), failure.missing, failure.identity, sealed,
            spec, version, row_key,
        )  # fmt: skip

    def seal(self, failure: Failure, *, file: str, origin: Origin | None) -> bytes:
        """What is kept of a row, sealed to its place."""
        kept = msgspec.msgpack.encode(self._kept(failure, origin))
        return self._district.keys.seal(kept, place=_place(file, failure.line, failure.resource))

    def _kept(self, failure: Failure, origin: Origin | None) -> Kept:
        """What is sealed of a failure: all but what no district may hold, not even here."""
        sealing, model = self._district.sealing, self._district.catalog.model
        text = strip_refused(sealing, model, failure.resource, failure.text)
        resource = model.resources.get(failure.resource)
        roots = refused_roots(sealing, resource) if resource else frozenset()
        hides_all = text != failure.text and not text
        findings = [
            replace(f, words=plain_words(f)) if hides_all or _root(f) in roots else f
            for f in failure.findings
        ]
        # Which column of a mapped file it stood in cannot be told: then none is kept.
        kept = Kept(text, failure.is_document and bool(text), findings)
        if origin is not None and text == failure.text:
            kept.raw, kept.role, kept.left_out = origin.raw, origin.role, [*origin.left_out]
        return kept


def is_stored(outcome: Outcome) -> TypeGuard[Inserted | Updated | Unchanged]:
    """Whether the record now stands as the document says."""
    return isinstance(outcome, Inserted | Updated | Unchanged)


def _told(failure: Failure) -> tuple[str, str | None, str, str]:
    first = failure.findings[0]
    return first.code, first.place.path, plain_words(first), first.remedy


def _root(finding: Finding) -> str:
    return re.split(r"[.\[]", (finding.place.path or "").removeprefix("$."), maxsplit=1)[0]


def _place(file: str, line: int, resource: str) -> bytes:
    return f"quarantine:{resource}:{line}:{file}".encode()


def _findings_of(outcome: Outcome) -> tuple[Finding, ...]:
    match outcome:
        case Invalid(findings=findings):
            return findings
        case Unresolved(references=references):
            return tuple(
                Finding(
                    "load.missing_parent",
                    f"The {target} that {path} names does not exist.",
                    Place(path=path),
                    f"Load the {target}; this row then loads by itself.",
                )
                for path, target in references
            )
        case Conflict(entity=entity):
            words = f"Another record of {entity} or of its kind has this key."
            return (Finding("load.conflict", words, Place(path="$"), "Give the record a key of its own."),)
        case Refused(refusal=refusal):
            return (Finding("load.refused", refusal.words, Place(path="$"), "Ask who set the policy."),)
        case _:
            words = "The record cannot be written as it stands."
            return (Finding("load.refused", words, Place(path="$"), "Load the file again."),)
