"""Pages that say no: one for what is absent or forbidden, which must not differ, and two for faults."""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.responses import Response

from homeroom.web.pages.visits import MemberVisit, Visit


@dataclass(frozen=True, slots=True)
class FaultPage:
    """code: `absent`, `stale_form`, `fault` or `database`; the template has the words."""

    code: str


def answer_absent(visit: Visit) -> Response:
    """There is no such page, or none for this reader: the same answer, byte for byte."""
    if isinstance(visit, MemberVisit):
        visit = replace(visit, area=None)  # the navigation would tell how far the reader has come
    return visit.render("fault.html", FaultPage("absent"), status=404)


def answer_stale_form(visit: Visit) -> Response:
    """The form does not carry this session's secret: it is old, or another site made it."""
    return visit.render("fault.html", FaultPage("stale_form"), status=403)


def answer_fault(visit: Visit) -> Response:
    """Something of ours broke; nothing of it is told."""
    return visit.render("fault.html", FaultPage("fault"), status=500)


def answer_database_away(visit: Visit) -> Response:
    """The database does not answer; it is worth trying again."""
    return visit.render("fault.html", FaultPage("database"), status=503)
