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
    """An expression wherever it stands. text: as it is written; holes: names and insertions, each once.

    is_repeated: it stands more than once in one cell.
    """

    text: str
    holes: tuple[Hole, ...]
    is_repeated: bool


@dataclass(slots=True)
class Forms:
    """The forms of a spec's expressions, each looked at once."""

    _known: dict[int, tuple[Expression, Form]] = field(default_factory=dict)

    def of(self, expression: Expression) -> Form:
        """The form of an expression, or of a part of one whose form was asked for."""
        # By identity, as to hash a tree takes long; the tree is kept, so that nothing else becomes identical.
        if id(expression) not in self._known:
            found: dict[str, list[Expression]] = {}
            _gather(expression, found)
            for text, places in found.items():
                form = Form(text, tuple(dict.fromkeys(_holes(places[0]))), len(places) > 1)
                self._known |= {id(part): (part, form) for part in places}
        return self._known[id(expression)][1]


def _gather(expression: Expression, found: dict[str, list[Expression]]) -> None:
    """All formulas in an expression by their text; what is in a repeated one stands there once."""
    if isinstance(expression, Unary | Binary | Call):
        places = found.setdefault(render_expression(expression), [])
        places.append(expression)
        if len(places) > 1:
            return
    for part in _parts(expression):
        _gather(part, found)


def _parts(expression: Expression) -> tuple[Expression, ...]:
    match expression:
        case Unary(_, operand):
            return (operand,)
        case Binary(_, one, other):
            return (one, other)
        case Call(_, arguments):
            return arguments
        case _:
            return ()


def _holes(expression: Expression) -> Iterator[Hole]:
    match expression:
        case Text(template) | Column(template):
            yield from (piece for piece in template if isinstance(piece, Hole))
        case Inserted(hole):
            yield hole
        case Name(name):
            yield Hole(name)
        case _:
            for part in _parts(expression):
                yield from _holes(part)
