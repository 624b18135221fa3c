"""Which natural keys can change: by a request, or along with a key that they hold (pure)."""

from __future__ import annotations

from homeroom.standard.model import Model, Resource


def changeable_keys(model: Model) -> frozenset[str]:
    """Resources whose natural key can change, and their abstract bases."""
    found: set[str] = set()
    while more := {r.name for r in model.resources.values() if r.name not in found and _can_change(r, found)}:
        found |= more | {base for name in more if (base := model.resources[name].base)}
    return frozenset(found)


def _can_change(resource: Resource, changeable: set[str]) -> bool:
    if resource.allows_key_changes:
        return True
    members = {path.split(".")[1] for part in resource.key for path in part.paths}
    held = (resource.references_by_name[m].target for m in members if m in resource.references_by_name)
    return any(target in changeable for target in held)
