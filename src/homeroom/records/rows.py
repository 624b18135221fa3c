"""A prepared document and its targets as the rows that the store holds: its table's own and those of its links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final
from uuid import UUID

import msgspec

from homeroom.records.district import District
from homeroom.records.links import Target, link_to
from homeroom.records.prepare import Prepared, parting_of, sealed_value, sealing_place
from homeroom.standard.documents import render_document
from homeroom.store.catalog import Kind

Targets = Sequence[Target | None]
Row = tuple[object, ...]
LinkRow = tuple[int, int, int]
"""Owner, path and target."""
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class RowMaker:
    """Makes rows of one resource for the columns of `write_columns`, from one source and for one owner."""

    def __init__(self, district: District, kind: Kind, *, owner: int | None, source: int | None) -> None:
        self._model = district.catalog.model
        self._keys = district.keys
        self._kind = kind
        self._references = [(r.member, r.target) for r in kind.table.references]
        self._name = kind.resource.name
        self._sealed = parting_of(kind, district.sealing.rules(kind.resource).sealed).members
        self._index_of_descriptor = cache(lambda number: self._keys.blind_index(f"descriptor:{number}"))
        self._owner = owner
        self._source = source

    def row(self, prepared: Prepared, *, uuid: UUID, targets: Targets, nested: Targets) -> Row:
        """The row under this id. Links to the targets are written into the document, sealed members are sealed."""
        surrogates = self._link(prepared, targets, nested)
        if self._sealed and prepared.sensitive is None:
            self._part(prepared)
        document = prepared.draft.document
        document.id = uuid.hex  # type: ignore[attr-defined]  # a generated struct
        text = render_document(document)[:-1].decode()
        sealed = blind = None
        if prepared.sensitive is not None:
            sealed = self._keys.seal(prepared.sensitive, place=sealing_place(self._name, uuid))
            hashes = [*map(self._index_of_descriptor, prepared.sealed_ids)]
            hashes += map(self._keys.blind_index, prepared.compared)
            blind = "{" + ",".join(map(str, hashes)) + "}" if hashes else None
        line = prepared.draft.line
        system = (uuid, text, sealed, blind, prepared.content_hash, self._owner, self._source, line)
        return (*system, *prepared.values, *surrogates)

    def _part(self, prepared: Prepared) -> None:
        """Takes the sensitive root members out of document and values; keeps them as JSON."""
        document, values = prepared.draft.document, prepared.values
        members: dict[str, object] = {}
        compared: list[str] = []
        for member, columns in self._sealed:
            value = getattr(document, member)
            if value is None:
                continue
            members[member] = value
            setattr(document, member, None)
            for position, column in columns:
                compared.append(sealed_value(self._name, column, values[position]))
                values[position] = None
        if members:
            prepared.sensitive = _ENCODER.encode(members)
            prepared.compared = compared

    def _link(self, prepared: Prepared, targets: Targets, nested: Targets) -> list[int | None]:
        """Writes links into the document's references; gives the surrogate of each reference column."""
        document = prepared.draft.document
        surrogates: list[int | None] = []
        for (member, name), target in zip(self._references, targets, strict=True):
            holder = getattr(document, member) if member else None
            if target is None or (member and holder is None):
                # Its key may stand there through other references; the member itself was not sent.
                surrogates.append(None)
                continue
            surrogates.append(target.id)
            if holder is not None:
                holder.link = target.link or link_to(self._model, target, name=name)
        for (number, holder), target in zip(prepared.references, nested, strict=True):
            if target:
                name = self._kind.document.nested[number].target
                holder.link = link_to(self._model, target, name=name)  # type: ignore[attr-defined]  # a generated struct
        return surrogates


def link_rows_of(kind: Kind, owners: Iterable[tuple[int, Prepared, Targets]]) -> dict[str, list[LinkRow]]:
    """Rows (owner, path, target) of each link table, each once. owners: id, document, its nested targets."""
    table, nested = kind.table, kind.document.nested
    if not table.descriptor_links and not table.reference_links:
        return {}
    names = {link.target: link.name for link in table.reference_links}
    # A dictionary is a set that keeps the order: of the owners, as they go into the table.
    rows: dict[str, dict[LinkRow, None]] = {name: {} for name in names.values()}
    described: list[LinkRow] = []
    for owner, prepared, targets in owners:
        for (number, _), target in zip(prepared.references, targets, strict=True):
            if target:
                rows[names[nested[number].target]][owner, number, target.id] = None
        described += [(owner, path, target) for path, target in prepared.descriptor_links]
    found = {name: list(distinct) for name, distinct in rows.items()}
    if table.descriptor_links:
        found[table.descriptor_links.name] = described
    return found
