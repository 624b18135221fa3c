"""The API as one endpoint: finds the district and the service that a request is for, and answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from homeroom import __version__
from homeroom.trust.failures import Failure
from homeroom.web.api import problems
from homeroom.web.api.addresses import DISCOVERY, Address
from homeroom.web.api.batch import answer_batch
from homeroom.web.api.calls import Answer, Call, walk_steps
from homeroom.web.api.deciding import admit_client
from homeroom.web.api.discovery import render_discovery
from homeroom.web.api.exchange import Request, json_response
from homeroom.web.api.identities import answer_identities
from homeroom.web.api.metadata import answer_metadata
from homeroom.web.api.oauth import answer_token
from homeroom.web.api.problems import Problem
from homeroom.web.api.site import Site
from homeroom.web.api.sites import Sites
from homeroom.web.api.steps import BELOW, ITEM, LIST
from homeroom.web.api.tokeninfo import answer_token_info
from homeroom.web.api.tracking import answer_change_queries
from homeroom.web.api.uploads import answer_uploads

_METHODS: Final = frozenset({"GET", "POST", "PUT", "DELETE"})


@dataclass(slots=True)
class Visit:
    """A request whose district is known. base: where the district's services stand, no slash at its end."""

    request: Request
    site: Site
    base: str
    rest: tuple[str, ...]
    year: int | None


Service: TypeAlias = Callable[[Visit], Awaitable[Answer]]


async def answer_api(request: Request, sites: Sites) -> Answer:
    """The answer of the API to any request whose path is its own."""
    address = request.address
    if address is None:
        return problems.NOT_FOUND
    if address.service == "health":
        return json_response(b'{"status":"healthy"}')
    site = await sites.find(address.tenant, request.root.partition("://")[2])
    if site is None:
        if address.service == DISCOVERY and address.tenant is None:
            models = [("Ed-Fi", version) for version in sites.standards()]
            return render_discovery(request.root, models, prefix="", district=None, build=__version__)
        return problems.NOT_FOUND
    return await _answer_district(request, site, address)


async def _answer_district(request: Request, site: Site, address: Address) -> Answer:
    if address.context is not None and not await site.years.include(address.context):
        return problems.NOT_FOUND
    service = SERVICES.get(address.service)
    if service is None:
        return problems.FEATURE_DISABLED
    return await service(Visit(request, site, request.root + address.prefix, address.rest, address.context))


async def _discover(visit: Visit) -> Answer:
    model = visit.site.district.catalog.model
    models = [(model.project, model.version), *model.extensions.items()]
    root = visit.request.root
    return render_discovery(
        root,
        models,
        prefix=visit.base.removeprefix(root),
        district=visit.site.district.name,
        build=__version__,
        has_identities=(await visit.site.district.api_settings.current()).identities,
    )


async def _serve_data(visit: Visit) -> Answer:
    method = visit.request.method
    if method not in _METHODS:
        return problems.unsupported_method(method, allow="GET, POST, PUT, DELETE")
    if not 2 <= len(visit.rest) <= 3:
        return problems.NOT_FOUND
    schema, endpoint = visit.rest[:2]
    item = visit.rest[2] if len(visit.rest) == 3 else None
    verbs = LIST if item is None else BELOW.get(item.lower(), ITEM)
    steps = verbs.get(method)
    if steps is None:
        return problems.unsupported_method(method, allow=", ".join(verbs))
    call = Call(visit.request, visit.site, visit.base, schema, endpoint, item, visit.year)
    answer = await walk_steps(call, steps)
    if isinstance(answer, Problem):
        _count_failure(call, answer)
    return answer


def _count_failure(call: Call, problem: Problem) -> None:
    """For the page that shows a vendor what fails and why; a call without a client is nobody's."""
    district = call.site.district
    resource = district.catalog.model.by_path.get((call.schema.lower(), call.endpoint.lower()))
    if call.caller is not None:
        endpoint = "" if resource is None else resource.path
        district.failures.add(Failure(call.caller.id, endpoint, problem.status, problems.cause_of(problem)))


async def _serve_oauth(visit: Visit) -> Answer:
    names = tuple(part.lower() for part in visit.rest)
    if names not in {("token",), ("token_info",)}:
        return problems.NOT_FOUND
    if visit.request.method != "POST":
        return problems.unsupported_method(visit.request.method, allow="POST")
    answer = answer_token if names == ("token",) else answer_token_info
    return await answer(visit.request, visit.site)


async def _serve_changes(visit: Visit) -> Answer:
    if tuple(part.lower() for part in visit.rest) != ("availablechangeversions",):
        return problems.NOT_FOUND
    if visit.request.method != "GET":
        return problems.unsupported_method(visit.request.method, allow="GET")
    client = await admit_client(visit.request, visit.site)
    return client if isinstance(client, Problem) else await answer_change_queries(visit.site)


async def _serve_metadata(visit: Visit) -> Answer:
    if visit.request.method != "GET":
        return problems.unsupported_method(visit.request.method, allow="GET")
    return await answer_metadata(visit.request, visit.site, base=visit.base, path=visit.rest)


async def _serve_batch(visit: Visit) -> Answer:
    if visit.rest:
        return problems.NOT_FOUND
    if visit.request.method != "POST":
        return problems.unsupported_method(visit.request.method, allow="POST")
    return await answer_batch(visit.request, visit.site, year=visit.year)


async def _serve_identity(visit: Visit) -> Answer:
    return await answer_identities(visit.request, visit.site, base=visit.base, path=visit.rest)


async def _serve_uploads(visit: Visit) -> Answer:
    return await answer_uploads(visit.request, visit.site, base=visit.base, path=visit.rest)


# Every service by the segment that names it. What `addresses.SERVICES` has and this has not is switched off.
SERVICES: Final[Mapping[str, Service]] = {
    DISCOVERY: _discover,
    "data": _serve_data,
    "oauth": _serve_oauth,
    "changequeries": _serve_changes,
    "metadata": _serve_metadata,
    "batch": _serve_batch,
    "identity": _serve_identity,
    "uploads": _serve_uploads,
}
