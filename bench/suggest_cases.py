"""A file to be described, and what is true of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from homeroom.ingest.suggesting import Sample

Fact: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Case:
    """A file. group: whose it is, for the figures. source: of the specs to be hidden, empty for none.

    form: what it is. truth: the roles of each column that is stored. expected: what its records must say, by
    `facts_of`; empty where nobody knows. students: their numbers, as a district would hold them.
    number: the column with those, where several may be it.
    """

    group: str
    source: str
    sample: Sample
    form: str
    truth: Mapping[str, frozenset[str]]
    expected: Counter[Fact]
    students: frozenset[str]
    answers: Mapping[str, str] = field(default_factory=dict)
    number: str = ""
