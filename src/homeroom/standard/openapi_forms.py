"""The two written forms of the published interface: OpenAPI 3.0 and Swagger 2.0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol
from urllib.parse import urlsplit

from homeroom.standard.openapi_operations import Answer, Body, Json, JsonObject, Operation, Parameter, Path
from homeroom.standard.openapi_sides import JSON_TYPE

_SECURITY: Final = "oauth2_client_credentials"
_PROBLEM_JSON: Final = "application/problem+json"

# One answer for each failing status: name of the shared response, what it means.
FAILURES: Final[Mapping[int, tuple[str, str]]] = {
    304: ("NotModified", "The item is the one the client has."),
    400: ("BadRequest", "The request is malformed or its data invalid; validationErrors says where."),
    401: ("Unauthorized", "No valid token."),
    403: ("Forbidden", "The client may not do this."),
    404: ("NotFound", "There is no such item, or none the client may know of."),
    405: ("MethodNotAllowed", "The resource does not take this method here."),
    409: ("Conflict", "A referenced item is missing, or the identifying values are taken or in use."),
    412: ("PreconditionFailed", "The item has changed since it was read."),
    413: ("ContentTooLarge", "The body is larger than the district takes."),
    415: ("UnsupportedMediaType", "The Content-Type is not supported."),
    429: ("TooManyRequests", "More requests than the client may send; Retry-After says when to come back."),
    500: ("Error", "An unexpected problem; quote the correlationId when asking for help."),
    507: ("InsufficientStorage", "There is no space left; nothing of it was kept."),
}


class Form(StrEnum):
    """A written form; the value is what the API's `version` parameter selects it by."""

    OPENAPI_3 = "3"
    SWAGGER_2 = "2"


@dataclass(frozen=True, slots=True)
class Interface:
    """A whole document before it is written: title, where it is served, tags with descriptions, paths."""

    title: str
    description: str
    data_url: str
    token_url: str
    tags: Mapping[str, str]
    paths: tuple[Path, ...]


class Writer(Protocol):
    """How a form points at schemas and writes the whole."""

    def ref(self, name: str) -> JsonObject:
        """A pointer at a schema."""

    def write(self, interface: Interface, schemas: Mapping[str, JsonObject]) -> JsonObject:
        """The document."""


def writer_of(form: Form) -> Writer:
    """The writer of a form."""
    match form:
        case Form.OPENAPI_3:
            return OpenApi3()
        case Form.SWAGGER_2:
            return Swagger2()


class OpenApi3:
    """Writes OpenAPI 3.0."""

    def ref(self, name: str) -> JsonObject:
        """A pointer at a schema."""
        return {"$ref": f"#/components/schemas/{name}"}

    def write(self, interface: Interface, schemas: Mapping[str, JsonObject]) -> JsonObject:
        """The document."""
        flow: JsonObject = {"tokenUrl": interface.token_url, "scopes": {}}
        return {
            "openapi": "3.0.1",
            "info": _info(interface),
            "servers": [{"url": interface.data_url}],
            "paths": _paths(interface.paths, self._operation),
            "components": {
                "schemas": schemas,
                "responses": {
                    name: self._failure(status, words) for status, (name, words) in FAILURES.items()
                },
                "securitySchemes": {_SECURITY: {"type": "oauth2", "flows": {"clientCredentials": flow}}},
            },
            "security": [{_SECURITY: []}],
            "tags": _tags(interface),
        }

    def _operation(self, operation: Operation, tag: str) -> JsonObject:
        written = _head(operation, tag)
        written["parameters"] = [self._parameter(p) for p in operation.parameters]
        if operation.accepts is not None:
            content: JsonObject = {
                operation.accepts.media_type: {"schema": self.ref(operation.accepts.schema)}
            }
            written["requestBody"] = {"required": True, "content": content}
        written["responses"] = {
            **{str(a.status): self._answer(a) for a in operation.answers},
            **{str(s): {"$ref": f"#/components/responses/{FAILURES[s][0]}"} for s in operation.failures},
        }
        return {**written, **operation.extras}

    def _parameter(self, parameter: Parameter) -> JsonObject:
        return {**_parameter_head(parameter), "schema": parameter.schema, **parameter.extras}

    def _answer(self, answer: Answer) -> JsonObject:
        written: dict[str, Json] = {"description": answer.description}
        if answer.headers:
            written["headers"] = {name: {"schema": _HEADERS[name]} for name in answer.headers}
        if answer.body:
            written["content"] = {answer.body.media_type: {"schema": _body(answer.body, self)}}
        return written

    def _failure(self, status: int, words: str) -> JsonObject:
        if status == 304:
            return {"description": words}
        return {"description": words, "content": {_PROBLEM_JSON: {"schema": self.ref("problem")}}}


