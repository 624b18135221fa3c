"""The operations of each resource, told apart from how OpenAPI 3 and Swagger 2 write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from homeroom.standard.documents import DESCRIPTOR_LENGTH
from homeroom.standard.filters import Filter, filters_of
from homeroom.standard.model import Kind, Model, Property, Resource
from homeroom.standard.names import camel_case, pascal_case
from homeroom.standard.openapi_names import tracked_name
from homeroom.standard.openapi_sides import JSON_TYPE, Shown, Side

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]

LARGEST_PAGE: Final = 500
MOST_PARTITIONS: Final = 200

_TYPES: Final[Mapping[Kind, JsonObject]] = {
    Kind.STRING: {"type": "string"},
    Kind.DESCRIPTOR: {"type": "string", "maxLength": DESCRIPTOR_LENGTH},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.TIME: {"type": "string", "format": "time"},
    Kind.DATETIME: {"type": "string", "format": "date-time"},
    Kind.INT16: {"type": "integer", "format": "int32"},
    Kind.INT32: {"type": "integer", "format": "int32"},
    Kind.INT64: {"type": "integer", "format": "int64"},
    Kind.DECIMAL: {"type": "number", "format": "double"},
}


class Method(StrEnum):
    """The HTTP methods the API has operations for."""

    GET = "get"
    POST = "post"
    PUT = "put"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; where: query, path or header. extras are `x-` members."""

    name: str
    where: str
    schema: JsonObject
    description: str = ""
    is_required: bool = False
    extras: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Body:
    """What a request or an answer carries: a named schema, alone or as an array."""

    schema: str
    is_array: bool = False
    media_type: str = JSON_TYPE


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful response, with the headers a client may rely on."""

    status: int
    description: str
    body: Body | None = None
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. accepts: the request's body; failures: statuses answered with a problem."""

    method: Method
    identifier: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    answers: tuple[Answer, ...]
    failures: tuple[int, ...]
    accepts: Body | None = None
    extras: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Path:
    """A path below the data root and its operations."""

    path: str
    tag: str
    operations: tuple[Operation, ...]
    domains: tuple[str, ...] = ()


def value_schema(prop: Property) -> dict[str, Json]:
    """Type and format of a property's value, without its bounds; shared by members and parameters."""
    schema = dict(_TYPES[prop.kind])
    if prop.max_length is not None:
        schema["maxLength"] = prop.max_length
    return schema


