"""Bounds of values: what a property, and the database below it, can hold; both halves of validation ask."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, datetime
from decimal import Decimal
from typing import Final

from homeroom.standard.model import Kind, Property

_INT_RANGE: Final = {
    Kind.INT16: (-(2**15), 2**15 - 1),
    Kind.INT32: (-(2**31), 2**31 - 1),
    Kind.INT64: (-(2**63), 2**63 - 1),
}


def int_limits(prop: Property) -> tuple[int, int]:
    """Lowest and highest value of an integer property: as stated, else the type's own."""
    low, high = _INT_RANGE[prop.kind]
    low = low if prop.minimum is None else int(prop.minimum)
    high = high if prop.maximum is None else int(prop.maximum)
    return low, high


def is_storable_moment(moment: datetime) -> bool:
    """Whether a moment keeps clear of the calendar's ends, where its zone could carry it past them."""
    return MINYEAR < moment.year < MAXYEAR


def must_not_be_zero(prop: Property) -> bool:
    """Whether 0 means no value: ids of education organizations, as in the Ed-Fi API."""
    return prop.is_identity and prop.kind is Kind.INT64


def decimal_limits(prop: Property) -> tuple[Decimal, Decimal, int]:
    """Lowest and highest value and digits after the point of a decimal property."""
    scale = prop.scale or 0
    # Written digit by digit: arithmetic would round the 36 digits that Data Standard 6 allows to 28.
    size = Decimal((0, (9,) * (prop.precision or 18), -scale))
    lowest = size.copy_negate()
    low = lowest if prop.minimum is None else max(lowest, Decimal(str(prop.minimum)))
    high = size if prop.maximum is None else min(size, Decimal(str(prop.maximum)))
    return low, high, scale


def is_within(value: Decimal, limits: tuple[Decimal, Decimal, int]) -> bool:
    """Whether a decimal keeps its limits, scale included, and is written plainly."""
    low, high, scale = limits
    if not value.is_finite():
        return False
    # JSON may write 100 as 1E+2 and 0 as 0E+999999, which no database reads back: such go the slow way.
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and -scale <= exponent <= 0 and low <= value <= high
