"""What the ids of an XML file stand for: small keys of the records that references by `ref` need."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import BinaryIO

from homeroom.interop.edfi_reading import KeyValues
from homeroom.interop.xml_record import Document, Json
from homeroom.standard.model import Model, Resource

_CHUNK_BYTES = 1 << 20
_MAX_IDS = 5_000_000
_REF = re.compile(rb"\bref\s*=\s*(?:\"([^\"<]*)\"|'([^'<]*)')")
# Longer than any reference attribute, so that one cut by the end of a chunk is found whole in the next.
_OVERLAP_BYTES = 1024


def read_wanted_ids(stream: BinaryIO) -> frozenset[str]:
    """Ids that some reference of the file names; the stream is left at its start.

    A search through the raw bytes: nearly free, and most files have none. At most five million ids.
    """
    stream.seek(0)
    wanted: set[str] = set()
    before = b""
    while chunk := stream.read(_CHUNK_BYTES):
        text = before + chunk
        if b"ref" in text:
            wanted.update((m[1] or m[2] or b"").decode("utf-8", "replace") for m in _REF.finditer(text))
        if len(wanted) > _MAX_IDS:
            break
        before = text[-_OVERLAP_BYTES:]
    stream.seek(0)
    return frozenset(wanted)


class IdIndex:
    """Keys by id, for references to a record's own kind or to the abstract base of it."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._found: dict[str, tuple[str, tuple[Json, ...]]] = {}

    def __contains__(self, xml_id: str) -> bool:
        return xml_id in self._found

    def __len__(self) -> int:
        return len(self._found)

    def add_document(self, xml_id: str, resource: str, document: Document) -> bool:
        """Keep the key of a record; False when the document does not hold all of it (yet)."""
        key = key_of_document(document, self._model.resources[resource])
        return key is not None and self._add(xml_id, resource, tuple(key.values()))

    def add_reference(self, xml_id: str, target: str, values: KeyValues) -> bool:
        """Keep the key a reference with an id of its own gives; False when it is not whole (yet)."""
        return self._add(xml_id, target, tuple(values.get(part.name) for part in self._model.key_of(target)))

    def resolve(self, xml_id: str, target: str) -> KeyValues | None:
        """The key of the record with the id, as references to the target call its parts."""
        found = self._found.get(xml_id)
        if found is None:
            return None
        kind, values = found
        named = dict(zip((part.name for part in self._model.key_of(kind)), values, strict=True))
        if kind == target:
            return named
        resource = self._model.resources.get(kind)
        if resource is None or resource.base != target:
            return None
        parts = (part.name for part in self._model.key_of(target))
        return {part: named[resource.base_key.get(part, part)] for part in parts}

    def _add(self, xml_id: str, kind: str, values: tuple[Json, ...]) -> bool:
        if None in values:
            return False
        self._found[xml_id] = (kind, values)
        return True


def key_of_document(document: Document, resource: Resource) -> KeyValues | None:
    """The document's own key by the names of its parts, in order; None when a part is missing."""
    key = {part.name: _first_value(document, part.paths) for part in resource.key}
    return None if None in key.values() else key


def _first_value(document: Document, paths: Sequence[str]) -> Json:
    for path in paths:
        value: Json = document
        for step in path.removeprefix("$.").split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if value is not None:
            return value
    return None
