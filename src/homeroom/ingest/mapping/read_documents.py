"""The records of a spec: documents, their objects and items, loops and gathers."""

from __future__ import annotations

import re
from typing import Final

from homeroom.ingest.mapping.cells import read_cell
from homeroom.ingest.mapping.faults import SpecFaults, Spot
from homeroom.ingest.mapping.fields import Fields
from homeroom.ingest.mapping.limits import MAX_RANGE
from homeroom.ingest.mapping.nodes import Entries, Items, Node, Scalar
from homeroom.ingest.mapping.spec import (
    Cell,
    Content,
    Gather,
    Group,
    Leaf,
    Listing,
    Literal,
    Loop,
    Member,
    RecordSpec,
    Row,
)

_RANGE: Final = re.compile(r"(\d{1,6})\s*\.\.\s*(\d{1,6})")
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
        file=fields.optional_text("from"),
        is_once=fields.boolean("once"),
        is_distinct=fields.boolean("distinct"),
        where=_optional_cell(fields, "where"),
        document=_group(document, node.spot, faults),
        loops=_loops(fields),
        spot=node.spot,
    )
    fields.finish()
    return record


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
            if any(key.text == "value" for key, _ in entries):
                return _leaf(node, faults)
            return _group(node, spot, faults)


def _leaf(node: Entries, faults: SpecFaults) -> Leaf:
    fields = Fields(node, where="a value", spot=node.spot, faults=faults)
    cell = _optional_cell(fields, "value") or Literal(None, node.spot)
    dates = fields.texts("dates")
    on_fault = fields.text("on_fault", "reject")
    if on_fault not in ("reject", "blank"):
        faults.tell("shape", "'on_fault' is reject or blank.", node.spot)
    fields.finish()
    return Leaf(cell, node.spot, blanks_faults=on_fault == "blank", dates=dates)


def _group(node: Node | None, spot: Spot, faults: SpecFaults) -> Group:
    fields = Fields(node, where="an object", spot=spot, faults=faults)
    when = _optional_cell(fields, "when")
    loops = _loops(fields)
    gather = _gather(fields)
    members = tuple(Member(key.text or "", _content(value, faults), key.spot) for key, value in fields.rest())
    return Group(members, fields.spot, when, loops, gather)


def _gather(fields: Fields) -> Gather | None:
    file = fields.optional_text("rows")
    pairs = fields.entries("match")
    if file is None:
        if pairs:
            fields.faults.tell("shape", "'match' needs 'rows', the file whose rows are meant.", fields.spot)
        return None
    if not pairs:
        fields.faults.tell("shape", "'rows' needs 'match': their column and our value.", fields.spot)
    cells = tuple((key.text or "", _cell(value, fields)) for key, value in pairs)
    return Gather(file, cells, fields.spot)


def _loops(fields: Fields) -> tuple[Loop, ...]:
    return tuple(_loop(key, value, fields) for key, value in fields.entries("for"))


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


def _optional_cell(fields: Fields, name: str) -> Cell | None:
    node = fields.take(name)
    return None if node is None else _cell(node, fields)


def _cell(node: Node, fields: Fields) -> Cell:
    if isinstance(node, Scalar):
        return read_cell(node, fields.faults)
    fields.wrong(node, "a value or an expression")
    return Literal(None, node.spot)
