"""Shapes to DDL: one fixed text for what every district has, the rest generated from the Model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Final

import msgspec

from homeroom.standard.model import Model
from homeroom.store.shape import OPENED_FENCE, Index, Shape, TableShape, View, links_of, shape_of
from homeroom.store.tables import DESCRIPTOR_TABLE, RECORD_COLUMNS, table_name

APPLICATION_ROLE: Final = "homeroom_app"
LOADER_ROLE: Final = "homeroom_loader"

# Rows about people that belong to no resource's table: shown only behind an opened fence.
_FENCED: Final = (
    "edfi.deleted_record",
    "edfi.key_change",
    "edfi.before_image",
    "ingest.quarantine",
    "ingest.file_part",
    "ingest.rule_finding",
    "matching.crosswalk",
    "matching.question",
    "matching.merger",
    "matching.merger_step",
    "matching.answer",
    "matching.batch_people",
    "matching.left_record",
)
FIXED_SCHEMAS: Final = ("edfi", "trust", "ingest", "job", "matching")
"""The schemas that every district has, whatever its standard."""


def render_district(model: Model) -> str:
    """All DDL of a new district's database for the Model."""
    return render_fixed() + render_generated(model)


def render_generated(model: Model) -> str:
    """The part of a new district's DDL that is the Model's. It comes after `render_fixed`."""
    shape = shape_of(model)
    parts = [f'create schema "{schema}"' for schema in shape.schemas if schema not in FIXED_SCHEMAS]
    for table in shape.tables.values():
        parts += [create_table(table), *create_indexes(table.indexes)]
    parts += [add_constraints(t.name, t.constraints) for t in shape.tables.values() if t.constraints]
    parts += [create_view(name, view) for name, view in shape.views.items()]
    for table in shape.tables.values():
        if table.policy:
            parts += secure_rows(table.name, table.policy)
    parts += _grant_schemas(shape.schemas)
    parts += [grant_table(name) for name in shape.views]
    parts += _history(shape)
    return _joined(parts)


def render_fixed() -> str:
    """The part of a new district's DDL that is the same for every Model: `district.sql`, its fence, its privileges."""
    parts = [files("homeroom.store").joinpath("district.sql").read_text()]
    for name in _FENCED:
        parts += secure_rows(name, OPENED_FENCE)
    parts += grant_fixed()
    return _joined(parts)


@cache
def form_hash() -> str:
    """What tells a database made by another release: a hash of all that every district's has."""
    told = render_fixed() + repr(RECORD_COLUMNS)
    return blake2b(told.encode(), digest_size=10).hexdigest()


def _joined(parts: Iterable[str]) -> str:
    return ";\n".join(part.strip().rstrip(";") for part in parts) + ";\n"


def create_table(table: TableShape) -> str:
    """The table with its columns, without what ties it to others."""
    columns = [f'"{name}" {rules}' for name, rules in table.columns.items()]
    return f"create table {table.name} ({', '.join((*columns, *table.inline))})"


def create_indexes(indexes: Mapping[str, Index], *, method: str = "") -> Iterator[str]:
    """One statement per index. method: ` concurrently` for a table in use."""
    for name, index in indexes.items():
        unique = " unique" if index.is_unique else ""
        yield f'create{unique} index{method} "{name}" {index.on}'


def add_constraints(table: str, constraints: Mapping[str, str]) -> str:
    """What ties the table to others."""
    clauses = [f'add constraint "{name}" {rule}' for name, rule in constraints.items()]
    return f"alter table {table} {', '.join(clauses)}"


def create_view(name: str, view: View) -> str:
    """The view, new or in the place of another with the same columns."""
    return f"create or replace view {name}{view.options} as {view.select}"


def secure_rows(table: str, policy: str) -> list[str]:
    """Row security for a table, for its owner too."""
    return [
        f"alter table {table} enable row level security, force row level security",
        f"create policy granted on {table} using ({policy})",
    ]


def grant_table(name: str) -> str:
    """What the application may do with a table or view."""
    return f"grant select, insert, update, delete on {name} to {APPLICATION_ROLE}"


def grant_schema(schema: str) -> str:
    """The application's way into a schema."""
    return f'grant usage on schema "{schema}" to {APPLICATION_ROLE}'


def grant_fixed() -> Iterator[str]:
    """What the application may do in the schemas that every district has."""
    yield from _grant_schemas(FIXED_SCHEMAS)
    yield f"revoke update, delete on trust.ledger_entry from {APPLICATION_ROLE}"


def _grant_schemas(schemas: Sequence[str]) -> Iterator[str]:
    for schema in schemas:
        yield grant_schema(schema)
        yield f'grant select, insert, update, delete on all tables in schema "{schema}" to {APPLICATION_ROLE}'
        yield f'grant usage, select on all sequences in schema "{schema}" to {APPLICATION_ROLE}'


def _history(shape: Shape) -> Iterator[str]:
    """What the next release has to know of this one: the shape, and the hand-written migrations it needs no more."""
    text = msgspec.json.encode(shape).decode().replace("'", "''")
    yield f"insert into trust.setting (name, value) values ('shape', '{text}'), ('form', '{form_hash()}')"
    for file in (files("homeroom.store") / "migrations").iterdir():
        if file.name.endswith(".sql"):
            yield f"insert into trust.migration (name) values ('{file.name}')"


__all__ = [
    "APPLICATION_ROLE",
    "DESCRIPTOR_TABLE",
    "FIXED_SCHEMAS",
    "LOADER_ROLE",
    "add_constraints",
    "create_indexes",
    "create_table",
    "create_view",
    "form_hash",
    "grant_fixed",
    "grant_schema",
    "grant_table",
    "links_of",
    "render_district",
    "render_fixed",
    "render_generated",
    "secure_rows",
    "table_name",
]
