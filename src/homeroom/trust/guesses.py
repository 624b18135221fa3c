"""Slows those who guess secrets: after a few wrong ones, each further try has to wait longer.

Kept in the memory of one process: it costs the right caller nothing, and a guesser gets as many tries as
there are processes, which is nothing against a secret of 40 characters or a hash that takes 50 ms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_LONGEST_WAIT: Final = 900.0
_MOST_NAMES: Final = 10_000


@dataclass(slots=True)
class _Failures:
    count: int
    last_at: float


class GuessGuard:
    """Counts failures by name (a key, an address) and says how long the next try has to wait.

    free: failures that cost nothing. The first one after that waits a second, each further one twice as
    long, at most 15 minutes; after that long without a failure all is forgotten.
    clock: seconds, rising.
    """

    def __init__(self, clock: Callable[[], float], *, free: int = 5) -> None:
        self._clock = clock
        self._free = free
        self._failures: dict[str, _Failures] = {}

    def wait_seconds(self, *names: str) -> int:
        """How long until these names may try again, in whole seconds; 0 when they may now."""
        now = self._clock()
        waits = [
            self._wait(self._failures[n]) + self._failures[n].last_at - now
            for n in names
            if n in self._failures
        ]
        return max(0, *(int(-(-wait // 1)) for wait in waits)) if waits else 0

    def record_failure(self, *names: str) -> None:
        """A wrong secret under these names."""
        now = self._clock()
        for name in names:
            known = self._failures.pop(name, None)
            if known is None or now - known.last_at > _LONGEST_WAIT:
                known = _Failures(0, now)
            known.count += 1
            known.last_at = now
            self._failures[name] = known  # at the end: the oldest stand first
        while len(self._failures) > _MOST_NAMES:
            del self._failures[next(iter(self._failures))]

    def forget(self, *names: str) -> None:
        """The right secret came."""
        for name in names:
            self._failures.pop(name, None)

    def _wait(self, failures: _Failures) -> float:
        over = failures.count - self._free
        return 0.0 if over < 0 else min(_LONGEST_WAIT, 2.0 ** min(over, 20))
