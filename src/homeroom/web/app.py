"""The web application: what a request passes on its way, and what answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from homeroom.records.districts import Districts
from homeroom.web.api import problems
from homeroom.web.api.addresses import DISCOVERY, Address, parse_address
from homeroom.web.api.calls import Answer
from homeroom.web.api.exchange import (
    Application,
    Receive,
    Request,
    Scope,
    Send,
    UnreadableQueryError,
    read_request,
    send_response,
)
from homeroom.web.api.problems import render_problem
from homeroom.web.api.service import answer_api
from homeroom.web.api.sites import Sites
from homeroom.web.middleware import (
    Handler,
    Middleware,
    Surroundings,
    add_standing_headers,
    explain_faults,
    share_with_origins,
    tell_problems,
)

# What each request of the API passes, the first one first.
MIDDLEWARE: Final[tuple[Middleware, ...]] = (add_standing_headers, share_with_origins, explain_faults)


@dataclass(frozen=True, slots=True)
class Web:
    """What the application works with. pages: answers all that is not the API's; None for nothing."""

    districts: Districts
    surroundings: Surroundings
    sites: Sites
    pages: Application | None = None


def make_application(
    districts: Districts, surroundings: Surroundings, *, pages: Application | None = None
) -> Application:
    """The ASGI application over these districts; they are prepared when it starts, closed when it stops."""
    web = Web(districts, surroundings, Sites(districts, surroundings.log), pages)
    handler = _api_handler(web)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(web, receive, send)
        elif scope["type"] == "http":
            address = parse_address(scope["path"])
            if web.pages is not None and await _is_for_pages(web, scope, address):
                await web.pages(scope, receive, send)
            else:
                await _serve(web, handler, address=address, scope=scope, receive=receive, send=send)

    return application


def _api_handler(web: Web) -> Handler:
    async def answer(request: Request) -> Answer:
        return await answer_api(request, web.sites)

    handler = tell_problems(web.surroundings, answer)
    for middleware in reversed(MIDDLEWARE):
        handler = middleware(web.surroundings, handler)
    return handler


async def _serve(
    web: Web, handler: Handler, *, address: Address | None, scope: Scope, receive: Receive, send: Send
) -> None:
    try:
        request = read_request(scope, receive, address=address, options=web.surroundings.options)
    except UnreadableQueryError as error:
        problem = problems.bad_request("The query string has too many parameters.")
        await send_response(render_problem(problem, error.correlation_id), send)
        return
    await send_response(await handler(request), send)


async def _is_for_pages(web: Web, scope: Scope, address: Address | None) -> bool:
    """Whether no service of the API is meant, or the discovery document by somebody with a browser."""
    if address is None:
        return True
    if address.service != DISCOVERY:
        return False
    accepts = next((v for n, v in scope["headers"] if n == b"accept"), b"")
    return b"text/html" in accepts or (
        address.tenant is not None and await web.sites.find(address.tenant, "") is None
    )


async def _live(web: Web, receive: Receive, send: Send) -> None:
    """Starts and stops with the process."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await web.districts.prepare()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await web.sites.close()
            await web.districts.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
