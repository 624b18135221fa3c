"""The published description of the data API, generated from the Model."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from homeroom.standard.model import Model, Resource
from homeroom.standard.openapi_forms import Form, Interface, writer_of
from homeroom.standard.openapi_operations import JsonObject, paths_of, words_of
from homeroom.standard.openapi_schemas import schemas_of

__all__ = ["Form", "Section", "openapi_of", "render_openapi"]


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

    root_url: where the API stands, without a slash at its end. resources: those to describe, narrowed
    copies for a profile; None for all of the section.
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
    shown = sorted(_section(model, section) if resources is None else resources, key=lambda r: r.path)
    writer = writer_of(form)
    interface = Interface(
        title=f"Homeroom data API: {section.value}",
        description=f"{model.project} Data Standard {model.version}. Reading and writing of single records.",
        data_url=f"{root_url}/data/v3",
        token_url=f"{root_url}/oauth/token",
        tags={r.endpoint: _tag(r) for r in shown},
        paths=tuple(path for r in shown for path in paths_of(model, r)),
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
