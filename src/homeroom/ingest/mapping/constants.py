"""Expressions of constants alone, worked out while a spec is compiled, as loops insert many."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from homeroom.ingest.mapping.values import Plain, Type, Value, literal_of

_WHOLE: Final = re.compile(r"-?\d{1,15}", re.ASCII)
_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": eq, "<>": ne, "<": lt, "<=": le, ">": gt, ">=": ge,
}  # fmt: skip


def known(value: Value) -> Plain:
    """The value of a constant; None for nothing and for what rows decide."""
    return value.literal.value if value.literal else None


def whole_number(value: Value) -> Value | None:
    """A constant text of digits as the number it is; None when it is no such text."""
    text = known(value)
    return literal_of(int(text)) if isinstance(text, str) and _WHOLE.fullmatch(text) else None


def calculated(operator: str, one: Value, other: Value) -> Value | None:
    """Two constant numbers with an operator between; None when rows must be asked."""
    left, right = known(one), known(other)
    if not isinstance(left, int | float | Decimal) or not isinstance(right, int | float | Decimal):
        return None
    if operator == "/" and not right:
        return literal_of(None)
    if isinstance(left, int) and isinstance(right, int) and operator != "/":
        return literal_of(
            left + right if operator == "+" else left - right if operator == "-" else left * right
        )
    a, b = float(left), float(right)
    result = a + b if operator == "+" else a - b if operator == "-" else a * b if operator == "*" else a / b
    return literal_of(result) if math.isfinite(result) else literal_of(None)


def compared(operator: str, one: Value, other: Value) -> Value | None:
    """Two constants of one type with a comparison between; None when rows must be asked."""
    left, right = known(one), known(other)
    if left is None or right is None or one.type is not other.type:
        return None
    return literal_of(_COMPARISONS[operator](left, right))


def decided(operator: str, one: Value, other: Value) -> Value | None:
    """`and` or `or` where one side alone decides, or leaves it to the other."""
    for value, rest in ((one, other), (other, one)):
        if value.literal is not None:
            holds = bool(known(value))
            if holds == (operator == "or"):
                return literal_of(holds)
            return rest if rest.type is Type.BOOLEAN else None
    return None
