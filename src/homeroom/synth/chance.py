"""Chance from the seed alone: an independent stream for each part, so that one part never moves another."""

from __future__ import annotations

import math
from random import Random


def chance_for(seed: int, *parts: str | int) -> Random:
    """A stream of its own for a part of the district, such as one student's attendance.

    The seed text is hashed by `random` itself, so the stream is the same in every process.
    """
    return Random("/".join(str(part) for part in (seed, *parts)))  # noqa: S311  # made-up data needs no secrecy


def weighted(chance: Random, weights: dict[str, float]) -> str:
    """One of the names, drawn in proportion to its weight."""
    return chance.choices(list(weights), list(weights.values()))[0]


def events_in(chance: Random, *, mean: float) -> int:
    """How many events happened when mean is expected (Poisson, by Knuth's product of uniforms)."""
    floor, product, count = math.exp(-mean), chance.random(), 0
    while product > floor:
        product *= chance.random()
        count += 1
    return count
