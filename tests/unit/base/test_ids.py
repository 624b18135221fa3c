"""Identifiers and the clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from homeroom.base.clock import FixedClock, SystemClock
from homeroom.base.ids import random_token, random_uuid_hex, seeded_ids


def test_uuid_is_written_as_the_api_writes_it() -> None:
    assert re.fullmatch(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}", random_uuid_hex())
    assert random_uuid_hex() != random_uuid_hex()


def test_token_has_the_strength_that_was_asked_for() -> None:
    assert len(random_token()) == 43
    assert len(random_token(16)) == 22
    assert random_token() != random_token()


def test_seeded_identifiers_repeat_for_their_seed_alone() -> None:
    first, again, other = seeded_ids(7), seeded_ids(7), seeded_ids(8)
    drawn = [first() for _ in range(3)]
    assert drawn == [again() for _ in range(3)]
    assert len({*drawn, other()}) == 4
    assert re.fullmatch(r"[0-9a-f]{32}", drawn[0])


def test_fixed_clock_stands_still_until_moved_and_speaks_utc() -> None:
    clock = FixedClock(datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now() == clock.now() == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    clock.move(timedelta(minutes=5))
    assert clock.now() == datetime(2026, 1, 1, 10, 5, tzinfo=UTC)


def test_clock_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        FixedClock(datetime(2026, 1, 1))  # noqa: DTZ001 - the fault under test


def test_system_clock_is_aware() -> None:
    assert SystemClock().now().tzinfo is UTC
