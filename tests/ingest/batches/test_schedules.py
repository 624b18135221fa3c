"""When a feed is visited next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.ingest.feeds.schedules import is_schedule, next_visit

FRIDAY = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "zone", "expected"),
    [
        ("every 15 minutes", "UTC", "2026-11-20T12:15:00+00:00"),
        ("every 2 hours", "UTC", "2026-11-20T14:00:00+00:00"),
        ("daily at 02:30", "UTC", "2026-11-21T02:30:00+00:00"),
        ("daily at 13:00", "UTC", "2026-11-20T13:00:00+00:00"),
        ("weekdays at 02:30", "UTC", "2026-11-23T02:30:00+00:00"),
        ("daily at 02:30", "America/New_York", "2026-11-21T07:30:00+00:00"),
    ],
)
def test_the_next_visit(schedule: str, zone: str, expected: str) -> None:
    assert next_visit(schedule, now=FRIDAY, zone=zone).isoformat() == expected


def test_a_clock_that_is_set_forward_skips_no_day() -> None:
    before = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)
    moment = next_visit("daily at 02:30", now=before, zone="America/New_York")
    assert before < moment < before + timedelta(days=1)


@pytest.mark.parametrize(
    "text", ["", "every 0 minutes", "every minute", "daily at 24:00", "now", "daily at 2:30"]
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    assert not is_schedule(text)


@given(
    st.one_of(
        st.builds("every {} minutes".format, st.integers(1, 9999)),
        st.builds("daily at {:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59)),
        st.builds("weekdays at {:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59)),
    ),
    st.integers(0, 5 * 365 * 24 * 60).map(lambda minutes: FRIDAY + timedelta(minutes=minutes)),
    st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe"]),
)
def test_the_next_visit_is_always_later(schedule: str, now: datetime, zone: str) -> None:
    assert is_schedule(schedule)
    assert next_visit(schedule, now=now, zone=zone) > now
