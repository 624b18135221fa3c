"""What a list can be filtered by: one answer for the API's parser and for the published OpenAPI."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final, TypeAlias
from uuid import UUID

from homeroom.base.findings import Finding, Place
from homeroom.standard.model import Kind, Model, Property, Resource
from homeroom.standard.names import camel_case, pascal_case, snake_case

FilterValue: TypeAlias = str | int | bool | Decimal | date | time | datetime | UUID

INVALID_FILTER: Final = "filter.invalid_value"
IDENTIFIER: Final = "id"

# Items whose members Ed-Fi lets a list be filtered by: codes that other systems know the record under.
_ITEM_ENTITY_SUFFIX: Final = "IdentificationCode"


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter that keeps the records with one value.

    paths: where in the document the value stands (`$.schoolReference.schoolId`); several must agree.
    column: the storage column; None when the value stands in the items of `collection`: any may match.
    is_identifier: it is the record's `id`, whose values are UUIDs.
    """

    name: str
    property: Property
    paths: tuple[str, ...]
    column: str | None
    collection: str | None = None
    is_identifier: bool = False


def filters_of(model: Model, resource: Resource) -> Mapping[str, Filter]:
    """Filters of a resource by name in lower case, key members of references first.

    Root scalars, descriptors, key members of root references under their column's name (a role shows:
    `nextYearSchoolId`), `id`, and the members of identification codes where the root has none of that name.
    """
    found: dict[str, Filter] = {}
    for one in (*_reference_filters(model, resource), *_root_filters(resource), *_item_filters(resource)):
        found.setdefault(one.name.lower(), one)
    return found


def parse_filter(wanted: Filter, text: str) -> FilterValue | Finding:
    """The parameter's value, typed as its column; a descriptor stays text. A Finding when ill-typed."""
    parse = _parse_identifier if wanted.is_identifier else _PARSERS[wanted.property.kind]
    try:
        return parse(text)
    except (ValueError, OverflowError):  # a moment next to year 1 or 9999 overflows on its way to UTC
        words = f"The value '{text}' is not valid for {pascal_case(wanted.name)}."
        return Finding(
            INVALID_FILTER, words, Place(path=f"$.{wanted.name}"), "Send a value of the documented type."
        )


def column_name(name: str, prop: Property) -> str:
    """Storage column of a root member: snake_case, with `_id` where it holds a descriptor's number."""
    return snake_case(name) + ("_id" if prop.kind is Kind.DESCRIPTOR else "")


def _reference_filters(model: Model, resource: Resource) -> Iterator[Filter]:
    properties: dict[str, Property] = {}
    paths: dict[str, list[str]] = {}
    for reference in resource.references:
        for member, column in reference.keys.items():
            name = camel_case(column)
            properties.setdefault(name, model.key_property(reference.target, member))
            paths.setdefault(name, []).append(f"$.{reference.name}.{member}")
    for name, prop in properties.items():
        if name in resource.properties_by_name:
            paths[name].insert(0, f"$.{name}")
        yield Filter(name, prop, tuple(paths[name]), column_name(name, prop))


def _root_filters(resource: Resource) -> Iterator[Filter]:
    for prop in resource.properties:
        yield Filter(prop.name, prop, (f"$.{prop.name}",), column_name(prop.name, prop))
    yield Filter(IDENTIFIER, Property(IDENTIFIER, Kind.STRING), ("$.id",), "uuid", is_identifier=True)


def _item_filters(resource: Resource) -> Iterator[Filter]:
    for part in resource.parts:
        if part.is_collection and part.entity.endswith(_ITEM_ENTITY_SUFFIX):
            for prop in part.properties:
                path = f"$.{part.name}[*].{prop.name}"
                yield Filter(prop.name, prop, (path,), None, collection=part.name)


def _parse_string(text: str) -> str:
    text.encode()  # a lone surrogate is no text; the error is a ValueError
    if "\0" in text:  # PostgreSQL stores no such character, so no record can have it
        raise ValueError(text)
    return text


_INTEGER: Final = re.compile(r"[+-]?[0-9]+", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TIME: Final = re.compile(
    r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII
)
_MOMENT: Final = re.compile(f"({_DATE.pattern})[T ]({_TIME.pattern})", re.ASCII)
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def _checked(text: str, pattern: re.Pattern[str]) -> str:
    """The text without blanks at its ends, when it is of the pattern."""
    bare = text.strip()
    if not pattern.fullmatch(bare):
        raise ValueError(text)
    return bare


def _integer_parser(bits: int) -> Callable[[str], int]:
    low, high = -(1 << bits - 1), (1 << bits - 1) - 1

    def parse(text: str) -> int:
        value = int(_checked(text, _INTEGER))
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return parse


def _parse_decimal(text: str) -> Decimal:
    return Decimal(_checked(text, _DECIMAL))


def _parse_boolean(text: str) -> bool:
    value = _BOOLEANS.get(text.strip().lower())
    if value is None:
        raise ValueError(text)
    return value


def _parse_date(text: str) -> date:
    """A date; generated clients send midnight along with it, which is let pass."""
    bare = text.strip()
    moment = _MOMENT.fullmatch(bare)
    if moment and datetime.fromisoformat(bare).time() == time():
        bare = moment[1]
    return date.fromisoformat(_checked(bare, _DATE))


def _parse_time(text: str) -> time:
    """A time of day as written; Ed-Fi takes a zone and drops it."""
    return time.fromisoformat(_checked(text, _TIME)).replace(tzinfo=None)


def _parse_datetime(text: str) -> datetime:
    """A moment in UTC; one without a zone is UTC."""
    bare = text.strip()
    moment = datetime.fromisoformat(f"{bare}T00:00" if _DATE.fullmatch(bare) else _checked(bare, _MOMENT))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _parse_identifier(text: str) -> UUID:
    return UUID(_checked(text, _IDENTIFIER))


_IDENTIFIER: Final = re.compile(
    r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII
)
_PARSERS: Final[Mapping[Kind, Callable[[str], FilterValue]]] = {
    Kind.STRING: _parse_string,
    Kind.DESCRIPTOR: _parse_string,
    Kind.BOOLEAN: _parse_boolean,
    Kind.DATE: _parse_date,
    Kind.TIME: _parse_time,
    Kind.DATETIME: _parse_datetime,
    Kind.INT16: _integer_parser(16),
    Kind.INT32: _integer_parser(32),
    Kind.INT64: _integer_parser(64),
    Kind.DECIMAL: _parse_decimal,
}
