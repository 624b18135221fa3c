"""Which column plays which role in a form: one column each, unless the role takes many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from homeroom.ingest.suggest.forms import Form
from homeroom.ingest.suggest.profile import ColumnProfile, Shape
from homeroom.ingest.suggest.propose import LIKELY, Proposal
from homeroom.ingest.suggest.roles import NOT_NEEDED, all_roles

_NEAR: Final = 0.1
_NUMBERS: Final = (Shape.INTEGER, Shape.DECIMAL)


@dataclass(frozen=True, slots=True)
class Assignment:
    """The columns of a form's roles, and the proposals as they look within the form."""

    columns: Mapping[str, tuple[ColumnProfile, ...]]
    proposals: tuple[Proposal, ...]

    def first(self, role: str) -> ColumnProfile | None:
        """The role's column, or the first of many."""
        found = self.columns.get(role, ())
        return found[0] if found else None

    @property
    def unclear(self) -> tuple[Proposal, ...]:
        """Proposals that a person should look at: those of low confidence, or with a near rival.

        Of roles that many columns may have none is asked about: the list shows them, and one too many does no harm.
        """
        return tuple(
            p
            for p in self.proposals
            if p.role in self.columns
            and not all_roles()[p.role].is_many
            and (
                not p.is_sure
                or any(c > p.confidence - _NEAR and r in self.columns for r, c in p.alternatives)
            )
        )


def assign(form: Form, proposals: Sequence[Proposal], *, chosen: Mapping[str, str]) -> Assignment:
    """The best column for each role of the form.

    chosen: column -> role, as a person has said; `not_needed` for a column that shall be left out.
    """
    within = [_within(form, p, chosen) for p in proposals]
    columns: dict[str, tuple[ColumnProfile, ...]] = {}
    final: dict[int, Proposal] = {}
    for number, proposal in sorted(enumerate(within), key=lambda pair: -pair[1].confidence):
        placed = _placed(form, proposal, columns)
        final[number] = placed
        if placed.role in form.roles:
            columns[placed.role] = (*columns.get(placed.role, ()), placed.column)
    order = {p.column.name: n for n, p in enumerate(proposals)}
    in_order = {r: tuple(sorted(c, key=lambda p: order[p.name])) for r, c in columns.items()}
    return Assignment(in_order, tuple(final[n] for n in range(len(within))))


def _placed(form: Form, proposal: Proposal, columns: Mapping[str, tuple[ColumnProfile, ...]]) -> Proposal:
    """The proposal, or its next role when another column has been given its first."""
    for role, confidence in proposal.rated:
        if role not in form.roles:
            if role == proposal.role:
                return proposal
            continue
        if confidence >= LIKELY and (role not in columns or all_roles()[role].is_many):
            others = tuple(pair for pair in proposal.rated if pair[0] != role)
            return replace(proposal, role=role, confidence=confidence, alternatives=others)
    words = ("Another column is more likely it.",)
    return replace(proposal, role=NOT_NEEDED, reasons=words, alternatives=proposal.rated[:3])


def _within(form: Form, proposal: Proposal, chosen: Mapping[str, str]) -> Proposal:
    """The proposal when only the form's roles have a use, and what it would be for people otherwise."""
    said = chosen.get(proposal.column.name)
    if said is not None:
        return Proposal(proposal.column, said, 1.0, ("You said so.",))
    rated = proposal.rated
    rest = [
        (role, confidence)
        for role, confidence in rated
        if role == NOT_NEEDED or role in form.roles or not all_roles()[role].is_stored
    ]
    if form.numbers and proposal.column.shape in _NUMBERS and (not rest or rest[0][0] == NOT_NEEDED):
        words = ("A number, in a file of such numbers.",)
        return replace(proposal, role=form.numbers, confidence=LIKELY, reasons=words, alternatives=rated[:2])
    if not rest or (rest[0][1] < LIKELY and rest[0][0] != NOT_NEEDED):
        words = ("Files of this form have no use for it.",)
        return replace(proposal, role=NOT_NEEDED, reasons=words, alternatives=rated[:2])
    (role, confidence), *others = rest
    reasons = (
        proposal.reasons if role == proposal.role else ("In a file of this form it is most likely that.",)
    )
    return replace(proposal, role=role, confidence=confidence, reasons=reasons, alternatives=tuple(others))
