"""Which pairs are worth a comparison: those who share one of a few keys; never all with all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from homeroom.matching.features import Features, Pairs

Rows = npt.NDArray[np.int32]
Keys = npt.NDArray[np.int64]

_LARGEST_BLOCK: Final = 200
"""People of one key beyond whom the key tells nobody apart and is left out; others find the pair."""


class Index:
    """The district's people by each blocking key, made once; incoming people are looked up in slices."""

    def __init__(self, known: Features) -> None:
        self._rules = [_sorted(rows, keys) for rows, keys in _keys(known)]

    def candidates(self, incoming: Features, rows: Rows) -> tuple[Rows, Rows]:
        """Pairs (row of incoming, row of known) that share a key, each once, for some rows of incoming."""
        wanted = np.zeros(len(incoming), dtype=np.bool_)
        wanted[rows] = True
        found: list[npt.NDArray[np.int64]] = []
        for (their_rows, their_keys), (our_rows, our_keys) in zip(self._rules, _keys(incoming), strict=True):
            is_wanted = wanted[our_rows]
            found.append(_meet(our_rows[is_wanted], our_keys[is_wanted], their_rows, their_keys))
        pairs = np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)
        return (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32)


def _keys(people: Features) -> Iterator[tuple[Rows, Keys]]:
    """(rows, keys) of each rule; a person has no key of a rule whose parts it lacks, and may have several."""
    every = np.arange(len(people), dtype=np.int32)
    given, birth = people.given_sound.astype(np.int64), people.birth.astype(np.int64)
    initial = _initials(people)
    for part in people.part_sounds.T.astype(np.int64):
        yield _present(every, (birth << 32) | part, birth, part)
        # Either order, so that swapped names meet.
        low, high = np.minimum(given, part), np.maximum(given, part)
        yield _present(every, (low << 32) | high, given, part)
        year, day = birth // 10_000, birth % 10_000
        yield _present(every, (year << 48) | (initial << 32) | part, birth, part, initial)
        yield _present(every, (day << 48) | (initial << 32) | part, birth, part, initial)
    yield _present(every, (birth << 32) | given, birth, given)
    yield _present(every, (birth << 32) | initial, birth, initial)
    yield _several(people.known_ids)
    yield _several(people.contact_points)
    yield _several(people.related)


def _initials(people: Features) -> npt.NDArray[np.int64]:
    letters = np.array([ord(text[0]) if text else 0 for text in people.words.names.texts], dtype=np.int64)
    return letters[people.given]


def _present(rows: Rows, keys: Keys, *needed: npt.NDArray[np.int64]) -> tuple[Rows, Keys]:
    is_there = np.logical_and.reduce([part != 0 for part in needed])
    return rows[is_there], keys[is_there]


def _several(pairs: Pairs) -> tuple[Rows, Keys]:
    return pairs.rows, pairs.numbers.astype(np.int64)


def _sorted(rows: Rows, keys: Keys) -> tuple[Rows, Keys]:
    order = np.argsort(keys, kind="stable")
    return rows[order], keys[order]


def _meet(rows: Rows, keys: Keys, their_rows: Rows, their_keys: Keys) -> npt.NDArray[np.int64]:
    """Each of the rows with everybody of its key, as row * 2^32 + their row."""
    first = np.searchsorted(their_keys, keys, side="left")
    count = np.searchsorted(their_keys, keys, side="right") - first
    count[count > _LARGEST_BLOCK] = 0
    total = int(count.sum())
    starts = np.repeat(first - np.concatenate(([0], np.cumsum(count)[:-1])), count) if len(count) else first
    theirs = their_rows[starts + np.arange(total)]
    pairs: npt.NDArray[np.int64] = (np.repeat(rows, count).astype(np.int64) << 32) | theirs
    return pairs
