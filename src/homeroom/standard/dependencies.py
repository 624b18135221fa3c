"""The order in which a client may load resources, worked out from the Model and so also for extensions.

The rule gives Ed-Fi's published order exactly (tests compare it with `source/edfi-V/order.json`): a record
comes after everything its references may name, and a record about a person also after the associations that
make the person visible to a relationship-based client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import quoteattr

from homeroom.standard.model import Model, Reference, Resource, walk_parts

CREATE: Final = "Create"
UPDATE: Final = "Update"

# A client sees a person only through these associations (spec 1.13), so an update must wait for them.
_GATES: Final[Mapping[str, tuple[str, ...]]] = {
    "Student": ("StudentSchoolAssociation",),
    "Staff": (
        "StaffEducationOrganizationAssignmentAssociation",
        "StaffEducationOrganizationEmploymentAssociation",
    ),
    "Contact": ("StudentContactAssociation",),
}
# 6.x has a ring of optional references from staff to staff; Ed-Fi opens it here. 5.2 has none.
_RING_OPENINGS: Final = frozenset({("StudentAcademicRecord", "ReportCard")})

_GRAPHML_HEAD: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\
 xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
<graph id="EdFi Dependencies" edgedefault="directed">"""


@dataclass(frozen=True, slots=True)
class DependencyRow:
    """Operations a client may begin once every lower order is loaded; people have one row per operation."""

    resource: str
    order: int
    operations: tuple[str, ...]


def dependency_rows(model: Model) -> list[DependencyRow]:
    """Every resource and descriptor by load order, alphabetical within one.

    Order 1 is every descriptor and the school years. A ring of references that an extension may close is
    opened at the last reference met.
    """
    levels = _levels(model)
    rows = [row for r in model.resources.values() for row in _rows_of(r, levels)]
    return sorted(rows, key=lambda row: (row.order, row.resource))


def render_graphml(model: Model) -> bytes:
    """The same as a GraphML graph: an edge from what comes first; a person's update is its `#Retry` node."""
    nodes = [f"<node id={quoteattr(node)}/>" for node in sorted(_nodes(model))]
    edges = [
        f"<edge source={quoteattr(source)} target={quoteattr(target)}/>"
        for source, target in sorted(set(_edges(model)))
    ]
    return "\n".join((_GRAPHML_HEAD, *nodes, *edges, "</graph>", "</graphml>")).encode()


def _rows_of(resource: Resource, levels: Mapping[str, int]) -> Iterator[DependencyRow]:
    level = levels[resource.name]
    gates = _GATES.get(resource.name)
    if gates is None:
        yield DependencyRow(resource.path, level, (CREATE, UPDATE))
        return
    yield DependencyRow(resource.path, level, (CREATE,))
    yield DependencyRow(resource.path, max(levels[gate] for gate in gates) + 1, (UPDATE,))


def _levels(model: Model) -> dict[str, int]:
    graph = _graph(model)
    levels = {r.name: 1 for r in model.resources.values() if _is_first(r)}
    open_names: set[str] = set()

    def level_of(name: str) -> int:
        if name in levels:
            return levels[name]
        open_names.add(name)
        levels[name] = 1 + max((level_of(d) for d in graph[name] if d not in open_names), default=1)
        open_names.discard(name)
        return levels[name]

    for name in graph:
        level_of(name)
    return levels


def _is_first(resource: Resource) -> bool:
    return resource.is_descriptor or resource.is_school_year


def _graph(model: Model) -> dict[str, list[str]]:
    """What must stand before each resource, with the known ring opened where the version has it."""
    graph = {r.name: _dependencies(model, r) for r in model.documents}
    for after, before in _RING_OPENINGS:
        if before in graph.get(after, ()) and _reaches(graph, before, goal=after):
            graph[after].remove(before)
    return graph


def _reaches(graph: Mapping[str, Sequence[str]], start: str, *, goal: str) -> bool:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            ahead.extend(graph[name])
    return False


def _dependencies(model: Model, resource: Resource) -> list[str]:
    """Names of the resources that must stand before this one, in the order of its references."""
    names: dict[str, None] = {}
    for reference in _references(resource):
        names.update(dict.fromkeys(r.name for r in model.concrete_of(reference.target)))
        names.update(dict.fromkeys(_gates_before(resource, reference)))
    names.pop(resource.name, None)
    return list(names)


def _gates_before(resource: Resource, reference: Reference) -> tuple[str, ...]:
    gates = _GATES.get(reference.target, ())
    return () if resource.name in gates else gates


def _references(resource: Resource) -> Iterator[Reference]:
    yield from resource.references
    for _, part in walk_parts(resource):
        yield from part.references


def _nodes(model: Model) -> Iterator[str]:
    for resource in model.resources.values():
        yield resource.path
        if resource.name in _GATES:
            yield _retry(resource)


def _edges(model: Model) -> Iterator[tuple[str, str]]:
    """Edges (before, after). What comes after a gate comes after the person's update too, as in Ed-Fi."""
    resources = model.resources
    person_of = {gate: resources[person] for person, gates in _GATES.items() for gate in gates}
    for gate, person in person_of.items():
        yield resources[gate].path, _retry(person)
    for after, names in _graph(model).items():
        for before in names:
            opened = person_of.get(before)
            if opened is None or after in _GATES[opened.name]:
                yield resources[before].path, resources[after].path
            else:
                yield _retry(opened), resources[after].path


def _retry(person: Resource) -> str:
    return f"{person.path}#Retry"
