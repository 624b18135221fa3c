"""The sections a teacher teaches, or those of a principal's schools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final
from uuid import UUID

from starlette.responses import Response

from homeroom.records.views.granted import decide_view
from homeroom.records.views.sections_reached import SECTIONS_REACHED, SectionLine, read_sections
from homeroom.trust.grant import Refusal
from homeroom.trust.purposes import Purpose
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.visits import MemberVisit

_PAGE: Final = 60


@dataclass(frozen=True, slots=True)
class Term:
    """One term of one school with its sections. is_running: today lies in it."""

    session: str
    school: str
    begins_on: date
    ends_on: date
    is_running: bool
    sections: Sequence[SectionLine]


@dataclass(frozen=True, slots=True)
class SectionsPage:
    """terms: running ones first. is_own: the reader teaches them. next: of the next page, None at the end."""

    terms: Sequence[Term]
    is_own: bool
    next: str | None


async def show_sections(visit: MemberVisit) -> Response:
    """One page of them."""
    grants = decide_view(
        lambda action, resource: visit.decide(action, resource, purpose=Purpose.INSTRUCTION), SECTIONS_REACHED
    )
    after = _parse_uuid(visit.request.query_params.get("after"))
    if isinstance(grants, Refusal):
        return answer_absent(visit)
    found = await read_sections(
        visit.district, grants=grants, today=visit.today, limit=_PAGE + 1, after=after
    )
    following = f"/sections?after={found[_PAGE - 1].uuid}" if len(found) > _PAGE else None
    terms = _terms(found[:_PAGE], visit.today)
    return visit.render("sections.html", SectionsPage(terms, visit.member.role == "teacher", following))


def _terms(sections: Sequence[SectionLine], today: date) -> Sequence[Term]:
    terms = []
    for (session, school, begins_on, ends_on), lines in groupby(
        sections, key=lambda s: (s.session, s.school, s.begins_on, s.ends_on)
    ):
        terms.append(Term(session, school, begins_on, ends_on, begins_on <= today <= ends_on, list(lines)))
    return terms


def _parse_uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
