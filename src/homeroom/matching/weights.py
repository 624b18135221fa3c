"""What an agreement weighs (Fellegi and Sunter 1969): log2 of how much more likely it is for one person than for two.

`m` is the share of true pairs with a level, `u` that of pairs of two people. An equal name weighs by how rare it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from homeroom.matching.comparison import LEVELS, Field, Given, Levels, Surname
from homeroom.matching.features import Codes, Features

Shares = tuple[tuple[float, ...], ...]
"""For each field the shares of its levels, which add up to 1; what is missing counts nowhere."""
Bits = npt.NDArray[np.float64]

_LEAST: Final = 1e-6
_ROUNDS: Final = 25
_TRUST_IN_M: Final = 2_000.0
_TRUST_IN_U: Final = 20_000.0
"""Pairs for which the expectations below stand in, so that a small or odd file cannot overturn them."""
_FEWEST_PEOPLE: Final = 1_000
_OVERLAP: Final = 0.5
_RAREST: Final = 2.0

EXPECTED_M: Final[Shares] = (
    (0.88, 0.04, 0.02, 0.04, 0.01, 0.01),
    (0.91, 0.02, 0.01, 0.03, 0.03),
    (0.85, 0.15),
    (0.97, 0.03),
    (0.97, 0.008, 0.015, 0.007),
    (0.995, 0.005),
    (0.85, 0.15),
    (0.90, 0.10),
    (0.70, 0.30),
    (0.98, 0.02),
    (0.90, 0.10),
)
"""What is expected of true pairs before any file is seen; the rates of error that matching.md cites, rounded up."""


EXPECTED_U: Final[Shares] = (
    (0.008, 0.002, 0.004, 0.03, 0.9558, 0.0002),
    (0.003, 0.001, 0.0001, 0.02, 0.9759),
    (0.05, 0.95),
    (0.5, 0.5),
    (0.0002, 0.0001, 0.004, 0.9957),
    (0.5, 0.5),
    (0.2, 0.8),
    (0.08, 0.92),
    (0.0001, 0.9999),
    (0.00001, 0.99999),
    (0.0001, 0.9999),
)
"""What is expected of two strangers of one district: thirteen years of birth dates, names as common as in a city."""


@dataclass(frozen=True, slots=True)
class Weights:
    """m, u: shares by field and level. prior: log2 odds that a person has a given one as their own."""

    m: Shares
    u: Shares
    prior: float

    def table(self) -> Bits:
        """Bits by field and level; level 0, which says nothing, weighs nothing."""
        table = np.zeros((len(Field), 1 + max(len(levels) for levels in LEVELS)))
        for field in Field:
            for level, (m, u) in enumerate(zip(self.m[field], self.u[field], strict=True), start=1):
                table[field, level] = np.log2(max(m, _LEAST) / max(u, _LEAST))
        return table


@dataclass(frozen=True, slots=True)
class Rarity:
    """How often each name is borne, by number of the vocabulary: shares of all people of both sides."""

    given: Bits
    surname: Bits


def count_names(*sides: Features, everybody: int) -> Rarity:
    """The share of each name. everybody: people of the district, of whom a side may hold only some."""
    size = len(sides[0].words.names.texts)
    people = sum(len(side) for side in sides[:-1]) + everybody
    return Rarity(
        _shares([side.given for side in sides], size, people=people),
        _shares([side.surname for side in sides], size, people=people),
    )


def _shares(columns: Sequence[Codes], size: int, *, people: int) -> Bits:
    counts = np.sum([np.bincount(column, minlength=size) for column in columns], axis=0)
    # One who bears a name nobody else has is not the only one in the world who does.
    shares: Bits = (counts + _RAREST) / max(people, _FEWEST_PEOPLE)
    return shares


def prior_of(known: int) -> float:
    """log2 odds, before anything is compared, that a given one of so many people is the one looked for."""
    return float(np.log2(_OVERLAP / max(known, _FEWEST_PEOPLE)))


def score(levels: Levels, weights: Weights, rarity: Rarity, *, given: Codes, surname: Codes) -> Bits:
    """log2 odds of each pair that it is one person. given, surname: of one side of each pair."""
    table = weights.table()
    bits = np.full(len(levels), weights.prior)
    for field in Field:
        bits += table[field, levels[:, field]]
    for field, level, numbers, shares in (
        (Field.GIVEN, Given.SAME, given, rarity.given),
        (Field.SURNAME, Surname.SAME, surname, rarity.surname),
    ):
        is_same = levels[:, field] == level
        usual = np.log2(max(weights.u[field][level - 1], _LEAST))
        bits[is_same] += usual - np.log2(shares[numbers[is_same]])
    return bits


def probability_of(bits: Bits) -> Bits:
    """log2 odds as probabilities."""
    probabilities: Bits = 1 / (1 + np.exp2(-np.clip(bits, -60, 60)))
    return probabilities


def expected_weights(known: int) -> Weights:
    """The weights before any file is seen. known: people of the district."""
    return Weights(EXPECTED_M, EXPECTED_U, prior_of(known))


def estimate_weights(candidates: Levels, strangers: Levels, *, known: int) -> Weights:
    """m from candidate pairs by expectation and maximisation, without labels; u from pairs drawn at random.

    strangers: levels of random pairs, of which hardly any is one person. known: people of the district.
    """
    u = _shares_of(strangers, np.ones(len(strangers)), expected=EXPECTED_U, trust=_TRUST_IN_U)
    m, prior = EXPECTED_M, prior_of(known)
    for _ in range(_ROUNDS):
        bits = Weights(m, u, 0.0).table()
        odds = np.full(len(candidates), prior)
        for field in Field:
            odds += bits[field, candidates[:, field]]
        chance = probability_of(odds)
        m = _shares_of(candidates, chance, expected=EXPECTED_M, trust=_TRUST_IN_M)
    return Weights(m, u, prior)


def _shares_of(levels: Levels, weights: Bits, *, expected: Shares, trust: float) -> Shares:
    """The share of each level among pairs that count so much each, `trust` pairs as expected among them."""
    found = []
    for field in Field:
        size = len(LEVELS[field])
        seen = np.bincount(levels[:, field], weights=weights, minlength=size + 1)[1 : size + 1]
        counts = seen + trust * np.array(expected[field])
        found.append(tuple((counts / counts.sum()).tolist()))
    return tuple(found)
