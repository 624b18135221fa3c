"""From likeness to an answer: same, different, or a person decides; with the rules that no likeness overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from homeroom.matching.comparison import Birth, Field, Flags, Given, Levels, Plain, Rows, Surname
from homeroom.matching.features import Features
from homeroom.matching.reasons import Reason, Reasons
from homeroom.matching.verdicts import Answer, Candidate, Thresholds, Verdict
from homeroom.matching.weights import Bits, probability_of

_MOST_CANDIDATES: Final = 5
_MARGIN_BITS: Final = 10.0
"""The second best must be a thousand times less likely for the best one to be taken without a person."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Compared pairs. ours, theirs: rows; the last three: rules that ask for a person; each by pair."""

    ours: Rows
    theirs: Rows
    levels: Levels
    bits: Bits
    may_be_twins: Flags
    id_reused: Flags
    other_id: Flags

    def shown(self, thresholds: Thresholds) -> Scored:
        """Only those worth a look."""
        kept = (probability_of(self.bits) >= thresholds.different) | self.id_reused
        return Scored(
            self.ours[kept],
            self.theirs[kept],
            self.levels[kept],
            self.bits[kept],
            self.may_be_twins[kept],
            self.id_reused[kept],
            self.other_id[kept],
        )


def apply_rules(
    incoming: Features, known: Features, *, ours: Rows, theirs: Rows, levels: Levels, bits: Bits
) -> Scored:
    """The pairs with what the rules say of each."""
    given = levels[:, Field.GIVEN]
    surname, birth = levels[:, Field.SURNAME], levels[:, Field.BIRTH]
    same_id = levels[:, Field.KNOWN_ID] == Plain.SAME
    return Scored(
        ours=ours,
        theirs=theirs,
        levels=levels,
        bits=bits,
        may_be_twins=_may_be_twins(incoming, known, ours=ours, theirs=theirs, levels=levels),
        id_reused=same_id & ((given == Given.OTHER) | ((birth == Birth.OTHER) & (surname == Surname.OTHER))),
        other_id=levels[:, Field.KNOWN_ID] == Plain.OTHER,
    )


def _may_be_twins(incoming: Features, known: Features, *, ours: Rows, theirs: Rows, levels: Levels) -> Flags:
    """Born on one day into one family, and not surely of one name.

    A usual short form is the same name only where the sex is the same and neither side has a sibling of that day.
    """
    given = levels[:, Field.GIVEN]
    is_family = (levels[:, Field.SURNAME] != Surname.OTHER) | (levels[:, Field.CONTACT_POINT] == Plain.SAME)
    is_one_day = levels[:, Field.BIRTH] == Birth.SAME
    has_sibling = _has_sibling(incoming)[ours] | _has_sibling(known)[theirs]
    is_short = (given == Given.SHORT_FORM) & (levels[:, Field.SEX] == Plain.SAME) & ~has_sibling
    is_one_name = (given == Given.SAME) | (given == Given.SWAPPED) | is_short
    other_middle = levels[:, Field.MIDDLE] == Plain.OTHER
    found: Flags = is_one_day & is_family & (~is_one_name | other_middle)
    return found


def _has_sibling(people: Features) -> Flags:
    """Whether somebody else of the set was born on the same day with the same sound of a surname."""
    keys = (people.birth.astype(np.int64) << 32) | people.part_sounds[:, 0]
    _, places, counts = np.unique(keys, return_inverse=True, return_counts=True)
    found: Flags = (counts[places] > 1) & (people.birth != 0)
    return found


def decide(scored: Scored, thresholds: Thresholds, *, people: int) -> list[Verdict]:
    """An answer for each of the incoming people, by their rows."""
    shown = scored.shown(thresholds)
    order = np.lexsort((-shown.bits, shown.ours))
    bounds = np.searchsorted(shown.ours[order], np.arange(people + 1))
    verdicts = [_decide_one(shown, order[bounds[n] : bounds[n + 1]], thresholds) for n in range(people)]
    return _without_double_claims(verdicts)


def _decide_one(scored: Scored, pairs: npt.NDArray[np.intp], thresholds: Thresholds) -> Verdict:
    """pairs: numbers of the pairs of one incoming person, the likeliest first."""
    if not len(pairs):
        return Verdict(Answer.DIFFERENT)
    best = pairs[0]
    why_a_person = _needs_a_person(scored, pairs)
    chance = float(probability_of(scored.bits[best]))
    if not why_a_person and chance >= thresholds.same:
        candidate = _candidate(scored, best)
        return Verdict(Answer.SAME, (candidate,), candidate.reasons)
    candidates = tuple(_candidate(scored, pair) for pair in pairs[:_MOST_CANDIDATES])
    return Verdict(Answer.ASK, candidates, (*why_a_person, *candidates[0].reasons))


