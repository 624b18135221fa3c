"""Mappings: the specs that read files, those that are shipped and the district's own, to be read and changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from homeroom.base.findings import Finding
from homeroom.ingest.specs.shelf import SpecText, find_spec, own_specs, save_spec, shipped_names
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.visits import MemberVisit


@dataclass(frozen=True, slots=True)
class MappingsPage:
    """own: the newest version of each of the district's; shipped: names of those it has not changed."""

    own: Sequence[SpecText]
    shipped: Sequence[str]


@dataclass(frozen=True, slots=True)
class MappingPage:
    """definition: as it is typed or stored. faults: why it cannot be kept. was_kept: it has just been."""

    spec: SpecText
    definition: str
    faults: Sequence[Finding] = ()
    was_kept: bool = False


async def show_mappings(visit: MemberVisit) -> Response:
    """All of them."""
    own = await own_specs(visit.district)
    names = {spec.name for spec in own}
    page = MappingsPage(own, [name for name in shipped_names() if name not in names])
    return visit.render("mappings.html", page)


async def show_mapping(visit: MemberVisit) -> Response:
    """The text of one."""
    spec = await find_spec(visit.district, visit.request.path_params["name"])
    if spec is None:
        return answer_absent(visit)
    page = MappingPage(spec, spec.definition, was_kept="kept" in visit.request.query_params)
    return visit.render("mapping.html", page)


async def do_keep(visit: MemberVisit) -> Response:
    """Keeps a changed text as the district's own, as a new version; or says what is wrong with it, by line."""
    name = visit.request.path_params["name"]
    spec = await find_spec(visit.district, name)
    if spec is None:
        return answer_absent(visit)
    definition = visit.form.raw("definition").replace("\r\n", "\n")
    kept = await save_spec(
        visit.district, name, definition=definition, beside=spec.texts_beside(), actor=visit.member
    )
    if isinstance(kept, int):
        return visit.go_to(f"/mappings/{name}?kept=1")
    return visit.render("mapping.html", MappingPage(spec, definition, kept), status=400)
