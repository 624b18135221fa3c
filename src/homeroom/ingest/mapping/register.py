"""The register of functions: each with its arguments, what it gives, and the line the reference prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TypeAlias

import polars as pl

from homeroom.ingest.mapping.keeping import convert_once
from homeroom.ingest.mapping.spec import TableSpec
from homeroom.ingest.mapping.stage import RowPerson, Stage
from homeroom.ingest.mapping.values import Plain, Type, Value, derived


class Wanted(Enum):
    """What may stand in an argument's place."""

    VALUE = auto()
    LITERAL = auto()
    TABLE = auto()
    PERSON = auto()


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument. type: what it is converted to; None takes any."""

    name: str
    type: Type | None = None
    wanted: Wanted = Wanted.VALUE


class ArgumentFaultError(Exception):
    """An argument that no row could make right; its place is known to who catches it."""


@dataclass(frozen=True, slots=True)
class Site:
    """What a function may know of the place it is called in."""

    stage: Stage
    dates: tuple[str, ...]
    table: TableSpec | None = None
    needs: dict[str, set[str]] = field(default_factory=dict)
    """Columns that look-ups need of tables that are other files."""
    person: RowPerson | None = None

    def convert(self, value: Value, to: Type) -> Value:
        """The value as another type, with the date forms that count here."""
        return convert_once(value, to, stage=self.stage, dates=self.dates)


Build: TypeAlias = Callable[[Site, tuple[Value, ...]], Value]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the expression language.

    optional: how many of the arguments may be left out at the end; rest: what may follow them, many times.
    """

    name: str
    arguments: tuple[Argument, ...]
    result: Type | None
    words: str
    build: Build
    optional: int = 0
    rest: Argument | None = None

    @property
    def signature(self) -> str:
        """`left(text, length)`, as the reference shows it."""
        shown = [a.name for a in self.arguments]
        needed = len(shown) - self.optional
        names = shown[:needed] + [f"[{name}]" for name in shown[needed:]]
        return f"{self.name}({', '.join(names + ([f'{self.rest.name}, …'] if self.rest else []))})"


def plain(kind: Type, build: Callable[..., pl.Expr]) -> Build:
    """A function of columns alone: literal arguments come as Python values, the others as expressions."""

    def built(_: Site, values: tuple[Value, ...]) -> Value:
        arguments = [v.literal.value if v.literal else v.expr for v in values[1:]]
        return derived(kind, build(values[0].expr, *arguments), values)

    return built


def literal_text(value: Value) -> str:
    """The text of a literal argument."""
    found = value.literal.value if value.literal else None
    return "" if found is None else str(found)


def literal_number(value: Value, *, least: int, most: int) -> int:
    """The whole number of a literal argument, within bounds."""
    found: Plain = value.literal.value if value.literal else None
    if isinstance(found, bool) or not isinstance(found, int) or not least <= found <= most:
        raise ArgumentFaultError(f"A whole number from {least} to {most} is expected.")
    return found


def common_type(values: tuple[Value, ...]) -> Type:
    """The type in which several values can stand for one another; texts take all."""
    kinds = {v.type for v in values} - {Type.NOTHING}
    if not kinds:
        return Type.NOTHING
    if len(kinds) == 1:
        return kinds.pop()
    if kinds == {Type.INTEGER, Type.NUMBER}:
        return Type.NUMBER
    return Type.MOMENT if kinds == {Type.DATE, Type.MOMENT} else Type.TEXT


def as_common(values: tuple[Value, ...], site: Site) -> tuple[Type, tuple[Value, ...]]:
    """The values in their common type."""
    kind = common_type(values)
    return kind, tuple(site.convert(v, kind) for v in values)
