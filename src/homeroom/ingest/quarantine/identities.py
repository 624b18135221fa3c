"""Names of records for the quarantine: what a row waits for and what it would be, as keyed hashes."""

from __future__ import annotations

from collections.abc import Iterable

from homeroom.records.district import District
from homeroom.records.outcomes import Unresolved
from homeroom.standard.documents import Document
from homeroom.store.catalog import Kind
from homeroom.store.tables import target_location


class Identities:
    """Makes the names; equal keys of one kind of record give equal names, in any letter case."""

    def __init__(self, district: District) -> None:
        self._district = district
        self._positions: dict[str, tuple[int, ...]] = {}

    def identity_of(self, kind: Kind, document: Document) -> str:
        """The record that a document is."""
        if kind.resource.is_descriptor:
            uri = f"{document.namespace}#{document.codeValue}"  # type: ignore[attr-defined]  # a generated struct
            return self._hash(kind.resource.name, (uri,))
        values = kind.values(document)
        key = [values[p] for p in self._key_positions(kind)]
        return self._hash(self._family(kind.resource.name), key)

    def identity_of_text(self, resource: str, body: bytes) -> str:
        """A row whose key cannot be read: its own text."""
        number = self._district.keys.blind_index(f"{resource}:{body.hex()}")
        return f"{number % 2**64:016x}"

    def person(self, resource: str, source: str, source_id: str) -> str:
        """Somebody whom a row waits for until it is known who that is."""
        return f"person|{self._hash(resource, (source, source_id))}"

    def arrivals(self, kind: Kind, document: Document) -> tuple[str, ...]:
        """The texts under which rows may wait for the document's record."""
        identity = self.identity_of(kind, document)
        names = (kind.resource.name, *((kind.resource.base,) if kind.resource.base else ()))
        return tuple(f"{name}|{identity}" for name in names)

    def record(self, target: str, key: Iterable[object]) -> str:
        """A record that a row waits for, by its key."""
        return f"{target}|{self._hash(self._family(target), key)}"

    def missing_record(self, outcome: Unresolved) -> str:
        """The first of the records that a document names and nobody has."""
        target, holder = outcome.references[0][1], outcome.holders[0]
        members = (part.name for part in self._district.catalog.model.key_of(target))
        return self.record(target, [getattr(holder, member, None) for member in members])

    def missing_descriptor(self, kind: Kind, document: Document) -> str | None:
        """The first descriptor that a document names and the district does not have; None when it has all."""
        _, strays = kind.document.descriptors(document, self._district.descriptors.types)
        for number, holder, member in strays:
            descriptor = kind.document.slots[number].descriptor
            uri = getattr(holder, member)
            if "#" in uri and self._district.descriptors.find(descriptor, uri) is None:
                return f"{descriptor}|{self._hash(descriptor, (uri,))}"
        return None

    def _family(self, name: str) -> str:
        """Concrete kinds share one space of keys with their abstract base."""
        resource = self._district.catalog.model.resources.get(name)
        return resource.base if resource is not None and resource.base else name

    def _key_positions(self, kind: Kind) -> tuple[int, ...]:
        found = self._positions.get(kind.resource.name)
        if found is None:
            model = self._district.catalog.model
            _, columns = target_location(model, self._family(kind.resource.name))
            own = dict(kind.table.identity.columns) if kind.table.identity else {}
            names = [c.name for c in kind.table.columns]
            found = tuple(names.index(own.get(column, column)) for column in columns)
            self._positions[kind.resource.name] = found
        return found

    def _hash(self, family: str, key: Iterable[object]) -> str:
        text = "\0".join((family, *(str(part) for part in key))).lower()
        return f"{self._district.keys.blind_index(text) % 2**64:016x}"
