"""Expressions by what they take from outside, so that those which loops repeat are compiled once.

A turn of a loop differs from the next in a few insertions only, and most parts of its expressions in none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from homeroom.ingest.mapping.syntax import (
    Binary,
    Call,
    Column,
    Expression,
    Hole,
    Inserted,
    Name,
    Text,
    Unary,
    render_expression,
)


@dataclass(frozen=True, slots=True)
class Form:
    """An expression wherever it stands. text: as it is written; holes: names and insertions, each once."""

    text: str
    holes: tuple[Hole, ...]


@dataclass(slots=True)
class Forms:
    """The forms of a spec's expressions, each looked at once."""

    _known: dict[int, tuple[Expression, Form]] = field(default_factory=dict)

    def of(self, expression: Expression) -> Form:
        """The form of an expression."""
        # By identity, as to hash a tree takes long; the tree is kept, so that nothing else becomes identical.
        known = self._known.get(id(expression))
        if known is None:
            holes = tuple(dict.fromkeys(_holes(expression)))
            known = expression, Form(render_expression(expression), holes)
            self._known[id(expression)] = known
        return known[1]


def _holes(expression: Expression) -> Iterator[Hole]:
    left = [expression]
    while left:
        match left.pop():
            case Text(template) | Column(template):
                yield from (part for part in template if isinstance(part, Hole))
            case Inserted(hole):
                yield hole
            case Name(name):
                yield Hole(name)
            case Unary(_, operand):
                left.append(operand)
            case Binary(_, one, other):
                left += [one, other]
            case Call(_, arguments):
                left += arguments
            case _:
                pass
