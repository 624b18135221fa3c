"""Which column plays which role in a form: one column each, unless the role takes many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from homeroom.ingest.suggest.forms import Form
from homeroom.ingest.suggest.profile import ColumnProfile
from homeroom.ingest.suggest.propose import Proposal
from homeroom.ingest.suggest.roles import NOT_NEEDED, all_roles

_NEAR: Final = 0.1
_LEAST: Final = 0.42


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
        """Proposals that a person should look at: stored ones of low confidence, or with a near rival."""
        return tuple(
            p
            for p in self.proposals
            if p.role in self.columns
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
    final: list[Proposal] = []
    taken: set[str] = set()
    for proposal in sorted(within, key=lambda p: (-p.confidence, within.index(p))):
        role = proposal.role
        if role not in form.roles:
            final.append(proposal)
        elif role not in taken or all_roles()[role].is_many:
            taken.add(role)
            columns[role] = (*columns.get(role, ()), proposal.column)
            final.append(proposal)
        else:
            final.append(_outdone(proposal))
    order = {p.column.name: n for n, p in enumerate(proposals)}
    in_order = {r: tuple(sorted(c, key=lambda p: order[p.name])) for r, c in columns.items()}
    return Assignment(in_order, tuple(sorted(final, key=lambda p: order[p.column.name])))


def _outdone(proposal: Proposal) -> Proposal:
    words = ("Another column is more likely it.",)
    rival = ((proposal.role, proposal.confidence),)
    return replace(proposal, role=NOT_NEEDED, reasons=words, alternatives=rival)


def _within(form: Form, proposal: Proposal, chosen: Mapping[str, str]) -> Proposal:
    """The proposal when only the form's roles have a use, and what it would be for people otherwise."""
    said = chosen.get(proposal.column.name)
    if said is not None:
        return Proposal(proposal.column, said, 1.0, ("You said so.",))
    rated = [(proposal.role, proposal.confidence), *proposal.alternatives]
    rest = [
        (role, confidence)
        for role, confidence in rated
        if role == NOT_NEEDED or role in form.roles or not all_roles()[role].is_stored
    ]
    if not rest or (rest[0][1] < _LEAST and rest[0][0] != NOT_NEEDED):
        words = ("Files of this form have no use for it.",)
        return replace(proposal, role=NOT_NEEDED, reasons=words, alternatives=tuple(rated[:2]))
    (role, confidence), *others = rest
    reasons = (
        proposal.reasons if role == proposal.role else ("In a file of this form it is most likely that.",)
    )
    return replace(proposal, role=role, confidence=confidence, reasons=reasons, alternatives=tuple(others))
