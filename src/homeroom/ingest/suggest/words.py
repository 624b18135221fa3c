"""Column names as words: split, spelled out, and found among names that are known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from math import log
from typing import Final, TypeAlias
from unicodedata import normalize

import yaml
from rapidfuzz.distance import JaroWinkler

Words: TypeAlias = tuple[str, ...]

_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|%")
_ALIKE: Final = 0.93
"""Jaro-Winkler similarity from which two words count as one: `enrolment` and `enrollment`, not `start` and `state`."""
_LEAST_ALIKE: Final = 4
"""Letters from which words are compared by likeness."""
_AT_ITS_END: Final = 0.72
_WITHIN: Final = 0.6
_OF_ITS_HEAD: Final = 0.9
_BROAD_NAMES: Final[frozenset[Words]] = frozenset(
    (word,) for word in ("name", "student", "id", "number", "code")
)
"""Whole names that say little at the end of a longer one: `School Name` is nobody's name."""
_OF_A_BROAD_NAME: Final = 0.45
_FEWEST_LETTERS: Final = 2
_TURNS: Final = re.compile(r"\b(?:at|by|for|from|in|of|on|per|to|with)\b|:", re.IGNORECASE)
"""What stands before these is the thing, what follows says more of it: `Percentile at School` is a percentile."""


_ASIDE: Final = re.compile(r"\([^()]*\)")


@lru_cache(maxsize=20_000)
def words_of(name: str) -> Words:
    """A column's name as lower-case English words, abbreviations spelled out, small words and numbers left out."""
    spelled, noise = _vocabulary()
    plain = normalize("NFKD", name.replace("'", "")).encode("ascii", "ignore").decode()
    found: list[str] = []
    for part in _PARTS.findall(plain):
        word = part.lower()
        found += spelled.get(word, () if word in noise else (word,))
    return tuple(found)


@cache
def _vocabulary() -> tuple[Mapping[str, Words], frozenset[str]]:
    """Words and abbreviations with what they mean, and words that mean nothing; `words.yaml` explains them."""
    text = files("homeroom.ingest.suggest").joinpath("words.yaml").read_text("utf-8")
    entry = yaml.safe_load(text)
    meanings = {str(word): tuple(str(meant).split()) for word, meant in entry["meanings"].items()}
    return meanings, frozenset(entry["noise"])


def heads_of(name: str) -> tuple[Words, ...]:
    """The words of a name, then those that say what the thing is, when others say more of it."""
    plain = _ASIDE.sub(" ", name)
    turn = _TURNS.search(plain)
    whole = words_of(plain) or words_of(name)
    head = words_of(plain[: turn.start()]) if turn else whole
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
        self._known: dict[str, Words] = {}

    def rate(self, name: str) -> dict[str, float]:
        """By role, how much a column's name is like the nearest of the role's names, 0..1."""
        whole, *heads = heads_of(name)
        found = self.likeness(whole, is_whole=not heads)
        for head in heads:
            for role, likeness in self.likeness(head).items():
                found[role] = max(found.get(role, 0.0), _OF_ITS_HEAD * likeness)
        return found

    def likeness(self, name: Words, *, is_whole: bool = True) -> dict[str, float]:
        """By role, the weight of the words that both have, as a share of all their words; the best of its names.

        Roles without a word in common are left out. is_whole: whether its last words say what it is.
        """
        words = tuple(part for word in name for part in self._nearest(word))
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
            if is_whole and words[-len(example) :] == example:
                likeness = max(likeness, _OF_A_BROAD_NAME if example in _BROAD_NAMES else _AT_ITS_END)
            elif len(example) > 1 and _holds(words, example):
                likeness = max(likeness, _WITHIN)
            if likeness > found.get(role, 0.0):
                found[role] = min(likeness, 1.0)
        return found

    def _weight(self, words: Words) -> float:
        return sum(self._weights.get(word, 1.0) for word in set(words))

    def _nearest(self, word: str) -> Words:
        """The word as the names here spell it; or as several words, when it is those written together."""
        if word in self._weights or len(word) < _LEAST_ALIKE:
            return (word,)
        found = self._known.get(word)
        if found is None:
            found = self._known[word] = self._apart(word) or (self._alike(word),)
        return found

    def _alike(self, word: str) -> str:
        """The known word that is spelled nearly so, or the word itself."""
        near = [(JaroWinkler.similarity(word, w), w) for w in self._weights if len(w) >= _LEAST_ALIKE]
        rating, best = max(near, default=(0.0, word))
        return best if rating >= _ALIKE else word

    def _apart(self, word: str) -> Words:
        """`studentid` as student and id: the fewest known words it is made of; none when it is not."""
        spelled, noise = _vocabulary()
        best: dict[int, Words] = {0: ()}
        for end in range(_FEWEST_LETTERS, len(word) + 1):
            for start in [n for n in best if n <= end - _FEWEST_LETTERS]:
                part = word[start:end]
                if part in self._weights or part in spelled or part in noise:
                    made = (*best[start], part)
                    if end not in best or len(made) < len(best[end]):
                        best[end] = made
        parts = best.get(len(word), ())
        return tuple(w for part in parts for w in spelled.get(part, () if part in noise else (part,)))


def _holds(words: Words, part: Words) -> bool:
    return any(words[n : n + len(part)] == part for n in range(len(words) - len(part)))
