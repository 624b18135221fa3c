"""The days of a school year."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from homeroom.synth.school_year import plan_school_year


def test_the_demo_year_runs_from_mid_august_to_early_june() -> None:
    year = plan_school_year(2027)
    assert (year.begins_on, year.ends_on) == (date(2026, 8, 17), date(2027, 6, 4))
    assert year.closures[date(2026, 11, 26)] == "Holiday"
    assert year.closures[date(2027, 5, 31)] == "Holiday"
    assert date(2026, 11, 20) in year.school_days(date(2026, 11, 1), date(2026, 11, 30))


@pytest.mark.parametrize("ending_year", range(2020, 2041))
def test_every_year_has_four_periods_in_order_and_about_180_days(ending_year: int) -> None:
    year = plan_school_year(ending_year)
    periods = year.grading_periods
    assert all(one.ends_on < two.begins_on for one, two in pairwise(periods))
    assert all(period.begins_on.weekday() < 5 and period.ends_on.weekday() == 4 for period in periods)
    in_periods = sum(len(year.school_days(period.begins_on, period.ends_on)) for period in periods)
    assert in_periods == len(year.school_days(year.begins_on, year.ends_on))
    assert 176 <= in_periods <= 184


def test_school_days_leave_out_weekends_and_the_time_outside_the_year() -> None:
    year = plan_school_year(2027)
    before, after = year.begins_on - timedelta(days=60), year.ends_on + timedelta(days=60)
    days = year.school_days(before, after)
    assert (days[0], days[-1]) == (year.begins_on, year.ends_on)
    assert {day.weekday() for day in days} == {0, 1, 2, 3, 4}
