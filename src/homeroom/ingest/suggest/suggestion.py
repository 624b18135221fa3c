"""The whole way from a sample of a file to a spec that a person only has to look over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from homeroom.ingest.suggest.assign import Assignment, assign
from homeroom.ingest.suggest.compose import Draft, compose
from homeroom.ingest.suggest.forms import Form, all_forms, choose_form
from homeroom.ingest.suggest.ground import Ground
from homeroom.ingest.suggest.profile import ColumnProfile
from homeroom.ingest.suggest.propose import Proposal, propose


@dataclass(frozen=True, slots=True)
class Said:
    """What a person has said so far.

    form: by name. roles: column -> role. answers: question -> answer. codes: (role, value) -> what it means.
    """

    form: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proposed spec, what each column is taken for, and what is to be asked."""

    form: Form
    fit: float
    assignment: Assignment
    draft: Draft

    @property
    def missing(self) -> tuple[tuple[str, ...], ...]:
        """Choices of roles that the form needs and no column has."""
        return tuple(choice for choice in self.form.needs if not self.assignment.used.intersection(choice))


def suggest(
    profiles: Sequence[ColumnProfile],
    *,
    name: str,
    ground: Ground,
    said: Said,
) -> Suggestion | None:
    """A spec for a file with these columns, of that name; None when it looks like no form that is known."""
    proposals = propose(profiles, ground)
    form, fit = choose_form([_as_said(proposal, said) for proposal in proposals])
    if said.form is not None:
        form, fit = next(f for f in all_forms() if f.name == said.form), 1.0
    if not fit:
        return None
    assignment = assign(form, proposals, chosen=said.roles)
    draft = compose(form, assignment, name=name, ground=ground, answers=said.answers, codes=said.codes)
    return Suggestion(form, fit, assignment, draft)


def _as_said(proposal: Proposal, said: Said) -> Proposal:
    role = said.roles.get(proposal.column.name)
    return replace(proposal, role=role, confidence=1.0, alternatives=()) if role else proposal
