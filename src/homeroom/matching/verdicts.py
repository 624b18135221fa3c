"""The three answers of the matching, and how sure it has to be for each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from homeroom.matching.reasons import Reason, Reasons


class Answer(StrEnum):
    """The three answers."""

    SAME = "same"
    DIFFERENT = "different"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities: at `same` and above nobody is asked, below `different` nobody is shown the pair.

    Fixed on one seed of the labelled test people and measured on others: docs/decisions/0011.
    """

    same: float = 0.995
    different: float = 0.1


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody of the district who may be the one. known: row among the known."""

    known: int
    probability: float
    reasons: Reasons


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one incoming person. candidates: the likeliest first; one alone where it is SAME."""

    answer: Answer
    candidates: tuple[Candidate, ...] = ()
    reasons: Reasons = (Reason.NOBODY_ALIKE,)
