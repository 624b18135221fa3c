"""Incoming people against those of a district: block, compare, weigh, decide; in slices of bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from homeroom.matching.blocking import Index, Rows
from homeroom.matching.comparison import Levels, compare
from homeroom.matching.decision import Scored, Thresholds, Verdict, apply_rules, decide
from homeroom.matching.features import Features
from homeroom.matching.weights import (
    EXPECTED_M,
    Rarity,
    Weights,
    count_names,
    estimate_weights,
    score,
)

_SLICE: Final = 4_000
_SAMPLE: Final = 8_000
_STRANGERS: Final = 200_000
_SEED: Final = 1
"""Of the sample from which weights are estimated: the same people always give the same answers."""
_ENOUGH: Final = 2_000
"""Incoming people from which their own file tells more than the expectation."""


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


def set_up(incoming: Features, known: Features) -> Matcher:
    """A matcher whose weights come from the two sides themselves where they are large enough."""
    index = Index(known)
    return Matcher(incoming, known, index, _weights(incoming, known, index), count_names(incoming, known))


def _weights(incoming: Features, known: Features, index: Index) -> Weights:
    chance = np.random.default_rng(_SEED)
    strangers = _strangers(incoming, known, chance)
    pairs = len(incoming) * len(known)
    if len(incoming) < _ENOUGH or not pairs:
        return estimate_weights(strangers[:0], strangers, known=len(known), pairs=pairs)
    rows = chance.permutation(len(incoming))[:_SAMPLE].astype(np.int32)
    ours, theirs = index.candidates(incoming, np.sort(rows))
    return estimate_weights(
        compare(incoming, known, ours=ours, theirs=theirs), strangers, known=len(known), pairs=pairs
    )


def _strangers(incoming: Features, known: Features, chance: np.random.Generator) -> Levels:
    """Random pairs."""
    if not len(known) or not len(incoming):
        return np.zeros((0, len(EXPECTED_M)), dtype=np.uint8)
    ours = chance.integers(len(incoming), size=_STRANGERS, dtype=np.int32)
    theirs = chance.integers(len(known), size=_STRANGERS, dtype=np.int32)
    return compare(incoming, known, ours=ours, theirs=theirs)


def _slices(people: int) -> list[Rows]:
    """Rows in slices; one empty slice for nobody."""
    every = np.arange(people, dtype=np.int32)
    return [every[first : first + _SLICE] for first in range(0, max(people, 1), _SLICE)]


def _joined(parts: list[Scored]) -> Scored:
    names = ("ours", "theirs", "levels", "bits", "may_be_twins", "id_reused", "other_id")
    return Scored(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
