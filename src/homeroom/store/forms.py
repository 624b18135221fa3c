"""The tables that every district's database has, as PostgreSQL itself tells of them.

`district.sql` is the one text that says what they are. What an older database lacks of it is found by asking
PostgreSQL about both, so that whoever adds a table writes it once.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Final

from homeroom.store.connect import Connection
from homeroom.store.ddl import FIXED_SCHEMAS
from homeroom.store.queries import query
from homeroom.store.shape import Index, Shape, TableShape

_STORE: Final = "homeroom.store"


async def read_form(connection: Connection) -> Shape:
    """Every table of the schemas that all districts have, those of the standard's resources among them."""
    schemas = list(FIXED_SCHEMAS)
    columns: defaultdict[str, dict[str, str]] = defaultdict(dict)
    schema_of: dict[str, str] = {}
    for schema, table, column, rules in await connection.fetch(query(_STORE, "form_columns"), schemas):
        columns[table][column] = rules
        schema_of[table] = schema
    keys: defaultdict[str, list[str]] = defaultdict(list)
    constraints: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for table, name, rule, is_key in await connection.fetch(query(_STORE, "form_constraints"), schemas):
        if is_key:
            keys[table].append(f'constraint "{name}" {rule}')
        else:
            constraints[table][name] = rule
    indexes: defaultdict[str, dict[str, Index]] = defaultdict(dict)
    for table, name, on, is_unique in await connection.fetch(query(_STORE, "form_indexes"), schemas):
        indexes[table][name] = Index(on, is_unique)
    policies = dict(await connection.fetch(query(_STORE, "form_policies"), schemas))
    tables = {
        name: TableShape(
            name=name,
            schema=schema_of[name],
            columns=columns[name],
            inline=tuple(keys[name]),
            constraints=constraints[name],
            indexes=indexes[name],
            policy=policies.get(name),
        )
        for name in columns
    }
    return Shape(tuple(dict.fromkeys(schema_of.values())), tables, {})


def what_stays(form: Shape, aim: Shape) -> Shape:
    """The part of a form that the aim has too: tables and columns are taken away by hand-written files alone."""
    kept = {
        name: replace(
            table, columns={n: r for n, r in table.columns.items() if n in aim.tables[name].columns}
        )
        for name, table in form.tables.items()
        if name in aim.tables
    }
    return Shape(form.schemas, kept, {})
