"""Values as the members of documents: typed by the Model, written as JSON has them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

import polars as pl

from homeroom.ingest.mapping.conversions import convert, convert_decimal
from homeroom.ingest.mapping.functions_tables import DEFAULT_NAMESPACE
from homeroom.ingest.mapping.keeping import convert_once
from homeroom.ingest.mapping.scope import Scope
from homeroom.ingest.mapping.values import Literal, Type, Value, derived
from homeroom.standard.model import Kind, Property

_TYPES: Final = {
    Kind.STRING: Type.TEXT,
    Kind.DESCRIPTOR: Type.TEXT,
    Kind.BOOLEAN: Type.BOOLEAN,
    Kind.DATE: Type.DATE,
    Kind.TIME: Type.TIME,
    Kind.DATETIME: Type.MOMENT,
    Kind.INT16: Type.INTEGER,
    Kind.INT32: Type.INTEGER,
    Kind.INT64: Type.INTEGER,
    Kind.DECIMAL: Type.NUMBER,
}
_QUOTED: Final = frozenset({Kind.STRING, Kind.DESCRIPTOR, Kind.DATE, Kind.TIME, Kind.DATETIME})
FREE_TEXTS: Final = frozenset({Kind.STRING, Kind.DESCRIPTOR})
"""Kinds whose texts may hold what JSON must escape."""


def is_quoted(prop: Property) -> bool:
    """Whether JSON writes the property between quotes."""
    return prop.kind in _QUOTED


def convert_leaf(value: Value, prop: Property, scope: Scope) -> Value:
    """The value as the text that stands in the document; NoConversionError when its type cannot be it."""
    if prop.kind is Kind.DECIMAL and value.type in (Type.TEXT, Type.INTEGER):
        return scope.work.stage.kept(
            convert_decimal(scope.work.stage.kept(convert(value, Type.TEXT)), prop.scale or 0)
        )
    typed = convert_once(value, _TYPES[prop.kind], stage=scope.work.stage, dates=scope.dates)
    match prop.kind:
        case Kind.STRING:
            return typed
        case Kind.DESCRIPTOR:
            return _descriptor(scope.work.stage.kept(typed), prop.descriptor or "")
        case Kind.TIME:
            return _shown(typed, typed.expr.dt.strftime("%H:%M:%S"))
        case Kind.DATETIME:
            return _shown(typed, typed.expr.dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
        case _:
            return convert(typed, Type.TEXT)


def literal_json(value: Value, prop: Property) -> str | None:
    """The JSON of a converted value that is known already; None when it is nothing."""
    shown = value.literal.value if value.literal else pl.select(value.expr).item()
    if shown is None:
        return None
    return json.dumps(shown, ensure_ascii=False) if is_quoted(prop) else str(shown)


def _shown(value: Value, expr: pl.Expr) -> Value:
    return replace(derived(Type.TEXT, expr, (value,)), varies=value.varies)


def _descriptor(value: Value, kind: str) -> Value:
    """A text without `#` is a code in Ed-Fi's own namespace."""
    start = f"{DEFAULT_NAMESPACE}{kind}#"
    if value.literal is not None:
        text = value.literal.value
        whole = text if text is None or "#" in str(text) else f"{start}{text}"
        return replace(value, literal=Literal(whole))
    whole_expr = pl.when(value.expr.str.contains("#", literal=True)).then(value.expr)
    return derived(Type.TEXT, whole_expr.otherwise(pl.concat_str(pl.lit(start), value.expr)), (value,))
