"""What the standard requires of documents and of the items inside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from homeroom.interop.inbloom_scope import Scope
from homeroom.interop.xml_record import Document, Json
from homeroom.standard.model import Part, Resource

Node: TypeAlias = Resource | Part


def missing_members(node: Node, document: Document) -> list[str]:
    """Members the standard requires and the document does not have."""
    required = [
        *(reference.name for reference in node.references if reference.is_required),
        *(declared.name for declared in node.properties if declared.is_required),
        *(part.name for part in node.parts if part.is_required),
    ]
    return [name for name in required if name not in document]


def is_whole_item(part: Part, item: Document, scope: Scope) -> bool:
    """Whether an item has what the standard requires; one that has not is left out with a warning."""
    missing = missing_members(part, item)
    if missing:
        scope.around.reading.warn(
            "inbloom.incomplete_item",
            f"One of {part.name} is left out: the standard requires {', '.join(missing)}.",
            at=scope.element,
        )
    return not missing


def items_of(value: Json) -> list[Document]:
    """The items of a collection; none when there is none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def distinct_items(items: Sequence[Document], part: Part, scope: Scope) -> list[Json]:
    """Items by the key of the collection: the standard allows one of each, and the first stands."""
    kept: dict[tuple[str, ...], Document] = {}
    for item in items:
        key = tuple(repr(_dotted(item, name)).lower() for name in part.key) or (repr(item),)
        first = kept.setdefault(key, item)
        if any(first.get(member) != value for member, value in item.items()):
            scope.around.reading.warn(
                "inbloom.repeated_item",
                f"One of {part.name} is left out: one of the same key, with other values, comes before it.",
                at=scope.element,
                remedy="Keep the right one.",
            )
    return [*kept.values()]


def _dotted(item: Document, key: str) -> Json:
    head, _, rest = key.partition(".")
    inner = item.get(head)
    return inner.get(rest) if rest and isinstance(inner, dict) else inner
