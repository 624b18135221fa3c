"""A document as a reader sees it: every member with its plain label, in the standard's order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias
from uuid import UUID

from homeroom.standard.classify import ClassificationTable
from homeroom.standard.model import Kind, Part, Property, Reference, Resource

Json: TypeAlias = object
Members: TypeAlias = Mapping[str, Json]

_OURS: Final = frozenset({"id", "_etag", "_lastModifiedDate", "link"})


@dataclass(frozen=True, slots=True)
class Field:
    """One member with its value. name: the standard's own.

    text: of a scalar or reference, None for what has fields inside. day: of a date, besides its text.
    address: of the record it refers to.
    full: what the text is short for, such as a descriptor's URI.
    items: of a collection, each with its fields; of an object, one.
    """

    label: str
    name: str
    text: str | None = None
    address: str | None = None
    day: date | None = None
    full: str | None = None
    items: Sequence[Sequence[Field]] = ()
    is_collection: bool = False

    @property
    def is_plain_list(self) -> bool:
        """Whether every item is one value, so that they fit on a line."""
        return all(len(item) == 1 and not item[0].items for item in self.items)


def read_fields(classification: ClassificationTable, resource: Resource, members: Members) -> Sequence[Field]:
    """The fields that have a value."""
    reader = _Reader(classification, resource.name)
    return reader.fields(resource, members, path="$", parts=(*resource.parts, *resource.extensions))


def label_of(classification: ClassificationTable, resource: str, member: str) -> str:
    """The plain label of a root member."""
    return classification.of(resource, f"$.{member}").label


def key_text(resource: Resource, members: Members) -> str:
    """The values of the natural key, as a title: `255950004 · 2026-2027 Fall Semester`."""
    values = (value_at(members, part.paths) for part in resource.key)
    return " · ".join(short_text(value) for value in values if value is not None)


def short_text(value: Json) -> str:
    """A scalar for reading: a descriptor's code without its namespace, yes and no for truth."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    text = str(value)
    return text.rpartition("#")[2] if "://" in text and "#" in text else text


@dataclass(frozen=True, slots=True)
class Change:
    """One root member that differs between two versions; None where it had no value."""

    label: str
    before: str | None
    after: str | None


def changes_between(
    classification: ClassificationTable, resource: Resource, before: Members, after: Members
) -> Sequence[Change]:
    """The root members that differ, in the standard's order."""
    names = [p.name for p in resource.properties] + [r.name for r in resource.references]
    names += [p.name for p in (*resource.parts, *resource.extensions)]
    return [
        Change(label_of(classification, resource.name, n), _summary(before.get(n)), _summary(after.get(n)))
        for n in names
        if before.get(n) != after.get(n)
    ]


class _Reader:
    def __init__(self, classification: ClassificationTable, resource: str) -> None:
        self._classification = classification
        self._resource = resource

    def fields(
        self, holder: Resource | Part, members: Members, *, path: str, parts: Iterable[Part]
    ) -> Sequence[Field]:
        # The key first: it tells which record this is.
        properties = sorted(holder.properties, key=lambda p: not p.is_identity)
        found = [self._scalar(p, members, path) for p in properties]
        found += [self._reference(r, members, path) for r in holder.references]
        found += [self._part(p, members, path) for p in parts]
        return [field for field in found if field is not None]

    def _label(self, path: str) -> str:
        return self._classification.of(self._resource, path).label

    def _scalar(self, prop: Property, members: Members, path: str) -> Field | None:
        value = members.get(prop.name)
        if value is None:
            return None
        text = short_text(value)
        full = str(value) if prop.kind is Kind.DESCRIPTOR and text != value else None
        day = date.fromisoformat(text) if prop.kind is Kind.DATE else None
        return Field(self._label(f"{path}.{prop.name}"), prop.name, text, day=day, full=full)

    def _reference(self, reference: Reference, members: Members, path: str) -> Field | None:
        value = members.get(reference.name)
        if not isinstance(value, dict):
            return None
        text = " · ".join(short_text(value[k]) for k in reference.keys if k in value)
        label = self._label(f"{path}.{reference.name}")
        return Field(label, reference.name, text, address=_address(value.get("link")))

    def _part(self, part: Part, members: Members, path: str) -> Field | None:
        value = members.get(part.name)
        items = value if isinstance(value, list) else [value]
        inside = f"{path}.{part.name}{'[*]' if part.is_collection else ''}"
        shown = [self.fields(part, i, path=inside, parts=part.parts) for i in items if isinstance(i, dict)]
        if not any(shown):
            return None
        label = self._label(f"{path}.{part.name}")
        return Field(label, part.name, items=shown, is_collection=part.is_collection)


def _address(link: Json) -> str | None:
    """Of our page of the record that an API link leads to (`/ed-fi/schools/3f…`)."""
    href = link.get("href") if isinstance(link, dict) else None
    if not isinstance(href, str):
        return None
    place, _, uuid = href.rpartition("/")
    try:
        return f"/records{place}/{UUID(uuid)}"
    except ValueError:
        return None


def value_at(members: Members, paths: Sequence[str]) -> Json:
    """The value that stands at the first of the paths where there is one: several carry one part of a key."""
    for path in paths:
        value: Json = members
        for step in path.removeprefix("$.").split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if value is not None:
            return value
    return None


def _summary(value: Json) -> str | None:
    """A whole member in one line."""
    if value is None:
        return None
    if isinstance(value, dict):
        return " · ".join(filter(None, (_summary(v) for n, v in value.items() if n not in _OURS)))
    if isinstance(value, list):
        return "; ".join(filter(None, map(_summary, value)))
    return short_text(value)
