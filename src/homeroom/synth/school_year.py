"""The days of a school year: when it runs, which days have school, and its grading periods and sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

MONDAY, THURSDAY, FRIDAY = 0, 3, 4
TEACHER_DAY = "Teacher only day"
HOLIDAY = "Holiday"


@dataclass(frozen=True, slots=True)
class GradingPeriod:
    """A quarter of the year; name is also the code value of its GradingPeriodDescriptor."""

    name: str
    sequence: int
    begins_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Session:
    """A stretch of the year in which courses are offered; term is a code value of TermDescriptor."""

    name: str
    term: str
    grading_periods: tuple[GradingPeriod, ...]

    @property
    def begins_on(self) -> date:
        """First day of the first grading period."""
        return self.grading_periods[0].begins_on

    @property
    def ends_on(self) -> date:
        """Last day of the last grading period."""
        return self.grading_periods[-1].ends_on


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """A school year named by its ending year.

    closures: days without school and the code value of its CalendarEventDescriptor.
    grading_periods: four, in order; they do not touch the winter and spring breaks.
    """

    ending_year: int
    closures: Mapping[date, str]
    grading_periods: tuple[GradingPeriod, ...]

    @property
    def begins_on(self) -> date:
        """First day of school."""
        return self.grading_periods[0].begins_on

    @property
    def ends_on(self) -> date:
        """Last day of school."""
        return self.grading_periods[-1].ends_on

    @property
    def label(self) -> str:
        """The year in words, such as 2026-2027."""
        return f"{self.ending_year - 1}-{self.ending_year}"

    def whole_year(self) -> Session:
        """The one session of a school that does not divide its year."""
        return Session(f"{self.label} Full Year", "Year Round", self.grading_periods)

    def semesters(self) -> tuple[Session, Session]:
        """The two sessions of a school with semesters."""
        return (
            Session(f"{self.label} Fall Semester", "Fall Semester", self.grading_periods[:2]),
            Session(f"{self.label} Spring Semester", "Spring Semester", self.grading_periods[2:]),
        )

    def school_days(self, first: date, last: date) -> list[date]:
        """Every day with school from first to last, both included, within the year."""
        days = weekdays(max(first, self.begins_on), min(last, self.ends_on))
        return [day for day in days if day not in self.closures]


def weekdays(first: date, last: date) -> list[date]:
    """Monday to Friday from first to last, both included."""
    span = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return [day for day in span if day.weekday() <= FRIDAY]


def plan_school_year(ending_year: int) -> SchoolYear:
    """The year from the third Monday of August to the first Friday of June, with its usual breaks."""
    autumn, spring = ending_year - 1, ending_year
    begins_on = nth_weekday(date(autumn, 8, 1), MONDAY, 3)
    ends_on = nth_weekday(date(spring, 6, 1), FRIDAY, 1)
    second_quarter = nth_weekday(date(autumn, 10, 1), MONDAY, 3)
    winter_break = _monday_of(date(autumn, 12, 25))
    spring_break = nth_weekday(date(spring, 3, 1), MONDAY, 3)
    periods = (
        GradingPeriod("First Nine Weeks", 1, begins_on, _friday_before(second_quarter)),
        GradingPeriod("Second Nine Weeks", 2, second_quarter, _friday_before(winter_break)),
        GradingPeriod("Third Nine Weeks", 3, winter_break + timedelta(days=15), _friday_before(spring_break)),
        GradingPeriod("Fourth Nine Weeks", 4, spring_break + timedelta(days=7), ends_on),
    )
    return SchoolYear(ending_year, _closures(autumn, winter_break, spring_break), periods)


def _closures(autumn: int, winter_break: date, spring_break: date) -> dict[date, str]:
    spring = autumn + 1
    thanksgiving = nth_weekday(date(autumn, 11, 1), THURSDAY, 4)
    closures = dict.fromkeys(weekdays(winter_break, winter_break + timedelta(days=11)), HOLIDAY)
    closures |= dict.fromkeys(weekdays(spring_break, spring_break + timedelta(days=4)), HOLIDAY)
    closures |= {
        nth_weekday(date(autumn, 9, 1), MONDAY, 1): HOLIDAY,
        nth_weekday(date(autumn, 10, 1), MONDAY, 2) - timedelta(days=3): TEACHER_DAY,
        nth_weekday(date(autumn, 10, 1), MONDAY, 2): TEACHER_DAY,
        date(autumn, 11, 11): HOLIDAY,
        thanksgiving - timedelta(days=1): HOLIDAY,
        thanksgiving: HOLIDAY,
        thanksgiving + timedelta(days=1): HOLIDAY,
        winter_break + timedelta(days=14): TEACHER_DAY,
        nth_weekday(date(spring, 1, 1), MONDAY, 3): HOLIDAY,
        nth_weekday(date(spring, 2, 1), MONDAY, 3): HOLIDAY,
        nth_weekday(date(spring, 2, 1), FRIDAY, 1): TEACHER_DAY,
        nth_weekday(date(spring, 4, 1), FRIDAY, 3): HOLIDAY,
        nth_weekday(date(spring, 5, 25), MONDAY, 1): HOLIDAY,
    }
    return dict(sorted(closures.items()))


def nth_weekday(month_start: date, weekday: int, nth: int) -> date:
    """The nth given weekday (Monday is 0) on or after the day named."""
    return month_start + timedelta(days=(weekday - month_start.weekday()) % 7 + 7 * (nth - 1))


def _monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _friday_before(monday: date) -> date:
    return monday - timedelta(days=3)
