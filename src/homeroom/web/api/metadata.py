"""What the API says of itself: load order, OpenAPI, XML schemas (edfi-api.md 1.13). No token is needed.

Documents are rendered once for a Model, with a placeholder where the caller's own address of us goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import msgspec

from homeroom.records.etags import matches_etag
from homeroom.standard.dependencies import dependency_rows, render_graphml
from homeroom.standard.model import Model
from homeroom.standard.openapi import (
    Form,
    Section,
    render_change_queries,
    render_openapi,
    render_profile,
)
from homeroom.standard.openapi_uploads import render_uploads
from homeroom.standard.xsd import render_xsd, xsd_files
from homeroom.trust.profile_compile import CompiledProfile
from homeroom.trust.profile_documents import shown_in_profile
from homeroom.web.api import problems
from homeroom.web.api.descriptions import descriptions_of
from homeroom.web.api.exchange import JSON, Request, Response
from homeroom.web.api.metadata_store import MetadataStore, Render, Rendered
from homeroom.web.api.problems import Problem
from homeroom.web.api.site import Site

_HOST: Final = "placeholder.invalid"
_PREFIX: Final = "/placeholder"
_PLACEHOLDER: Final = f"https://{_HOST}{_PREFIX}"
_HTML: Final = "text/html"
_GRAPHML: Final = "application/graphml"
_SECTIONS: Final[Mapping[str, Section]] = {section.value: section for section in Section}


@dataclass(frozen=True, slots=True)
class _Found:
    """A document that a path names. name: in the store; source: what it is made from besides the Model."""

    name: tuple[str, ...]
    render: Render
    source: object = None


async def answer_metadata(
    request: Request, site: Site, *, base: str, path: tuple[str, ...]
) -> Response | Problem:
    """The document at a path below /metadata. base: the address of the district's services."""
    store = site.metadata()
    names = tuple(part.lower() for part in path)
    if not names and _HTML in request.headers.get("accept", ""):
        # Somebody with a browser, who followed the discovery document.
        return Response(303, headers=[("location", f"/docs/{site.district.name}"), ("vary", "accept")])
    form = Form.SWAGGER_2 if request.parameter("version") == "2" else Form.OPENAPI_3
    found = await _find_described(site, names, form=form) or _find_other(request, store, names)
    if found is None:
        return problems.NOT_FOUND
    kind, text = await store.document(found.name, found.render, source=found.source)
    return _response(request, kind, _addressed(text, request=request, base=base))


async def _find_described(site: Site, names: tuple[str, ...], *, form: Form) -> _Found | None:
    """The OpenAPI document of a path, or the list of them; None for a path that has none."""
    model = site.metadata().model
    match names:
        case () | ("specifications",):
            profiles = await site.district.profiles.listed(model)
            return _Found(("list", form.value), lambda: _list(model, profiles, form), profiles)
        case ("data", "v3", "profiles", name, "swagger.json"):
            profile = await site.district.profiles.compiled(name, model)
            if profile is None or not profile.is_usable:
                return None
            return _Found(("profile", name, form.value), lambda: _profile(model, profile, form), profile)
        case ("changequeries" | "uploads" as service, "v1", "swagger.json"):
            render = {"changequeries": render_change_queries, "uploads": render_uploads}[service]
            return _Found((service, form.value), lambda: (JSON, render(root_url=_PLACEHOLDER, form=form)))
        case ("data", "v3", section, "swagger.json") | ("specifications", section, "swagger.json"):
            return _find_section(model, section, form=form)
        case _:
            return None


def _find_section(model: Model, name: str, *, form: Form) -> _Found | None:
    """The document of a section, or of one project: the standard's own or an extension's."""
    section = _SECTIONS.get(name)
    if section is not None:
        return _Found((name, form.value), lambda: _openapi(model, section, form))
    resources = [r for r in model.resources.values() if r.schema.lower() == name]
    if not resources:
        return None
    return _Found((name, form.value), lambda: _project(model, name, form))


