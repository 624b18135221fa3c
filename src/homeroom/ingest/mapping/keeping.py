"""Conversions that are worked out once, as columns of a file.

Work that names its input twice would double with every level it is nested in, as columnar expressions are trees:
such inputs become columns first, and so does what a check asks of.
"""

from __future__ import annotations

from collections.abc import Sequence

from homeroom.ingest.mapping.conversions import convert
from homeroom.ingest.mapping.stage import Stage
from homeroom.ingest.mapping.values import Type, Value

_DATED = (Type.DATE, Type.MOMENT)


def convert_once(value: Value, to: Type, *, stage: Stage, dates: Sequence[str] = ()) -> Value:
    """As `convert`; what can fail is kept as a column, found again for the same column and type."""
    if value.type is to:
        return value
    given = stage.kept(value) if value.type is Type.TEXT else value
    converted = convert(given, to, dates=dates)
    if len(converted.checks) == len(given.checks):
        return converted
    if not given.expr.meta.is_column():
        return stage.kept(converted)
    forms = tuple(dates) if to in _DATED else ()
    return stage.kept(converted, (given.expr.meta.output_name(), to.value, forms))
