"""One type to another: what a text must look like to be a number, a date or a yes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from homeroom.ingest.mapping.date_forms import EXCEL, DateForm, parse_date_form
from homeroom.ingest.mapping.values import DTYPES, Check, Type, Value, derived

_ISO_DATE: Final = r"^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}.*)?$"
_ISO_MOMENT: Final = r"^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?Z?$"
_WHOLE: Final = r"^([+-]?(?:\d{1,3}(?:,\d{3})+|\d+))(?:\.0*)?$"
_DECIMAL: Final = r"^([+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?)$"
_DECIMAL_DIGITS: Final = 38
_NO_NUMBERS: Final = (float("inf"), float("-inf"), float("nan"))
"""What is left of a calculation that goes beyond all bounds."""
_YES: Final = ("y", "yes", "true", "t", "1")
_NO: Final = ("n", "no", "false", "f", "0")
_CLOCKS: Final = ("H:mm", "H:mm:ss", "h:mm a", "h:mm:ss a")
_FIRST_YEAR: Final = 1000
_LAST_YEAR: Final = 9999
_EXCEL_EPOCH_DAYS: Final = 25_569
"""Days from a spreadsheet's day 0 to 1970-01-01."""
_EXCEL_MOST: Final = 109_574
"""2199-12-31 as a spreadsheet counts: what is larger is no date but a number."""
NUMBER_DIGITS: Final = 10
"""Digits after the point that calculated numbers keep: beyond them binary fractions show."""


class NoConversionError(Exception):
    """A value of one type can never be of the other; caught where the place in the spec is known."""


def convert(value: Value, to: Type, *, dates: Sequence[str] = ()) -> Value:
    """The value as another type; texts that cannot be it become blank, and a check tells of them.

    dates: the forms in which texts may write dates; the form of ISO 8601 is always read.
    """
    if value.type is to:
        return value
    if value.type is Type.NOTHING:
        return replace(value, type=to, expr=value.expr.cast(DTYPES[to]))
    if value.type is Type.TEXT:
        return _checked(value, to, _READERS[to](value.expr, dates), dates)
    step = _STEPS.get((value.type, to))
    if step is None:
        raise NoConversionError(f"A {value.type} cannot be a {to}.")
    expr = step(value.expr)
    if (value.type, to) == (Type.NUMBER, Type.INTEGER):
        return _checked(value, to, expr, dates)
    return derived(to, expr, (value,))


def convert_decimal(value: Value, scale: int) -> Value:
    """A text as the text of a decimal with so many digits after the point; never by way of binary fractions."""
    kind = pl.Decimal(_DECIMAL_DIGITS, scale)
    direct = value.expr.cast(kind, strict=False)
    rest = pl.when(direct.is_null()).then(value.expr).str.extract(_DECIMAL, 1)
    found = pl.coalesce(direct, rest.str.replace_all(",", "", literal=True).cast(kind, strict=False))
    return _checked(value, Type.NUMBER, found.cast(pl.String), ())


def number_text(expr: pl.Expr) -> pl.Expr:
    """A calculated number as people write it: `5`, not `5.0`."""
    return expr.replace(_NO_NUMBERS, None).round(NUMBER_DIGITS).cast(pl.String).str.strip_suffix(".0")


def fill_false(expr: pl.Expr) -> pl.Expr:
    """A condition in which blank counts as no."""
    return expr.fill_null(value=False)


def _checked(value: Value, to: Type, expr: pl.Expr, dates: Sequence[str]) -> Value:
    code, words, remedy = _MESSAGES[to]
    forms = ", ".join((*dates, "yyyy-MM-dd"))
    check = Check(
        given=value.expr,
        result=expr,
        shown=value.expr.cast(pl.String),
        code=f"mapping.{code}",
        words=words,
        remedy=remedy.format(forms=forms),
        columns=value.columns,
    )
    return derived(to, expr, (value,), checks=(check,))


def _whole(text: pl.Expr, _: Sequence[str]) -> pl.Expr:
    direct = text.cast(pl.Int64, strict=False)
    # Only what the quick way refused goes the slow way: the rest of the column is null there.
    rest = pl.when(direct.is_null()).then(text).str.extract(_WHOLE, 1)
    return pl.coalesce(direct, rest.str.replace_all(",", "", literal=True).cast(pl.Int64, strict=False))


def _number(text: pl.Expr, _: Sequence[str]) -> pl.Expr:
    direct = text.cast(pl.Float64, strict=False)
    rest = pl.when(direct.is_null()).then(text).str.extract(_DECIMAL, 1)
    slow = rest.str.replace_all(",", "", literal=True).cast(pl.Float64, strict=False)
    return pl.coalesce(direct, slow).replace(_NO_NUMBERS, None)


def _boolean(text: pl.Expr, _: Sequence[str]) -> pl.Expr:
    words = [*_YES, *_NO]
    truths = [True] * len(_YES) + [False] * len(_NO)
    return text.str.to_lowercase().replace_strict(words, truths, default=None, return_dtype=pl.Boolean)


def _date(text: pl.Expr, dates: Sequence[str]) -> pl.Expr:
    found = _first_form(text, dates, _read_date)
    rest = pl.when(found.is_null()).then(text) if dates else text
    iso = rest.str.extract(_ISO_DATE, 1).str.to_date("%Y-%m-%d", strict=False)
    return pl.coalesce(found, iso) if dates else iso


