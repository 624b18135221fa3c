"""People in columns: every text once in a vocabulary, every person a row of small numbers."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from homeroom.matching.dates import Days, number_of
from homeroom.matching.names import Name, fold, parse_name, sound_of
from homeroom.matching.people import Person

Codes = npt.NDArray[np.int32]
"""Numbers of a vocabulary; 0 stands for nothing."""
_NO_DIGITS: Final = re.compile(r"\D+")
_PHONE_DIGITS: Final = 10
_MOST_PARTS: Final = 3
_COLUMNS: Final = ("given", "middle", "surname", "suffix", "given_sound", "birth", "sex", "school", "grade")
_LISTS: Final = ("earlier", "contact_points", "known_ids", "id_systems", "related")


@dataclass(slots=True)
class Vocabulary:
    """Texts by number, in the order in which they came; number 0 is the empty text."""

    texts: list[str] = field(default_factory=lambda: [""])
    _numbers: dict[str, int] = field(default_factory=lambda: {"": 0})

    def number(self, text: str) -> int:
        """The text's number, a new one when it is new."""
        found = self._numbers.setdefault(text, len(self.texts))
        if found == len(self.texts):
            self.texts.append(text)
        return found


@dataclass(slots=True)
class Words:
    """The vocabularies that two sets of people share, so that equal numbers are equal texts.

    names: names without gaps, and `parsed` the same taken apart. sounds: how words sound. other: all the rest.
    """

    names: Vocabulary = field(default_factory=Vocabulary)
    parsed: list[Name] = field(default_factory=lambda: [Name("", ())])
    sounds: Vocabulary = field(default_factory=Vocabulary)
    other: Vocabulary = field(default_factory=Vocabulary)

    def name(self, text: str) -> int:
        """A name's number; names that differ only in writing share one."""
        parsed = parse_name(text)
        number = self.names.number(parsed.whole)
        if number == len(self.parsed):
            self.parsed.append(parsed)
        return number

    def sound(self, word: str) -> int:
        """The number of how a word sounds."""
        return self.sounds.number(sound_of(word))


@dataclass(frozen=True, slots=True)
class Features:
    """A set of people in columns; all have one row each per person.

    given, middle, surname: numbers of names. given_sound, part_sounds: how the given name and each part of the
    surname sound; part_sounds has a fixed width, 0 where there is no further part. birth: eight digits.
    Of what one person may have several there are pairs of row and number.
    """

    words: Words
    given: Codes
    middle: Codes
    surname: Codes
    suffix: Codes
    given_sound: Codes
    part_sounds: Codes
    birth: Days
    sex: Codes
    school: Codes
    grade: Codes
    earlier: Pairs
    contact_points: Pairs
    known_ids: Pairs
    id_systems: Pairs
    related: Pairs

    def __len__(self) -> int:
        return len(self.given)


@dataclass(frozen=True, slots=True)
class Pairs:
    """(row, number), sorted by row. `keys` are both in one number, for looking a pair up."""

    rows: Codes
    numbers: Codes

    @property
    def keys(self) -> npt.NDArray[np.int64]:
        """row * 2^32 + number, sorted."""
        return np.sort((self.rows.astype(np.int64) << 32) | self.numbers)


class FeatureBuilder:
    """Takes people in one after the other, so that nobody has to hold them all. words: shared by what is compared."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._columns: dict[str, array[int]] = {name: array("i") for name in _COLUMNS}
        self._lists: dict[str, tuple[array[int], array[int]]] = {n: (array("i"), array("i")) for n in _LISTS}

    def add(self, person: Person) -> None:
        """One more row."""
        words, number = self._words, self._words.other.number
        given = words.name(person.given_name)
        parts = words.parsed[given].parts
        row = (
            given,
            words.name(person.middle_name),
            words.name(person.surname),
            number(fold(person.suffix)),
            words.sound(parts[0] if parts else ""),
            number_of(person.birth_date),
            number(person.sex[:1].casefold()),
            number(person.school),
            number(person.grade.casefold()),
        )
        for column, value in zip(self._columns.values(), row, strict=True):
            column.append(value)
        self._put("earlier", [words.name(name) for name in person.other_names])
        self._put("contact_points", [number(_contact(point)) for point in person.contact_points])
        self._put("known_ids", [number(f"{system}\0{own}") for system, own in person.known_ids])
        self._put("id_systems", [number(f"{system}\0") for system, _ in person.known_ids])
        self._put("related", [number(f"\0{student}") for student in person.related])

    def _put(self, name: str, numbers: Sequence[int]) -> None:
        rows, values = self._lists[name]
        for value in numbers:
            if value:
                rows.append(len(self._columns["given"]) - 1)
                values.append(value)

    def features(self) -> Features:
        """All that were added."""
        return Features(
            words=self._words,
            given=self._column("given"),
            middle=self._column("middle"),
            surname=self._column("surname"),
            suffix=self._column("suffix"),
            given_sound=self._column("given_sound"),
            part_sounds=_part_sounds(self._words, self._column("surname")),
            birth=self._column("birth"),
            sex=self._column("sex"),
            school=self._column("school"),
            grade=self._column("grade"),
            earlier=self._pairs("earlier"),
            contact_points=self._pairs("contact_points"),
            known_ids=self._pairs("known_ids"),
            id_systems=self._pairs("id_systems"),
            related=self._pairs("related"),
        )

    def _column(self, name: str) -> Codes:
        return np.array(self._columns[name], dtype=np.int32)

    def _pairs(self, name: str) -> Pairs:
        rows, numbers = self._lists[name]
        return Pairs(np.array(rows, dtype=np.int32), np.array(numbers, dtype=np.int32))


def compile_features(people: Iterable[Person], words: Words) -> Features:
    """The people as columns."""
    builder = FeatureBuilder(words)
    for person in people:
        builder.add(person)
    return builder.features()


def _part_sounds(words: Words, surnames: Codes) -> Codes:
    table = np.zeros((len(words.parsed), _MOST_PARTS), dtype=np.int32)
    for number in np.unique(surnames):
        for place, part in enumerate(words.parsed[number].parts[:_MOST_PARTS]):
            table[number, place] = words.sound(part)
    found: Codes = table[surnames]
    return found


def _contact(text: str) -> str:
    """A telephone number by its last digits, an e-mail or postal address by its letters and digits."""
    digits = _NO_DIGITS.sub("", text)
    if "@" not in text and len(digits) >= _PHONE_DIGITS - 3 and len(digits) >= len(text.replace(" ", "")) - 5:
        return digits[-_PHONE_DIGITS:]
    return re.sub(r"[^\w@]+", "", text.casefold())
