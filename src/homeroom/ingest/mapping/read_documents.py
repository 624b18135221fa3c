"""The records of a spec: documents, their objects and items, loops and gathers."""

from __future__ import annotations

import re
from typing import Final

from homeroom.ingest.mapping.cells import read_cell
from homeroom.ingest.mapping.faults import SpecFaults, Spot
from homeroom.ingest.mapping.fields import Fields
from homeroom.ingest.mapping.lexer import SyntaxFault, parse_template
from homeroom.ingest.mapping.limits import MAX_LETS, MAX_RANGE
from homeroom.ingest.mapping.nodes import Entries, Items, Node, Scalar
from homeroom.ingest.mapping.spec import (
    Cell,
    Content,
    Gather,
    Group,
    Leaf,
    Let,
    Listing,
    Literal,
    Loop,
    Loops,
    Member,
    RecordSpec,
    Row,
)
from homeroom.ingest.mapping.syntax import Template

_RANGE: Final = re.compile(r"(\d{1,6})\s*\.\.\s*(\d{1,6})")
_LEAF_KEYS: Final = ("value", "outer")
_NAME: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def read_record(node: Node, faults: SpecFaults) -> RecordSpec:
    """One entry of `records`."""
    fields = Fields(node, where="a record", spot=node.spot, faults=faults)
    resource = fields.required_text("resource")
    document = fields.take("document")
    if document is None:
        faults.tell("shape", "A record needs a document.", node.spot)
    record = RecordSpec(
        resource=resource,
        files=fields.texts("from"),
        is_once=fields.boolean("once"),
        is_distinct=fields.boolean("distinct"),
        where=read_optional_cell(fields, "where"),
        lets=read_lets(fields),
        document=_group(document, node.spot, faults),
        loops=_loops(fields),
        spot=node.spot,
    )
    fields.finish()
    return record


def read_lets(fields: Fields) -> tuple[Let, ...]:
    """The entries of `let`, of a spec or of a record."""
    lets: list[Let] = []
    for key, node in fields.entries("let"):
        name = key.text or ""
        if not _NAME.fullmatch(name):
            words = f"'{name}' cannot be a name."
            fields.faults.tell("shape", words, key.spot, remedy="Use letters, digits and _.")
        elif not isinstance(node, Scalar):
            fields.wrong(node, "an expression")
        else:
            lets.append(Let(name, read_cell(node, fields.faults), key.spot))
    if len(lets) > MAX_LETS:
        fields.faults.tell("limit", f"There may be {MAX_LETS} lets at most.", fields.spot)
        return ()
    return tuple(lets)


def read_rows(node: Node, fields: Fields) -> tuple[Row, ...]:
    """Inline rows: mappings of names to texts, or plain texts."""
    if isinstance(node, Items):
        return tuple(_row(item, fields) for item in node.items)
    fields.wrong(node, "a list of rows")
    return ()


def _row(node: Node, fields: Fields) -> Row:
    if isinstance(node, Scalar):
        return {"": node.text}
    if not isinstance(node, Entries):
        fields.wrong(node, "a row of names and values")
        return {}
    return {
        key.text or "": value.text if isinstance(value, Scalar) else fields.text_of(value)
        for key, value in node.entries
    }


def _content(node: Node, faults: SpecFaults) -> Content:
    match node:
        case Scalar():
            return Leaf(read_cell(node, faults), node.spot)
        case Items(items, spot):
            return Listing(tuple(_group(item, item.spot, faults) for item in items), spot)
        case Entries(entries, spot):
            if any(key.text in _LEAF_KEYS for key, _ in entries):
                return _leaf(node, faults)
            return _group(node, spot, faults)


def _leaf(node: Entries, faults: SpecFaults) -> Leaf:
    fields = Fields(node, where="a value", spot=node.spot, faults=faults)
    outer = read_optional_cell(fields, "outer")
    cell = outer or read_optional_cell(fields, "value") or Literal(None, node.spot)
    dates = fields.texts("dates")
    on_fault = fields.text("on_fault", "reject")
    if on_fault not in ("reject", "blank"):
        faults.tell("shape", "'on_fault' is reject or blank.", node.spot)
    fields.finish()
    return Leaf(cell, node.spot, blanks_faults=on_fault == "blank", dates=dates, is_outer=outer is not None)


def _group(node: Node | None, spot: Spot, faults: SpecFaults) -> Group:
    fields = Fields(node, where="an object", spot=spot, faults=faults)
    when = read_optional_cell(fields, "when")
    loops = _loops(fields)
    gather = _gather(fields)
    members = tuple(Member(key.text or "", _content(value, faults), key.spot) for key, value in fields.rest())
    return Group(members, fields.spot, when, loops, gather)


def _gather(fields: Fields) -> Gather | None:
    file = fields.optional_text("rows")
    pairs = fields.entries("match")
    is_distinct = fields.boolean("distinct")
    if file is None:
        if pairs:
            fields.faults.tell("shape", "'match' needs 'rows', the file whose rows are meant.", fields.spot)
        return None
    if not pairs:
        fields.faults.tell("shape", "'rows' needs 'match': their column and our value.", fields.spot)
    cells = tuple((key.text or "", _cell(value, fields)) for key, value in pairs)
    return Gather(file, cells, is_distinct, fields.spot)


def _loops(fields: Fields) -> Loops:
    variables = tuple(_loop(key, value, fields) for key, value in fields.entries("for"))
    given = tuple((key.text or "", _choices(value, fields)) for key, value in fields.entries("given"))
    if given and not variables:
        fields.faults.tell("shape", "'given' chooses among the rows of 'for', which is missing.", fields.spot)
    return Loops(variables, given)


def _choices(node: Node, fields: Fields) -> tuple[Template, ...]:
    """The texts one of which a row's cell must be."""
    templates: list[Template] = []
    for text in fields.texts_of(node):
        template = parse_template(text)
        if isinstance(template, SyntaxFault):
            fields.faults.tell("expression", template.words, node.spot, remedy=template.remedy)
        else:
            templates.append(template)
    return tuple(templates)


def _loop(key: Scalar, node: Node, fields: Fields) -> Loop:
    name = key.text or ""
    if not _NAME.fullmatch(name):
        fields.faults.tell("shape", f"'{name}' cannot be the name of a loop's variable.", key.spot)
    if isinstance(node, Scalar):
        text = node.text or ""
        bounds = _RANGE.fullmatch(text.strip())
        return Loop(name, text if bounds is None else _range(bounds, node.spot, fields.faults), node.spot)
    return Loop(name, read_rows(node, fields), node.spot)


def _range(bounds: re.Match[str], spot: Spot, faults: SpecFaults) -> tuple[Row, ...]:
    low, high = int(bounds[1]), int(bounds[2])
    if high - low >= MAX_RANGE:
        faults.tell("limit", f"A range may have {MAX_RANGE:,} numbers at most.", spot)
        return ()
    return tuple({"": str(number)} for number in range(low, high + 1))


def read_optional_cell(fields: Fields, name: str) -> Cell | None:
    """A constant or an expression; None when it is absent."""
    node = fields.take(name)
    return None if node is None else _cell(node, fields)


def _cell(node: Node, fields: Fields) -> Cell:
    if isinstance(node, Scalar):
        return read_cell(node, fields.faults)
    fields.wrong(node, "a value or an expression")
    return Literal(None, node.spot)
