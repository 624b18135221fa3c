"""A prepared document and its targets as the rows that the store holds: its table's own and those of its links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from homeroom.records.district import District
from homeroom.records.links import Target, link_to
from homeroom.records.prepare import Prepared, sealing_place
from homeroom.standard.documents import render_document
from homeroom.store.catalog import Kind

Targets = Sequence[Target | None]
Row = tuple[object, ...]
LinkRow = tuple[int, int, int]
"""Owner, path and target."""


class RowMaker:
    """Makes rows of one resource for the columns of `write_columns`, from one source and for one owner."""

    def __init__(self, district: District, kind: Kind, *, owner: int | None, source: int | None) -> None:
        self._model = district.catalog.model
        self._keys = district.keys
        self._kind = kind
        self._references = [(r.member, r.target) for r in kind.table.references]
        self._name = kind.resource.name
        self._owner = owner
        self._source = source

    def row(self, prepared: Prepared, *, uuid: UUID, targets: Targets, nested: Targets) -> Row:
        """The row under this id. Links to the targets are written into the document, sealed members are sealed."""
        surrogates = self._link(prepared, targets, nested)
        document = prepared.draft.document
        document.id = uuid.hex  # type: ignore[attr-defined]  # a generated struct
        text = render_document(document)[:-1].decode()
        sealed = blind = None
        if prepared.sensitive is not None:
            place = sealing_place(self._name, uuid)
            sealed = self._keys.seal(prepared.sensitive, place=place)
            hashes = map(str, map(self._keys.blind_index, prepared.compared))
            blind = "{" + ",".join(hashes) + "}" if prepared.compared else None
        line = prepared.draft.line
        system = (uuid, text, sealed, blind, prepared.content_hash, self._owner, self._source, line)
        return (*system, *prepared.values, *surrogates)

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