class Swagger2:
    """Writes Swagger 2.0, which older generators and clients read."""

    def ref(self, name: str) -> JsonObject:
        """A pointer at a schema."""
        return {"$ref": f"#/definitions/{name}"}

    def write(self, interface: Interface, schemas: Mapping[str, JsonObject]) -> JsonObject:
        """The document."""
        url = urlsplit(interface.data_url)
        scheme: JsonObject = {
            "type": "oauth2",
            "flow": "application",
            "tokenUrl": interface.token_url,
            "scopes": {},
        }
        return {
            "swagger": "2.0",
            "info": _info(interface),
            "host": url.netloc,
            "basePath": url.path,
            "schemes": [url.scheme],
            "consumes": [JSON_TYPE],
            "produces": [JSON_TYPE],
            "paths": _paths(interface.paths, self._operation),
            "definitions": schemas,
            "responses": {name: self._failure(status, words) for status, (name, words) in FAILURES.items()},
            "securityDefinitions": {_SECURITY: scheme},
            "security": [{_SECURITY: []}],
            "tags": _tags(interface),
        }

    def _operation(self, operation: Operation, tag: str) -> JsonObject:
        written = _head(operation, tag)
        parameters = [self._parameter(p) for p in operation.parameters]
        if operation.accepts is not None:
            name, schema = operation.accepts.schema.split("_")[1], self.ref(operation.accepts.schema)
            parameters.append({"name": name, "in": "body", "required": True, "schema": schema})
        written |= _media_types(operation)
        written["parameters"] = parameters
        written["responses"] = {
            **{str(a.status): self._answer(a) for a in operation.answers},
            **{str(s): {"$ref": f"#/responses/{FAILURES[s][0]}"} for s in operation.failures},
        }
        return {**written, **operation.extras}

    def _parameter(self, parameter: Parameter) -> JsonObject:
        return {**_parameter_head(parameter), **parameter.schema, **parameter.extras}

    def _answer(self, answer: Answer) -> JsonObject:
        written: dict[str, Json] = {"description": answer.description}
        if answer.headers:
            written["headers"] = {name: _HEADERS[name] for name in answer.headers}
        if answer.body:
            written["schema"] = _body(answer.body, self)
        return written

    def _failure(self, status: int, words: str) -> JsonObject:
        return (
            {"description": words} if status == 304 else {"description": words, "schema": self.ref("problem")}
        )


_HEADERS: Final[Mapping[str, JsonObject]] = {
    "ETag": {"type": "string"},
    "Location": {"type": "string"},
    "Next-Page-Token": {"type": "string"},
    "Total-Count": {"type": "integer", "format": "int64"},
}


def _media_types(operation: Operation) -> JsonObject:
    """What an operation takes and gives where that is not what the document says of all of them."""
    bodies = [answer.body for answer in operation.answers if answer.body is not None]
    written: dict[str, Json] = {}
    if operation.accepts is not None and operation.accepts.media_type != JSON_TYPE:
        written["consumes"] = [operation.accepts.media_type]
    if bodies and bodies[0].media_type != JSON_TYPE:
        written["produces"] = [bodies[0].media_type]
    return written


class _WriteOperation(Protocol):
    def __call__(self, operation: Operation, tag: str, /) -> JsonObject: ...


def _paths(paths: Iterable[Path], write: _WriteOperation) -> JsonObject:
    return {path.path: _path(path, write) for path in paths if path.operations}


def _path(path: Path, write: _WriteOperation) -> JsonObject:
    written: dict[str, Json] = {o.method.value: write(o, path.tag) for o in path.operations}
    if path.domains:
        written["x-Ed-Fi-domains"] = path.domains
    return written


def _head(operation: Operation, tag: str) -> dict[str, Json]:
    return {
        "tags": [tag],
        "summary": operation.summary,
        "description": operation.description,
        "operationId": operation.identifier,
    }


def _parameter_head(parameter: Parameter) -> dict[str, Json]:
    written: dict[str, Json] = {"name": parameter.name, "in": parameter.where}
    if parameter.description:
        written["description"] = parameter.description
    if parameter.is_required:
        written["required"] = True
    return written


def _body(body: Body, writer: Writer) -> JsonObject:
    ref = writer.ref(body.schema)
    return {"type": "array", "items": ref} if body.is_array else ref


def _info(interface: Interface) -> JsonObject:
    return {"title": interface.title, "description": interface.description, "version": "3"}


def _tags(interface: Interface) -> list[JsonObject]:
    return [{"name": name, "description": description} for name, description in interface.tags.items()]
