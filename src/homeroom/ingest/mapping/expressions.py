"""Expressions to typed columnar work; every mistake is told at its place in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

import polars as pl

from homeroom.ingest.mapping.constants import calculated, compared, decided, whole_number
from homeroom.ingest.mapping.conversions import NoConversionError, convert, fill_false
from homeroom.ingest.mapping.functions import FUNCTIONS
from homeroom.ingest.mapping.functions_text import joined_texts
from homeroom.ingest.mapping.keeping import convert_once
from homeroom.ingest.mapping.limits import MAX_GROWTH, MAX_LET_DEPTH
from homeroom.ingest.mapping.register import Argument, ArgumentFaultError, Function, Site, Wanted, as_common
from homeroom.ingest.mapping.scope import ExpressionFaultError, Scope
from homeroom.ingest.mapping.spec import Cell, TableSpec
from homeroom.ingest.mapping.spec import Literal as LiteralCell
from homeroom.ingest.mapping.stage import RowPerson
from homeroom.ingest.mapping.syntax import (
    Binary,
    Call,
    Column,
    Constant,
    Expression,
    Hole,
    Inserted,
    Name,
    Number,
    Template,
    Text,
    Unary,
)
from homeroom.ingest.mapping.values import DTYPES, Literal, Plain, Type, Value, derived, growth_of, literal_of

_NUMERIC: Final = (Type.INTEGER, Type.NUMBER)
_ORDERED: Final = (*_NUMERIC, Type.DATE, Type.MOMENT, Type.TIME)


def compile_cell(cell: Cell, scope: Scope) -> Value | None:
    """The value of a cell; None when it has a fault, which is then told."""
    try:
        if isinstance(cell, LiteralCell):
            return _folded(literal_of(None) if cell.template is None else _template(cell.template, scope, 0))
        return _folded(compile_expression(cell.expression, scope))
    except ExpressionFaultError as fault:
        scope.faults.tell(fault.code, fault.words, cell.spot.after(fault.at), remedy=fault.remedy)
        return None


def compile_condition(cell: Cell, scope: Scope) -> Value | None:
    """The value of a cell that must be yes or no; blank is no."""
    value = compile_cell(cell, scope)
    if value is None:
        return None
    try:
        condition = convert_once(value, Type.BOOLEAN, stage=scope.work.stage, dates=scope.dates)
    except NoConversionError as error:
        scope.faults.tell("type", str(error), cell.spot, remedy="Compare it with something.")
        return None
    return _folded(replace(condition, expr=fill_false(condition.expr)))


def compile_expression(expression: Expression, scope: Scope) -> Value:
    """The value of an expression; ExpressionFaultError tells of its first mistake."""
    if not isinstance(expression, Unary | Binary | Call):
        return _simple(expression, scope)
    form = scope.names.forms.of(expression)
    shared, meaning = scope.sharing(form)
    known = shared.get(meaning)
    if known is None:
        known = _call(expression, scope) if isinstance(expression, Call) else _operation(expression, scope)
        _check_growth(known, expression.at)
        if not form.is_repeated:
            shared[meaning] = known
            return known
    # What is used again becomes a column, so that each row asks for it once.
    found = shared[meaning] = scope.work.stage.kept(known)
    return found


def _simple(expression: Text | Number | Constant | Column | Name | Inserted, scope: Scope) -> Value:
    match expression:
        case Text(template, at):
            return _template(template, scope, at)
        case Number(value):
            return literal_of(
                int(value) if value == value.to_integral_value() and "." not in str(value) else value
            )
        case Constant(value):
            return literal_of(value)
        case Column(template, at):
            return scope.work.stage.cell(_column_name(template, scope, at))
        case Name(name, at):
            return _named(name, scope, at)
        case Inserted(hole, at):
            return _hole(hole, scope, at)


def _template(template: Template, scope: Scope, at: int) -> Value:
    """A constant where all holes are constants, else the parts joined."""
    try:
        return literal_of(
            "".join(p if isinstance(p, str) else _shown(scope.constant_of(p)) for p in template)
        )
    except KeyError:
        parts = [literal_of(part) if isinstance(part, str) else _hole(part, scope, at) for part in template]
    texts = tuple(_converted(p, Type.TEXT, scope, at) for p in parts)
    joined = joined_texts(texts, scope.work.stage)
    _check_growth(joined, at)
    return _kept_literal(joined)


def _check_growth(value: Value, at: int) -> None:
    """Lets that double one another make texts without end of a short spec."""
    if value.growth > MAX_GROWTH:
        words = f"The text is put together of {value.growth:,} cells, lets and replacements followed."
        remedy = f"{MAX_GROWTH} are the most; use each let fewer times."
        raise ExpressionFaultError(words, at, remedy=remedy, code="limit")


def _shown(value: Plain) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _column_name(template: Template, scope: Scope, at: int) -> str:
    parts: list[str] = []
    for part in template:
        if isinstance(part, str):
            parts.append(part)
            continue
        try:
            parts.append(_shown(scope.constant_of(part)))
        except KeyError:
            words = f"{part.shown()} must be known before any row is read to stand in a column's name."
            raise ExpressionFaultError(words, at, remedy="Use a loop's row or a parameter.") from None
    name = "".join(parts).strip()
    if not name:
        raise ExpressionFaultError("The column's name is empty here.", at)
    return name


def _hole(hole: Hole, scope: Scope, at: int) -> Value:
    try:
        return literal_of(scope.constant_of(hole))
    except KeyError:
        if hole.member is not None:
            raise ExpressionFaultError(f"There is no loop with a variable '{hole.name}' here.", at) from None
        return _named(hole.name, scope, at)


def _named(name: str, scope: Scope, at: int) -> Value:
    """What a name means: of loops, lets of the record, parameters and lets of the spec, the nearest."""
    names = scope.names
    if name in scope.rows and "" in scope.rows[name]:
        return literal_of(scope.rows[name][""])
    nearest = (
        (scope.record.lets, scope.record.made, f"record {name}"),
        (names.computed, scope.record.made, f"parameter {name}"),
        (names.lets, scope.work.made, f"let {name}"),
    )
    is_busy = False
    for cells, made, title in nearest:
        if name in cells and title not in scope.busy:
            if len(scope.busy) > MAX_LET_DEPTH:
                raise ExpressionFaultError(f"'{name}' stands in too long a chain of names.", at, code="limit")
            inner = scope.outside(title) if made is scope.work.made else scope.inside(title)
            return _made(title, cells[name], made, inner)
        is_busy = is_busy or title in scope.busy
    if name in names.parameters:
        return literal_of(names.parameters[name])
    if is_busy:
        raise ExpressionFaultError(f"'{name}' is made of itself.", at)
    if name in names.tables:
        raise ExpressionFaultError(f"'{name}' is a table.", at, remedy=f"Write lookup({name}, …).")
    known = [*scope.record.lets, *names.lets, *names.computed, *names.parameters, *scope.rows]
    raise _unknown(name, known, at, remedy="Columns stand in […], texts in '…'.")


def _made(name: str, cell: Cell, made: dict[str, Value], scope: Scope) -> Value:
    """A let or computed parameter, as a column of the file that is computed once."""
    if name not in made:
        value = compile_cell(cell, scope)
        made[name] = literal_of(None) if value is None else scope.work.stage.kept(value)
    return made[name]


def _operation(expression: Unary | Binary, scope: Scope) -> Value:  # noqa: PLR0911 - one case a kind
    match expression:
        case Unary("not", operand, at):
            value = _converted(compile_expression(operand, scope), Type.BOOLEAN, scope, at)
            return derived(Type.BOOLEAN, ~fill_false(value.expr), (value,))
        case Unary(_, operand, at):
            value = _numeric(compile_expression(operand, scope), scope, at)
            return _folded(derived(value.type, -value.expr, (value,)))
        case Binary("&"):
            return _joined(expression, scope)
        case Binary("and" | "or" as operator, left, right, at):
            one, other = (
                _converted(compile_expression(e, scope), Type.BOOLEAN, scope, at) for e in (left, right)
            )
            simple = decided(operator, one, other)
            if simple is not None:
                return simple
            yes, also = fill_false(one.expr), fill_false(other.expr)
            return derived(Type.BOOLEAN, yes & also if operator == "and" else yes | also, (one, other))
        case Binary("+" | "-" | "*" | "/"):
            return _arithmetic(expression, scope)
        case Binary():
            return _comparison(expression, scope)


def _joined(expression: Binary, scope: Scope) -> Value:
    parts = tuple(
        _converted(compile_expression(part, scope), Type.TEXT, scope, expression.at)
        for part in _flat(expression)
    )
    return _kept_literal(joined_texts(parts, scope.work.stage))


def _flat(expression: Expression) -> Iterator[Expression]:
    """The operands of a chain of &."""
    chain = expression
    right: list[Expression] = []
    while isinstance(chain, Binary) and chain.operator == "&":
        right.append(chain.right)
        chain = chain.left
    yield chain
    yield from reversed(right)


def _arithmetic(expression: Binary, scope: Scope) -> Value:
    one, other = (
        _numeric(compile_expression(e, scope), scope, expression.at)
        for e in (expression.left, expression.right)
    )
    simple = calculated(expression.operator, one, other)
    if simple is not None:
        return simple
    left, right = one.expr.cast(pl.Float64), other.expr.cast(pl.Float64)
    match expression.operator:
        case "+":
            result = left + right
        case "-":
            result = left - right
        case "*":
            result = left * right
        case _:
            result = left / right.replace(0.0, None)
    if expression.operator == "/" or Type.NUMBER in (one.type, other.type):
        return derived(Type.NUMBER, result, (one, other))
    return derived(Type.INTEGER, result.cast(pl.Int64, strict=False), (one, other))


def _comparison(expression: Binary, scope: Scope) -> Value:
    one, other = (compile_expression(e, scope) for e in (expression.left, expression.right))
    one, other = _comparable(one, other, scope, expression.at)
    simple = compared(expression.operator, one, other)
    if simple is not None:
        return simple
    match expression.operator:
        case "=":
            result = _equal(one, other)
        case "<>":
            result = ~_equal(one, other)
        case "<":
            result = fill_false(one.expr < other.expr)
        case "<=":
            result = fill_false(one.expr <= other.expr)
        case ">":
            result = fill_false(one.expr > other.expr)
        case _:
            result = fill_false(one.expr >= other.expr)
    return derived(Type.BOOLEAN, result, (one, other))


def _equal(one: Value, other: Value) -> pl.Expr:
    """Blank equals blank and nothing else."""
    if Type.NOTHING in (one.type, other.type):
        return one.expr.is_null() if other.type is Type.NOTHING else other.expr.is_null()
    return one.expr.eq_missing(other.expr)


def _comparable(one: Value, other: Value, scope: Scope, at: int) -> tuple[Value, Value]:
    """Both in one type: a text is read as what it is compared with."""
    kinds = {one.type, other.type}
    if Type.NOTHING in kinds or len(kinds) == 1:
        return one, other
    if kinds <= set(_NUMERIC):
        kind = Type.NUMBER
    elif Type.TEXT in kinds:
        (kind,) = kinds - {Type.TEXT}
        kind = Type.NUMBER if kind is Type.INTEGER else kind
    else:
        kind = as_common((one, other), _site(scope))[0]
        if kind is Type.TEXT:
            raise ExpressionFaultError(
                f"A {one.type} cannot be compared with a {other.type}.", at, code="type"
            )
    return _converted(one, kind, scope, at), _converted(other, kind, scope, at)


def _numeric(value: Value, scope: Scope, at: int) -> Value:
    if value.type in _NUMERIC:
        return value
    return whole_number(value) or _converted(value, Type.NUMBER, scope, at)


def _converted(value: Value, to: Type, scope: Scope, at: int) -> Value:
    """The value as another type; what is read of a bare column is read once per file."""
    try:
        simple = whole_number(value) if to is Type.INTEGER else None
        return simple or convert_once(value, to, stage=scope.work.stage, dates=scope.dates)
    except NoConversionError as error:
        raise ExpressionFaultError(str(error), at, code="type") from error


def _call(call: Call, scope: Scope) -> Value:
    function = FUNCTIONS.get(call.function)
    if function is None:
        raise _unknown(call.function, list(FUNCTIONS), call.at, remedy="The reference lists the functions.")
    _check_count(function, call)
    table: TableSpec | None = None
    person: RowPerson | None = None
    values: list[Value] = []
    for number, expression in enumerate(call.arguments):
        argument = function.arguments[number] if number < len(function.arguments) else function.rest
        if argument is not None and argument.wanted is Wanted.TABLE:
            table = _table(expression, scope)
        elif argument is not None and argument.wanted is Wanted.PERSON:
            person = _row_person(expression, scope)
        elif argument is not None:
            values.append(_argument(expression, argument, scope, call))
    try:
        return _folded(function.build(_site(scope, table, person), tuple(values)))
    except (ArgumentFaultError, NoConversionError) as error:
        remedy = f"It is written {function.signature}."
        raise ExpressionFaultError(
            f"{function.name}: {error}", call.at, remedy=remedy, code="type"
        ) from error


def _site(scope: Scope, table: TableSpec | None = None, person: RowPerson | None = None) -> Site:
    return Site(scope.work.stage, scope.dates, table, scope.work.needs, person)


def _check_count(function: Function, call: Call) -> None:
    most, given = len(function.arguments), len(call.arguments)
    if most - function.optional <= given and (given <= most or function.rest is not None):
        return
    words = f"{function.name} is given {given} arguments."
    raise ExpressionFaultError(words, call.at, remedy=f"It is written {function.signature}.", code="type")


def _argument(expression: Expression, argument: Argument, scope: Scope, call: Call) -> Value:
    value = _folded(compile_expression(expression, scope))
    at = expression.at or call.at
    if argument.wanted is Wanted.LITERAL and value.literal is None:
        words = f"{call.function}: '{argument.name}' must be a constant."
        raise ExpressionFaultError(words, at, code="type")
    if argument.type is None or (argument.wanted is Wanted.LITERAL and value.type is argument.type):
        return value
    if value.literal is not None and value.literal.value is None:
        return value if argument.wanted is Wanted.LITERAL else convert(value, argument.type)
    return _kept_literal(_converted(value, argument.type, scope, at), at)


def _table(expression: Expression, scope: Scope) -> TableSpec:
    if not isinstance(expression, Name) or expression.name not in scope.names.tables:
        shown = expression.name if isinstance(expression, Name) else "this"
        raise _unknown(
            shown, list(scope.names.tables), expression.at, remedy="The first argument names a table."
        )
    return scope.names.tables[expression.name]


def _row_person(expression: Expression, scope: Scope) -> RowPerson:
    """Who a person of the spec is in each row of the file; looked up once, however often it is asked."""
    name = expression.name if isinstance(expression, Name) else "this"
    person = scope.names.people.get(name)
    if person is None:
        raise _unknown(name, list(scope.names.people), expression.at, remedy="The argument names a person.")
    if f"person {name}" in scope.busy:
        raise ExpressionFaultError(f"'{name}' is made of itself.", expression.at)
    if name not in scope.work.people:
        stage = scope.work.stage
        outside = scope.outside(f"person {name}")
        value = compile_cell(person.id, outside)
        if value is None or not value.varies:
            words = f"Who '{name}' is must come from a column."
            raise ExpressionFaultError(words, expression.at, remedy="Mend its id.", code="type")
        key = stage.kept(_converted(value, Type.TEXT, outside, expression.at))
        found = RowPerson(name, key, stage.new_name("p"), stage.new_name("s"))
        stage.add(key.level, found)
        scope.work.people[name] = found
    return scope.work.people[name]


def _unknown(name: str, known: list[str], at: int, *, remedy: str) -> ExpressionFaultError:
    near = get_close_matches(name, known, n=1)
    hint = f"Is '{near[0]}' meant? {remedy}" if near else remedy
    return ExpressionFaultError(f"There is no '{name}'.", at, remedy=hint, code="unknown_name")


def _kept_literal(value: Value, at: int = 0) -> Value:
    return value if value.varies or value.literal else _folded(value, at)


def _folded(value: Value, at: int = 0) -> Value:
    """A value that is the same for all rows, computed now; checks that fail then are faults of the spec."""
    if value.varies or value.literal is not None:
        return value
    row = pl.select(value.expr.alias("value"), *(c.failed.alias(f"c{n}") for n, c in enumerate(value.checks)))
    found = row.row(0)
    for check, failed in zip(value.checks, found[1:], strict=True):
        if failed:
            shown = pl.select(check.shown).item()
            raise ExpressionFaultError(f"'{shown}' {check.words}.", at, remedy=check.remedy, code="type")
    return Value(
        value.type,
        pl.lit(found[0], dtype=DTYPES[value.type]),
        literal=Literal(found[0]),
        varies=False,
        growth=growth_of(found[0]),
    )
