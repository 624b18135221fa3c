"""From a checked document to what the store needs: column values, descriptor ids, nested references, seals.

A load makes three of these values for each row; as structs they cost a third of what dataclasses do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from homeroom.base.findings import Finding, Place, Severity
from homeroom.records.district import District
from homeroom.records.links import Target
from homeroom.records.refused import drop_refused
from homeroom.standard.documents import Document, render_document
from homeroom.standard.places import place_of
from homeroom.store.catalog import Kind
from homeroom.trust.keys import public_hash

UNKNOWN_DESCRIPTOR: Final = "descriptor.unknown"
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class Draft(msgspec.Struct):
    """A document on its way in.

    uuid: the record to replace; None to find it by its key. if_match: as the header came.
    only_new: refuse when there is one already. line: where in its file it stood. request: what the ledger calls the
    request it came with.
    prepared: when somebody has done that ahead of its turn. restores: the id that a record had which comes back.
    """

    document: Document
    uuid: UUID | None = None
    if_match: str | None = None
    only_new: bool = False
    line: int | None = None
    prepared: Prepared | None = None
    request: str = ""
    restores: UUID | None = None


class Made(msgspec.Struct):
    """A draft's row as it goes into the table, its id, and what it names: by its references, and by nested ones."""

    uuid: UUID
    row: tuple[object, ...]
    targets: Sequence[Target | None]
    nested: Sequence[Target | None]


class Prepared(msgspec.Struct):
    """A draft with everything that its own district knows in memory filled in.

    descriptor_links: (path number, descriptor id) of nested descriptors, sealed ones left out.
    references: per nested reference: (number, its holder).
    warnings: what was dropped at the door. sensitive: the sealed root members as JSON, no longer in the
    document; compared: what is hashed of them for equality when the row is written. made: its row, when
    somebody has made it ahead of its turn.
    """

    draft: Draft
    values: list[object]
    content_hash: bytes
    descriptor_links: list[tuple[int, int]]
    references: list[tuple[int, Document]]
    warnings: tuple[Finding, ...] = ()
    sensitive: bytes | None = None
    compared: Sequence[str] = ()
    made: Made | None = None


def prepare(district: District, kind: Kind, draft: Draft) -> Prepared | tuple[Finding, ...]:
    """Looks up descriptors, reads the column values and hashes the content.

    Gives findings instead when a descriptor is unknown or the record is of a kind that no district may hold.
    """
    document = draft.document = _of_kind(kind, draft.document)
    rules = district.sealing.rules(kind.resource)
    warnings = tuple(drop_refused(district.sealing, kind.resource, document)) if rules.refuses else ()
    if any(w.severity is Severity.ERROR for w in warnings):
        return warnings
    references = kind.document.references(document)
    _drop_foreign_members(kind, document, references)
    links, sealed_ids, findings = _find_descriptors(district, kind, document, sealed=rules.sealed)
    if findings:
        return tuple(findings)
    types = district.descriptors.types
    values = list(kind.values(document))
    for position, descriptor in kind.described:
        uri = values[position]
        if uri is not None:
            values[position] = types[descriptor][str(uri)][0]
    content = render_document(document)
    # What is public anyway needs no key, and so a seeded database can be copied for every district.
    content_hash = district.keys.content_hash(content) if kind.table.is_personal else public_hash(content)
    prepared = Prepared(draft, values, content_hash, links, references, warnings)
    if rules.sealed:
        _seal(kind, prepared, sealed=rules.sealed, descriptor_ids=sealed_ids)
    return prepared


def _find_descriptors(
    district: District, kind: Kind, document: Document, *, sealed: frozenset[str]
) -> tuple[list[tuple[int, int]], list[int], list[Finding]]:
    """Spells each descriptor as it is stored; gives the links of nested ones, the ids of sealed ones, the unknown."""
    links: list[tuple[int, int]] = []
    sealed_ids: list[int] = []
    findings: list[Finding] = []
    types = district.descriptors.types
    for number, holder, member in kind.document.descriptors(document):
        descriptor, root, is_nested = kind.slots[number]
        uri = getattr(holder, member)
        found = types[descriptor].get(uri) or district.descriptors.find(descriptor, uri)
        if found is None:
            path = kind.document.slots[number].path
            place = place_of(document, holder, path) if is_nested else path
            findings.append(_unknown_descriptor(place, descriptor, uri))
            continue
        if found[1] != uri:
            setattr(holder, member, found[1])
        if root in sealed:
            sealed_ids.append(found[0])
        elif is_nested:
            links.append((number, found[0]))
    return links, sealed_ids, findings


def _of_kind(kind: Kind, document: Document) -> Document:
    """The document as the kind's own struct: an extension may have come since it was parsed."""
    if type(document) is kind.document.struct:
        return document
    return msgspec.convert(document, kind.document.struct, from_attributes=True)


def _drop_foreign_members(kind: Kind, document: Document, nested: list[tuple[int, Document]]) -> None:
    # What a client may send back from a GET, and is ours to say.
    document.id = document._etag = document._lastModifiedDate = None  # type: ignore[attr-defined]  # noqa: SLF001
    for name in kind.resource.references_by_name:
        holder = getattr(document, name)
        if holder is not None:
            holder.link = None
    for _, holder in nested:
        holder.link = None  # type: ignore[attr-defined]  # a generated struct


def _unknown_descriptor(path: str, descriptor: str, uri: str) -> Finding:
    if "#" not in uri:
        words = (
            f"{uri} is not a valid value for use as a descriptor (a '#' is expected to delineate the namespace"
            " and code value portions)."
        )
        return Finding("descriptor.shape", words, Place(path=path), "Write namespace#codeValue.")
    words = f"{descriptor} value '{uri}' does not exist."
    return Finding(
        UNKNOWN_DESCRIPTOR, words, Place(path=path), f"Load the {descriptor} first, or map the value."
    )


def _seal(kind: Kind, prepared: Prepared, *, sealed: frozenset[str], descriptor_ids: list[int]) -> None:
    """Takes the sensitive root members out of document and values; keeps them as JSON."""
    document, values = prepared.draft.document, prepared.values
    members: dict[str, object] = {}
    compared = [f"descriptor:{i}" for i in descriptor_ids]
    for member, columns in kind.compile_once(("sealed", sealed), lambda: _sealed_columns(kind, sealed)):
        value = getattr(document, member)
        if value is None:
            continue
        members[member] = value
        setattr(document, member, None)
        for position, column in columns:
            compared.append(sealed_value(kind.resource.name, column, values[position]))
            values[position] = None
    if members:
        prepared.sensitive = _ENCODER.encode(members)
        prepared.compared = compared


def _sealed_columns(kind: Kind, sealed: frozenset[str]) -> list[tuple[str, tuple[tuple[int, str], ...]]]:
    """For each sealed member, in one order always, the (position, column) that holds it."""
    return [(member, kind.positions_by_member.get(member, ())) for member in sorted(sealed)]


def sealed_value(resource: str, column: str, value: object) -> str:
    """What is hashed for an equality filter on a sealed scalar."""
    return f"{resource}.{column}={value}"


def sealing_place(resource: str, uuid: UUID) -> bytes:
    """What a sealed blob is bound to."""
    return resource.encode() + b":" + uuid.bytes
