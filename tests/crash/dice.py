"""From where the tests take their chance: the same seed gives the same points, as far as the clock lets them."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Dice:
    """kills: how often each kind of process is killed in one test. seed: from which all that is random follows."""

    kills: int
    seed: str

    def of(self, name: str) -> random.Random:
        """One test's own chance."""
        return random.Random(f"{self.seed} {name}")
