"""Masks: what of a document a client of a profile sees, and what of it the client can change.

Pure. Members that identify a record or an item are always seen. What a writer does not see stays as it
is stored, down to single members of the items of a collection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from homeroom.trust.profiles import ItemFilter

JsonObject = Mapping[str, object]
"""A document or a part of one, as parsed from JSON."""

_EXTENSIONS: Final = "_ext"
_NOTHING: Final = object()


@dataclass(frozen=True, slots=True)
class Mask:
    """What is seen of one level of a document.

    listed: the members seen (is_include), or those not seen. keys: members always seen.
    parts: objects and collections of which something is hidden; others are seen or hidden whole.
    extensions: the same by folded project name. identity: paths that tell items of a collection apart.
    missing: required members that are hidden, so that no new record or item can be made through the mask.
    """

    entity: str
    listed: frozenset[str]
    is_include: bool
    keys: frozenset[str]
    identity: tuple[tuple[str, ...], ...] = ()
    parts: Mapping[str, Mask] = field(default_factory=dict)
    extensions: Mapping[str, Mask] = field(default_factory=dict)
    item_filter: ItemFilter | None = None
    missing: tuple[str, ...] = ()

    def sees(self, name: str) -> bool:
        """Whether the member, or something of it, is seen."""
        return name in self.keys or name in self.parts or (name in self.listed) == self.is_include

    def admits(self, item: JsonObject) -> bool:
        """Whether the item of a collection passes the filter."""
        if self.item_filter is None:
            return True
        value = str(item.get(self.item_filter.member, "")).casefold()
        is_listed = bool({value, value.rpartition("#")[2]} & self.item_filter.values)
        return is_listed == self.item_filter.is_include


@dataclass(frozen=True, slots=True)
class Merged:
    """A document to store: what was sent, within the mask, over what is stored.

    uncreatable: kinds of new items that the mask hides required members of; the write must be refused.
    """

    document: dict[str, object]
    uncreatable: tuple[str, ...] = ()


def apply_read(mask: Mask, document: JsonObject) -> dict[str, object]:
    """What a reader gets of a document. A part of which nothing is left is left out altogether."""
    shown = {name: _shown(mask, name, value) for name, value in document.items()}
    return {name: value for name, value in shown.items() if value is not _NOTHING}


def merge_write(mask: Mask, incoming: JsonObject, stored: JsonObject | None) -> Merged:
    """What to store when a writer sends a document; stored is None when the record is new.

    Members and items that the writer does not see are kept, and ignored where they are sent. What the
    writer sees and does not send is gone, as with any PUT.
    """
    created: dict[str, None] = {}
    document = _merged(mask, incoming, stored or {}, created)
    return Merged(document, tuple(created))


def hidden_required(mask: Mask) -> tuple[str, ...]:
    """Required members that the mask hides; with any, no record can be created through it."""
    return mask.missing


def _shown(mask: Mask, name: str, value: object) -> object:
    if name == _EXTENSIONS:
        return _shown_extensions(mask, value) or _NOTHING
    if name in mask.parts:
        return _shown_part(mask.parts[name], value) or _NOTHING
    return value if mask.sees(name) else _NOTHING


def _shown_part(mask: Mask, value: object) -> object:
    if isinstance(value, Mapping):
        return apply_read(mask, value)
    if isinstance(value, list):
        return [apply_read(mask, item) for item in value if isinstance(item, Mapping) and mask.admits(item)]
    return value


def _shown_extensions(mask: Mask, value: object) -> object:
    if not isinstance(value, Mapping):
        return {}
    shown = {}
    for project, content in value.items():
        inner = mask.extensions.get(folded_project(project))
        if inner is not None and isinstance(content, Mapping):
            shown[project] = apply_read(inner, content)
        elif inner is None and not mask.is_include:
            shown[project] = content
    return {project: content for project, content in shown.items() if content}


def _merged(
    mask: Mask, incoming: JsonObject, stored: JsonObject, created: dict[str, None]
) -> dict[str, object]:
    merged: dict[str, object] = {}
    for name, value in incoming.items():
        if name in mask.parts or name == _EXTENSIONS or not mask.sees(name):
            continue
        merged[name] = value
    for name, part in mask.parts.items():
        value = _merged_part(part, incoming.get(name), stored.get(name), created)
        if value is not None:
            merged[name] = value
    extensions = _merged_extensions(mask, incoming.get(_EXTENSIONS), stored.get(_EXTENSIONS), created)
    if extensions:
        merged[_EXTENSIONS] = extensions
    hidden = {n: v for n, v in stored.items() if n != _EXTENSIONS and not mask.sees(n)}
    return {**merged, **hidden}


def _merged_part(mask: Mask, incoming: object, stored: object, created: dict[str, None]) -> object:
    """An object or collection within the mask; None when nothing of it remains."""
    if isinstance(incoming, list) or isinstance(stored, list):
        sent = incoming if isinstance(incoming, list) else []
        kept = stored if isinstance(stored, list) else []
        return _merged_items(mask, sent, kept, created) or None
    if not isinstance(incoming, Mapping):
        # What the reader was never shown cannot have been removed on purpose.
        return stored if isinstance(stored, Mapping) and not apply_read(mask, stored) else incoming
    if not isinstance(stored, Mapping) and mask.missing:
        created[mask.entity] = None
    return _merged(mask, incoming, stored if isinstance(stored, Mapping) else {}, created)


def _merged_items(
    mask: Mask, incoming: Sequence[object], stored: Sequence[object], created: dict[str, None]
) -> list[object]:
    known = [item for item in stored if isinstance(item, Mapping)]
    by_key = {_item_key(mask, item): item for item in known}
    merged: list[object] = []
    for item in incoming:
        if not isinstance(item, Mapping):
            merged.append(item)  # not an item at all: for the document check to refuse
        elif mask.admits(item):
            old = by_key.get(_item_key(mask, item))
            if old is None and mask.missing:
                created[mask.entity] = None
            merged.append(_merged(mask, item, old or {}, created))
    return [*merged, *(item for item in known if not mask.admits(item))]


def _merged_extensions(
    mask: Mask, incoming: object, stored: object, created: dict[str, None]
) -> dict[str, object]:
    sent = incoming if isinstance(incoming, Mapping) else {}
    kept = stored if isinstance(stored, Mapping) else {}
    merged: dict[str, object] = {}
    for project in dict.fromkeys([*sent, *kept]):
        inner = mask.extensions.get(folded_project(project))
        value = (
            _merged_part(inner, sent.get(project), kept.get(project), created)
            if inner is not None
            else (kept if mask.is_include else sent).get(project)
        )
        if value is not None:
            merged[project] = value
    return merged


def _item_key(mask: Mask, item: JsonObject) -> tuple[str, ...]:
    return tuple(_comparable(_at(item, path)) for path in mask.identity)


def _at(item: JsonObject, path: tuple[str, ...]) -> object:
    value: object = item
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _comparable(value: object) -> str:
    text = str(value)
    return text.casefold() if "#" in text else text  # descriptors are the same in any letter case


def folded_project(name: str) -> str:
    """An extension's project as profiles and documents may both spell it: `Sample`, `sample`."""
    return name.replace("-", "").casefold()
