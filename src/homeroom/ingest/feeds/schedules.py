"""Schedules in plain words: when a feed is visited next. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

FORMS: Final = "`every 15 minutes`, `every 2 hours`, `daily at 02:30` or `weekdays at 02:30`"
"""How a schedule can be written, for people."""
_EVERY: Final = re.compile(r"every (\d{1,4}) (minute|hour)s?")
_DAILY: Final = re.compile(r"(daily|weekdays) at ([01]\d|2[0-3]):([0-5]\d)")
_LEAST: Final = timedelta(minutes=1)
_SATURDAY: Final = 5


def is_schedule(text: str) -> bool:
    """Whether a schedule can be read."""
    every = _EVERY.fullmatch(text)
    return bool(_DAILY.fullmatch(text)) or bool(every and int(every[1]))


def next_visit(schedule: str, *, now: datetime, zone: str = "UTC") -> datetime:
    """The first moment after now, in UTC. zone: in which clock times are meant.

    Raises ValueError for what `is_schedule` does not accept.
    """
    every = _EVERY.fullmatch(schedule)
    if every:
        pause = timedelta(**{f"{every[2]}s": int(every[1])})
        return now + max(pause, _LEAST)
    daily = _DAILY.fullmatch(schedule)
    if not daily:
        raise ValueError(f"a schedule is written as {FORMS}")
    here = now.astimezone(ZoneInfo(zone))
    day = here.date()
    for _ in range(8):
        moment = datetime.combine(day, time(int(daily[2]), int(daily[3])), ZoneInfo(zone)).astimezone(UTC)
        if moment > now and (daily[1] == "daily" or day.weekday() < _SATURDAY):
            return moment
        day += timedelta(days=1)
    raise AssertionError("every week has a weekday")
