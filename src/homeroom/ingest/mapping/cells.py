"""The cells of a spec: a constant, or an expression after `=`."""

from __future__ import annotations

from homeroom.ingest.mapping.faults import SpecFaults, Spot
from homeroom.ingest.mapping.lexer import SyntaxFault, parse_template
from homeroom.ingest.mapping.nodes import Scalar
from homeroom.ingest.mapping.parser import parse_expression
from homeroom.ingest.mapping.spec import Cell, Formula, Literal
from homeroom.ingest.mapping.syntax import Hole, Inserted


def read_cell(node: Scalar, faults: SpecFaults) -> Cell:
    """The cell of a scalar; a text that is nothing but `{name}` is the value itself."""
    start = node.spot if node.is_plain else node.spot.after(1)
    if node.text is None:
        return Literal(None, start)
    stripped = node.text.lstrip()
    if stripped.startswith("="):
        expression = stripped[1:].lstrip()
        return _formula(expression, start.after(len(node.text) - len(expression)), faults)
    template = parse_template(node.text)
    if isinstance(template, SyntaxFault):
        _tell(template, start, faults)
        return Literal(None, start)
    if len(template) == 1 and isinstance(template[0], Hole):
        return Formula(Inserted(template[0]), start)
    return Literal(template, start)


def _formula(text: str, start: Spot, faults: SpecFaults) -> Cell:
    expression = parse_expression(text)
    if isinstance(expression, SyntaxFault):
        _tell(expression, start, faults)
        return Literal(None, start)
    return Formula(expression, start)


def _tell(fault: SyntaxFault, start: Spot, faults: SpecFaults) -> None:
    faults.tell("expression", fault.words, start.after(fault.at), remedy=fault.remedy)
