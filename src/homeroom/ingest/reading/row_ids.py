"""What a source calls its rows, as keyed hashes: by these the records of a row are found again when it is to go."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from homeroom.trust.keys import DistrictKeys


@dataclass(slots=True)
class _File:
    """The rows of a file that have an id, in the order of their lines."""

    lines: array[int] = field(default_factory=lambda: array("q"))
    keys: array[int] = field(default_factory=lambda: array("q"))


class RowIds:
    """The keys of the rows of one load, 16 bytes a row; nothing for files whose rows have no ids."""

    def __init__(self, keys: DistrictKeys) -> None:
        self._keys = keys
        self._files: dict[str, _File] = {}
        self._shared: dict[tuple[str, str, int], array[int]] = {}

    def key_of(self, row_id: str, *, spec: str, role: str) -> int:
        """The key of a row. role: what the spec calls its file."""
        return self._keys.blind_index("\0".join(("row", spec, role, row_id)))

    def add(self, file: str, rows: Iterable[tuple[int, str | None]], *, spec: str, role: str) -> None:
        """Rows of a file follow: the line and the id of each; those without an id are passed over."""
        known = self._files.setdefault(file, _File())
        for line, row_id in rows:
            if row_id is not None:
                known.lines.append(line)
                known.keys.append(self.key_of(row_id, spec=spec, role=role))

    def share(self, file: str, resource: str, line: int, *, lines: Iterable[int], of_file: str) -> None:
        """The record that a line of a file gives is given by these lines, perhaps of another file, too."""
        keys = (key for each in lines for key in self._of_line(of_file, each))
        self._shared.setdefault((file, resource, line), array("q")).extend(keys)

    def keys_of(self, file: str, resource: str, line: int) -> Sequence[int]:
        """The keys of all rows that gave the record of a line."""
        shared = self._shared.get((file, resource, line))
        return self._of_line(file, line) if shared is None else shared

    def has_any(self, file: str) -> bool:
        """Whether rows of the file have ids."""
        return file in self._files

    def _of_line(self, file: str, line: int) -> Sequence[int]:
        known = self._files.get(file)
        if known is None:
            return ()
        at = bisect_left(known.lines, line)
        return known.keys[at : at + 1] if at < len(known.lines) and known.lines[at] == line else ()
