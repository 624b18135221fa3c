"""The pages: server-rendered HTML for people, each page one module and one template."""

from __future__ import annotations

from starlette.types import ASGIApp

from homeroom.base.clock import Clock
from homeroom.records.districts import Districts
from homeroom.web.middleware import Surroundings
from homeroom.web.pages.headers import guard_responses
from homeroom.web.pages.language import load_languages
from homeroom.web.pages.rendering import Renderer
from homeroom.web.pages.routes import make_router
from homeroom.web.pages.visits import Pages

__all__ = ["pages_application"]


def pages_application(districts: Districts, surroundings: Surroundings, *, clock: Clock) -> ASGIApp:
    """All pages as one ASGI application, to be asked whatever is not the API's."""
    pages = Pages(districts, renderer=Renderer(load_languages()), clock=clock, surroundings=surroundings)
    return guard_responses(make_router(pages))
