"""Functions that choose between values."""

from __future__ import annotations

from functools import reduce
from typing import Final

import polars as pl

from homeroom.ingest.mapping.conversions import convert, fill_false
from homeroom.ingest.mapping.register import Argument, ArgumentFaultError, Function, Site, as_common
from homeroom.ingest.mapping.values import Type, Value, derived, literal_of

_CONDITION: Final = Argument("condition", Type.BOOLEAN)
_ANY: Final = Argument("value")


def _if(site: Site, values: tuple[Value, ...]) -> Value:
    return _chosen((values[0],), values[1:], site)


def _case(site: Site, values: tuple[Value, ...]) -> Value:
    pairs = len(values) // 2
    conditions = tuple(site.convert(v, Type.BOOLEAN) for v in values[: 2 * pairs : 2])
    otherwise = values[2 * pairs :]
    return _chosen(conditions, (*values[1 : 2 * pairs : 2], *otherwise), site)


def _chosen(conditions: tuple[Value, ...], results: tuple[Value, ...], site: Site) -> Value:
    """The result of the first condition that holds; one result more than conditions is the otherwise."""
    conditions, results = _possible(conditions, results)
    if not conditions:
        return results[0] if results else literal_of(None)
    kind, results = as_common(results, site)
    if any(r.checks for r in results):
        conditions = tuple(site.stage.kept(c) for c in conditions)
    guarded: list[Value] = []
    before: pl.Expr | None = None
    for number, result in enumerate(results):
        holds = fill_false(conditions[number].expr) if number < len(conditions) else None
        guarded.append(result.where(_both(before, holds)))
        if holds is not None:
            before = _both(before, ~holds)
    expr = results[-1].expr if len(results) > len(conditions) else pl.lit(None)
    for condition, result in zip(reversed(conditions), reversed(results[: len(conditions)]), strict=True):
        expr = pl.when(fill_false(condition.expr)).then(result.expr).otherwise(expr)
    return derived(kind, expr, (*conditions, *guarded))


def _possible(
    conditions: tuple[Value, ...], results: tuple[Value, ...]
) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    """What is left when conditions are constants: those that never hold go, and all after one that always does."""
    left: list[Value] = []
    kept: list[Value] = []
    for condition, result in zip(conditions, results, strict=False):
        if condition.literal is None:
            left.append(condition)
            kept.append(result)
        elif condition.literal.value:
            return tuple(left), (*kept, result)
    return tuple(left), (*kept, *results[len(conditions) :])


def _both(one: pl.Expr | None, other: pl.Expr | None) -> pl.Expr:
    known = [e for e in (one, other) if e is not None]
    return reduce(lambda a, b: a & b, known, pl.lit(value=True)) if len(known) != 1 else known[0]


def _coalesce(site: Site, values: tuple[Value, ...]) -> Value:
    kind, values = as_common(values, site)
    if any(v.checks for v in values[1:]):
        values = tuple(site.stage.kept(v) for v in values)
    guarded: list[Value] = []
    blank: pl.Expr | None = None
    for value in values:
        guarded.append(value if blank is None else value.where(blank))
        blank = _both(blank, value.expr.is_null())
    return derived(kind, pl.coalesce(v.expr for v in values), guarded)


def _blank(_: Site, values: tuple[Value, ...]) -> Value:
    return derived(Type.BOOLEAN, values[0].expr.is_null(), values)


def _in(site: Site, values: tuple[Value, ...]) -> Value:
    subject, *options = values
    if not options:
        raise ArgumentFaultError("At least one value to compare with is expected.")
    if any(o.varies for o in options):
        raise ArgumentFaultError("The values to compare with must be constants.")
    kind = Type.TEXT if subject.type is Type.NOTHING else subject.type
    wanted = tuple(convert(o, kind, dates=site.dates) for o in options if o.type is not Type.NOTHING)
    listed = pl.select(pl.concat_list([w.expr for w in wanted])).item().to_list() if wanted else []
    if len(wanted) == len(options):
        return derived(Type.BOOLEAN, fill_false(subject.expr.is_in(listed)), values)
    kept = site.stage.kept(subject)
    found = fill_false(kept.expr.is_in(listed)) | kept.expr.is_null()
    return derived(Type.BOOLEAN, found, (kept,))


LOGIC_FUNCTIONS: Final = (
    Function("if", (_CONDITION, _ANY, Argument("otherwise")), None,
             "the value where the condition holds, else the other, or nothing", _if, optional=1),
    Function("case", (_CONDITION, _ANY), None,
             "the value after the first condition that holds; one more at the end is for all others",
             _case, rest=Argument("condition")),
    Function("coalesce", (_ANY,), None, "the first value that is not blank", _coalesce, rest=_ANY),
    Function("blank", (_ANY,), Type.BOOLEAN, "whether there is nothing", _blank),
    Function("in", (_ANY,), Type.BOOLEAN, "whether it is one of these constants", _in, rest=Argument("a")),
)  # fmt: skip
