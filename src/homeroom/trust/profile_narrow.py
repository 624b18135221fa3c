"""Profiles as descriptions: a resource with what is left of it behind a mask.

Pure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from homeroom.standard.model import Part, Resource
from homeroom.trust.profile_masks import Mask, folded_project

_Level = TypeVar("_Level", Resource, Part)


def narrow_resource(resource: Resource, mask: Mask) -> Resource:
    """The resource with the members, parts and extensions that the mask shows; its key stays."""
    extensions = []
    for extension in resource.extensions:
        inner = mask.extensions.get(folded_project(extension.name))
        if inner is not None:
            narrowed = _narrow(extension, inner)
            extensions += [narrowed] if narrowed.properties or narrowed.references or narrowed.parts else []
        elif not mask.is_include:
            extensions.append(extension)
    return replace(_narrow(resource, mask), extensions=tuple(extensions))


def _narrow(level: _Level, mask: Mask) -> _Level:
    parts = []
    for part in level.parts:
        inner = mask.parts.get(part.name)
        if inner is not None:
            parts.append(_narrow(part, inner))
        elif mask.sees(part.name):
            parts.append(part)
    return replace(
        level,
        properties=tuple(p for p in level.properties if mask.sees(p.name)),
        references=tuple(r for r in level.references if mask.sees(r.name)),
        parts=tuple(parts),
    )
