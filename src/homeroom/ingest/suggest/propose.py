"""What each column is likely to be, with a confidence and the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from homeroom.ingest.suggest.profile import ColumnProfile, Shape
from homeroom.ingest.suggest.roles import NOT_NEEDED, Role, all_roles
from homeroom.ingest.suggest.words import Vocabulary, Words, vocabulary_of, words_of

SURE: Final = 0.6
"""Confidence from which nobody is asked."""
_LIKELY: Final = 0.42
_KNOWN_SHARE: Final = 0.9
_WRONG_SHAPE: Final = 0.55
_MOST_ALTERNATIVES: Final = 3


@dataclass(frozen=True, slots=True)
class Known:
    """What the district holds already: the values by the name of their set (`students`, `schools`, …)."""

    values: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a column is likely to be.

    confidence: 0..1. reasons: in words, for people. alternatives: other roles and their confidence, best first.
    """

    column: ColumnProfile
    role: str
    confidence: float
    reasons: tuple[str, ...]
    alternatives: tuple[tuple[str, float], ...] = ()

    @property
    def is_sure(self) -> bool:
        """Whether nobody needs to be asked about it."""
        return self.confidence >= SURE


@dataclass(frozen=True, slots=True)
class Examples:
    """Names by role, from `roles.yaml` and from specs, and what their words weigh."""

    names: Mapping[str, tuple[Words, ...]]
    vocabulary: Vocabulary

    def likeness(self, role: str, name: Words) -> float:
        """How much the name is like the nearest example of the role, 0..1."""
        return max((self.vocabulary.likeness(name, e) for e in self.names.get(role, ())), default=0.0)


def examples_with(learned: Iterable[tuple[str, str]] = ()) -> Examples:
    """The examples of `roles.yaml` and more (role, column name), such as those of the specs at hand."""
    names: dict[str, dict[Words, None]] = {
        role.name: dict.fromkeys(words_of(e) for e in role.examples) for role in all_roles().values()
    }
    for role_name, column in learned:
        if words := words_of(column):
            names.setdefault(role_name, {})[words] = None
    return Examples(
        {role: tuple(listed) for role, listed in names.items()},
        vocabulary_of(words for listed in names.values() for words in listed),
    )


def propose(profiles: Sequence[ColumnProfile], examples: Examples, known: Known) -> tuple[Proposal, ...]:
    """A proposal for each column by itself; two columns may be proposed for the same role."""
    return tuple(_propose(profile, examples, known) for profile in profiles)


def _propose(profile: ColumnProfile, examples: Examples, known: Known) -> Proposal:
    rated = sorted(
        ((_rate(role, profile, examples=examples, known=known), role) for role in all_roles().values()),
        key=lambda pair: -pair[0][0],
    )
    (confidence, reasons), best = rated[0]
    alternatives = tuple((r.name, round(c, 2)) for (c, _), r in rated[1 : 1 + _MOST_ALTERNATIVES] if c > 0.2)
    if confidence < _LIKELY:
        return Proposal(
            profile, NOT_NEEDED, 1 - confidence, ("Nothing of use is called so or looks so.",),
            ((best.name, round(confidence, 2)), *alternatives[:2]),
        )  # fmt: skip
    return Proposal(profile, best.name, round(confidence, 2), reasons, alternatives)


def _rate(
    role: Role, profile: ColumnProfile, *, examples: Examples, known: Known
) -> tuple[float, tuple[str, ...]]:
    reasons: list[str] = []
    by_name = examples.likeness(role.name, words_of(profile.name))
    if by_name > 0.5:
        reasons.append(f"Columns for {role.label} are called so.")
    if role.shapes and profile.shape not in role.shapes:
        by_name *= _WRONG_SHAPE
    elif by_name > 0.5 and profile.shape is Shape.DATE:
        reasons.append(f"Its cells are dates ({profile.date_forms[0]}).")
    share = _known_share(role, profile, known)
    if share >= _KNOWN_SHARE:
        reasons.append(f"{share:.0%} of its values are {role.label} of this district.")
    return 1 - (1 - 0.95 * by_name) * (1 - 0.9 * max(0.0, share - 0.5) * 2), tuple(reasons)


def _known_share(role: Role, profile: ColumnProfile, known: Known) -> float:
    values = known.values.get(role.known or "")
    if not values or not profile.distinct:
        return 0.0
    seen = profile.keys
    return sum(v in values for v in seen) / len(seen) if seen else 0.0
