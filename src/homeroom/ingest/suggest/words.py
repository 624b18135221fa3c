"""Column names as words: split, spelled out, and found among names that are known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import log
from typing import Final, TypeAlias

from rapidfuzz.distance import JaroWinkler

Words: TypeAlias = tuple[str, ...]

_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|%")
_ALIKE: Final = 0.93
"""Jaro-Winkler similarity from which two words count as one: `enrolment` and `enrollment`, not `start` and `state`."""
_SPELLED_OUT: Final[Mapping[str, Words]] = {
    "%": ("percent",), "pct": ("percent",), "abs": ("absence",), "acct": ("account",), "addr": ("address",),
    "adm": ("administration",), "admin": ("administration",), "asmt": ("assessment",), "att": ("attendance",),
    "attend": ("attendance",), "avg": ("average",), "bday": ("birth", "date"),
    "birthdate": ("birth", "date"), "bldg": ("school",),
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
_LEAST_ALIKE: Final = 4
"""Letters from which words are compared by likeness."""
_AT_ITS_END: Final = 0.72
_WITHIN: Final = 0.6
_OF_ITS_HEAD: Final = 0.9
_NOISE: Final = frozenset(
    {"a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "per", "s", "the", "to", "with"}
)
_TURNS: Final = re.compile(r"\b(?:at|by|for|from|in|of|on|per|to|with)\b|[(:]", re.IGNORECASE)
"""What stands before these is the thing, what follows says more of it: `Percentile at School` is a percentile."""


@lru_cache(maxsize=20_000)
def words_of(name: str) -> Words:
    """A column's name as lower-case words, abbreviations spelled out, small words and numbers left out."""
    found: list[str] = []
    for part in _PARTS.findall(name.replace("'", "")):
        word = part.lower()
        found += _SPELLED_OUT.get(word, () if word in _NOISE else (word,))
    return tuple(found)


def heads_of(name: str) -> tuple[Words, ...]:
    """The words of a name, then those that say what the thing is, when others say more of it."""
    turn = _TURNS.search(name)
    whole = words_of(name)
    head = words_of(name[: turn.start()]) if turn else whole
    return (whole, head) if head and head != whole else (whole,)


class NameIndex:
    """Names that columns of some role have, to find the role whose names are most like a new one."""

    def __init__(self, names: Mapping[str, Iterable[Words]]) -> None:
        listed = [
            (role, words) for role, all_words in names.items() for words in dict.fromkeys(all_words) if words
        ]
        counts = Counter(word for _, words in listed for word in set(words))
        scale = log(1 + len(listed))
        # 1 for the rarest words, 0.25 for those that stand everywhere.
        self._weights = {w: max(0.25, log((1 + len(listed)) / c) / scale) for w, c in counts.items()}
        self._names = [(role, words, self._weight(words)) for role, words in listed]
        self._having: dict[str, list[int]] = {}
        for number, (_, words) in enumerate(listed):
            for word in set(words):
                self._having.setdefault(word, []).append(number)
        self._known: dict[str, str] = {}

    def rate(self, name: str) -> dict[str, float]:
        """By role, how much a column's name is like the nearest of the role's names, 0..1."""
        whole, *heads = heads_of(name)
        found = self.likeness(whole)
        for head in heads:
            for role, likeness in self.likeness(head).items():
                found[role] = max(found.get(role, 0.0), _OF_ITS_HEAD * likeness)
        return found

    def likeness(self, name: Words) -> dict[str, float]:
        """By role, the weight of the words that both have, as a share of all their words; the best of its names.

        Roles without a word in common are left out.
        """
        words = tuple(self._nearest(word) for word in name)
        total = self._weight(words)
        shared: dict[int, float] = {}
        for word in dict.fromkeys(words):
            for number in self._having.get(word, ()):
                shared[number] = shared.get(number, 0.0) + self._weights[word]
        found: dict[str, float] = {}
        for number, weight in shared.items():
            role, example, own = self._names[number]
            likeness = 2 * weight / (total + own)
            # The last words say what it is, those before them of what: `Geometry Scale Score` is a `Scale Score`.
            if words[-len(example) :] == example:
                likeness = max(likeness, _AT_ITS_END)
            elif len(example) > 1 and _holds(words, example):
                likeness = max(likeness, _WITHIN)
            if likeness > found.get(role, 0.0):
                found[role] = min(likeness, 1.0)
        return found

    def _weight(self, words: Words) -> float:
        return sum(self._weights.get(word, 1.0) for word in set(words))

    def _nearest(self, word: str) -> str:
        """The word as the names here spell it."""
        if word in self._weights or len(word) < _LEAST_ALIKE:
            return word
        found = self._known.get(word)
        if found is None:
            near = [(JaroWinkler.similarity(word, w), w) for w in self._weights if len(w) >= _LEAST_ALIKE]
            rating, best = max(near, default=(0.0, word))
            found = self._known[word] = best if rating >= _ALIKE else word
        return found


def _holds(words: Words, part: Words) -> bool:
    return any(words[n : n + len(part)] == part for n in range(len(words) - len(part)))
