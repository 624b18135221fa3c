"""What each column is likely to be, with a confidence and the reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

from homeroom.ingest.suggest.codes import known_codes
from homeroom.ingest.suggest.ground import Ground, Known
from homeroom.ingest.suggest.nameless import nameless_likeness
from homeroom.ingest.suggest.profile import ColumnProfile, Shape
from homeroom.ingest.suggest.repeats import Stem, is_nameless, loose_stem, numbered_stem, read_names
from homeroom.ingest.suggest.roles import NOT_NEEDED, Role, all_roles
from homeroom.ingest.suggest.words import NameIndex, Words, words_of

SURE: Final = 0.6
"""Confidence from which nobody is asked."""
LIKELY: Final = 0.42
"""Confidence from which a role is proposed at all."""
_KNOWN_SHARE: Final = 0.9
_KNOWN_WEIGHT: Final = 0.9
_NAMELESS: Final = 0.6
_FEWEST_CODES: Final = 2
_STRANGE: Final = 0.1  # share of codes up to which a column is hardly one of them
_WRONG_CODES: Final = 0.6
_WRONG_SHAPE: Final = 0.55
_NO_DATE: Final = 0.3  # what is no date makes no record whose date it should be
_TELLING: Final = (Shape.INTEGER, Shape.DECIMAL, Shape.CODE, Shape.TEXT)
_NUMBERS: Final = (Shape.INTEGER, Shape.DECIMAL)
_DATES: Final = frozenset({"test_date", "entry_date", "attendance_date"})
_OF_DATES: Final = "school_year"
_RESULTS: Final = frozenset({"score", "performance_level"})
_LEVELS: Final = frozenset({("level",), ("category",), ("quintile",), ("placement",), ("band",)})
"""Last words of a name that say that it is a level whatever its cells are."""
_SCORES: Final = frozenset(
    (w,) for w in ("score", "percentile", "percent", "stanine", "rank", "lexile", "quantile", "measure")
)
"""Last words of a name that say that it is a score."""
_MARKS: Final = _RESULTS | {"mark"}
_MOST_ALTERNATIVES: Final = 4


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a column is likely to be.

    confidence: 0..1. reasons: in words, for people. alternatives: other roles and their confidence, best first.
    like: the best filled of the columns that are called like it but for numbers and seasons, by whose cells it was
    judged; None when that is itself. alike: how many columns only
    numbers tell apart from it.
    """

    column: ColumnProfile
    role: str
    confidence: float
    reasons: tuple[str, ...]
    alternatives: tuple[tuple[str, float], ...] = ()
    like: ColumnProfile | None = None
    alike: int = 1

    @property
    def looks(self) -> ColumnProfile:
        """The column by whose cells it was judged."""
        return self.like or self.column

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
    claimed = {words: role for role, listed in names.items() for words in listed}
    pairs = set(learned)
    dates = {column for role, column in pairs if role in _DATES}
    for role_name, column in sorted(pairs):
        # A school year is often told from a date; that does not make the date one. Some vendors' terms and subjects
        # are kept as scores; that does not make them scores elsewhere.
        words = words_of(column)
        if claimed.get(words, role_name) == role_name and (role_name != _OF_DATES or column not in dates):
            names.setdefault(role_name, {})[words] = None
    return NameIndex({role: [n for n in listed if n not in hidden] for role, listed in names.items()})


def propose(profiles: Sequence[ColumnProfile], ground: Ground) -> tuple[Proposal, ...]:
    """A proposal for each column by itself; two columns may be proposed for the same role.

    Columns that are called alike but for numbers and seasons are judged by the best filled of them.
    """
    best: dict[Stem, ColumnProfile] = {}
    names = read_names([profile.name for profile in profiles])
    stems = [loose_stem(name) for name in names]
    numbered = [numbered_stem(name) for name in names]
    for stem, profile in zip(stems, profiles, strict=True):
        if stem not in best or profile.filled > best[stem].filled:
            best[stem] = profile
    alike = Counter(numbered)
    found = {stem: _propose(profile, ground) for stem, profile in best.items()}
    return tuple(
        replace(
            found[stem],
            column=profile,
            like=None if profile is best[stem] else best[stem],
            alike=alike[numbers],
        )
        for stem, numbers, profile in zip(stems, numbered, profiles, strict=True)
    )


