"""What every request of the API passes: one function each, listed in order in `app`."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import asyncpg

from homeroom.base.errors import StorageError
from homeroom.base.log import Log, LogFacts
from homeroom.web.api import problems
from homeroom.web.api.addresses import Address
from homeroom.web.api.calls import Answer
from homeroom.web.api.exchange import Request, Response
from homeroom.web.api.problems import render_problem
from homeroom.web.options import WebOptions

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
Answering: TypeAlias = Callable[[Request], Awaitable[Answer]]

SECURITY_HEADERS: Final = (("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"))
_EXPOSED: Final = "correlation-id, etag, location, next-page-token, retry-after, total-count, warning"
_METHODS: Final = "GET, POST, PUT, DELETE"
FAULTS_OF_THE_DATABASE: Final = (
    StorageError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    ConnectionError,
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What middleware works with. revive: starts the database again when it is ours to start."""

    options: WebOptions
    log: Log
    revive: Callable[[], Awaitable[None]] | None = None


Middleware: TypeAlias = Callable[[Surroundings, Handler], Handler]


def tell_problems(surroundings: Surroundings, answering: Answering) -> Handler:
    """Problems become responses, and a line in the log without anything of the request but its route."""

    async def handle(request: Request) -> Response:
        began_at = time.perf_counter()
        answer = await answering(request)
        if isinstance(answer, Response):
            return answer
        facts = _facts(request, answer.status)
        facts["code"] = answer.kind
        facts["milliseconds"] = round((time.perf_counter() - began_at) * 1000, 1)
        surroundings.log.info("api.problem", **facts)
        return render_problem(answer, request.correlation_id)

    return handle


def explain_faults(surroundings: Surroundings, following: Handler) -> Handler:
    """Faults of ours or the world: logged with their place, told without anything."""

    async def handle(request: Request) -> Response:
        try:
            return await following(request)
        except FAULTS_OF_THE_DATABASE as fault:
            surroundings.log.fault("api.database_away", fault, **_facts(request, 503))
            if surroundings.revive:
                await surroundings.revive()
            return render_problem(problems.DATABASE_AWAY, request.correlation_id)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the caller gets an answer and we a line
            surroundings.log.fault("api.fault", fault, **_facts(request, 500))
            return render_problem(problems.SYSTEM, request.correlation_id)

    return handle


def share_with_origins(surroundings: Surroundings, following: Handler) -> Handler:
    """Pages of the configured origins may call the API; others may not, and are not told why."""
    allowed = surroundings.options.cors_origins

    async def handle(request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin is None or origin not in allowed:
            return await following(request)
        asked = request.headers.get("access-control-request-headers", "")
        if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
            response = Response(204)
            response.headers += [
                ("access-control-allow-methods", _METHODS),
                ("access-control-allow-headers", asked or "authorization, content-type"),
                ("access-control-max-age", "600"),
            ]
        else:
            response = await following(request)
        response.headers += [
            ("access-control-allow-origin", origin),
            ("access-control-expose-headers", _EXPOSED),
            ("vary", "origin"),
        ]
        return response

    return handle


def add_standing_headers(_: Surroundings, following: Handler) -> Handler:
    """What every response carries."""

    async def handle(request: Request) -> Response:
        response = await following(request)
        response.headers += SECURITY_HEADERS
        response.headers.append(("correlation-id", request.correlation_id))
        return response

    return handle


def route_of(address: Address | None) -> str:
    """The template of an address: names of ours stay, whatever else stands in it is left out of the log."""
    if address is None or address.service != "data":
        return "/{path}" if address is None else f"/{address.service}"
    places = ("{schema}", "{resource}", "{id}")
    return "/data/" + "/".join(places[: len(address.rest)])


def _facts(request: Request, status: int) -> LogFacts:
    method = request.method if request.method.isalpha() else "-"
    return {
        "correlation_id": request.correlation_id,
        "method": method[:20],
        "route": route_of(request.address),
        "status": status,
    }
