"""Values that today's standard holds once: what old files tell twice and differently gives way, with words.

Only what may be left out gives way. A contradiction among required members is for the standard's own check.
"""

from __future__ import annotations

from homeroom.interop.inbloom_scope import Scope
from homeroom.interop.xml_record import Document, Json
from homeroom.standard.model import Resource

_ITEM = "[*]."


def settle_shared_values(resource: Resource, document: Document, scope: Scope) -> None:
    """Take out optional references and items that contradict the record they stand in."""
    if not (resource.unified or resource.equal):
        return
    weights = {reference.name: len(reference.keys) for reference in resource.references}
    required = {reference.name for reference in resource.references if reference.is_required}
    required |= {declared.name for declared in resource.properties if declared.is_required}

    def rank(path: str) -> tuple[bool, bool, int]:
        """Whose value stands: a required member's, else that of the reference that says most."""
        return _ITEM in path, _head(path) not in required, -weights.get(_head(path), 0)

    for group in (*resource.unified, *resource.equal):
        paths = sorted((path.removeprefix("$.") for path in group), key=rank)
        stated = [(path, _value(document, path)) for path in paths if _ITEM not in path]
        value = next((value for _, value in stated if value is not None), None)
        if value is None:
            continue
        for path, other in stated:
            if other is not None and other != value and _head(path) not in required:
                del document[_head(path)]
                _say_left_out(_head(path), path, scope)
        for path in paths:
            if path.count(_ITEM) == 1:
                _settle_items(document, path, value, scope=scope)


def _settle_items(document: Document, path: str, value: Json, *, scope: Scope) -> None:
    member, _, rest = path.partition(_ITEM)
    items = document.get(member)
    if not isinstance(items, list):
        return
    kept = [item for item in items if not isinstance(item, dict) or _value(item, rest) in {None, value}]
    for _ in range(len(items) - len(kept)):
        _say_left_out(f"One of {member}", path, scope)
    document[member] = kept
    if not kept:
        del document[member]


def _say_left_out(what: str, path: str, scope: Scope) -> None:
    scope.around.reading.warn(
        "inbloom.contradiction",
        f"{what} is left out: its {path.rpartition('.')[2]} is not the record's own.",
        at=scope.element,
        remedy="Correct the reference in the file.",
    )


def _head(path: str) -> str:
    return path.partition(".")[0].removesuffix("[*]")


def _value(document: Document, path: str) -> Json:
    value: Json = document
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value
