"""One standard, compiled for storage: the Model, its tables and how documents become rows. Made once per process."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeVar, cast

from homeroom.standard.documents import Document, DocumentType, KnownDescriptors, compile_document
from homeroom.standard.key_changes import changeable_keys
from homeroom.standard.model import Model, Resource
from homeroom.store.tables import Table, compile_tables

_Made = TypeVar("_Made")
_MOST_COMPILED: Final = 500


@dataclass(frozen=True)
class Kind:
    """All that is compiled for one resource.

    values: a document's column values in the order of `table.columns`; descriptors still as text.
    stored_values: the same with the ids of descriptors, all of which must be known as they are spelled.
    compiled: what others compile for it when first needed, such as statements.
    """

    table: Table
    document: DocumentType
    values: Callable[[Document], tuple[object, ...]]
    stored_values: Callable[[Document, KnownDescriptors], list[object]]
    compiled: dict[Hashable, object] = field(default_factory=dict, compare=False)

    def compile_once(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What `make` gives, made when the key is first asked for; the oldest goes when there are too many."""
        found = self.compiled.get(key)
        if found is None:
            if len(self.compiled) >= _MOST_COMPILED:
                del self.compiled[next(iter(self.compiled))]
            found = self.compiled[key] = make()
        return cast("_Made", found)

    @property
    def resource(self) -> Resource:
        """The resource itself."""
        return self.table.resource

    @cached_property
    def slots(self) -> tuple[tuple[str, str, bool], ...]:
        """For each descriptor slot of the document: its type, the root member it lies in, whether it is nested."""
        return tuple(
            (s.descriptor, s.path.removeprefix("$.").partition(".")[0].removesuffix("[*]"), s.is_nested)
            for s in self.document.slots
        )

    @cached_property
    def positions_by_member(self) -> Mapping[str, tuple[tuple[int, str], ...]]:
        """For each root scalar the (position, column) that holds it."""
        found: dict[str, tuple[tuple[int, str], ...]] = {}
        for position, column in enumerate(self.table.columns):
            if len(column.paths[0]) == 1:
                member = column.paths[0][0]
                found[member] = (*found.get(member, ()), (position, column.name))
        return found

    @cached_property
    def described(self) -> tuple[tuple[int, str], ...]:
        """(position, descriptor type) of the columns that hold a descriptor's id."""
        return tuple(
            (n, c.property.descriptor) for n, c in enumerate(self.table.columns) if c.property.descriptor
        )

    @cached_property
    def reference_positions(self) -> tuple[tuple[int, ...], ...]:
        """For each reference column the positions of the columns that hold its target's key."""
        names = {c.name: n for n, c in enumerate(self.table.columns)}
        return tuple(tuple(names[c] for c in r.own_columns) for r in self.table.references)

    @cached_property
    def key_positions(self) -> tuple[int, ...]:
        """Positions of the natural key's columns."""
        names = [c.name for c in self.table.columns]
        return tuple(names.index(c) for c in self.table.key)


class Catalog:
    """The kinds of a Model by resource name, each compiled when it is first asked for."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.tables: Mapping[str, Table] = compile_tables(model)
        self.abstract_tables = frozenset(t.identity.table for t in self.tables.values() if t.identity)
        self.changeable_keys = changeable_keys(model)
        self._kinds: dict[str, Kind] = {}

    def kind(self, name: str) -> Kind:
        """The compiled kind of a resource name; KeyError for an unknown one."""
        found = self._kinds.get(name)
        if found is None:
            table = self.tables[name]
            document = compile_document(self.model, table.resource)
            found = Kind(table, document, compile_values(table), _compile_stored_values(table))
            self._kinds[name] = found
        return found


def compile_values(table: Table) -> Callable[[Document], tuple[object, ...]]:
    """A straight function from a document to the table's column values, the first present member winning."""
    lines = ["def values(d):", *_reading_lines(table), f"    return ({_value_names(table)})"]
    function: Callable[[Document], tuple[object, ...]] = _compiled(lines)
    return function


def _compile_stored_values(table: Table) -> Callable[[Document, KnownDescriptors], list[object]]:
    lines = ["def values(d, known):", *_reading_lines(table)]
    for number, column in enumerate(table.columns):
        if column.property.descriptor:
            known = f"known[{column.property.descriptor!r}]"
            lines.append(f"    if v{number} is not None: v{number} = {known}[v{number}][0]")
    function: Callable[[Document, KnownDescriptors], list[object]] = _compiled(
        [*lines, f"    return [{_value_names(table)}]"]
    )
    return function


def _reading_lines(table: Table) -> list[str]:
    members = sorted({path[0] for c in table.columns for path in c.paths if len(path) > 1})
    lines = [f"    r_{m} = d.{m}" for m in members]
    for number, column in enumerate(table.columns):
        lines += _assignments(f"v{number}", column.paths)
    return lines


def _value_names(table: Table) -> str:
    return "".join(f"v{number}, " for number in range(len(table.columns)))


def _compiled(lines: Sequence[str]) -> Any:
    names: dict[str, Any] = {}
    exec("\n".join(lines), names)  # noqa: S102 - source made from the Model alone
    return names["values"]


def _assignments(name: str, paths: tuple[tuple[str, ...], ...]) -> list[str]:
    lines = []
    for position, path in enumerate(paths):
        guard = "" if position == 0 else f"if {name} is None: "
        value = (
            f"d.{path[0]}"
            if len(path) == 1
            else f"(r_{path[0]}.{path[1]} if r_{path[0]} is not None else None)"
        )
        lines.append(f"    {guard}{name} = {value}")
    return lines
