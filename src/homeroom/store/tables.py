"""The Model as tables: which columns a record has and where in its document they come from (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Final

from homeroom.standard.model import Kind, Model, Property, Reference, Resource, walk_parts
from homeroom.standard.names import snake_case
from homeroom.standard.outline import reference_members

SQL_TYPES: Final[Mapping[Kind, str]] = {
    Kind.STRING: "text",
    Kind.DESCRIPTOR: "bigint",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.TIME: "time",
    Kind.DATETIME: "timestamptz",
    Kind.INT16: "integer",
    Kind.INT32: "integer",
    Kind.INT64: "bigint",
    Kind.DECIMAL: "numeric",
}
PEOPLE: Final[Mapping[str, str]] = {
    "Student": "student_unique_id",
    "Staff": "staff_unique_id",
    "Contact": "contact_unique_id",
}
DESCRIPTOR_TABLE: Final = "descriptor"
DESCRIPTORS: Final = f'"edfi"."{DESCRIPTOR_TABLE}"'
_LONGEST_NAME: Final = 63

# Columns that every record has beside its own; none of the standard's may be called the same.
RECORD_COLUMNS: Final[Mapping[str, str]] = {
    "id": "bigint not null",
    "uuid": "uuid not null",
    "change_version": "bigint not null",
    "created_at": "timestamptz not null default now()",
    "modified_at": "timestamptz not null default now()",
    "doc": "text not null",
    "sealed": "bytea",
    "sealed_hashes": "bigint[]",
    "content_hash": "bytea not null",
    "owner_token": "bigint",
    "source": "bigint",
    "source_line": "integer",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A typed column and the document members that carry its value (the first present one wins)."""

    name: str
    sql_type: str
    paths: tuple[tuple[str, ...], ...]
    property: Property
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class ReferenceColumn:
    """A surrogate foreign key.

    member: the document's reference member, or None for a person that only a key further away names.
    own_columns: this table's columns that hold the target's key; target_columns: the target's, in the same order.
    """

    name: str
    target: str
    target_table: str
    own_columns: tuple[str, ...]
    target_columns: tuple[str, ...]
    member: str | None
    is_required: bool = False

    @property
    def is_indexed(self) -> bool:
        """Organisations and school years are never looked up from their side (decision 0003)."""
        return self.target not in {
            "School",
            "EducationOrganization",
            "SchoolYearType",
            "LocalEducationAgency",
        }


@dataclass(frozen=True, slots=True)
class LinkTable:
    """Rows (owner, path, target) for what a document names inside its collections."""

    name: str
    target: str
    target_table: str


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity table of an abstract base: its key columns beside the concrete table's own."""

    table: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    """The table of one resource. Descriptor types share one table and differ in `kind`."""

    resource: Resource
    schema: str
    name: str
    columns: tuple[Column, ...]
    references: tuple[ReferenceColumn, ...]
    key: tuple[str, ...]
    identity: Identity | None
    descriptor_links: LinkTable | None
    reference_links: tuple[LinkTable, ...]
    is_personal: bool
    organization_column: str | None

    @cached_property
    def qualified(self) -> str:
        """Schema and name, quoted."""
        return f'"{self.schema}"."{self.name}"'

    @cached_property
    def kind(self) -> str | None:
        """The discriminator in the shared descriptor table; None elsewhere."""
        return self.resource.name if self.resource.is_descriptor else None

    @cached_property
    def columns_by_name(self) -> Mapping[str, Column]:
        """Value columns by name."""
        return {c.name: c for c in self.columns}


def compile_tables(model: Model) -> Mapping[str, Table]:
    """The table of every resource of the Model, by resource name."""
    personal = personal_resources(model)
    return {r.name: _table(model, r, is_personal=r.name in personal) for r in model.resources.values()}


def personal_resources(model: Model) -> frozenset[str]:
    """Resources whose records are about a person: people, and whatever refers to one, however far away."""
    found = set(PEOPLE) | {"Person"}
    while True:
        more = {r.name for r in model.documents if r.name not in found and _targets(model, r) & found}
        if not more:
            return frozenset(found & set(model.resources))
        found |= more


def _targets(model: Model, resource: Resource) -> set[str]:
    references = [*resource.references, *(ref for _, part in walk_parts(resource) for ref in part.references)]
    names = {ref.target for ref in references}
    return names | {c.name for n in names if n in model.abstracts for c in model.concrete_of(n)}


def table_schema(resource: Resource) -> str:
    """The database schema of a resource's project: `edfi` for the core, the project's own otherwise."""
    return resource.schema.replace("-", "").replace(".", "_")


def table_name(resource_name: str) -> str:
    """Table of a resource or abstract base: its name in snake_case, cut to what PostgreSQL allows."""
    return shortened(snake_case(resource_name))


def shortened(name: str) -> str:
    """A name of at most 63 characters; a longer one ends in a short hash of itself."""
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 7]}_{blake2b(name.encode(), digest_size=3).hexdigest()}"


def column_name(name: str, prop: Property) -> str:
    """Column of a member: snake_case, with `_id` where it holds a descriptor's id."""
    return snake_case(name) + ("_id" if prop.kind is Kind.DESCRIPTOR else "")