def _moment(text: pl.Expr, dates: Sequence[str]) -> pl.Expr:
    found = _first_form(text, dates, _read_moment)
    rest = pl.when(found.is_null()).then(text) if dates else text
    parts = pl.concat_str(rest.str.extract(_ISO_MOMENT, 1), pl.lit("T"), rest.str.extract(_ISO_MOMENT, 2))
    iso = pl.coalesce(
        rest.str.to_date("%Y-%m-%d", strict=False).cast(DTYPES[Type.MOMENT]),
        parts.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us"),
        parts.str.to_datetime("%Y-%m-%dT%H:%M", strict=False, time_unit="us"),
    )
    return pl.coalesce(found, iso) if dates else iso


def _first_form(
    text: pl.Expr, dates: Sequence[str], read: Callable[[pl.Expr, DateForm | None], pl.Expr]
) -> pl.Expr:
    """The first form that fits; later ones see only what is left."""
    found: pl.Expr | None = None
    for form in dates:
        rest = text if found is None else pl.when(found.is_null()).then(text)
        value = read(rest, None if form == EXCEL else parse_date_form(form))
        found = value if found is None else pl.coalesce(found, value)
    return pl.lit(None) if found is None else found


def _read_date(text: pl.Expr, form: DateForm | None) -> pl.Expr:
    if form is None:
        days = text.cast(pl.Float64, strict=False)
        return (
            pl.when(days.is_between(1, _EXCEL_MOST))
            .then(days - _EXCEL_EPOCH_DAYS)
            .cast(pl.Int32)
            .cast(pl.Date)
        )
    found = _of_length(text, form).str.to_date(form.pattern, strict=False)
    return pl.when(found.dt.year().is_between(_FIRST_YEAR, _LAST_YEAR)).then(found)


def _read_moment(text: pl.Expr, form: DateForm | None) -> pl.Expr:
    if form is None or not form.has_clock:
        return _read_date(text, form).cast(DTYPES[Type.MOMENT])
    found = _of_length(text, form).str.to_datetime(form.pattern, strict=False, time_unit="us")
    return pl.when(found.dt.year().is_between(_FIRST_YEAR, _LAST_YEAR)).then(found)


def _of_length(text: pl.Expr, form: DateForm) -> pl.Expr:
    if form.exact_length is None:
        return text
    return pl.when(text.str.len_chars() == form.exact_length).then(text)


def _time(text: pl.Expr, _: Sequence[str]) -> pl.Expr:
    forms = (form for written in _CLOCKS if (form := parse_date_form(written)))
    # The clock alone can be read with a date before it only: times of day have no parser of their own for AM.
    return pl.coalesce(
        pl.concat_str(pl.lit("2000-01-01 "), text.str.to_uppercase())
        .str.to_datetime(f"%Y-%m-%d {form.pattern}", strict=False, time_unit="us")
        .dt.time()
        for form in forms
    )


_READERS: Final[Mapping[Type, Callable[[pl.Expr, Sequence[str]], pl.Expr]]] = {
    Type.INTEGER: _whole,
    Type.NUMBER: _number,
    Type.BOOLEAN: _boolean,
    Type.DATE: _date,
    Type.MOMENT: _moment,
    Type.TIME: _time,
}
_MESSAGES: Final = {
    Type.INTEGER: ("not_an_integer", "is not a whole number", "Write digits only, as in 12 or 1,234."),
    Type.NUMBER: ("not_a_number", "is not a number", "Write digits and a point, as in 12.5."),
    Type.BOOLEAN: (
        "not_a_boolean",
        "is neither yes nor no",
        "Write Y or N, yes or no, true or false, 1 or 0.",
    ),
    Type.DATE: (
        "not_a_date",
        "is not a date",
        "Write it in one of these forms: {forms}; or add its form to `dates`.",
    ),
    Type.MOMENT: (
        "not_a_date",
        "is not a date",
        "Write it in one of these forms: {forms}; or add its form to `dates`.",
    ),
    Type.TIME: ("not_a_time", "is not a time", "Write it as in 13:45 or 1:45 PM."),
}
_STEPS: Final[Mapping[tuple[Type, Type], Callable[[pl.Expr], pl.Expr]]] = {
    (Type.INTEGER, Type.TEXT): lambda e: e.cast(pl.String),
    (Type.INTEGER, Type.NUMBER): lambda e: e.cast(pl.Float64),
    (Type.INTEGER, Type.BOOLEAN): lambda e: pl.when(e.is_in([0, 1])).then(e == 1),
    (Type.NUMBER, Type.TEXT): number_text,
    (Type.NUMBER, Type.INTEGER): lambda e: pl.when(e == e.round()).then(e).cast(pl.Int64, strict=False),
    (Type.BOOLEAN, Type.TEXT): lambda e: e.cast(pl.String),
    (Type.DATE, Type.TEXT): lambda e: e.cast(pl.String),
    (Type.DATE, Type.MOMENT): lambda e: e.cast(DTYPES[Type.MOMENT]),
    (Type.MOMENT, Type.DATE): lambda e: e.dt.date(),
    (Type.MOMENT, Type.TEXT): lambda e: e.dt.strftime("%Y-%m-%dT%H:%M:%S"),
    (Type.TIME, Type.TEXT): lambda e: e.cast(pl.String),
}
