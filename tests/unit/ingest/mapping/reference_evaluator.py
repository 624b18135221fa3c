"""The expression language row by row in plain Python: slow, and written apart from what it is compared with."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping
from datetime import date

from homeroom.ingest.mapping.syntax import (
    Binary,
    Call,
    Column,
    Constant,
    Expression,
    Number,
    Text,
    Unary,
)

Cell = str | int | float | bool | date | None


class FaultyError(Exception):
    """A cell that cannot be what it should be."""


def evaluate(expression: Expression, row: Mapping[str, str | None]) -> Cell:  # noqa: C901, PLR0911 - one case a kind
    """The value for one row; FaultyError when a cell on the way to it is at fault."""
    match expression:
        case Text(template):
            return "".join(part for part in template if isinstance(part, str)) or None
        case Number(value):
            return (
                int(value) if value == value.to_integral_value() and "." not in str(value) else float(value)
            )
        case Constant(value):
            return value
        case Column(template):
            (name,) = template
            return (row.get(str(name)) or "").strip() or None
        case Unary("not", operand):
            return not truth(evaluate(operand, row))
        case Unary(_, operand):
            value = number(evaluate(operand, row))
            return None if value is None else -value
        case Binary("and" | "or" as operator, left, right):
            for side in (left, right):  # a constant that decides alone leaves nothing to be at fault
                if is_constant(side) and truth(evaluate(side, row)) == (operator == "or"):
                    return operator == "or"
            return _binary(operator, evaluate(left, row), evaluate(right, row), (left, right))
        case Binary(operator, left, right):
            return _binary(operator, evaluate(left, row), evaluate(right, row), (left, right))
        case Call(function, arguments):
            return _call(function, arguments, row)
    raise AssertionError(expression)


def shown(value: Cell) -> str | None:
    """A value as a text."""
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case float():
            rounded = round(value, 10)
            return str(int(rounded)) if rounded == int(rounded) else repr(rounded)
        case date():
            return value.isoformat()
    return str(value)


def number(value: Cell) -> int | float | None:
    """A value as a number."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    if isinstance(value, str):
        if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", value, re.ASCII):
            return float(value.replace(",", ""))
        if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", value, re.ASCII):
            return float(value)
    raise FaultyError


def whole(value: Cell) -> int | None:
    """A value as a whole number."""
    if isinstance(value, str):
        if re.fullmatch(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.0*)?", value, re.ASCII):
            return int(value.replace(",", "").partition(".")[0])
        raise FaultyError
    found = number(value)
    if found is None or isinstance(found, int):
        return found
    if found == int(found):
        return int(found)
    raise FaultyError


def day(value: Cell) -> date | None:
    """A value as a date: M/d/yyyy or as ISO has it."""
    if value is None or isinstance(value, date):
        return value
    american = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", str(value), re.ASCII)
    iso = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", str(value), re.ASCII)
    year, month, number_ = 0, 0, 0
    if american:
        month, number_, year = map(int, american.groups())
    elif iso:
        year, month, number_ = map(int, iso.groups())
    try:
        return date(year, month, number_)
    except ValueError as error:
        raise FaultyError from error


def truth(value: Cell) -> bool:
    """A value as yes or no; blank is no."""
    if value is None or isinstance(value, bool):
        return bool(value)
    if str(value).lower() in {"y", "yes", "true", "t", "1"}:
        return True
    if str(value).lower() in {"n", "no", "false", "f", "0"}:
        return False
    raise FaultyError


def _binary(operator: str, one: Cell, other: Cell, sides: tuple[Expression, Expression]) -> Cell:
    match operator:
        case "&":
            return _joined("", [one, other], sides)
        case "and":
            first, second = truth(one), truth(other)
            return first and second
        case "or":
            first, second = truth(one), truth(other)
            return first or second
        case "+" | "-" | "*" | "/":
            return _arithmetic(operator, number(one), number(other))
    return _comparison(operator, one, other, sides)


def _arithmetic(operator: str, one: float | None, other: float | None) -> Cell:
    if one is None or other is None or (operator == "/" and not other):
        return None
    results = {
        "+": lambda: one + other,
        "-": lambda: one - other,
        "*": lambda: one * other,
        "/": lambda: one / other,
    }
    return results[operator]()


def _comparison(operator: str, one: Cell, other: Cell, sides: tuple[Expression, Expression]) -> bool:
    kinds = {_kind(side) for side in sides}
    if kinds == {"text", "number"}:
        one, other = number(one), number(other)
    elif kinds == {"text", "date"}:
        one, other = day(one), day(other)
    if operator in ("=", "<>"):
        return (one == other) == (operator == "=")
    if one is None or other is None:
        return False
    results = {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}  # type: ignore[operator]
    return results[operator]


