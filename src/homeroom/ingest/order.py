"""The order in which resources are loaded."""

from __future__ import annotations

from homeroom.standard.dependencies import dependency_rows
from homeroom.standard.model import Model


def load_positions(model: Model) -> dict[str, int]:
    """Resource name -> position: descriptors and school years first, then parents before children."""
    by_path = {r.path: r.name for r in model.resources.values()}
    rows = dependency_rows(model)
    names = dict.fromkeys(by_path[row.resource] for row in rows)
    # A descriptor never refers to another record; school years and descriptors share a level.
    ordered = sorted(names, key=lambda name: not model.resources[name].is_descriptor)
    return {name: position for position, name in enumerate(ordered)}