def _find_other(request: Request, store: MetadataStore, names: tuple[str, ...]) -> _Found | None:
    match names:
        case ("data", "v3", "dependencies") | ("dependencies",):
            if _GRAPHML in request.headers.get("accept", ""):
                return _Found(("graphml",), lambda: (_GRAPHML, render_graphml(store.model)))
            return _Found(("dependencies",), lambda: _dependencies(store.model))
        case ("xsd", *rest):
            return _find_xsd(store, rest)
        case _:
            return None


def _find_xsd(store: MetadataStore, rest: list[str]) -> _Found | None:
    schema = next(iter(store.model.documents)).schema
    files = {name.lower(): name for name in xsd_files(store.version)}
    match rest:
        case []:
            return _Found(("xsd",), lambda: _xsd_list(store))
        case [given, "files"] if given == schema:
            urls = [f"{_PLACEHOLDER}/metadata/xsd/{schema}/{name}" for name in files.values()]
            return _Found(("xsd", "files"), lambda: (JSON, msgspec.json.encode(urls)))
        case [given, name] if given == schema and name in files:
            return _Found(("xsd", name), lambda: _xsd(store.version, files[name]))
        case _:
            return None


def _list(model: Model, profiles: tuple[CompiledProfile, ...], form: Form) -> Rendered:
    suffix = "?version=2" if form is Form.SWAGGER_2 else ""
    entries = [
        {"name": one.name, "endpointUri": f"{_PLACEHOLDER}/metadata/{one.path}{suffix}", "prefix": one.prefix}
        for one in descriptions_of(model, profiles)
    ]
    return JSON, msgspec.json.encode(entries)


def _dependencies(model: Model) -> Rendered:
    return JSON, msgspec.json.encode(dependency_rows(model))


def _openapi(model: Model, section: Section, form: Form) -> Rendered:
    return JSON, render_openapi(model, section, root_url=_PLACEHOLDER, form=form)


def _project(model: Model, schema: str, form: Form) -> Rendered:
    resources = [r for r in model.resources.values() if r.schema.lower() == schema]
    return JSON, render_openapi(
        model, Section.RESOURCES, root_url=_PLACEHOLDER, form=form, resources=resources
    )


def _profile(model: Model, profile: CompiledProfile, form: Form) -> Rendered:
    shown = shown_in_profile(profile, model)
    return JSON, render_profile(model, profile.name, shown, root_url=_PLACEHOLDER, form=form)


def _xsd_list(store: MetadataStore) -> Rendered:
    schema = next(iter(store.model.documents)).schema
    entry = {
        "description": "Core schema (Ed-Fi) files for the data model",
        "name": schema,
        "version": store.model.version,
        "files": f"{_PLACEHOLDER}/metadata/xsd/{schema}/files",
    }
    return JSON, msgspec.json.encode([entry])


def _xsd(version: str, name: str) -> Rendered:
    text = render_xsd(version, name)
    assert text is not None  # noqa: S101 - the name is one of the version's
    return "application/xml", text


def _addressed(text: bytes, *, request: Request, base: str) -> bytes:
    """The text with our address as this caller sees it; Swagger 2 keeps it in three members."""
    scheme, _, host = request.root.partition("://")
    prefix = base.removeprefix(request.root)
    for placeholder, real in (
        (_PLACEHOLDER, base),
        (f'"host":"{_HOST}"', f'"host":"{host}"'),
        (f'"basePath":"{_PREFIX}', f'"basePath":"{prefix}'),
        ('"schemes":["https"]', f'"schemes":["{scheme}"]'),
    ):
        text = text.replace(placeholder.encode(), real.encode())
    return text


def _response(request: Request, kind: str, text: bytes) -> Response:
    etag = blake2b(text, digest_size=12).hexdigest()
    headers = [("content-type", kind), ("etag", f'"{etag}"'), ("cache-control", "no-cache")]
    known = request.headers.get("if-none-match")
    if known and matches_etag(known, etag):
        return Response(304, headers=headers[1:])
    return Response(200, text, headers)
