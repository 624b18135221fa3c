"""The `people` of a spec: whom the rows are about, where a source has ids of its own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from homeroom.ingest.mapping.cells import read_cell
from homeroom.ingest.mapping.faults import SpecFaults
from homeroom.ingest.mapping.fields import Fields
from homeroom.ingest.mapping.nodes import Items, Node, Scalar
from homeroom.ingest.mapping.spec import Cell, Fact, Literal, Newcomers, PersonKind, PersonSpec

_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {"student": "Student", "staff": "Staff", "contact": "Contact"}
)


def read_person(key: Scalar, node: Node, faults: SpecFaults, *, source: str) -> PersonSpec:
    """One entry of `people`. source: whose ids they are where it does not say."""
    name = key.text or ""
    fields = Fields(node, where=f"person {name}", spot=key.spot, faults=faults)
    kind = fields.choice("kind", PersonKind.STUDENT)
    person = PersonSpec(
        name=name,
        resource=_KINDS[kind],
        files=fields.texts("from"),
        source=fields.text("source", source),
        id=_id(fields),
        facts=MappingProxyType({fact: cells for fact in Fact if (cells := _cells(fields, fact))}),
        known_ids=_known_ids(fields),
        newcomers=fields.choice("new", Newcomers.WAIT),
        spot=key.spot,
    )
    fields.finish()
    if not person.facts:
        words = f"Nothing tells who {name} is: at least a name and a birth date are needed."
        faults.tell("shape", words, key.spot, remedy="Give given_name, surname and birth_date.")
    return person


def _id(fields: Fields) -> Cell:
    node = fields.take("id")
    if isinstance(node, Scalar):
        return read_cell(node, fields.faults)
    fields.faults.tell(
        "shape", "'id' is missing: what the source calls the person.", fields.spot,
        remedy="Give its column; where it has none, a hash of name and birth date.",
    )  # fmt: skip
    return Literal(None, fields.spot)


def _cells(fields: Fields, fact: Fact) -> tuple[Cell, ...]:
    """The cells of a fact; several only where a person may have several."""
    node = fields.take(fact)
    if node is None:
        return ()
    nodes = node.items if isinstance(node, Items) and fact.may_be_several else (node,)
    for item in nodes:
        if not isinstance(item, Scalar):
            fields.wrong(item, "an expression")
    return tuple(read_cell(item, fields.faults) for item in nodes if isinstance(item, Scalar))


def _known_ids(fields: Fields) -> Mapping[str, Cell]:
    found: dict[str, Cell] = {}
    for system, node in fields.entries("known_ids"):
        if isinstance(node, Scalar):
            found[system.text or ""] = read_cell(node, fields.faults)
        else:
            fields.wrong(node, "an expression")
    return MappingProxyType(found)
