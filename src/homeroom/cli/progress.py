"""Progress on a terminal: one line that is written over; elsewhere nothing, so that logs stay short."""

from __future__ import annotations

import sys
from time import monotonic
from typing import Final

_LEAST_SECONDS: Final = 0.1


class ProgressLine:
    """A line on standard error."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._shown_at = 0.0
        self._width = 0

    def show(self, text: str) -> None:
        """Writes the text over the last one, ten times a second at most."""
        if self._is_shown and monotonic() - self._shown_at >= _LEAST_SECONDS:
            print(f"\r{text:{self._width}}", end="", file=sys.stderr, flush=True)
            self._width, self._shown_at = len(text), monotonic()

    def clear(self) -> None:
        """Takes the line away."""
        if self._width:
            print(f"\r{'':{self._width}}\r", end="", file=sys.stderr, flush=True)
            self._width = 0