def target_location(model: Model, target: str) -> tuple[str, tuple[str, ...]]:
    """Qualified table that a reference to the target points at, and its key columns in key order."""
    columns = tuple(column_name(k.column, model.key_property(target, k.name)) for k in model.key_of(target))
    schema = "edfi" if target in model.abstracts else table_schema(model.resources[target])
    return f'"{schema}"."{table_name(target)}"', columns


def _table(model: Model, resource: Resource, *, is_personal: bool) -> Table:
    columns = _columns(model, resource)
    key_names = {column_name(k.column, model.key_property(resource.name, k.name)) for k in resource.key}
    return Table(
        resource=resource,
        schema="edfi" if resource.is_descriptor else table_schema(resource),
        name=DESCRIPTOR_TABLE if resource.is_descriptor else table_name(resource.name),
        columns=columns,
        references=_references(model, resource, columns),
        key=_key_order(key_names),
        identity=_identity(model, resource),
        descriptor_links=_descriptor_links(resource),
        reference_links=_reference_links(model, resource),
        is_personal=is_personal,
        organization_column=_organization_column(model, resource),
    )


def _columns(model: Model, resource: Resource) -> tuple[Column, ...]:
    found: dict[str, tuple[Property, list[tuple[str, ...]]]] = {}
    for prop in resource.properties:
        found[column_name(prop.name, prop)] = (prop, [(prop.name,)])
    for reference in resource.references:
        for member, column in reference.keys.items():
            prop = model.key_property(reference.target, member)
            _, paths = found.setdefault(column_name(column, prop), (prop, []))
            paths.append((reference.name, member))
    keys = {column_name(k.column, model.key_property(resource.name, k.name)) for k in resource.key}
    clash = set(found) & set(RECORD_COLUMNS)
    if clash:
        raise ValueError(f"{resource.name}: columns {sorted(clash)} are Homeroom's own")
    return tuple(
        Column(name, SQL_TYPES[prop.kind], tuple(paths), prop, name in keys)
        for name, (prop, paths) in found.items()
    )


def _references(model: Model, resource: Resource, columns: Iterable[Column]) -> tuple[ReferenceColumn, ...]:
    found = [_reference(model, reference) for reference in resource.references]
    direct = {r.own_columns for r in found}
    for person, key in PEOPLE.items():
        for column in columns:
            is_person = snake_case(column.property.name) == key and len(column.paths[0]) > 1
            if is_person and column.is_key and (column.name,) not in direct:
                table, target_columns = target_location(model, person)
                found.append(
                    ReferenceColumn(
                        f"{column.name}_person_ref", person, table, (column.name,), target_columns, None
                    )
                )
    return tuple(found)


def _reference(model: Model, reference: Reference) -> ReferenceColumn:
    table, target_columns = target_location(model, reference.target)
    own = tuple(
        column_name(reference.keys[m], model.key_property(reference.target, m))
        for m in reference_members(model, reference)
    )
    name = shortened(snake_case(reference.name.removesuffix("Reference")) + "_ref")
    return ReferenceColumn(
        name, reference.target, table, own, target_columns, reference.name, reference.is_required
    )


def _key_order(names: Iterable[str]) -> tuple[str, ...]:
    # A person's number first: the same index then answers the commonest filter.
    people = set(PEOPLE.values())
    return tuple(sorted(names, key=lambda n: (n not in people, n)))


def _identity(model: Model, resource: Resource) -> Identity | None:
    if resource.base is None:
        return None
    renamed = resource.base_key
    own = {k.name: column_name(k.column, model.key_property(resource.name, k.name)) for k in resource.key}
    columns = tuple(
        (column_name(k.column, model.key_property(resource.base, k.name)), own[renamed.get(k.name, k.name)])
        for k in model.abstracts[resource.base].key
    )
    return Identity(f'"edfi"."{table_name(resource.base)}"', columns)


def _descriptor_links(resource: Resource) -> LinkTable | None:
    has_any = any(p.kind is Kind.DESCRIPTOR for _, part in walk_parts(resource) for p in part.properties)
    if not has_any:
        return None
    name = shortened(f"{snake_case(resource.name)}__descriptor")
    return LinkTable(name, "Descriptor", DESCRIPTORS)


def _reference_links(model: Model, resource: Resource) -> tuple[LinkTable, ...]:
    targets = dict.fromkeys(ref.target for _, part in walk_parts(resource) for ref in part.references)
    return tuple(
        LinkTable(
            shortened(f"{snake_case(resource.name)}__{snake_case(target)}"),
            target,
            target_location(model, target)[0],
        )
        for target in targets
    )


def _organization_column(model: Model, resource: Resource) -> str | None:
    """The column that says whose organisation the row is, from the resource's authorization paths."""
    for path in resource.authorization:
        steps = path.removeprefix("$.").split(".")
        if steps[-1] in PEOPLE.values() or steps[-1].endswith("UniqueId"):
            continue
        if len(steps) == 1:
            return snake_case(steps[0])
        reference = resource.references_by_name[steps[0]]
        return column_name(reference.keys[steps[1]], model.key_property(reference.target, steps[1]))
    return None
