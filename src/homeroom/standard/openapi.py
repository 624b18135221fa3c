"""The published descriptions of the API, generated from the Model."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from homeroom.standard.model import Model, Resource
from homeroom.standard.openapi_forms import Form, Interface, writer_of
from homeroom.standard.openapi_operations import (
    READ_FAILURES,
    Answer,
    Body,
    JsonObject,
    Method,
    Operation,
    Path,
    paths_of,
    words_of,
)
from homeroom.standard.openapi_schemas import PROBLEM, schemas_of
from homeroom.standard.openapi_sides import Shown, shown_whole

__all__ = ["Form", "Section", "openapi_of", "render_change_queries", "render_openapi", "render_profile"]


class Section(StrEnum):
    """A document of the published description; the value is its segment in the URL."""

    RESOURCES = "resources"
    DESCRIPTORS = "descriptors"


def render_openapi(
    model: Model,
    section: Section,
    *,
    root_url: str,
    form: Form = Form.OPENAPI_3,
    resources: Sequence[Resource] | None = None,
) -> bytes:
    """The document as JSON without blanks, which clients look for text in. Some megabytes: keep it.

    root_url: where the API stands, without a slash at its end. resources: those to describe; None for all of
    the section.
    """
    return msgspec.json.encode(openapi_of(model, section, root_url=root_url, form=form, resources=resources))


def openapi_of(
    model: Model,
    section: Section,
    *,
    root_url: str,
    form: Form = Form.OPENAPI_3,
    resources: Sequence[Resource] | None = None,
) -> JsonObject:
    """The same as a value. Parts of it are shared between its places; do not change it."""
    shown = [shown_whole(r) for r in (_section(model, section) if resources is None else resources)]
    return _data_document(model, shown, title=section.value, root_url=root_url, form=form)


def render_profile(
    model: Model, name: str, shown: Sequence[Shown], *, root_url: str, form: Form = Form.OPENAPI_3
) -> bytes:
    """The document of an API profile: its resources, each side narrowed and under the profile's content type."""
    return msgspec.json.encode(
        _data_document(model, shown, title=f"profile {name}", root_url=root_url, form=form)
    )


def render_change_queries(*, root_url: str, form: Form = Form.OPENAPI_3) -> bytes:
    """The document of the change queries that belong to no resource."""
    writer = writer_of(form)
    interface = Interface(
        title="Homeroom data API: change queries",
        description="How far changes go. What changed is asked of each resource.",
        data_url=f"{root_url}/changeQueries/v1",
        token_url=f"{root_url}/oauth/token",
        tags={_CHANGE_QUERIES: "Windows of change versions."},
        paths=(Path("/availableChangeVersions", _CHANGE_QUERIES, (_AVAILABLE,)),),
    )
    schemas = {"availableChangeVersions": _AVAILABLE_SCHEMA, "problem": PROBLEM}
    return msgspec.json.encode(writer.write(interface, schemas))


_CHANGE_QUERIES: Final = "changeQueries"
_AVAILABLE: Final = Operation(
    Method.GET,
    "getAvailableChangeVersions",
    "Tells how far changes go.",
    "No change below the newest version is still to come.",
    (),
    (Answer(200, "The oldest and the newest version.", Body("availableChangeVersions")),),
    READ_FAILURES,
)
_VERSION: Final[JsonObject] = {"type": "integer", "format": "int64"}
_AVAILABLE_SCHEMA: Final[JsonObject] = {
    "type": "object",
    "properties": {"oldestChangeVersion": _VERSION, "newestChangeVersion": _VERSION},
}


def _data_document(
    model: Model, resources: Sequence[Shown], *, title: str, root_url: str, form: Form
) -> JsonObject:
    shown = sorted(resources, key=lambda one: one.resource.path)
    writer = writer_of(form)
    interface = Interface(
        title=f"Homeroom data API: {title}",
        description=f"{model.project} Data Standard {model.version}. Reading and writing of single records.",
        data_url=f"{root_url}/data/v3",
        token_url=f"{root_url}/oauth/token",
        tags={one.resource.endpoint: _tag(one.resource) for one in shown},
        paths=tuple(path for one in shown for path in paths_of(model, one)),
    )
    return writer.write(interface, schemas_of(model, shown, ref=writer.ref))


def _section(model: Model, section: Section) -> Sequence[Resource]:
    match section:
        case Section.RESOURCES:
            return model.documents
        case Section.DESCRIPTORS:
            return model.descriptors


def _tag(resource: Resource) -> str:
    """What a tag stands for; clients read this member of every tag."""
    words = words_of(resource.endpoint)
    described = words[:1].upper() + words[1:] + "."
    return f"{described} Domains: {', '.join(resource.domains)}." if resource.domains else described
