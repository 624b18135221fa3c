"""The clock, passed in wherever the time matters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time in UTC."""

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    __slots__ = ()

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class FixedClock:
    """A clock that stands still until it is moved: for tests and for made-up districts."""

    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a clock needs an aware time; write datetime(…, tzinfo=UTC)")
        self.at = self.at.astimezone(UTC)

    def now(self) -> datetime:
        """The time it was set to."""
        return self.at

    def move(self, by: timedelta) -> None:
        """Set the clock forward, or back when by is negative."""
        self.at += by
