"""The first page after signing in: what the person's role most often wants."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from homeroom.trust.areas import Area, areas_of
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.visits import MemberVisit

_FIRST: Final = ((Area.DISTRICT, "/district"), (Area.SECTIONS, "/sections"), (Area.RECORDS, "/records"))


async def show_home(visit: MemberVisit) -> Response:
    """Goes on to the first page that the role has."""
    areas = areas_of(visit.member)
    address = next((address for area, address in _FIRST if area in areas), None)
    return visit.go_to(address) if address else answer_absent(visit)
