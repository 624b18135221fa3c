"""Incoming people against those of a district: block, compare, weigh, decide; in slices of bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from homeroom.matching.blocking import Index, Rows
from homeroom.matching.comparison import compare
from homeroom.matching.decision import Scored, apply_rules, decide
from homeroom.matching.features import Features
from homeroom.matching.verdicts import Thresholds, Verdict
from homeroom.matching.weights import Rarity, Weights, count_names, estimate_weights, expected_weights, score

_SLICE: Final = 4_000
_SAMPLE: Final = 8_000
_STRANGERS: Final = 200_000
_SEED: Final = 1
"""Of the sample from which weights are estimated: the same people always give the same answers."""
_ENOUGH: Final = 2_000
"""People on each side from which the files themselves tell more than the expectation."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """A comparison set up: both sides in columns, the weights, and the index of the known."""

    incoming: Features
    known: Features
    index: Index
    weights: Weights
    rarity: Rarity

    def verdicts(self, thresholds: Thresholds) -> list[Verdict]:
        """An answer for each incoming person, in their order."""
        kept = [self.scored(rows).shown(thresholds) for rows in _slices(len(self.incoming))]
        return decide(_joined(kept), thresholds, people=len(self.incoming))

    def scored(self, rows: Rows) -> Scored:
        """The compared pairs of some incoming people."""
        ours, theirs = self.index.candidates(self.incoming, rows)
        levels = compare(self.incoming, self.known, ours=ours, theirs=theirs)
        bits = score(
            levels,
            self.weights,
            self.rarity,
            given=self.incoming.given[ours],
            surname=self.incoming.surname[ours],
        )
        return apply_rules(self.incoming, self.known, ours=ours, theirs=theirs, levels=levels, bits=bits)


def set_up(incoming: Features, known: Features, *, people: int | None = None) -> Matcher:
    """A matcher whose weights come from the two sides themselves where both are large enough.

    people: of the whole district, where `known` holds only those of them who share something with the incoming.
    """
    index, everybody = Index(known), people or len(known)
    is_large = min(len(incoming), len(known)) >= _ENOUGH
    weights = _estimate(incoming, known, index) if is_large else expected_weights(everybody)
    return Matcher(incoming, known, index, weights, count_names(incoming, known, everybody=everybody))


def _estimate(incoming: Features, known: Features, index: Index) -> Weights:
    chance = np.random.default_rng(_SEED)
    rows = np.sort(chance.permutation(len(incoming))[:_SAMPLE]).astype(np.int32)
    ours, theirs = index.candidates(incoming, rows)
    candidates = compare(incoming, known, ours=ours, theirs=theirs)
    ours = chance.integers(len(incoming), size=_STRANGERS, dtype=np.int32)
    theirs = chance.integers(len(known), size=_STRANGERS, dtype=np.int32)
    strangers = compare(incoming, known, ours=ours, theirs=theirs)
    return estimate_weights(candidates, strangers, known=len(known))


def _slices(people: int) -> list[Rows]:
    """Rows in slices; one empty slice for nobody."""
    every = np.arange(people, dtype=np.int32)
    return [every[first : first + _SLICE] for first in range(0, max(people, 1), _SLICE)]


def _joined(parts: list[Scored]) -> Scored:
    names = ("ours", "theirs", "levels", "bits", "may_be_twins", "id_reused", "other_id")
    return Scored(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
