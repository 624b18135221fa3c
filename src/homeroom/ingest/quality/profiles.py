"""What the columns of a batch hold, counted without keeping anybody's values.

Codes are kept in plain only where the mapping spec itself names them; all others as keyed hashes, which tell whether
a code is new and nothing else. low and high are hundredths, not the extremes, and only of columns of numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from homeroom.ingest.connectors.tables import LINE
from homeroom.records.district import District
from homeroom.store.connect import Connection
from homeroom.store.queries import query
from homeroom.trust.keys import DistrictKeys

if TYPE_CHECKING:
    import polars

MOST_CODES: Final = 60
"""A column with more different values than this is not one of codes."""
_LEAST_REPEATS: Final = 4
"""How often the values of a column of codes come, on average: names and numbers of people do not."""
_LEAST_NUMBERS: Final = 200
_PARTS: Final = "homeroom.ingest.quality"
_HASHED: Final = "#"


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column of the files that a spec calls by one name.

    distinct: about how many different values, at least. low, high: below and above which lies a hundredth of the
    numbers; None for other columns and few rows. codes: value -> rows, for columns of few values; a value that the
    spec does not name stands as `#` and a hash.
    """

    file: str
    column: str
    position: int
    rows: int
    blanks: int
    distinct: int
    low: float | None = None
    high: float | None = None
    codes: Mapping[str, int] | None = None


@dataclass(slots=True)
class _Count:
    rows: int = 0
    blanks: int = 0
    distinct: int = 0
    low: float | None = None
    high: float | None = None
    codes: Counter[str] | None = field(default_factory=Counter)


class Profiler:
    """Counts frames of one of a spec's files. named: codes that the spec names itself."""

    def __init__(self, file: str, *, named: Collection[str]) -> None:
        self._file = file
        self._named = named
        self._counts: dict[str, _Count] = {}

    def add(self, frame: polars.DataFrame) -> None:
        """Counts a frame's columns of text, all at once: a question for each would take longer than a small file."""
        import polars as pl  # noqa: PLC0415 - a slow import, so that the server starts without it

        columns = [column for column in frame.columns if column != LINE]
        cells = frame.select(pl.col(columns).str.strip_chars().replace("", None))
        blanks = cells.null_count().row(0, named=True)
        distinct = cells.select(pl.all().drop_nulls().n_unique()).row(0, named=True)
        for column in columns:
            count = self._counts.setdefault(column, _Count())
            count.rows += cells.height
            count.blanks += blanks[column]
            count.distinct = max(count.distinct, distinct[column])
            if distinct[column] > MOST_CODES:
                count.codes = None
                _add_numbers(count, cells[column].drop_nulls())
        self._add_codes(cells)

    def profiles(self, keys: DistrictKeys) -> list[ColumnProfile]:
        """What was counted, in the order of the columns."""
        return [
            ColumnProfile(
                self._file,
                column,
                n,
                c.rows,
                c.blanks,
                c.distinct,
                c.low,
                c.high,
                self._codes(column, c, keys),
            )
            for n, (column, c) in enumerate(self._counts.items())
        ]

    def _add_codes(self, cells: polars.DataFrame) -> None:
        import polars as pl  # noqa: PLC0415 - as above

        of_codes = [column for column in cells.columns if self._counts[column].codes is not None]
        counted = cells.select(pl.col(of_codes).drop_nulls().value_counts().implode())
        for column in of_codes:
            count = self._counts[column]
            codes = Counter({row[column]: row["count"] for row in counted[column][0]}) + (
                count.codes or Counter()
            )
            count.distinct = max(count.distinct, len(codes))
            count.codes = codes if len(codes) <= MOST_CODES else None

    def _codes(self, column: str, count: _Count, keys: DistrictKeys) -> Mapping[str, int] | None:
        if count.codes is None or count.rows - count.blanks < _LEAST_REPEATS * len(count.codes):
            return None
        codes: Counter[str] = Counter()
        for value, rows in count.codes.items():
            hashed = f"{_HASHED}{keys.blind_index(f'{self._file}:{column}:{value}') % 2**64:016x}"
            codes[value if value in self._named else hashed] += rows
        return dict(sorted(codes.items()))


async def write_profiles(connection: Connection, batch: int, profiles: Sequence[ColumnProfile]) -> None:
    """Keeps the profiles of a batch in place of those it had."""
    columns = [
        [p.file for p in profiles], [p.column for p in profiles], [p.position for p in profiles],
        [p.rows for p in profiles], [p.blanks for p in profiles], [p.distinct for p in profiles],
        [_number(p.low) for p in profiles], [_number(p.high) for p in profiles],
        [None if p.codes is None else msgspec.json.encode(p.codes).decode() for p in profiles],
    ]  # fmt: skip
    await connection.execute(query(_PARTS, "write_profiles"), batch, *columns)


async def read_profiles(district: District, batch: int) -> list[ColumnProfile]:
    """The profiles of a batch, by file and in the order of its columns."""
    async with district.database.connection() as connection:
        return await profiles_of(connection, batch)


async def profiles_of(connection: Connection, batch: int) -> list[ColumnProfile]:
    """The same on a connection."""
    rows = await connection.fetch(query(_PARTS, "read_profiles"), batch)
    return [
        ColumnProfile(
            file,
            name,
            position,
            cells,
            blanks,
            distinct,
            None if low is None else float(low),
            None if high is None else float(high),
            None if codes is None else msgspec.json.decode(codes, type=dict[str, int]),
        )
        for file, name, position, cells, blanks, distinct, low, high, codes in rows
    ]


def _add_numbers(count: _Count, filled: polars.Series) -> None:
    import polars  # noqa: PLC0415 - a slow import, so that the server starts without it

    numbers = filled.cast(polars.Float64, strict=False)
    if len(filled) < _LEAST_NUMBERS or numbers.null_count():
        return
    low, high = numbers.quantile(0.01), numbers.quantile(0.99)
    if low is not None and high is not None:
        count.low = low if count.low is None else min(count.low, low)
        count.high = high if count.high is None else max(count.high, high)


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"