def _needs_a_person(scored: Scored, pairs: npt.NDArray[np.intp]) -> Reasons:
    """The rules that forbid to take the likeliest without a person."""
    best = pairs[0]
    found = []
    if scored.may_be_twins[best]:
        found.append(Reason.MAY_BE_TWINS)
    if scored.id_reused[pairs].any():
        found.append(Reason.ID_REUSED)
    if scored.other_id[best]:
        found.append(Reason.OTHER_KNOWN_ID)
    if len(pairs) > 1 and scored.bits[best] - scored.bits[pairs[1]] < _MARGIN_BITS:
        found.append(Reason.SEVERAL_CANDIDATES)
    return tuple(found)


def _without_double_claims(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Where two incoming people would be one of the district, a person looks at both."""
    claims: dict[int, int] = {}
    for verdict in verdicts:
        if verdict.answer is Answer.SAME:
            known = verdict.candidates[0].known
            claims[known] = claims.get(known, 0) + 1
    return [
        Verdict(Answer.ASK, verdict.candidates, (Reason.CLAIMED_TWICE, *verdict.reasons))
        if verdict.answer is Answer.SAME and claims[verdict.candidates[0].known] > 1
        else verdict
        for verdict in verdicts
    ]


def _candidate(scored: Scored, pair: np.intp) -> Candidate:
    reasons = _reasons(scored.levels[pair].tolist())
    return Candidate(int(scored.theirs[pair]), float(probability_of(scored.bits[pair])), reasons)


def _reasons(levels: Sequence[int]) -> Reasons:
    if levels[Field.GIVEN] == Given.SWAPPED:
        levels = [*levels]
        levels[Field.SURNAME] = 0
    return tuple(_WORDS[field, level] for field in _ORDER if (level := levels[field]))


_ORDER: Final = (
    Field.KNOWN_ID,
    Field.GIVEN,
    Field.MIDDLE,
    Field.SURNAME,
    Field.SUFFIX,
    Field.BIRTH,
    Field.SEX,
    Field.SCHOOL,
    Field.GRADE,
    Field.CONTACT_POINT,
    Field.RELATED,
)


def _words() -> dict[tuple[Field, int], Reason]:
    plain = {
        Field.MIDDLE: (Reason.MIDDLE_NAME_SAME, Reason.MIDDLE_NAME_OTHER),
        Field.SUFFIX: (Reason.SUFFIX_SAME, Reason.SUFFIX_OTHER),
        Field.SEX: (Reason.SEX_SAME, Reason.SEX_OTHER),
        Field.SCHOOL: (Reason.SCHOOL_SAME, Reason.SCHOOL_OTHER),
        Field.GRADE: (Reason.GRADE_SAME, Reason.GRADE_OTHER),
        Field.CONTACT_POINT: (Reason.CONTACT_POINT_SAME, Reason.CONTACT_POINT_OTHER),
        Field.KNOWN_ID: (Reason.SAME_KNOWN_ID, Reason.OTHER_KNOWN_ID),
        Field.RELATED: (Reason.STUDENT_SAME, Reason.STUDENT_OTHER),
    }
    graded = {
        Field.GIVEN: (
            Reason.GIVEN_NAME_SAME,
            Reason.GIVEN_NAME_SHORT_FORM,
            Reason.GIVEN_NAME_PART,
            Reason.GIVEN_NAME_SIMILAR,
            Reason.GIVEN_NAME_OTHER,
            Reason.NAMES_SWAPPED,
        ),
        Field.SURNAME: (
            Reason.SURNAME_SAME,
            Reason.SURNAME_PART,
            Reason.SURNAME_EARLIER,
            Reason.SURNAME_SIMILAR,
            Reason.SURNAME_OTHER,
        ),
        Field.BIRTH: (
            Reason.BIRTH_DATE_SAME,
            Reason.BIRTH_DATE_SWAPPED,
            Reason.BIRTH_DATE_SLIP,
            Reason.BIRTH_DATE_OTHER,
        ),
    }
    return {
        (field, level): reason
        for field, reasons in (plain | graded).items()
        for level, reason in enumerate(reasons, start=1)
    }


_WORDS: Final[Mapping[tuple[Field, int], Reason]] = MappingProxyType(_words())
