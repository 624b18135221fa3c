"""From a checked document to what the store needs: column values, descriptor ids, nested references, seals.

A load makes three of these values for each row; as structs they cost a third of what dataclasses do.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

import msgspec

from homeroom.base.findings import Finding, Place, Severity
from homeroom.records.district import District
from homeroom.records.links import Target
from homeroom.records.refused import drop_refused
from homeroom.standard.documents import Document, Stray, render_document
from homeroom.standard.places import place_of
from homeroom.store.catalog import Kind
from homeroom.trust.keys import public_hash

UNKNOWN_DESCRIPTOR: Final = "descriptor.unknown"


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
    """A draft's row as it goes into the table, its id, and what its nested references name."""

    uuid: UUID
    row: tuple[object, ...]
    nested: Sequence[Target | None]


class Prepared(msgspec.Struct):
    """A draft with everything that its own district knows in memory filled in.

    descriptor_links: (path number, descriptor id) of nested descriptors, each once, sealed ones left out.
    references: per nested reference: (number, its holder).
    sealed_ids: of the descriptors among the sealed members. warnings: what was dropped at the door. sensitive: the
    sealed root members as JSON, no longer in the document once its row is made; compared: what is hashed of them for
    equality. made: its row, when somebody has made it ahead of its turn.
    """

    draft: Draft
    values: list[object]
    content_hash: bytes
    descriptor_links: Collection[tuple[int, int]]
    references: list[tuple[int, Document]]
    sealed_ids: Sequence[int] = ()
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
    if warnings and any(w.severity is Severity.ERROR for w in warnings):
        return warnings
    references = kind.document.references(document)
    kind.document.drop_foreign(document)
    types = district.descriptors.types
    described, strays = kind.document.descriptors(document, types)
    if strays:
        findings = _respell(district, kind, document, described=described, strays=strays)
        if findings:
            return tuple(findings)
    values = kind.stored_values(document, types)
    content = render_document(document)
    # What is public anyway needs no key, and so a seeded database can be copied for every district.
    content_hash = district.keys.content_hash(content) if kind.table.is_personal else public_hash(content)
    parting = parting_of(kind, rules.sealed)
    links = {link for link in described if link[0] in parting.linked} if parting.linked else ()
    sealed = [i for number, i in described if number in parting.slots] if parting.slots else ()
    return Prepared(draft, values, content_hash, links, references, sealed, warnings)


class Parting(msgspec.Struct, frozen=True):
    """What of a resource is sealed.

    members: each sealed member, in one order always, with the (position, column) that holds it. slots: numbers of the
    descriptor slots within them. linked: those of the other nested slots, which have a link.
    """

    members: tuple[tuple[str, tuple[tuple[int, str], ...]], ...]
    slots: frozenset[int]
    linked: frozenset[int]


def parting_of(kind: Kind, sealed: frozenset[str]) -> Parting:
    """How documents are parted whose sealed members are these; compiled once."""
    return kind.compile_once(sealed, lambda: _compile_parting(kind, sealed))


def _compile_parting(kind: Kind, sealed: frozenset[str]) -> Parting:
    slots = frozenset(n for n, (_, root, _) in enumerate(kind.slots) if root in sealed)
    linked = frozenset(n for n, (_, _, is_nested) in enumerate(kind.slots) if is_nested)
    members = tuple((member, kind.positions_by_member.get(member, ())) for member in sorted(sealed))
    return Parting(members, slots, linked - slots)


def _respell(
    district: District,
    kind: Kind,
    document: Document,
    *,
    described: list[tuple[int, int]],
    strays: Sequence[Stray],
) -> list[Finding]:
    """Spells each descriptor as it is stored, and adds its id; gives findings for the unknown."""
    findings: list[Finding] = []
    for number, holder, member in strays:
        descriptor, _, is_nested = kind.slots[number]
        uri = getattr(holder, member)
        found = district.descriptors.find(descriptor, uri)
        if found is None:
            path = kind.document.slots[number].path
            place = place_of(document, holder, path) if is_nested else path
            findings.append(_unknown_descriptor(place, descriptor, uri))
            continue
        setattr(holder, member, found[1])
        described.append((number, found[0]))
    return findings


def _of_kind(kind: Kind, document: Document) -> Document:
    """The document as the kind's own struct: an extension may have come since it was parsed."""
    if type(document) is kind.document.struct:
        return document
    return msgspec.convert(document, kind.document.struct, from_attributes=True)


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


def sealed_value(resource: str, column: str, value: object) -> str:
    """What is hashed for an equality filter on a sealed scalar."""
    return f"{resource}.{column}={value}"


def sealing_place(resource: str, uuid: UUID) -> bytes:
    """What a sealed blob is bound to."""
    return sealing_prefix(resource) + uuid.bytes


def sealing_prefix(resource: str) -> bytes:
    """The same without the record's id."""
    return resource.encode() + b":"
