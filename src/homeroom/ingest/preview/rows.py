"""Mapped documents as the records that would be stored of them, or as refused, by the row they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from homeroom.base.findings import Finding
from homeroom.ingest.preview.shown import RefusedRecord, ShownRecord, ShownRow
from homeroom.ingest.reading.json_lines import parse_row
from homeroom.ingest.reading.rows import Row
from homeroom.records.district import District
from homeroom.records.prepare import UNKNOWN_DESCRIPTOR, Draft, prepare
from homeroom.records.views.granted import Ask
from homeroom.standard.documents import render_document
from homeroom.trust.grant import Action, Refusal

if TYPE_CHECKING:
    from homeroom.ingest.mapping.mapping import Documents, Mapped

_MOST_RECORDS: Final = 40
"""Of one row that are shown."""


class RowMaker:
    """Makes the rows of one preview. ask: the policy's answers for whoever looks.

    It remembers the descriptors that were mapped, because what is mapped after them may name them.
    """

    def __init__(self, district: District, ask: Ask) -> None:
        self._district = district
        self._ask = ask
        self._descriptors: set[str] = set()

    def rows_of(self, mapped: Mapped, *, lines: Sequence[int], file: str) -> list[ShownRow]:
        """What came of each line."""
        rows = {line: ShownRow(line) for line in lines}
        self._descriptors.update(self._descriptors_in(mapped.records))
        for documents in mapped.records:
            for line, text in zip(documents.lines, documents.texts, strict=True):
                row = rows[line]
                if len(row.records) + len(row.refused) >= _MOST_RECORDS:
                    row.more += 1
                    continue
                match self._record(documents.resource, Row(line or 1, text.encode()), file):
                    case RefusedRecord() as refused:
                        row.refused.append(refused)
                    case ShownRecord() as record:
                        row.records.append(record)
        for reject in mapped.rejects:
            rows[reject.line].refused.append(RefusedRecord(reject.resource, reject.findings))
        return list(rows.values())

    def _record(self, resource: str, row: Row, file: str) -> ShownRecord | RefusedRecord:
        """A document as it would be stored, as far as that can be told without the district's other records."""
        kind = self._district.catalog.kind(resource)
        document = parse_row(kind.document, row, file=file)
        if isinstance(document, tuple):
            return RefusedRecord(resource, document)
        draft = Draft(document)
        prepared = prepare(self._district, kind, draft)
        findings = [f for f in prepared if not self._is_mapped(f)] if isinstance(prepared, tuple) else []
        if findings:
            return RefusedRecord(resource, findings)
        sealed = None if isinstance(prepared, tuple) else prepared.sensitive
        members = _decoded(render_document(draft.document)) | _decoded(sealed or b"{}")
        grant = self._ask(Action.READ, resource)
        if isinstance(grant, Refusal):
            return ShownRecord(resource, None)
        return ShownRecord(resource, {m: value for m, value in members.items() if m not in grant.hidden})

    def _descriptors_in(self, mapped: Sequence[Documents]) -> Iterator[str]:
        for documents in mapped:
            if self._district.catalog.kind(documents.resource).resource.is_descriptor:
                for text in documents.texts:
                    members = _decoded(text.encode())
                    yield f"{members.get('namespace')}#{members.get('codeValue')}".lower()

    def _is_mapped(self, finding: Finding) -> bool:
        """Whether it only lacks a descriptor that the same files bring."""
        words = finding.words.lower()
        return finding.code == UNKNOWN_DESCRIPTOR and any(uri in words for uri in self._descriptors)


def _decoded(text: bytes) -> dict[str, object]:
    return msgspec.json.decode(text, type=dict[str, object])
