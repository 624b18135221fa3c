"""What every connector gives: tables of text cells with their line numbers, and what could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TypeAlias

from homeroom.base.findings import Finding, Severity
from homeroom.ingest.connectors.dialect import Dialect

if TYPE_CHECKING:
    import polars

LINE: Final = "__line"
"""The Int64 column of every frame with the physical line (or sheet row, or item) a row starts in."""
MAX_FRAME_ROWS: Final = 50_000
KEPT_BYTES: Final = 1 << 16
"""How much of a row that cannot be read is kept: what is longer is cut, and the finding says so."""
MOST_UNREAD: Final = 100_000
_MOST_ALIKE: Final = 100


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that did not become a row of a frame: where it starts, its bytes as they came, and why.

    A finding that is a warning tells of text that is no data, such as a footer; nothing is lost by it.
    """

    line: int
    raw_bytes: bytes
    finding: Finding


Fault: TypeAlias = Finding | Unreadable
"""A plain Finding is about the file as a whole, or a warning about a row that is read all the same."""


class Faults:
    """What was found while a table was read; taken between its frames, so that memory stays bounded."""

    def __init__(self) -> None:
        self._found: list[Fault] = []
        self._alike: dict[str, int] = {}
        self._told: dict[str, Finding] = {}
        self._unread = 0

    def add(self, fault: Fault) -> None:
        """Keep a fault until it is taken; of warnings of one code the first hundred, then their number."""
        self._unread += isinstance(fault, Unreadable)
        if isinstance(fault, Finding) and fault.severity is Severity.WARNING:
            seen = self._alike.get(fault.code, 0) + 1
            self._alike[fault.code] = seen
            self._told[fault.code] = fault
            if seen > _MOST_ALIKE:
                return
        self._found.append(fault)

    @property
    def is_hopeless(self) -> bool:
        """Whether so many rows could not be read that the file must be something else than it is taken for."""
        return self._unread > MOST_UNREAD

    def take(self) -> tuple[Fault, ...]:
        """Everything found since the last call, in the order of the file."""
        found, self._found = tuple(self._found), []
        return found

    def finish(self) -> None:
        """Called at the table's end: tells how many warnings of each code were not told one by one."""
        for code, count in self._alike.items():
            if count > _MOST_ALIKE:
                last = self._told[code]
                words = f"{count - _MOST_ALIKE:,} more of the same, the last of them here. {last.words}"
                self._found.append(Finding(code, words, last.place, last.remedy, Severity.WARNING))
        self._alike.clear()

    def __bool__(self) -> bool:
        return bool(self._found)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under one header.

    name: of the file, sheet or array. columns: as `name_columns` gives them. frames: each column String, cells as
    they came, missing = null, then LINE; at most MAX_FRAME_ROWS rows, and perhaps none. faults: to be taken after
    each frame and after the last. dialect: as it was detected or fixed. skipped: the text of the lines above the
    header that are no data.
    """

    name: str
    columns: tuple[str, ...]
    frames: Iterator[polars.DataFrame]
    faults: Faults
    dialect: Dialect
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one file, one after the other: a table's frames are read before the next is asked for.

    A context manager: leaving it closes the file. A Finding among the tables is about the file or one that could
    not be opened, such as an entry of an archive.
    """

    tables: Iterator[Table | Finding]
    close: Callable[[], None] = field(default=lambda: None)

    def __iter__(self) -> Iterator[Table | Finding]:
        return self.tables

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def name_columns(header: Sequence[str | None]) -> tuple[str, ...]:
    """Names for a header's cells: trimmed, `column_7` for a blank seventh, `Name__2` for a second Name."""
    names: list[str] = []
    taken: set[str] = set()
    for number, cell in enumerate(header, 1):
        stem = (cell or "").strip("\ufeff \t\r\n\v\f\u00a0\0") or f"column_{number}"
        name, repeat = stem, 1
        while name in taken or name == LINE:
            repeat += 1
            name = f"{stem}__{repeat}"
        taken.add(name)
        names.append(name)
    return tuple(names)


def frame_of(
    columns: Sequence[str], rows: Sequence[Sequence[str | None]], lines: Sequence[int]
) -> polars.DataFrame:
    """A frame of rows that are all as wide as the columns, with the line of each."""
    import polars  # noqa: PLC0415 - a slow import, so that the server starts without it

    cells = zip(*rows, strict=True) if rows else [()] * len(columns)
    series = [polars.Series(name, each, polars.String) for name, each in zip(columns, cells, strict=True)]
    return polars.DataFrame([*series, polars.Series(LINE, lines, polars.Int64)])
