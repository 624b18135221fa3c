"""What each column is likely to be, with a confidence and the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Final

from homeroom.ingest.suggest.profile import ColumnProfile, Shape
from homeroom.ingest.suggest.roles import NOT_NEEDED, Role, all_roles
from homeroom.ingest.suggest.words import NameIndex, Words, words_of

SURE: Final = 0.6
"""Confidence from which nobody is asked."""
LIKELY: Final = 0.42
"""Confidence from which a role is proposed at all."""
_KNOWN_SHARE: Final = 0.9
_WRONG_SHAPE: Final = 0.55
_TELLING: Final = (Shape.INTEGER, Shape.DECIMAL, Shape.CODE, Shape.TEXT)
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
    def rated(self) -> tuple[tuple[str, float], ...]:
        """Every role it may be with its confidence, best first."""
        return ((self.role, self.confidence), *self.alternatives)

    @property
    def is_sure(self) -> bool:
        """Whether nobody needs to be asked about it."""
        return self.confidence >= SURE


@dataclass(frozen=True, slots=True)
class _Rated:
    """A role that a column may have."""

    role: Role
    confidence: float
    reasons: tuple[str, ...]


def examples_with(learned: Iterable[tuple[str, str]] = (), *, hidden: Set[Words] = frozenset()) -> NameIndex:
    """The examples of `roles.yaml` and more (role, column name), such as those of the specs at hand.

    hidden: names that shall not be known.
    """
    names: dict[str, dict[Words, None]] = {
        role.name: dict.fromkeys(words_of(e) for e in role.examples) for role in all_roles().values()
    }
    for role_name, column in learned:
        names.setdefault(role_name, {})[words_of(column)] = None
    return NameIndex({role: [n for n in listed if n not in hidden] for role, listed in names.items()})


def propose(profiles: Sequence[ColumnProfile], examples: NameIndex, known: Known) -> tuple[Proposal, ...]:
    """A proposal for each column by itself; two columns may be proposed for the same role."""
    return tuple(_propose(profile, examples, known) for profile in profiles)


def _propose(profile: ColumnProfile, examples: NameIndex, known: Known) -> Proposal:
    by_name = examples.rate(profile.name)
    rated = sorted(
        (
            _rate(role, profile, by_name=by_name.get(role.name, 0.0), known=known)
            for role in all_roles().values()
        ),
        key=lambda r: -r.confidence,
    )
    _settle_results(rated, profile.shape)
    best, *rest = rated
    alternatives = tuple(
        (r.role.name, round(r.confidence, 2)) for r in rest[:_MOST_ALTERNATIVES] if r.confidence > 0.2
    )
    if best.confidence < LIKELY:
        words = ("Nothing of use is called so or looks so.",)
        others = ((best.role.name, round(best.confidence, 2)), *alternatives[:2])
        return Proposal(profile, NOT_NEEDED, round(1 - best.confidence, 2), words, others)
    return Proposal(profile, best.role.name, round(best.confidence, 2), best.reasons, alternatives)


def _settle_results(rated: list[_Rated], shape: Shape) -> None:
    """Scores and levels are called alike: numbers are scores, codes and words are levels."""
    first, second = rated[0], rated[1]
    wanted = "score" if shape in (Shape.INTEGER, Shape.DECIMAL) else "performance_level"
    rivals = {first.role.name, second.role.name}
    if rivals == {"performance_level", "score"} and shape in _TELLING and first.role.name != wanted:
        rated[:2] = [
            replace(second, confidence=first.confidence),
            replace(first, confidence=second.confidence),
        ]


def _rate(role: Role, profile: ColumnProfile, *, by_name: float, known: Known) -> _Rated:
    reasons: list[str] = []
    if by_name > 0.5:
        reasons.append(f"Columns for {role.label} are called so.")
    is_shaped = not role.shapes or profile.shape in role.shapes
    if is_shaped and by_name > 0.5 and profile.shape is Shape.DATE:
        reasons.append(f"Its cells are dates ({profile.date_forms[0]}).")
    share = _known_share(role, profile, known)
    if share >= _KNOWN_SHARE:
        reasons.append(f"{share:.0%} of its values are known here as {role.label}.")
    named = 0.95 * by_name * (1.0 if is_shaped else _WRONG_SHAPE)
    confidence = 1 - (1 - named) * (1 - 0.9 * max(0.0, share - 0.5) * 2)
    return _Rated(role, confidence, tuple(reasons))


def _known_share(role: Role, profile: ColumnProfile, known: Known) -> float:
    values = known.values.get(role.known or "")
    if not values or not profile.distinct:
        return 0.0
    seen = profile.keys
    return sum(v in values for v in seen) / len(seen) if seen else 0.0
