"""Text of an XML leaf to the value the API document carries, by the property's kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from homeroom.interop.xml_record import Json
from homeroom.standard.model import Kind, Property

Convert = Callable[[str], Json]
"""Trimmed, non-empty text to a value; ValueError with the words of a finding when it is none."""

_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_ZONE = r"(?:Z|[+-]\d{2}:\d{2})?"
_DATE = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}}){_ZONE}", re.ASCII)
_TIME = re.compile(rf"(\d{{2}}:\d{{2}}:\d{{2}})(?:\.\d+)?{_ZONE}", re.ASCII)
_DATETIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII
)
_SCHOOL_YEAR = re.compile(r"(?:(\d{4})-)?(\d{4})", re.ASCII)


def converter_of(declared: Property) -> Convert:
    """How to read the text of one property."""
    if declared.kind is Kind.DESCRIPTOR:
        return descriptor_converter(declared.descriptor or "")
    return _CONVERTERS[declared.kind]


def descriptor_converter(descriptor: str) -> Convert:
    """Descriptor text to `namespace#codeValue`; a bare code value is taken for one of Ed-Fi's own."""
    prefix = f"uri://ed-fi.org/{descriptor}#"

    def convert(text: str) -> Json:
        return text if "://" in text and "#" in text else prefix + text

    return convert


def school_year(text: str) -> Json:
    """`2021-2022` or `2022` to 2022, the year the school year ends in."""
    years = _SCHOOL_YEAR.fullmatch(text)
    if years is None or (years[1] and int(years[1]) + 1 != int(years[2])):
        raise ValueError("is not a school year such as 2021-2022")
    return int(years[2])


def decimal_number(text: str) -> Json:
    """A finite decimal number."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or "_" in text:
        raise ValueError("is not a number")
    return number


def _text(text: str) -> Json:
    return text


def _truth(text: str) -> Json:
    truth = _TRUTH.get(text.lower())
    if truth is None:
        raise ValueError("is neither true nor false")
    return truth


def _whole(text: str) -> Json:
    if not _WHOLE.fullmatch(text):
        raise ValueError("is not a whole number")
    return int(text)


def _date(text: str) -> Json:
    date = _DATE.fullmatch(text)
    if date is None:
        raise ValueError("is not a date such as 2022-05-27")
    return date[1]


def _time(text: str) -> Json:
    time = _TIME.fullmatch(text)
    if time is None:
        raise ValueError("is not a time such as 14:50:00")
    return time[1]


def _datetime(text: str) -> Json:
    """A time without a zone is taken for UTC, as the API does; the document always states the zone."""
    moment = _DATETIME.fullmatch(text)
    if moment is None:
        raise ValueError("is not a time such as 2021-12-01T16:00:00")
    return f"{moment[1]}{moment[2] or 'T00:00:00'}{moment[3] or 'Z'}"


_CONVERTERS: Mapping[Kind, Convert] = {
    Kind.STRING: _text,
    Kind.BOOLEAN: _truth,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.DATETIME: _datetime,
    Kind.INT16: _whole,
    Kind.INT32: _whole,
    Kind.INT64: _whole,
    Kind.DECIMAL: decimal_number,
}
