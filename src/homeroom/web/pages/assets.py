"""Our own style, script and icon: read once, kept by browsers for as long as they like."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from starlette.responses import Response

from homeroom.web.pages.visits import Visit

_TYPES: Final[Mapping[str, str]] = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_FOR_EVER: Final = "public, max-age=31536000, immutable"


async def answer_asset(visit: Visit) -> Response:
    """One file. Its address changes with its content; an address without that is checked each time."""
    name = str(visit.request.path_params["name"])
    content = _assets().get(name)
    if content is None:
        return Response(status_code=404)
    lasting = _FOR_EVER if visit.request.query_params.get("v") else "no-cache"
    kind = _TYPES[name.rpartition(".")[2]]
    return Response(content, headers={"content-type": kind, "cache-control": lasting})


@cache
def _assets() -> Mapping[str, bytes]:
    folder = files("homeroom.web") / "static"
    return {e.name: e.read_bytes() for e in folder.iterdir() if e.name.rpartition(".")[2] in _TYPES}
