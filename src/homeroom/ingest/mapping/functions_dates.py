"""Functions of numbers, dates and school years."""

from __future__ import annotations

from typing import Final

import polars as pl

from homeroom.ingest.mapping.date_forms import is_date_form
from homeroom.ingest.mapping.keeping import convert_once
from homeroom.ingest.mapping.limits import MAX_DATE_FORMS
from homeroom.ingest.mapping.register import (
    Argument,
    ArgumentFaultError,
    Function,
    Site,
    Wanted,
    as_common,
    common_type,
    literal_number,
    literal_text,
    plain,
)
from homeroom.ingest.mapping.values import Check, Type, Value, derived

_DATE: Final = Argument("date", Type.DATE)
_ANY: Final = Argument("value")
_NUMERIC: Final = frozenset({Type.INTEGER, Type.NUMBER})
_FIRST_MONTH: Final = 7
"""July: the month in which a school year begins unless a spec says otherwise."""
_TWO_YEARS: Final = r"(?:^|\D)(\d{4}|\d{2})\s*[-/\u2013\u2014]\s*(\d{4}|\d{2})(?:\D|$)"
_ONE_YEAR: Final = r"^\D*(\d{4})\D*$"
_CENTURY: Final = 2000


def _number(site: Site, values: tuple[Value, ...]) -> Value:
    return site.convert(values[0], Type.NUMBER)


def _integer(site: Site, values: tuple[Value, ...]) -> Value:
    return site.convert(values[0], Type.INTEGER)


def _round(_: Site, values: tuple[Value, ...]) -> Value:
    digits = literal_number(values[1], least=0, most=9) if len(values) > 1 else 0
    rounded = values[0].expr.round(digits, mode="half_away_from_zero")
    if digits:
        return derived(Type.NUMBER, rounded, values)
    return derived(Type.INTEGER, rounded.cast(pl.Int64, strict=False), values)


def _least(site: Site, values: tuple[Value, ...]) -> Value:
    kind, values = _comparable(values, site)
    return derived(kind, pl.min_horizontal(v.expr for v in values), values)


def _most(site: Site, values: tuple[Value, ...]) -> Value:
    kind, values = _comparable(values, site)
    return derived(kind, pl.max_horizontal(v.expr for v in values), values)


def _comparable(values: tuple[Value, ...], site: Site) -> tuple[Type, tuple[Value, ...]]:
    """Numbers, unless all are dates: columns are read as what the others are."""
    known = tuple(v for v in values if v.type is not Type.TEXT)
    kind = common_type(known) if known else Type.NUMBER
    if kind not in (*_NUMERIC, Type.DATE, Type.MOMENT):
        kind = Type.NUMBER
    return as_common(tuple(site.convert(v, kind) for v in values), site)


def _date(site: Site, values: tuple[Value, ...]) -> Value:
    forms = tuple(literal_text(v) for v in values[1:])
    if len(forms) > MAX_DATE_FORMS:
        raise ArgumentFaultError(f"{MAX_DATE_FORMS} forms at most are expected.")
    for form in forms:
        if not is_date_form(form):
            raise ArgumentFaultError(f"'{form}' is no form of dates; write it as in M/d/yyyy.")
    return convert_once(values[0], Type.DATE, stage=site.stage, dates=forms or site.dates)


def _school_year(site: Site, values: tuple[Value, ...]) -> Value:
    kept = site.stage.kept(values[0])
    first = literal_number(values[1], least=1, most=12) if len(values) > 1 else _FIRST_MONTH
    date = kept.expr
    year = date.dt.year().cast(pl.Int64)
    # A school year is named for the calendar year it ends in; one that begins in January ends in the same.
    return derived(
        Type.INTEGER, year if first == 1 else year + (date.dt.month() >= first).cast(pl.Int64), (kept,)
    )


def _school_year_of(site: Site, values: tuple[Value, ...]) -> Value:
    given = site.stage.kept(values[0])
    text = given.expr
    # 2025-2026 is what nearly all files have, and cutting it is ten times as fast as searching it.
    quick = derived(Type.INTEGER, _second_year(text.str.slice(0, 4), text.str.slice(5)), (given,))
    kept = site.stage.kept(quick)
    plain = kept.expr
    rest = pl.when(plain.is_null()).then(text)
    year = pl.coalesce(
        plain,
        _second_year(rest.str.extract(_TWO_YEARS, 1), rest.str.extract(_TWO_YEARS, 2)),
        rest.str.extract(_ONE_YEAR, 1).cast(pl.Int64, strict=False),
    )
    check = Check(
        given=text,
        result=year,
        shown=text,
        code="mapping.not_a_school_year",
        words="is not a school year",
        remedy="Write it as 2025-2026, 25-26, or the year it ends in.",
        columns=values[0].columns,
    )
    return site.stage.kept(derived(Type.INTEGER, year, (kept,), checks=(check,)))


def _second_year(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    """The second of two years that follow one another, with its century."""
    start, end = first.cast(pl.Int64, strict=False), second.cast(pl.Int64, strict=False)
    follows = (start + 1) % 100 == end % 100
    return pl.when(follows & (end >= 0)).then(pl.when(end < 100).then(end + _CENTURY).otherwise(end))


DATE_FUNCTIONS: Final = (
    Function("number", (_ANY,), Type.NUMBER, "a text as a number", _number),
    Function("integer", (_ANY,), Type.INTEGER, "a text as a whole number", _integer),
    Function("round", (Argument("number", Type.NUMBER), Argument("digits", Type.INTEGER, Wanted.LITERAL)), None,
             "rounded, halves away from zero; to a whole number unless digits are given", _round, optional=1),
    Function("min", (_ANY,), None, "the smallest number, or earliest date, that is not blank", _least, rest=_ANY),
    Function("max", (_ANY,), None, "the largest number, or latest date, that is not blank", _most, rest=_ANY),
    Function("date", (Argument("text"),), Type.DATE,
             "a text as a date; forms as in `'M/d/yyyy'`, else those of the file", _date,
             rest=Argument("form", Type.TEXT, Wanted.LITERAL)),
    Function("year", (_DATE,), Type.INTEGER, "a date's year", plain(
        Type.INTEGER, lambda d: d.dt.year().cast(pl.Int64))),
    Function("month", (_DATE,), Type.INTEGER, "a date's month, 1 to 12", plain(
        Type.INTEGER, lambda d: d.dt.month().cast(pl.Int64))),
    Function("day", (_DATE,), Type.INTEGER, "a date's day of the month", plain(
        Type.INTEGER, lambda d: d.dt.day().cast(pl.Int64))),
    Function("school_year", (_DATE, Argument("first_month", Type.INTEGER, Wanted.LITERAL)), Type.INTEGER,
             "the year in which the school year of a date ends; it begins in July unless said otherwise",
             _school_year, optional=1),
    Function("school_year_of", (Argument("text", Type.TEXT),), Type.INTEGER,
             "the year in which a school year written as 2025-2026, 25-26, SY 2025/26 or 2026 ends",
             _school_year_of),
)  # fmt: skip
