"""Which column plays which role in a form: one column each, or one for each sitting, unless the role takes many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from homeroom.ingest.suggest.forms import Form
from homeroom.ingest.suggest.parts import Part, Parts, find_parts
from homeroom.ingest.suggest.profile import ColumnProfile, Shape
from homeroom.ingest.suggest.propose import LIKELY, Proposal
from homeroom.ingest.suggest.roles import NOT_NEEDED, all_roles

_NEAR: Final = 0.1
_TIE: Final = 0.04
_TIE_UNPROVEN: Final = 0.25  # of numbers that a district may know but does not
_PROVEN: Final = 0.97
_BY_NAME: Final = (
    0.75  # confidence from which a number is what its name says, though the form has no use for it
)
_MOST_ALIKE: Final = 40
_NEXT_BEST: Final = 0.75  # of the best confidence, from which another role is a fair guess

Columns = Mapping[str, tuple[ColumnProfile, ...]]


@dataclass(frozen=True, slots=True)
class Assignment:
    """The columns of a form's roles, and the proposals as they look within the form.

    columns: by role, those that speak of the row as a whole. parts: the sittings of a row with their own columns by
    role. titles: what a column of a sitting says in all of them.
    """

    columns: Columns
    proposals: tuple[Proposal, ...]
    parts: tuple[tuple[Part, Columns], ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)

    def first(self, role: str) -> ColumnProfile | None:
        """The role's column, or the first of many."""
        found = self.columns.get(role, ())
        return found[0] if found else None

    def all_of(self, role: str) -> tuple[ColumnProfile, ...]:
        """The role's columns of the row and of every sitting."""
        return (*self.columns.get(role, ()), *(c for _, columns in self.parts for c in columns.get(role, ())))

    @property
    def used(self) -> frozenset[str]:
        """The roles that have a column."""
        return frozenset(self.columns).union(*(columns for _, columns in self.parts))

    @property
    def unclear(self) -> tuple[Proposal, ...]:
        """Proposals that a person should look at: those of low confidence, or with a near rival.

        Of roles that many columns may have none is asked about: the list shows them, and one too many does no harm.
        Of the sittings of a row only the first is asked about: the others say the same.
        """
        later = {column for part, _ in self.parts[1:] for column in part.columns}
        return tuple(p for p in self.proposals if p.column.name not in later and self._is_unclear(p))

    def _is_unclear(self, proposal: Proposal) -> bool:
        if proposal.role not in self.used or all_roles()[proposal.role].is_many:
            return False
        rivals = [r for r, c in proposal.alternatives if c > proposal.confidence - _NEAR]
        is_rivalled = any(rival in self.used for rival in rivals)
        return not proposal.is_sure or is_rivalled or self._has_twin(proposal)

    def _has_twin(self, proposal: Proposal) -> bool:
        """Whether another column may be the same just as well, such as one of three numbers of a student."""
        is_proven = all_roles()[proposal.role].known is None or proposal.confidence >= _PROVEN
        least = proposal.confidence - (_TIE if is_proven else _TIE_UNPROVEN)
        return any(
            role == proposal.role and confidence > least
            for other in self.proposals
            if other.role != proposal.role and other.column.shape is not Shape.EMPTY
            for role, confidence in other.alternatives
        )


def assign(form: Form, proposals: Sequence[Proposal], *, chosen: Mapping[str, str]) -> Assignment:
    """The best column for each role of the form.

    chosen: column -> role, as a person has said; `not_needed` for a column that shall be left out.
    """
    within = [_within(form, p, chosen) for p in proposals]
    parts = find_parts(form, {p.column.name: p.role for p in within})
    places: dict[Part | None, dict[str, list[ColumnProfile]]] = {None: {}, **{p: {} for p in parts.parts}}
    final: dict[int, Proposal] = {}
    for number, proposal in sorted(enumerate(within), key=lambda pair: -pair[1].confidence):
        part = parts.of(proposal.column.name)
        placed = _placed(form, proposal, places, part)
        final[number] = placed
        if placed.role in form.roles:
            own = places[part if placed.role in form.part_roles else None]
            own.setdefault(placed.role, []).append(placed.column)
    _agree(form, final, places, parts)
    order = {p.column.name: n for n, p in enumerate(proposals)}
    in_order = {
        part: {r: tuple(sorted(c, key=lambda p: order[p.name])) for r, c in columns.items()}
        for part, columns in places.items()
    }
    return Assignment(
        in_order.pop(None),
        tuple(final[n] for n in range(len(within))),
        tuple((part, columns) for part, columns in in_order.items() if part is not None),
        parts.titles,
    )


