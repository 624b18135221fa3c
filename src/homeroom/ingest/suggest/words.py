"""Column names as words: split, spelled out, and compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import Final, TypeAlias

from rapidfuzz.distance import JaroWinkler

Words: TypeAlias = tuple[str, ...]

_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|%")
_ALIKE: Final = 0.93
"""Jaro-Winkler similarity from which two words count as one: `enrolment` and `enrollment`, not `start` and `state`."""
_SPELLED_OUT: Final[Mapping[str, Words]] = {
    "%": ("percent",), "pct": ("percent",), "abs": ("absence",), "acct": ("account",), "addr": ("address",),
    "adm": ("administration",), "admin": ("administration",), "asmt": ("assessment",), "att": ("attendance",),
    "attend": ("attendance",), "avg": ("average",), "bday": ("birth", "date"), "birthdate": ("birth", "date"),
    "birthday": ("birth", "date"), "cd": ("code",), "cde": ("code",), "crs": ("course",), "descr": ("description",),
    "desc": ("description",), "dist": ("district",), "dob": ("birth", "date"), "dt": ("date",), "dte": ("date",),
    "enr": ("enrollment",), "enrol": ("enrollment",), "enrolment": ("enrollment",), "eth": ("ethnicity",),
    "ethn": ("ethnicity",), "ethnic": ("ethnicity",), "fname": ("first", "name"), "firstname": ("first", "name"),
    "forename": ("first", "name"), "gender": ("sex",), "grd": ("grade",), "ident": ("id",), "identifier": ("id",),
    "lang": ("language",), "lastname": ("last", "name"), "lev": ("level",), "lname": ("last", "name"),
    "lvl": ("level",), "mi": ("middle", "initial"), "mname": ("middle", "name"), "nbr": ("number",),
    "no": ("number",), "num": ("number",), "numb": ("number",), "perf": ("performance",), "ph": ("phone",),
    "proficiency": ("performance",), "pupil": ("student",), "sch": ("school",), "schl": ("school",),
    "sect": ("section",), "sis": ("student", "system"), "stdnt": ("student",), "stu": ("student",),
    "stud": ("student",), "surname": ("last", "name"), "tchr": ("teacher",), "tel": ("phone",),
    "telephone": ("phone",), "yr": ("year",), "zipcode": ("zip",), "building": ("school",), "campus": ("school",),
    "start": ("begin",), "started": ("begin",), "beginning": ("begin",), "completed": ("completion",),
    "complete": ("completion",), "taken": ("tested",), "learner": ("student",), "learners": ("student",),
}  # fmt: skip
_AT_ITS_END: Final = 0.72
_NOISE: Final = frozenset({"a", "an", "and", "for", "in", "of", "on", "or", "s", "the", "to"})


@lru_cache(maxsize=20_000)
def words_of(name: str) -> Words:
    """A column's name as lower-case words, abbreviations spelled out, small words left out."""
    found: list[str] = []
    for part in _PARTS.findall(name.replace("'", "")):
        word = part.lower()
        found += _SPELLED_OUT.get(word, () if word in _NOISE else (word,))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How much each word tells: one that stands in many names tells little."""

    weights: Mapping[str, float]

    def weight(self, word: str) -> float:
        """1 for a word never met; a number or a common word weighs less."""
        if word.isdigit():
            return 0.3
        return self.weights.get(word, 1.0)

    def likeness(self, name: Words, example: Words) -> float:
        """0..1: the weight of the words that both have, as a share of all their words."""
        total = sum(map(self.weight, name)) + sum(map(self.weight, example))
        if not total:
            return 0.0
        left = list(example)
        shared = 0.0
        for word in name:
            match = next((other for other in left if _is_same(word, other)), None)
            if match is not None:
                left.remove(match)
                shared += self.weight(word) + self.weight(match)
        whole = shared / total
        # The last words say what it is, those before them of what: `Geometry Scale Score` is a `Scale Score`.
        if len(name) > len(example) and all(map(_is_same, name[-len(example) :], example)):
            return max(whole, _AT_ITS_END)
        return whole


def vocabulary_of(names: Iterable[Words]) -> Vocabulary:
    """Weights from the names that are known: 1 for the rarest words, down to 0.25 for those in every name."""
    listed = list(names)
    counts = Counter(word for name in listed for word in set(name))
    scale = log(1 + len(listed))
    return Vocabulary({w: max(0.25, log((1 + len(listed)) / c) / scale) for w, c in counts.items()})


@lru_cache(maxsize=200_000)
def _is_same(one: str, other: str) -> bool:
    if one == other:
        return True
    if min(len(one), len(other)) < 4:
        return False
    return bool(JaroWinkler.similarity(one, other) >= _ALIKE)
