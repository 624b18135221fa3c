"""One generated district, shared by the tests of the part."""

from __future__ import annotations

import pytest

from homeroom.synth import Record, generate_district
from homeroom.synth.cast import DEMO_TODAY


@pytest.fixture(scope="session")
def district() -> tuple[Record, ...]:
    """The demo's district: 1,000 students, seed 1, as of the demo's day."""
    return tuple(generate_district(1, today=DEMO_TODAY))
