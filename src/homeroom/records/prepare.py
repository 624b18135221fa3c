"""From a checked document to what the store needs: column values, descriptor ids, nested references, seals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from homeroom.base.findings import Finding, Place
from homeroom.records.district import District
from homeroom.standard.documents import Document, render_document
from homeroom.standard.places import place_of
from homeroom.store.catalog import Kind
from homeroom.trust.keys import public_hash

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


@dataclass(slots=True)
class Draft:
    """A document on its way in.

    uuid: the record to replace; None to find it by its key. if_match: as the header came.
    only_new: refuse when there is one already. line: where in its file it stood.
    """

    document: Document
    uuid: UUID | None = None
    if_match: str | None = None
    only_new: bool = False
    line: int | None = None


@dataclass(slots=True)
class Prepared:
    """A draft with everything that its own district knows in memory filled in.

    descriptor_links: (path number, descriptor id) of nested descriptors, sealed ones left out.
    references: per nested reference: (number, its holder).
    sensitive: the sealed root members as JSON, no longer in the document; blind: their hashes for equality.
    """

    draft: Draft
    values: list[object]
    content_hash: bytes
    descriptor_links: list[tuple[int, int]]
    references: list[tuple[int, Document]]
    sensitive: bytes | None = None
    blind: tuple[int, ...] = ()


def prepare(district: District, kind: Kind, draft: Draft) -> Prepared | tuple[Finding, ...]:
    """Looks up descriptors, reads the column values and hashes the content; findings name unknown descriptors."""
    document = draft.document
    sealed = district.sealing.sealed_members(kind.resource)
    for member in district.sealing.refused_members(kind.resource):
        setattr(document, member, None)
    references = kind.document.references(document)
    _drop_foreign_members(kind, document, references)
    links: list[tuple[int, int]] = []
    sealed_ids: list[int] = []
    findings: list[Finding] = []
    for number, holder, member in kind.document.descriptors(document):
        slot = kind.document.slots[number]
        uri = getattr(holder, member)
        found = district.descriptors.find(slot.descriptor, uri)
        if found is None:
            place = place_of(document, holder, slot.path) if slot.is_nested else slot.path
            findings.append(_unknown_descriptor(place, slot.descriptor, uri))
            continue
        if found[1] != uri:
            setattr(holder, member, found[1])
        if _root_member(slot.path) in sealed:
            sealed_ids.append(found[0])
        elif slot.is_nested:
            links.append((number, found[0]))
    if findings:
        return tuple(findings)
    values = list(kind.values(document))
    for position, descriptor in kind.described:
        uri = values[position]
        if isinstance(uri, str):
            found = district.descriptors.find(descriptor, uri)
            values[position] = found[0] if found else None
    content = render_document(document)
    # What is public anyway needs no key, and so a seeded database can be copied for every district.
    content_hash = district.keys.content_hash(content) if kind.table.is_personal else public_hash(content)
    prepared = Prepared(draft, values, content_hash, links, references)
    _seal(district, kind, prepared, descriptor_ids=sealed_ids)
    return prepared


def _drop_foreign_members(kind: Kind, document: Document, nested: list[tuple[int, Document]]) -> None:
    # What a client may send back from a GET, and is ours to say.
    for member in ("id", "_etag", "_lastModifiedDate"):
        setattr(document, member, None)
    holders = [getattr(document, r.name) for r in kind.resource.references]
    for holder in (*holders, *(h for _, h in nested)):
        if holder is not None:
            holder.link = None


def _root_member(path: str) -> str:
    return path.removeprefix("$.").partition(".")[0].removesuffix("[*]")


def _unknown_descriptor(path: str, descriptor: str, uri: str) -> Finding:
    if "#" not in uri:
        words = (
            f"{uri} is not a valid value for use as a descriptor (a '#' is expected to delineate the namespace"
            " and code value portions)."
        )
        return Finding("descriptor.shape", words, Place(path=path), "Write namespace#codeValue.")
    words = f"{descriptor} value '{uri}' does not exist."
    return Finding(
        "descriptor.unknown", words, Place(path=path), f"Load the {descriptor} first, or map the value."
    )


def _seal(district: District, kind: Kind, prepared: Prepared, *, descriptor_ids: list[int]) -> None:
    """Takes the sensitive root members out of document and values; keeps them as JSON with their hashes."""
    document = prepared.draft.document
    members = {
        m: value
        for m in sorted(district.sealing.sealed_members(kind.resource))
        if (value := getattr(document, m)) is not None
    }
    if not members:
        return
    prepared.sensitive = _ENCODER.encode(members)
    hashes = [district.keys.blind_index(f"descriptor:{i}") for i in descriptor_ids]
    for position, column in enumerate(kind.table.columns):
        path = column.paths[0]
        if len(path) == 1 and path[0] in members:
            value = prepared.values[position]
            hashes.append(district.keys.blind_index(sealed_value(kind.resource.name, column.name, value)))
            prepared.values[position] = None
    for member in members:
        setattr(document, member, None)
    prepared.blind = tuple(hashes)


def sealed_value(resource: str, column: str, value: object) -> str:
    """What is hashed for an equality filter on a sealed scalar."""
    return f"{resource}.{column}={value}"


def sealing_place(resource: str, uuid: UUID) -> bytes:
    """What a sealed blob is bound to."""
    return resource.encode() + b":" + uuid.bytes
