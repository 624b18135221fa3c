"""Who is who: pairs that the matching leaves to a person, both sides beside each other, and what was decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from starlette.responses import Response

from homeroom.matching.names import fold
from homeroom.matching.people import Person
from homeroom.records.people.matches import (
    Question,
    Questions,
    Ruling,
    decide_match,
    read_questions,
    undo_decision,
)
from homeroom.trust.areas import Area
from homeroom.trust.grant import Action, Grant
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.forms import parse_position
from homeroom.web.pages.visits import MemberVisit

_MOST: Final = 25


@dataclass(frozen=True, slots=True)
class MatchLine:
    """One fact as both sides have it; None where a side says nothing. word: which, for the template to name."""

    word: str
    incoming: str | date | None
    known: str | date | None
    differs: bool


@dataclass(frozen=True, slots=True)
class MatchCard:
    """A pair and its facts, those that both sides lack left out."""

    question: Question
    lines: Sequence[MatchLine]


@dataclass(frozen=True, slots=True)
class MatchesPage:
    """pairs: the open ones to look at now. decided: lately, the newest first. waiting: how many are open in all."""

    pairs: Sequence[MatchCard]
    decided: Sequence[Question]
    waiting: int


_FACTS: Final[Mapping[str, Callable[[Person], str | date | None]]] = MappingProxyType(
    {
        "given_name": lambda p: p.given_name,
        "middle_name": lambda p: p.middle_name,
        "surname": lambda p: " ".join(filter(None, (p.surname, p.suffix))),
        "other_names": lambda p: ", ".join(p.other_names),
        "birth_date": lambda p: p.birth_date,
        "sex": lambda p: p.sex,
        "school": lambda p: p.school,
        "grade": lambda p: p.grade,
        "contact_points": lambda p: ", ".join(p.contact_points),
        "known_ids": lambda p: ", ".join(f"{system} {number}".strip() for system, number in p.known_ids),
        "related": lambda p: ", ".join(p.related),
    }
)


async def show_matches(visit: MemberVisit) -> Response:
    """What waits, and what was decided lately."""
    leave = visit.leave_for(Area.MATCHES)
    if leave is None:
        return answer_absent(visit)
    found = await read_questions(visit.district, leave, ask=ask_of(visit), most=_MOST)
    return visit.render("matches.html", _page(found))


async def do_decide(visit: MemberVisit) -> Response:
    """Keeps the decision on one pair and goes on to the next."""
    leave, question = visit.leave_for(Area.MATCHES), parse_position(visit.form.text("question"))
    ruling = visit.form.text("ruling")
    if leave is None or question is None or ruling not in set(Ruling):
        return answer_absent(visit)
    done = await decide_match(
        visit.district, leave, ask=ask_of(visit), question=question, ruling=Ruling(ruling)
    )
    return visit.go_to("/matches") if done else answer_absent(visit)


async def do_undo(visit: MemberVisit) -> Response:
    """Opens a decided pair again."""
    leave, question = visit.leave_for(Area.MATCHES), parse_position(visit.form.text("question"))
    if leave is None or question is None:
        return answer_absent(visit)
    done = await undo_decision(visit.district, leave, ask=ask_of(visit), question=question)
    return visit.go_to("/matches") if done else answer_absent(visit)


def ask_of(visit: MemberVisit) -> Callable[[str], Grant | None]:
    """The reader's Grant to read a resource; None where the policy refuses it."""

    def ask(resource: str) -> Grant | None:
        decision = visit.decide_any(Action.READ, resource)
        return decision if isinstance(decision, Grant) else None

    return ask


def _page(found: Questions) -> MatchesPage:
    return MatchesPage(
        pairs=[MatchCard(q, compare(q.incoming, q.known)) for q in found.shown if q.state == "open"],
        decided=[q for q in found.shown if q.state != "open"],
        waiting=found.open,
    )


def compare(incoming: Person, known: Person) -> Sequence[MatchLine]:
    """Two people beside each other, fact by fact."""
    lines = []
    for word, fact in _FACTS.items():
        one, other = fact(incoming) or None, fact(known) or None
        if one or other:
            lines.append(MatchLine(word, one, other, _differ(one, other)))
    return lines


def _differ(incoming: str | date | None, known: str | date | None) -> bool:
    """Whether both say something, and not the same; spelling aside."""
    if incoming is None or known is None:
        return False
    return (incoming != known) if isinstance(incoming, date) else fold(incoming) != fold(str(known))