def _agree(
    form: Form,
    final: dict[int, Proposal],
    places: Mapping[Part | None, dict[str, list[ColumnProfile]]],
    parts: Parts,
) -> None:
    """Columns of sittings that say the same hold results when one of them does, empty as they may be."""
    many = set(form.fills.values())
    meant = {parts.titles.get(p.column.name): p for p in final.values() if p.role in many}
    for number, proposal in final.items():
        part, title = parts.of(proposal.column.name), parts.titles.get(proposal.column.name)
        if part is not None and title in meant and proposal.role == NOT_NEEDED:
            alike = meant[title]
            final[number] = replace(
                proposal, role=alike.role, confidence=alike.confidence, reasons=alike.reasons
            )
            places[part].setdefault(alike.role, []).append(proposal.column)


def _placed(
    form: Form,
    proposal: Proposal,
    places: Mapping[Part | None, Mapping[str, Sequence[ColumnProfile]]],
    part: Part | None,
) -> Proposal:
    """The proposal, or its next role when another column has been given its first."""
    for role, confidence in proposal.rated:
        if role not in form.roles:
            if role == proposal.role:
                return proposal
            continue
        if confidence < _NEXT_BEST * proposal.confidence:
            break
        taken = places[part if role in form.part_roles else None]
        if confidence >= LIKELY and (role not in taken or all_roles()[role].is_many):
            others = tuple(pair for pair in proposal.rated if pair[0] != role)
            return replace(proposal, role=role, confidence=confidence, alternatives=others)
    if part is not None and form.numbers and proposal.looks.is_plain_number:
        return _as_number(form, proposal)
    words = ("Another column is more likely it.",)
    return replace(proposal, role=NOT_NEEDED, reasons=words, alternatives=proposal.rated[:3])


def _within(form: Form, proposal: Proposal, chosen: Mapping[str, str]) -> Proposal:
    """The proposal when only the form's roles have a use, and what it would be for people otherwise."""
    said = chosen.get(proposal.column.name)
    if said is not None:
        return Proposal(proposal.column, said, 1.0, ("You said so.",))
    proposal = _read_as(form, proposal)
    rated = proposal.rated
    rest = [
        (role, confidence)
        for role, confidence in rated
        if role == NOT_NEEDED or role in form.roles or not all_roles()[role].is_stored
    ]
    if proposal.alike > _MOST_ALIKE and proposal.confidence < _BY_NAME:
        words = ("One of many that only numbers tell apart, such as answers to single questions.",)
        return replace(proposal, role=NOT_NEEDED, reasons=words)
    is_elsewhere = proposal.role not in form.roles and proposal.confidence < _BY_NAME
    is_number = form.numbers and proposal.column.is_plain_number
    if is_number and (proposal.role == NOT_NEEDED or is_elsewhere):
        return _as_number(form, proposal)
    if not rest or (rest[0][1] < max(LIKELY, _NEXT_BEST * rated[0][1]) and rest[0][0] != NOT_NEEDED):
        words = ("Files of this form have no use for it.",)
        return replace(proposal, role=NOT_NEEDED, reasons=words, alternatives=rated[:2])
    (role, confidence), *others = rest
    reasons = (
        proposal.reasons if role == proposal.role else ("In a file of this form it is most likely that.",)
    )
    return replace(proposal, role=role, confidence=confidence, reasons=reasons, alternatives=tuple(others))


def _as_number(form: Form, proposal: Proposal) -> Proposal:
    words = ("A number, in a file of such numbers.",)
    role = form.numbers or NOT_NEEDED
    return replace(proposal, role=role, confidence=LIKELY, reasons=words, alternatives=proposal.rated[:2])


def _read_as(form: Form, proposal: Proposal) -> Proposal:
    """The proposal in the words of the form: in results of a test a mark is a score."""
    found: dict[str, float] = {}
    for called, confidence in proposal.rated:
        role = form.reads.get(called, called)
        found[role] = max(found.get(role, 0.0), confidence)
    (first, rating), *others = found.items()
    return replace(proposal, role=first, confidence=rating, alternatives=tuple(others))
