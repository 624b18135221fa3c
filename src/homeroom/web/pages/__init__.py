"""The pages: server-rendered HTML for people, each page one module and one template."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp

from homeroom.base.clock import Clock, SystemClock
from homeroom.base.log import Log
from homeroom.base.settings import Settings
from homeroom.records.districts import Districts
from homeroom.web.pages.headers import guard_responses
from homeroom.web.pages.language import load_languages
from homeroom.web.pages.rendering import Renderer
from homeroom.web.pages.routes import make_router
from homeroom.web.pages.visits import Pages

__all__ = ["pages_application"]


def pages_application(
    districts: Districts,
    settings: Settings,  # noqa: ARG001 - pages have no setting yet
    *,
    clock: Clock | None = None,
    log: Log | None = None,
    revive: Callable[[], Awaitable[None]] | None = None,
) -> ASGIApp:
    """All pages as one ASGI application, to be asked whatever is not the API's.

    revive: called when the database does not answer, to start it again.
    """
    clock = clock or SystemClock()
    log = log or Log(sys.stderr, clock)
    pages = Pages(districts, renderer=Renderer(load_languages()), clock=clock, log=log)
    return guard_responses(make_router(pages, revive=revive))
