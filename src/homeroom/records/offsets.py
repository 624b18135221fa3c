"""Where offsets lead: a page that follows the one before it goes on at its last id, at any depth.

A list is in order of ids, so the row at offset n + 1 is the next one after the row at n; counting the n again costs
20 ms at depth and finds the same. Kept a minute: between two pages of one walk, rows may come and go.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

DEEP = 2_000
"""From here on it is worth it; below, counting rows is as fast and keeps to the letter of an offset."""

_SECONDS = 60.0
_MOST = 10_000


class Offsets:
    """The last ids of pages read lately, by list and by the offset that comes next."""

    def __init__(self, seconds_now: Callable[[], float] = time.monotonic) -> None:
        self._seconds_now = seconds_now
        self._last: dict[tuple[Hashable, int], tuple[int, float]] = {}

    def before(self, reading: Hashable, offset: int) -> int | None:
        """The id after which the row at this offset comes, when the page before it was read lately."""
        found = self._last.get((reading, offset))
        if found is None or self._seconds_now() - found[1] > _SECONDS:
            return None
        return found[0]

    def note(self, reading: Hashable, next_offset: int, *, last_id: int) -> None:
        """A page ended with this id just before the next offset."""
        if len(self._last) >= _MOST:
            self._last.pop(next(iter(self._last)))
        self._last[reading, next_offset] = (last_id, self._seconds_now())