def _propose(profile: ColumnProfile, ground: Ground) -> Proposal:
    by_name = {} if is_nameless(profile.name) else ground.examples.rate(profile.name)
    rated = sorted(
        (
            _rate(role, profile, by_name=by_name.get(role.name, 0.0), ground=ground)
            for role in all_roles().values()
        ),
        key=lambda r: -r.confidence,
    )
    _settle_results(rated, profile)
    best, *rest = rated
    alternatives = tuple(
        (r.role.name, round(r.confidence, 2)) for r in rest[:_MOST_ALTERNATIVES] if r.confidence > 0.2
    )
    if best.confidence < LIKELY:
        words = ("Nothing of use is called so or looks so.",)
        others = ((best.role.name, round(best.confidence, 2)), *alternatives[:2])
        return Proposal(profile, NOT_NEEDED, round(1 - best.confidence, 2), words, others)
    return Proposal(profile, best.role.name, round(best.confidence, 2), best.reasons, alternatives)


def _settle_results(rated: list[_Rated], profile: ColumnProfile) -> None:
    """Scores and levels are called alike: numbers are scores, codes and words are levels, unless the name says so."""
    first = rated[0]
    if first.role.name not in _RESULTS:
        return
    last = words_of(profile.name)[-1:]
    if last not in _LEVELS | _SCORES and profile.shape not in _TELLING:
        return
    is_score = last in _SCORES or (profile.shape in _NUMBERS and last not in _LEVELS)
    wanted = "score" if is_score else "performance_level"
    rivals = rated if last in _LEVELS | _SCORES else rated[:2]
    at = next((n for n, r in enumerate(rivals) if r.role.name == wanted), 0)
    second = rated[at]
    rated[0], rated[at] = (
        replace(second, confidence=first.confidence),
        replace(first, confidence=second.confidence),
    )


def _rate(role: Role, profile: ColumnProfile, *, by_name: float, ground: Ground) -> _Rated:
    reasons: list[str] = []
    if by_name > 0.5:
        reasons.append(f"Columns for {role.label} are called so.")
    is_shaped = not role.shapes or profile.shape in role.shapes
    if is_shaped and by_name > 0.5 and profile.shape is Shape.DATE:
        reasons.append(f"Its cells are dates ({profile.date_forms[0]}).")
    share = _known_share(role, profile, ground.known)
    if share >= _KNOWN_SHARE:
        reasons.append(f"{share:.0%} of its values are known here as {role.label}.")
    coded = _code_share(role, profile, ground)
    if coded is not None and coded >= _KNOWN_SHARE:
        reasons.append("Its values are such codes.")
    wrong = _NO_DATE if Shape.DATE in role.shapes else _WRONG_SHAPE
    last = words_of(profile.name)[-1:]
    ends_wrong = last in role.never_ends or (last in _SCORES and role.name not in _MARKS)
    named = 0.95 * by_name * (1.0 if is_shaped and not ends_wrong else wrong) * _by_codes(coded)
    told = max(
        _KNOWN_WEIGHT * max(0.0, share - 0.5) * 2, _NAMELESS * nameless_likeness(role.name, profile, coded)
    )
    return _Rated(role, 1 - (1 - named) * (1 - told), tuple(reasons))


def _known_share(role: Role, profile: ColumnProfile, known: Known) -> float:
    values = known.values.get(role.known or "")
    if not values or not profile.distinct:
        return 0.0
    seen = profile.keys
    return sum(v in values for v in seen) / len(seen) if seen else 0.0


def _code_share(role: Role, profile: ColumnProfile, ground: Ground) -> float | None:
    """How many of a column's different values are codes of the role; None where that tells nothing."""
    if role.codes is None or profile.distinct < _FEWEST_CODES:
        return None
    meant = known_codes(role.codes, descriptors=tuple(ground.descriptors.get(role.codes, ())))
    values = [value for value, _ in profile.values] or profile.keys
    return sum(value.casefold() in meant for value in values) / len(values)


def _by_codes(share: float | None) -> float:
    return 1.0 if share is None or share > _STRANGE else _WRONG_CODES
