"""Which documents describe a district's API, and where each stands below `/metadata` (edfi-api.md 1.13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from homeroom.standard.model import Model
from homeroom.standard.openapi import Section
from homeroom.trust.profile_compile import CompiledProfile

DOCUMENT: Final = "swagger.json"


@dataclass(frozen=True, slots=True)
class Description:
    """One document. prefix: what it is, none for a section; path: below `/metadata`."""

    name: str
    prefix: str
    path: str


def descriptions_of(model: Model, profiles: Sequence[CompiledProfile]) -> Sequence[Description]:
    """Every document. Clients that generate code take those without a prefix, and tell the others by it."""
    schemas = {r.project: r.schema for r in model.resources.values()}
    extensions = [project for project in model.extensions if project in schemas]
    return [
        *(Description(s.value.title(), "", f"data/v3/{s.value}/{DOCUMENT}") for s in Section),
        Description("Change-Queries", "Other", f"changequeries/v1/{DOCUMENT}"),
        Description("Uploads", "Other", f"uploads/v1/{DOCUMENT}"),
        *(Description(e, "Extensions", f"data/v3/{schemas[e]}/{DOCUMENT}") for e in extensions),
        *(
            Description(p.name, "Profiles", f"data/v3/profiles/{quote(p.name, safe='')}/{DOCUMENT}")
            for p in profiles
        ),
    ]
