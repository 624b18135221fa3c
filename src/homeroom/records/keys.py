"""Natural keys of stored rows as the API and the tombstones write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal

from homeroom.records.district import District
from homeroom.store.catalog import Kind
from homeroom.store.tables import column_name

KeyValues = Mapping[str, object]


def key_values(district: District, kind: Kind, values: Sequence[object]) -> KeyValues:
    """A natural key as JSON members. values: in the order of `table.key`; descriptors come out as URIs."""
    model = district.catalog.model
    by_column = dict(zip(kind.table.key, values, strict=True))
    found: dict[str, object] = {}
    for part in kind.resource.key:
        prop = model.key_property(kind.resource.name, part.name)
        value = by_column[column_name(part.column, prop)]
        found[part.name] = (
            district.descriptors.uri_of(int(str(value))) if prop.descriptor else json_value(value)
        )
    return found


def json_value(value: object) -> object:
    """A column's value as JSON has it."""
    match value:
        case Decimal():
            return float(value)
        case date() | time() | datetime():
            return value.isoformat()
        case _:
            return value