def _kind(expression: Expression) -> str:  # noqa: PLR0911 - one case a kind
    """What the expression gives whatever the row: only texts are read as something else."""
    match expression:
        case Constant(None):
            return "nothing"
        case Constant():
            return "truth"
        case Number() | Unary("-") | Binary("+" | "-" | "*" | "/"):
            return "number"
        case Unary() | Binary("and" | "or" | "=" | "<>" | "<" | "<=" | ">" | ">="):
            return "truth"
        case Call("if", (_, value, _)) | Call("coalesce", (value, _)):
            return _kind(value)
        case Call("date"):
            return "date"
        case Call(name):
            return "number" if name in _NUMERIC else "text"
    return "text"


def is_constant(expression: Expression) -> bool:
    """Whether no column stands in it."""
    match expression:
        case Column():
            return False
        case Unary(_, operand):
            return is_constant(operand)
        case Binary(_, left, right):
            return is_constant(left) and is_constant(right)
        case Call(_, arguments):
            return all(map(is_constant, arguments))
    return True


def _joined(separator: str, values: list[Cell], sides: tuple[Expression, ...]) -> str | None:
    varying = [v for v, side in zip(values, sides, strict=True) if not is_constant(side)]
    if varying and all(v is None for v in varying):
        return None
    return separator.join(str(shown(v)) for v in values if v is not None) or None


def _call(function: str, arguments: tuple[Expression, ...], row: Mapping[str, str | None]) -> Cell:
    if function == "if":
        return evaluate(arguments[1] if truth(evaluate(arguments[0], row)) else arguments[2], row)
    if function == "coalesce":
        return next((v for a in arguments if (v := evaluate(a, row)) is not None), None)
    values = [evaluate(a, row) for a in arguments]
    if function == "join":
        return _joined(str(values[0] or ""), values[1:], arguments[1:])
    if function == "hash":
        texts = [shown(v) for v in values]
        if all(t is None for t in texts):
            return None
        return hashlib.md5("\x1f".join(t or "" for t in texts).encode()).hexdigest()
    return FUNCTIONS[function](*values)


def _text(work: Callable[..., str]) -> Callable[..., Cell]:
    def worked(value: Cell, *others: Cell) -> Cell:
        text = shown(value)
        return None if text is None else (work(text, *others).strip() or None)

    return worked


def _part(text: str, separator: str, n: int) -> str:
    parts = text.split(separator)
    index = n - 1 if n > 0 else len(parts) + n
    return parts[index] if 0 <= index < len(parts) else ""


def _has(test: Callable[[str, str], bool]) -> Callable[..., Cell]:
    def tested(value: Cell, wanted: Cell) -> Cell:
        text, other = shown(value), shown(wanted)
        return text is not None and test(text, other or "")

    return tested


def _extract(text: str, regex: str) -> str:
    match = re.search(regex, text, re.ASCII)
    return (match.group(1) or "") if match else ""


def _rounded(value: Cell) -> Cell:
    found = number(value)
    return None if found is None else int(math.copysign(math.floor(abs(found) + 0.5), found))


def _school_year(value: Cell) -> Cell:
    found = day(value)
    return None if found is None else found.year + (found.month >= 7)


def _field(name: str) -> Callable[[Cell], Cell]:
    def taken(value: Cell) -> Cell:
        found = day(value)
        return None if found is None else int(getattr(found, name))

    return taken


def _extreme(choose: Callable[[list[float]], float]) -> Callable[..., Cell]:
    def chosen(*values: Cell) -> Cell:
        known = [n for v in values if (n := number(v)) is not None]
        return choose(known) if known else None

    return chosen


_NUMERIC = frozenset(
    {"number", "integer", "length", "round", "min", "max", "year", "month", "day", "school_year"}
)
FUNCTIONS: Mapping[str, Callable[..., Cell]] = {
    "upper": _text(str.upper),
    "lower": _text(str.lower),
    "trim": _text(lambda t: re.sub(r"\s+", " ", t)),
    "length": lambda v: len(shown(v) or ""),
    "left": _text(lambda t, n: t[:n]),
    "right": _text(lambda t, n: t[-n:] if n else ""),
    "mid": _text(lambda t, start, n: t[start - 1 : start - 1 + n]),
    "replace": _text(lambda t, old, new: t.replace(old, new or "")),
    "pad_left": _text(lambda t, n, fill="0": t.rjust(n, fill)),
    "part": _text(_part),
    "contains": _has(lambda t, w: w in t),
    "starts_with": _has(lambda t, w: t.startswith(w)),
    "ends_with": _has(lambda t, w: t.endswith(w)),
    "matches": lambda v, regex: v is not None and re.fullmatch(regex, shown(v) or "", re.ASCII) is not None,
    "extract": _text(_extract),
    "text": shown,
    "blank": lambda v: v is None,
    "in": lambda v, *options: v is not None and shown(v) in [shown(o) for o in options],
    "number": lambda v: None if number(v) is None else float(number(v) or 0),
    "integer": whole,
    "round": _rounded,
    "min": _extreme(min),
    "max": _extreme(max),
    "date": day,
    "year": _field("year"),
    "month": _field("month"),
    "day": _field("day"),
    "school_year": _school_year,
}
