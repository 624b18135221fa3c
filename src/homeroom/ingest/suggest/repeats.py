"""Columns that come again and again: `Fall Score` and `Winter Score`, `Exam Code 01` to `Exam Code 30`.

A name is read as a stem with marks in it: seasons, numbers, and the count of a repeated header. Stems whose marks
take the same values are a grid; one value of the marks is a part, such as one of three sittings on a row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Final, TypeAlias

Stem: TypeAlias = tuple[str, ...]
Key: TypeAlias = tuple[str, ...]

_NO_NAME: Final = re.compile(r"column_\d+")
_PIECES: Final = re.compile(r"\d+|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^A-Za-z0-9]+")
_AGAIN: Final = re.compile(r"(.+)__(\d+)", re.DOTALL)
_SEASONS: Final = frozenset({"fall", "autumn", "winter", "spring", "summer", "boy", "moy", "eoy"})
_GAP: Final = ""
_MOST_MARKS: Final = 4
_LEAST_STEMS: Final = 2
_SHARED: Final = 0.5  # of a grid's parts, that a stem must have to belong to it


class MarkKind(StrEnum):
    """What tells the parts of a grid apart."""

    SEASON = "season"
    NUMBER = "number"
    NTH = "nth"


@dataclass(frozen=True, slots=True)
class Name:
    """A column's name as pieces. marks: where among the pieces its marks are, and of which kind."""

    column: str
    pieces: tuple[str, ...]
    marks: tuple[tuple[int, MarkKind], ...]

    def stem(self, at: Iterable[int]) -> Stem:
        """The pieces without those marks."""
        taken = set(at)
        return tuple(_GAP if n in taken else piece.lower() for n, piece in enumerate(self.pieces))

    def key(self, at: Iterable[int]) -> Key:
        """What those marks say."""
        return tuple(self.pieces[n] for n in at)

    def words(self, at: Iterable[int]) -> str:
        """What it says besides those marks, for people."""
        taken = set(at)
        said = "".join(" " if n in taken else piece for n, piece in enumerate(self.pieces))
        return re.sub(r"[\s_]+", " ", said).strip(" -:#()")

    @property
    def last_season(self) -> str | None:
        """The season it is about: `Growth from Fall to Winter` is known in winter."""
        found = [self.pieces[n].lower() for n, kind in self.marks if kind is MarkKind.SEASON]
        return found[-1] if found else None

    @property
    def nth(self) -> int:
        """Which of several columns of the same name it is, from 1."""
        found = [int(self.pieces[n]) for n, kind in self.marks if kind is MarkKind.NTH]
        return found[0] if found else 1


@dataclass(frozen=True, slots=True, order=True)
class _Cell:
    """A column of a grid, with its place in the file."""

    number: int
    column: str
    words: str


_Stems: TypeAlias = dict[tuple[Stem, frozenset[MarkKind]], dict[Key, _Cell]]


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns by part and stem. kinds: what tells the parts apart. parts: part -> columns, in the file's order.

    titles: what a column says in all parts, as words for people.
    """

    kinds: frozenset[MarkKind]
    parts: Mapping[Key, tuple[str, ...]]
    titles: Mapping[str, str]


def read_names(columns: Sequence[str]) -> tuple[Name, ...]:
    """The columns' names, taken apart."""
    again = {match[1] for column in columns if (match := _AGAIN.fullmatch(column))}
    return tuple(_read(column, again) for column in columns)


def is_nameless(column: str) -> bool:
    """Whether a column is called so only because it has no name (`column_7`)."""
    return _NO_NAME.fullmatch(column) is not None


def loose_stem(name: Name) -> Stem:
    """The name without any mark: columns of the same loose stem say the same kind of thing."""
    return name.stem(n for n, _ in name.marks)


def numbered_stem(name: Name) -> Stem:
    """The name without its last number."""
    return name.stem([n for n, kind in name.marks if kind is not MarkKind.SEASON][-1:])


def find_grids(names: Sequence[Name]) -> tuple[Grid, ...]:
    """Every grid that may be meant, the ones with most columns first; they overlap."""
    stems: _Stems = {}
    for number, name in enumerate(names):
        for at, kinds in _choices(name):
            cell = _Cell(number, name.column, name.words(at))
            stems.setdefault((name.stem(at), kinds), {}).setdefault(name.key(at), cell)
    stems = {stem: cells for stem, cells in stems.items() if len(cells) > 1}
    alike = Counter((frozenset(cells), kinds) for (_, kinds), cells in stems.items())
    grids = [_grid(keys, kinds, stems) for (keys, kinds), count in alike.items() if count >= _LEAST_STEMS]
    return tuple(sorted(grids, key=lambda grid: -len(grid.titles)))


def _read(column: str, again: Set[str]) -> Name:
    match = _AGAIN.fullmatch(column)
    text, nth = (match[1], match[2]) if match else (column, "1")
    pieces = _PIECES.findall(text)
    marks = [(n, kind) for n, piece in enumerate(pieces) if (kind := _kind(piece)) is not None]
    if text in again:
        marks.append((len(pieces), MarkKind.NTH))
        pieces.append(nth)
    is_marked = not is_nameless(column)
    return Name(column, tuple(pieces), tuple(marks[-_MOST_MARKS:]) if is_marked else ())


def _kind(piece: str) -> MarkKind | None:
    if piece.isdigit():
        return MarkKind.NUMBER
    return MarkKind.SEASON if piece.lower() in _SEASONS else None


def _choices(name: Name) -> Iterator[tuple[tuple[int, ...], frozenset[MarkKind]]]:
    """Which of its marks may tell the parts: any of them, together or alone."""
    for count in range(1, len(name.marks) + 1):
        for marks in combinations(name.marks, count):
            yield tuple(n for n, _ in marks), frozenset(kind for _, kind in marks)


def _grid(keys: frozenset[Key], kinds: frozenset[MarkKind], stems: _Stems) -> Grid:
    """The stems of these keys, and those that lack some of them."""
    members = [
        cells
        for (_, own), cells in stems.items()
        if own == kinds and keys >= cells.keys() and len(cells) >= _SHARED * len(keys)
    ]
    parts = {key: sorted(cells[key] for cells in members if key in cells) for key in keys}
    in_order = sorted(parts.items(), key=lambda item: item[1])
    return Grid(
        kinds,
        {key: tuple(cell.column for cell in cells) for key, cells in in_order},
        {cell.column: cell.words for cells in members for cell in cells.values()},
    )
