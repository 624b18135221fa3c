"""Pairs of people compared: for each field how far they agree, as a small number, column by column."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist

from homeroom.matching.dates import are_slips, swapped
from homeroom.matching.features import Codes, Features, Pairs, Words
from homeroom.matching.names import Name, are_parts, are_short_forms

Rows = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Levels = npt.NDArray[np.uint8]
"""One row per pair, one column per `Field`; 0 where one of the two says nothing."""

_SIMILAR: Final = 0.88
"""Jaro-Winkler similarity from which two names are taken for spellings of one (Winkler 1990; Splink's usual 0.88)."""


class Field(IntEnum):
    """The columns of a comparison."""

    GIVEN = 0
    SURNAME = 1
    MIDDLE = 2
    SUFFIX = 3
    BIRTH = 4
    SEX = 5
    SCHOOL = 6
    GRADE = 7
    CONTACT_POINT = 8
    KNOWN_ID = 9
    RELATED = 10


class Given(IntEnum):
    """How given names agree.

    SHORT_FORM: one is what bearers of the other are called. PART: a part, an initial, or the middle name of the
    other. SWAPPED: given name and surname have changed places.
    """

    SAME = 1
    SHORT_FORM = 2
    PART = 3
    SIMILAR = 4
    OTHER = 5
    SWAPPED = 6


class Surname(IntEnum):
    """How surnames agree. PART: one of two surnames is the other; EARLIER: one had the other before."""

    SAME = 1
    PART = 2
    EARLIER = 3
    SIMILAR = 4
    OTHER = 5


class Birth(IntEnum):
    """How birth dates agree."""

    SAME = 1
    SWAPPED = 2
    SLIP = 3
    OTHER = 4


class Plain(IntEnum):
    """How a field agrees that is the same or not."""

    SAME = 1
    OTHER = 2


LEVELS: Final[tuple[type[IntEnum], ...]] = (
    Given, Surname, Plain, Plain, Birth, Plain, Plain, Plain, Plain, Plain, Plain,
)  # fmt: skip
"""The levels of each field, in the order of `Field`."""


def compare(incoming: Features, known: Features, *, ours: Rows, theirs: Rows) -> Levels:
    """The levels of each pair (ours[n], theirs[n])."""
    words = incoming.words
    levels = np.zeros((len(ours), len(Field)), dtype=np.uint8)
    given = (incoming.given[ours], known.given[theirs])
    surname = (incoming.surname[ours], known.surname[theirs])
    levels[:, Field.GIVEN] = _by_names(words, *given, _given_level)
    levels[:, Field.SURNAME] = _by_names(words, *surname, _surname_level)
    _mark_other_orders(levels, incoming, known, ours=ours, theirs=theirs)
    levels[:, Field.MIDDLE] = _middle(words, incoming.middle[ours], known.middle[theirs])
    levels[:, Field.SUFFIX] = _plain(incoming.suffix[ours], known.suffix[theirs])
    levels[:, Field.BIRTH] = _birth(incoming, known, ours=ours, theirs=theirs)
    levels[:, Field.SEX] = _plain(incoming.sex[ours], known.sex[theirs])
    levels[:, Field.SCHOOL] = _plain(incoming.school[ours], known.school[theirs])
    levels[:, Field.GRADE] = _plain(incoming.grade[ours], known.grade[theirs])
    # Children of one age are in one grade: beside an equal birth date an equal grade says nothing.
    levels[levels[:, Field.BIRTH] == Birth.SAME, Field.GRADE] = 0
    rows = (len(incoming), len(known), ours, theirs)
    levels[:, Field.CONTACT_POINT] = _shared(incoming.contact_points, known.contact_points, *rows)
    levels[:, Field.KNOWN_ID] = _known_id(incoming, known, ours=ours, theirs=theirs)
    levels[:, Field.RELATED] = _shared(incoming.related, known.related, *rows)
    return levels


def _by_names(
    words: Words, first: Codes, second: Codes, decide: Callable[[Name, Name, float], int]
) -> npt.NDArray[np.uint8]:
    """The level of each pair of names; a pair of names that comes often is looked at once."""
    keys, places = np.unique((first.astype(np.int64) << 32) | second, return_inverse=True)
    ours, theirs = (keys >> 32).astype(np.int32), (keys & 0xFFFFFFFF).astype(np.int32)
    texts = words.names.texts
    likeness = cpdist(
        [texts[n] for n in ours],
        [texts[n] for n in theirs],
        scorer=JaroWinkler.normalized_similarity,
        dtype=np.float32,
    )
    found = np.zeros(len(keys), dtype=np.uint8)
    names = words.parsed
    is_there = (ours != 0) & (theirs != 0)
    found[is_there & (ours == theirs)] = Plain.SAME
    for n in np.flatnonzero(is_there & (ours != theirs)):
        found[n] = decide(names[ours[n]], names[theirs[n]], likeness[n])
    levels: npt.NDArray[np.uint8] = found[places]
    return levels


def _given_level(first: Name, second: Name, likeness: float) -> int:
    if are_short_forms(first, second):
        return Given.SHORT_FORM
    if are_parts(first, second) or _is_initial(first, second):
        return Given.PART
    return Given.SIMILAR if likeness >= _SIMILAR else Given.OTHER


def _is_initial(first: Name, second: Name) -> bool:
    shorter, longer = sorted((first.whole, second.whole), key=len)
    return len(shorter) == 1 and longer.startswith(shorter)


def _surname_level(first: Name, second: Name, likeness: float) -> int:
    if are_parts(first, second):
        return Surname.PART
    return Surname.SIMILAR if likeness >= _SIMILAR else Surname.OTHER


def _mark_other_orders(
    levels: Levels, incoming: Features, known: Features, *, ours: Rows, theirs: Rows
) -> None:
    """Names that changed places, a middle name that is used as the given one, and earlier surnames."""
    given, their_given = incoming.given[ours], known.given[theirs]
    surname, their_surname = incoming.surname[ours], known.surname[theirs]
    middle, their_middle = incoming.middle[ours], known.middle[theirs]
    is_other = levels[:, Field.GIVEN] > Given.PART
    uses_middle = ((middle == their_given) & (middle != 0)) | ((given == their_middle) & (given != 0))
    levels[is_other & uses_middle, Field.GIVEN] = Given.PART
    crossed = (given == their_surname) & (surname == their_given) & (given != surname) & (given != 0)
    levels[crossed, Field.GIVEN] = Given.SWAPPED
    levels[crossed, Field.SURNAME] = Surname.SAME
    is_earlier = _holds(known.earlier, theirs, surname) | _holds(incoming.earlier, ours, their_surname)
    levels[(levels[:, Field.SURNAME] > Surname.SAME) & is_earlier, Field.SURNAME] = Surname.EARLIER


def _holds(pairs: Pairs, rows: Rows, numbers: Codes) -> Flags:
    wanted = (rows.astype(np.int64) << 32) | numbers
    return _is_in(wanted, pairs.keys)


def _is_in(wanted: npt.NDArray[np.int64], keys: npt.NDArray[np.int64]) -> Flags:
    if not len(keys):
        return np.zeros(len(wanted), dtype=np.bool_)
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found: Flags = keys[places] == wanted
    return found


def _plain(first: Codes, second: Codes) -> npt.NDArray[np.uint8]:
    is_there = (first != 0) & (second != 0)
    return np.where(is_there, np.where(first == second, Plain.SAME, Plain.OTHER), 0).astype(np.uint8)


def _middle(words: Words, first: Codes, second: Codes) -> npt.NDArray[np.uint8]:
    """An initial agrees with every name that begins with it."""
    levels = _plain(first, second)
    texts = words.names.texts
    initials = np.array([ord(text[0]) if text else 0 for text in texts], dtype=np.int32)
    is_short = np.array([len(text) == 1 for text in texts], dtype=np.bool_)
    agrees = (initials[first] == initials[second]) & (is_short[first] | is_short[second])
    levels[(levels == Plain.OTHER) & agrees] = Plain.SAME
    return levels


def _birth(incoming: Features, known: Features, *, ours: Rows, theirs: Rows) -> npt.NDArray[np.uint8]:
    first, second = incoming.birth[ours], known.birth[theirs]
    is_same, is_there = first == second, (first != 0) & (second != 0)
    levels = np.full(len(first), Birth.OTHER, dtype=np.uint8)
    levels[are_slips(first, second)] = Birth.SLIP
    levels[swapped(first) == second] = Birth.SWAPPED
    levels[is_same] = Birth.SAME
    levels[~is_there] = 0
    return levels


def _shared(
    incoming: Pairs, known: Pairs, our_count: int, their_count: int, ours: Rows, theirs: Rows
) -> npt.NDArray[np.uint8]:
    """SAME where a number is in both lists, OTHER where both have some and share none."""
    have, they_have = np.zeros(our_count, dtype=np.bool_), np.zeros(their_count, dtype=np.bool_)
    have[incoming.rows], they_have[known.rows] = True, True
    levels = np.where(have[ours] & they_have[theirs], Plain.OTHER, 0).astype(np.uint8)
    both = np.flatnonzero(levels)
    if len(both):
        levels[both[_share(incoming, known, ours[both], theirs[both])]] = Plain.SAME
    return levels


def _share(incoming: Pairs, known: Pairs, ours: Rows, theirs: Rows) -> Flags:
    """Whether the lists of each pair have a number in common."""
    order = np.argsort(incoming.rows, kind="stable")
    rows, numbers = incoming.rows[order], incoming.numbers[order]
    first = np.searchsorted(rows, ours, side="left")
    count = np.searchsorted(rows, ours, side="right") - first
    keys, found = known.keys, np.zeros(len(ours), dtype=np.bool_)
    for place in range(int(count.max())):
        has = np.flatnonzero(count > place)
        wanted = (theirs[has].astype(np.int64) << 32) | numbers[first[has] + place]
        found[has] |= _is_in(wanted, keys)
    return found


def _known_id(incoming: Features, known: Features, *, ours: Rows, theirs: Rows) -> npt.NDArray[np.uint8]:
    """SAME for one id in common; OTHER where a system gave both an id and none is in common."""
    rows = (len(incoming), len(known), ours, theirs)
    levels = _shared(incoming.known_ids, known.known_ids, *rows)
    is_same_system = _shared(incoming.id_systems, known.id_systems, *rows) == Plain.SAME
    levels[(levels == Plain.OTHER) & ~is_same_system] = 0
    return levels
