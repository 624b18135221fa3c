"""Mappings: the specs that read files, those that are shipped and the district's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from homeroom.ingest.specs.shelf import SpecText, own_specs, shipped_names, shipped_text
from homeroom.web.pages.visits import MemberVisit


@dataclass(frozen=True, slots=True)
class MappingsPage:
    """own: the newest version of each of the district's; shipped: those it has not changed."""

    own: Sequence[SpecText]
    shipped: Sequence[SpecText]


async def show_mappings(visit: MemberVisit) -> Response:
    """All of them."""
    own = await own_specs(visit.district)
    names = {spec.name for spec in own}
    texts = (shipped_text(name) for name in shipped_names() if name not in names)
    page = MappingsPage(own, [text for text in texts if text is not None])
    return visit.render("mappings.html", page)
