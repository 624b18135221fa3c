"""The expression language as a tree, and its text again."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, TypeAlias

_NOWHERE: Final = 0


@dataclass(frozen=True, slots=True)
class Hole:
    """`{name}` or `{row.member}`: what a parameter or a `for` row puts there when the spec is compiled."""

    name: str
    member: str | None = None

    def shown(self) -> str:
        """As it is written."""
        return "{" + self.name + (f".{self.member}" if self.member else "") + "}"


Template: TypeAlias = tuple[str | Hole, ...]
"""A text with holes, in order."""


@dataclass(frozen=True, slots=True)
class Text:
    """`'text'`; at: 0-based position in the expression, as everywhere, and never part of equality."""

    template: Template
    at: int = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Number:
    """`12` or `1.5`."""

    value: Decimal
    at: int = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Constant:
    """`true`, `false` or `null`."""

    value: bool | None
    at: int = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Column:
    """`[Column Name]`."""

    template: Template
    at: int = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a `let`, a parameter or a table."""

    name: str
    at: int = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Inserted:
    """`{name}` alone: the value itself."""

    hole: Hole
    at: int = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """`not x` or `-x`."""

    operator: str
    operand: Expression
    at: int = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands with an operator between."""

    operator: str
    left: Expression
    right: Expression
    at: int = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """`function(arguments)`."""

    function: str
    arguments: tuple[Expression, ...]
    at: int = field(default=_NOWHERE, compare=False)


Expression: TypeAlias = Text | Number | Constant | Column | Name | Inserted | Unary | Binary | Call

BINDING: Final = {
    "or": 1, "and": 2, "=": 4, "<>": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "&": 5, "+": 6, "-": 6, "*": 7, "/": 7,
}  # fmt: skip
"""How tightly a binary operator binds; all bind to the left."""
NOT_BINDING: Final = 3
MINUS_BINDING: Final = 8
_TIGHTEST: Final = 9


def depth_of(expression: Expression) -> int:
    """How deeply the tree is nested; a chain of & counts as one level, as it is worked out in one step."""
    deepest, left = 0, [(expression, 1)]
    while left:
        node, depth = left.pop()
        deepest = max(deepest, depth)
        match node:
            case Unary(_, operand):
                left.append((operand, depth + 1))
            case Binary(operator, one, other):
                left += [(one, depth if operator == "&" else depth + 1), (other, depth + 1)]
            case Call(_, arguments):
                left += [(argument, depth + 1) for argument in arguments]
            case _:
                pass
    return deepest


def render_expression(expression: Expression) -> str:
    """The expression's text, with no more parentheses than it needs; parsing it gives the same tree."""
    return _render(expression, 0)


def _render(expression: Expression, least: int) -> str:  # noqa: PLR0911 - one case a kind
    match expression:
        case Text(template):
            return "'" + "".join(_quoted(part, "'") for part in template) + "'"
        case Column(template):
            return "[" + "".join(_quoted(part, "]") for part in template) + "]"
        case Number(value):
            return format(value, "f")
        case Constant(value):
            return "null" if value is None else str(value).lower()
        case Name(name):
            return name
        case Inserted(hole):
            return hole.shown()
        case Call(function, arguments):
            return f"{function}({', '.join(_render(a, 0) for a in arguments)})"
        case Unary(operator, operand):
            binding = NOT_BINDING if operator == "not" else MINUS_BINDING
            text = f"{operator}{' ' if operator == 'not' else ''}{_render(operand, binding)}"
            return text if binding >= least else f"({text})"
        case Binary(operator, left, right):
            binding = BINDING[operator]
            text = f"{_render(left, binding)} {operator} {_render(right, binding + 1)}"
            return text if binding >= least else f"({text})"


def _quoted(part: str | Hole, closing: str) -> str:
    if isinstance(part, Hole):
        return part.shown()
    return part.replace(closing, closing * 2).replace("{", "{{")
