"""What the API says of itself: load order, OpenAPI, XML schemas (edfi-api.md 1.13). No token is needed.

Documents are rendered once for a Model, with a placeholder where the caller's own address of us goes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Final, TypeAlias

import msgspec

from homeroom.records.etags import matches_etag
from homeroom.standard.dependencies import dependency_rows, render_graphml
from homeroom.standard.model import Model
from homeroom.standard.openapi import Form, Section, render_openapi
from homeroom.standard.xsd import render_xsd, xsd_files
from homeroom.web.api import problems
from homeroom.web.api.exchange import JSON, Request, Response
from homeroom.web.api.problems import Problem

_HOST: Final = "placeholder.invalid"
_PREFIX: Final = "/placeholder"
_PLACEHOLDER: Final = f"https://{_HOST}{_PREFIX}"
_GRAPHML: Final = "application/graphml"
_SECTIONS: Final[Mapping[str, Section]] = {section.value: section for section in Section}

_Rendered: TypeAlias = tuple[str, bytes]
_Render: TypeAlias = Callable[[], _Rendered]


class MetadataStore:
    """The documents of one Model, each rendered when it is first asked for. version: of its standard."""

    def __init__(self, model: Model, version: str) -> None:
        self.model = model
        self.version = version
        self._documents: dict[tuple[str, ...], _Rendered] = {}
        self._rendering = asyncio.Lock()

    async def document(self, name: tuple[str, ...], render: _Render) -> _Rendered:
        """Content type and text of a document."""
        found = self._documents.get(name)
        if found is not None:
            return found
        async with self._rendering:
            if name not in self._documents:
                self._documents[name] = await asyncio.to_thread(render)
        return self._documents[name]


async def answer_metadata(
    request: Request, store: MetadataStore, *, base: str, path: tuple[str, ...]
) -> Response | Problem:
    """The document at a path below /metadata. base: the address of the district's services."""
    names = tuple(part.lower() for part in path)
    found = _find(request, store, names)
    if found is None:
        return problems.NOT_FOUND
    name, render = found
    kind, text = await store.document(name, render)
    return _response(request, kind, _addressed(text, request=request, base=base))


def _find(
    request: Request, store: MetadataStore, names: tuple[str, ...]
) -> tuple[tuple[str, ...], _Render] | None:
    """The document's name in the store, and how to render it; None for a path that has none."""
    form = Form.SWAGGER_2 if request.parameter("version") == "2" else Form.OPENAPI_3
    match names:
        case () | ("specifications",):
            return ("list", form.value), lambda: _list(form)
        case ("data", "v3", "dependencies") | ("dependencies",):
            if _GRAPHML in request.headers.get("accept", ""):
                return ("graphml",), lambda: (_GRAPHML, render_graphml(store.model))
            return ("dependencies",), lambda: _dependencies(store.model)
        case ("data", "v3", section, "swagger.json") | ("specifications", section, "swagger.json") if (
            section in _SECTIONS
        ):
            return (section, form.value), lambda: _openapi(store.model, _SECTIONS[section], form)
        case ("xsd", *rest):
            return _find_xsd(store, rest)
        case _:
            return None


def _find_xsd(store: MetadataStore, rest: list[str]) -> tuple[tuple[str, ...], _Render] | None:
    schema = next(iter(store.model.documents)).schema
    files = {name.lower(): name for name in xsd_files(store.version)}
    match rest:
        case []:
            return ("xsd",), lambda: _xsd_list(store)
        case [given, "files"] if given == schema:
            urls = [f"{_PLACEHOLDER}/metadata/xsd/{schema}/{name}" for name in files.values()]
            return ("xsd", "files"), lambda: (JSON, msgspec.json.encode(urls))
        case [given, name] if given == schema and name in files:
            return ("xsd", name), lambda: _xsd(store.version, files[name])
        case _:
            return None


def _list(form: Form) -> _Rendered:
    suffix = "?version=2" if form is Form.SWAGGER_2 else ""
    entries = [
        {
            "name": section.value.title(),
            "endpointUri": f"{_PLACEHOLDER}/metadata/data/v3/{section.value}/swagger.json{suffix}",
            "prefix": "",
        }
        for section in Section
    ]
    return JSON, msgspec.json.encode(entries)


def _dependencies(model: Model) -> _Rendered:
    return JSON, msgspec.json.encode(dependency_rows(model))


def _openapi(model: Model, section: Section, form: Form) -> _Rendered:
    return JSON, render_openapi(model, section, root_url=_PLACEHOLDER, form=form)


def _xsd_list(store: MetadataStore) -> _Rendered:
    schema = next(iter(store.model.documents)).schema
    entry = {
        "description": "Core schema (Ed-Fi) files for the data model",
        "name": schema,
        "version": store.model.version,
        "files": f"{_PLACEHOLDER}/metadata/xsd/{schema}/files",
    }
    return JSON, msgspec.json.encode([entry])


def _xsd(version: str, name: str) -> _Rendered:
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
