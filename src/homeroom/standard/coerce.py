"""One raw value to the standard's value, forgiving what the Ed-Fi API forgives, or the fault in its words.

Raw values come from JSON (decimals as Decimal) or from a loader, which may have dates and times already.
Message texts: the Ed-Fi ODS/API's own, so that what vendors know by heart and parse stays true.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Final, TypeAlias, TypeVar

import msgspec

from homeroom.standard.documents import DESCRIPTOR_LENGTH
from homeroom.standard.limits import decimal_limits, int_limits, is_storable_moment, must_not_be_zero
from homeroom.standard.model import Kind, Property
from homeroom.standard.names import pascal_case

Scalar: TypeAlias = str | bool | int | Decimal | date | time | datetime

_Moment = TypeVar("_Moment", date, time, datetime)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a value, before it has a place: code and words of the finding to be."""

    code: str
    words: str


INVALID: Final = Fault("type", "The supplied value is invalid.")

_BOOLEANS: Final[Mapping[str, bool]] = {"true": True, "1": True, "false": False, "0": False}
_ZONE: Final = r"(?P<zone>[Zz]|[+-]\d\d:?\d\d)?"
_CLOCK: Final = r"(?P<minutes>\d\d:\d\d)(?P<seconds>:\d\d(?:\.\d+)?)?" + _ZONE
_TIME: Final = re.compile(_CLOCK, re.ASCII)
_DATETIME: Final = re.compile(rf"(?P<day>\d{{4}}-\d\d-\d\d)(?:[Tt ]{_CLOCK})?", re.ASCII)
_ROUNDING: Final = Context(prec=100, rounding=ROUND_HALF_EVEN)
_SHOWN_LENGTH: Final = 100


def coerce_value(prop: Property, raw: object) -> Scalar | Fault:
    """The value of a property as the struct holds it, or its first fault. raw is not None."""
    return _COERCERS[prop.kind](prop, raw)


def is_storable(text: str) -> bool:
    """Whether text can be stored and sent: no NUL, which PostgreSQL refuses, no half of a pair."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text(prop: Property, raw: object) -> str | Fault:
    if not isinstance(raw, str) or not is_storable(raw):
        return INVALID
    if (prop.is_required or prop.is_identity) and not raw.strip():
        return Fault("required", f"{pascal_case(prop.name)} is required and should not be left empty.")
    if prop.is_identity and raw != raw.strip():
        return Fault("blank_ends", f"{pascal_case(prop.name)} cannot contain leading or trailing spaces.")
    return _of_length(prop, raw, most=prop.max_length)


def _descriptor(prop: Property, raw: object) -> str | Fault:
    if not isinstance(raw, str) or not is_storable(raw):
        return INVALID
    if not raw.strip():
        return Fault("required", f"{pascal_case(prop.name)} is required and should not be left empty.")
    if "#" not in raw:
        shape = "a '#' is expected to delineate the namespace and code value portions"
        words = (
            f"{prop.descriptor} value '{_shown(raw)}' is not a valid value for use as a descriptor ({shape})."
        )
        return Fault("descriptor.shape", words)
    return _of_length(prop, raw, most=DESCRIPTOR_LENGTH)


def _of_length(prop: Property, text: str, *, most: int | None) -> str | Fault:
    least = prop.min_length or 0
    if least <= len(text) and (most is None or len(text) <= most):
        return text
    bounds = (
        f"at most {most}"
        if not least
        else f"at least {least}"
        if most is None
        else f"between {least} and {most}"
    )
    return Fault("length", f"{pascal_case(prop.name)} must be {bounds} characters in length.")


def _boolean(_: Property, raw: object) -> bool | Fault:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and is_storable(raw):
        kind = "String"
    elif isinstance(raw, int):
        kind = "Integer"
    elif isinstance(raw, (float, Decimal)):
        kind = "Float"
    else:
        return INVALID
    value = _BOOLEANS.get(str(raw).lower())
    return (
        Fault("type", f"Unexpected value for boolean: {_shown(raw)} (type: {kind})")
        if value is None
        else value
    )


def _date(_: Property, raw: object) -> date | Fault:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    return _parsed(raw, date) if isinstance(raw, str) else INVALID


def _time(_: Property, raw: object) -> time | Fault:
    if isinstance(raw, time):
        return raw.replace(tzinfo=None)
    match = _TIME.fullmatch(raw) if isinstance(raw, str) else None
    # A school's bell rings by its own clock: the zone says nothing that could be stored, as in the Ed-Fi API.
    return INVALID if match is None else _parsed(match["minutes"] + (match["seconds"] or ":00"), time)


def _datetime(_: Property, raw: object) -> datetime | Fault:
    moment = _moment(raw)
    return moment if isinstance(moment, Fault) or is_storable_moment(moment) else INVALID


def _moment(raw: object) -> datetime | Fault:
    if isinstance(raw, datetime):
        return raw if raw.tzinfo else raw.replace(tzinfo=UTC)
    if isinstance(raw, date):
        return datetime(raw.year, raw.month, raw.day, tzinfo=UTC)
    match = _DATETIME.fullmatch(raw) if isinstance(raw, str) else None
    if match is None:
        return INVALID
    clock = (match["minutes"] or "00:00") + (match["seconds"] or ":00")
    return _parsed(f"{match['day']}T{clock}{match['zone'] or 'Z'}", datetime)


def _integer(prop: Property, raw: object) -> int | Fault:
    number = _number(raw)
    if number is None or number != number.to_integral_value():
        return INVALID
    lowest, highest = int_limits(prop)
    if not lowest <= number <= highest:
        return Fault("range", f"{pascal_case(prop.name)} must be between {lowest} and {highest}.")
    if number == 0 and must_not_be_zero(prop):
        return Fault("range", f"{pascal_case(prop.name)} value must be different than 0.")
    return int(number)


def _decimal(prop: Property, raw: object) -> Decimal | Fault:
    number = _number(raw)
    if number is None:
        return INVALID
    lowest, highest, scale = decimal_limits(prop)
    if not lowest <= number <= highest:
        bounds = f"{_plain(lowest)} and {_plain(highest)}"
        return Fault("range", f"{pascal_case(prop.name)} must be between {bounds}.")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -scale <= exponent <= 0:
        return number
    return number.quantize(Decimal(1).scaleb(-scale), context=_ROUNDING)


_COERCERS: Final[Mapping[Kind, Callable[[Property, object], Scalar | Fault]]] = {
    Kind.STRING: _text,
    Kind.DESCRIPTOR: _descriptor,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.DATETIME: _datetime,
    Kind.INT16: _integer,
    Kind.INT32: _integer,
    Kind.INT64: _integer,
    Kind.DECIMAL: _decimal,
}


def _number(raw: object) -> Decimal | None:
    """A finite number from a number or a numeric text; None for all else."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str, Decimal)):
        return None
    try:
        number = Decimal(str(raw)) if isinstance(raw, float) else Decimal(raw)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _parsed(text: str, kind: type[_Moment]) -> _Moment | Fault:
    try:
        return msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return INVALID


def _plain(number: Decimal) -> str:
    return format(number.normalize(_ROUNDING), "f")


def _shown(raw: object) -> str:
    """The sender's value for a message, cut where it would drown the sentence."""
    text = str(raw)
    return text if len(text) <= _SHOWN_LENGTH else text[:_SHOWN_LENGTH] + "…"
