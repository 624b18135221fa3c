"""Counts of what became of rows; kept with each checkpoint, so that a resumed load counts on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from homeroom.records.outcomes import Inserted, Outcome, Unchanged, Updated


class Tally(msgspec.Struct, array_like=True):
    """Rows of one resource: considered, and what became of them."""

    considered: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Counts rows."""
        times = Counter(map(type, outcomes))
        self.considered += len(outcomes)
        self.inserted += times[Inserted]
        self.updated += times[Updated]
        self.unchanged += times[Unchanged]
        self.failed += len(outcomes) - times[Inserted] - times[Updated] - times[Unchanged]

    def add_unreadable(self) -> None:
        """Counts a row that could not be read."""
        self.considered += 1
        self.failed += 1

    def add_tally(self, other: Tally) -> None:
        """Counts what another counted."""
        self.considered += other.considered
        self.inserted += other.inserted
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.failed += other.failed


Tallies: TypeAlias = dict[str, Tally]
"""Tallies by resource."""


def copy_tallies(tallies: Mapping[str, Tally]) -> Tallies:
    """The same counts, to count on from."""
    copies = {name: Tally() for name in tallies}
    for name, copy in copies.items():
        copy.add_tally(tallies[name])
    return copies


def parse_tallies(text: str) -> Tallies:
    """Tallies as `render_tallies` wrote them."""
    return msgspec.json.decode(text, type=dict[str, Tally])


def render_tallies(tallies: Mapping[str, Tally]) -> str:
    """Tallies as JSON."""
    return msgspec.json.encode(tallies).decode()