def words_of(name: str) -> str:
    """A name of the standard as words: `studentCTEPrograms` to `student CTE programs`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).split()
    return " ".join(w if len(w) > 1 and w.isupper() else w.lower() for w in words)


def paths_of(model: Model, shown: Shown) -> Iterator[Path]:
    """The paths of one resource in the order a reader looks for them, with the operations of its sides."""
    resource, read, write = shown.resource, shown.read, shown.write
    filters = _filter_parameters(model, read.resource) if read else ()
    reading = (_list(read, filters),) if read else ()
    item = (_read(read),) if read else ()
    operations: dict[str, tuple[Operation, ...]] = {
        "": (*reading, *((_upsert(write),) if write else ())),
        "/{id}": (*item, *((_replace(write), _delete(resource)) if write else ())),
    }
    if read:
        operations["/deletes"] = (_deletes(resource),)
        operations["/keyChanges"] = (_key_changes(resource),)
        operations["/partitions"] = (_partitions(resource, filters),)
    for suffix, found in operations.items():
        yield Path(resource.path + suffix, resource.endpoint, found, resource.domains)


def _plural(resource: Resource) -> str:
    """`Students`; an acronym in front stays one: `CTEProgramServiceDescriptors`."""
    singular = camel_case(resource.name)
    if resource.endpoint.startswith(singular):
        return resource.name + resource.endpoint.removeprefix(singular)
    return pascal_case(resource.endpoint)


def _filter_parameters(model: Model, resource: Resource) -> tuple[Parameter, ...]:
    key = {camel_case(k.column) for k in resource.key}
    return tuple(_filter_parameter(f, is_key=f.name in key) for f in filters_of(model, resource).values())


def _filter_parameter(one: Filter, *, is_key: bool) -> Parameter:
    extras: dict[str, Json] = {"x-Ed-Fi-isIdentity": True} if is_key else {}
    if one.property.is_deprecated:
        extras["x-Ed-Fi-isDeprecated"] = True
    return Parameter(one.name, "query", value_schema(one.property), extras=extras)


READ_FAILURES: Final = (400, 401, 403, 404, 429, 500)
_ITEM_FAILURES: Final = (304, *READ_FAILURES)
_WRITE_FAILURES: Final = (400, 401, 403, 404, 405, 409, 412, 415, 429, 500)
_DELETE_FAILURES: Final = (400, 401, 403, 404, 409, 412, 429, 500)

_ID: Final = Parameter(
    "id", "path", {"type": "string"}, "The resource identifier, with or without hyphens.", is_required=True
)
_IF_MATCH: Final = Parameter(
    "If-Match", "header", {"type": "string"}, "The ETag last read; another one in store refuses the request."
)
_IF_NONE_MATCH: Final = Parameter(
    "If-None-Match", "header", {"type": "string"}, "The ETag last read; the same one in store answers 304."
)
_OFFSET: Final = Parameter(
    "offset", "query", {"type": "integer", "format": "int32", "minimum": 0}, "Items to skip."
)
_LIMIT: Final = Parameter(
    "limit",
    "query",
    {"type": "integer", "format": "int32", "minimum": 0, "maximum": LARGEST_PAGE, "default": LARGEST_PAGE},
    "Most items to return.",
)
_PAGE_TOKEN: Final = Parameter(
    "pageToken",
    "query",
    {"type": "string"},
    "Page to return, from the Next-Page-Token header or from partitions. Not with offset or limit.",
)
_PAGE_SIZE: Final = Parameter(
    "pageSize",
    "query",
    {"type": "integer", "format": "int32", "minimum": 0, "maximum": LARGEST_PAGE, "default": LARGEST_PAGE},
    "Most items to return, with pageToken.",
)
_MIN_CHANGE_VERSION: Final = Parameter(
    "minChangeVersion", "query", {"type": "integer", "format": "int64"}, "Changed at this version or later."
)
_MAX_CHANGE_VERSION: Final = Parameter(
    "maxChangeVersion", "query", {"type": "integer", "format": "int64"}, "Changed at this version or before."
)
_TOTAL_COUNT: Final = Parameter(
    "totalCount",
    "query",
    {"type": "boolean", "default": False},
    "Whether to count all items in the Total-Count header. Not with pageToken.",
)
_NUMBER: Final = Parameter(
    "number",
    "query",
    {"type": "integer", "format": "int32", "minimum": 1, "maximum": MOST_PARTITIONS, "default": 10},
    "Partitions wanted.",
)
_VERSIONS: Final = (_MIN_CHANGE_VERSION, _MAX_CHANGE_VERSION)
_OFFSET_PAGING: Final = (_OFFSET, _LIMIT)
_CURSOR_PAGING: Final = (_PAGE_TOKEN, _PAGE_SIZE)
_TRACKED: Final = (*_OFFSET_PAGING, *_VERSIONS, _TOTAL_COUNT)


def _list(side: Side, filters: Sequence[Parameter]) -> Operation:
    resource = side.resource
    return Operation(
        Method.GET,
        f"get{_plural(resource)}",
        f"Lists {words_of(resource.endpoint)}.",
        "Items that match every given filter, those only that the client may read.",
        (*_OFFSET_PAGING, *_CURSOR_PAGING, *_VERSIONS, _TOTAL_COUNT, *filters),
        (
            Answer(
                200,
                "The items.",
                Body(side.schema, is_array=True, media_type=side.media_type),
                ("Total-Count", "Next-Page-Token"),
            ),
        ),
        READ_FAILURES,
    )


def _upsert(side: Side) -> Operation:
    resource = side.resource
    return Operation(
        Method.POST,
        f"post{resource.name}",
        f"Creates or updates one of the {words_of(resource.endpoint)}.",
        "An item with the same natural key is replaced, else a new one is made. Do not send an id.",
        (),
        (
            Answer(200, "The item was updated.", headers=("Location", "ETag")),
            Answer(201, "The item was created.", headers=("Location", "ETag")),
        ),
        _WRITE_FAILURES,
        accepts=Body(side.schema, media_type=side.media_type),
    )


def _read(side: Side) -> Operation:
    resource = side.resource
    return Operation(
        Method.GET,
        f"get{_plural(resource)}ById",
        f"Reads one of the {words_of(resource.endpoint)}.",
        "The item with the identifier.",
        (_ID, _IF_NONE_MATCH),
        (Answer(200, "The item.", Body(side.schema, media_type=side.media_type), ("ETag",)),),
        _ITEM_FAILURES,
    )


def _replace(side: Side) -> Operation:
    resource = side.resource
    changes = "may be changed; the change reaches every item that refers to it"
    key_words = changes if resource.allows_key_changes else "cannot be changed"
    return Operation(
        Method.PUT,
        f"put{resource.name}",
        f"Replaces one of the {words_of(resource.endpoint)}.",
        f"The whole item is replaced. Its identifying values {key_words}.",
        (_ID, _IF_MATCH),
        (Answer(204, "The item was replaced.", headers=("Location", "ETag")),),
        _WRITE_FAILURES,
        accepts=Body(side.schema, media_type=side.media_type),
        extras={"x-Ed-Fi-isUpdatable": True} if resource.allows_key_changes else {},
    )


def _delete(resource: Resource) -> Operation:
    return Operation(
        Method.DELETE,
        f"delete{resource.name}ById",
        f"Deletes one of the {words_of(resource.endpoint)}.",
        "An item that others refer to is not deleted.",
        (_ID, _IF_MATCH),
        (Answer(204, "The item was deleted."),),
        _DELETE_FAILURES,
    )


def _deletes(resource: Resource) -> Operation:
    return _tracked(
        resource, f"deletes{_plural(resource)}", f"Lists deleted {words_of(resource.endpoint)}.", "Delete"
    )


def _key_changes(resource: Resource) -> Operation:
    summary = f"Lists {words_of(resource.endpoint)} whose identifying values changed."
    return _tracked(resource, f"keyChanges{_plural(resource)}", summary, "KeyChange")


def _tracked(resource: Resource, identifier: str, summary: str, kind: str) -> Operation:
    return Operation(
        Method.GET,
        identifier,
        summary,
        "Within a window of change versions, in their order.",
        _TRACKED,
        (Answer(200, "The changes.", Body(tracked_name(resource, kind), is_array=True), ("Total-Count",)),),
        READ_FAILURES,
    )


def _partitions(resource: Resource, filters: Sequence[Parameter]) -> Operation:
    return Operation(
        Method.GET,
        f"get{_plural(resource)}Partitions",
        f"Cuts the {words_of(resource.endpoint)} into partitions of like size.",
        "One page token for each, to read them in parallel.",
        (_NUMBER, *_VERSIONS, *filters),
        (Answer(200, "The first page token of each partition.", Body("partitions")),),
        READ_FAILURES,
    )
