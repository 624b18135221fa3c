"""Steps before anything is read or written: who asks, for what, and whether that is allowed."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from homeroom.records.write import WriteLeave
from homeroom.trust.actors import ApiClient
from homeroom.trust.grant import Action, Refusal
from homeroom.web.api import problems
from homeroom.web.api.calls import Answer, Call
from homeroom.web.api.exchange import Request
from homeroom.web.api.problems import Problem
from homeroom.web.api.site import Site

_IDENTIFIER: Final = re.compile(
    r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE
)
_PROFILE_TYPE: Final = "application/vnd."
_JSON_TYPES: Final = frozenset({"application/json", "text/json"})


async def identify_client(request: Request, site: Site) -> ApiClient | Problem:
    """The client whose token the request carries, or what is wrong with it."""
    header = request.headers.get("authorization")
    if header is None:
        return problems.unauthenticated("Authorization header is missing.")
    scheme, _, token = header.strip().partition(" ")
    token = token.strip()
    if not scheme:
        return problems.unauthenticated("Invalid Authorization header.")
    if scheme.lower() != "bearer":
        return problems.unauthenticated("Unknown Authorization header scheme.")
    if not token:
        return problems.unauthenticated("Missing Authorization header bearer token value.")
    client = await site.access.client_of(token)
    return problems.unauthenticated("Invalid token") if client is None else client


async def admit_client(request: Request, site: Site) -> ApiClient | Problem:
    """The client of the request, if it may send one more now."""
    client = await identify_client(request, site)
    if isinstance(client, Problem):
        return client
    return site.rates.refuse(client, await site.district.api_settings.current()) or client


def bearer_of(request: Request) -> str:
    """The token in the header of a request that has been identified by it."""
    return request.headers["authorization"].strip().partition(" ")[2].strip()


async def authenticate(call: Call) -> Answer | None:
    """Whose call it is."""
    found = await identify_client(call.request, call.site)
    if isinstance(found, Problem):
        return found
    call.caller = found
    return None


async def check_rate(call: Call) -> Answer | None:
    """Whether the client may send one more request now."""
    return call.site.rates.refuse(call.client, await call.site.district.api_settings.current())


async def find_resource(call: Call) -> Answer | None:
    """Which resource the path names."""
    await call.site.district.follow()
    catalog = call.site.district.catalog
    resource = catalog.model.by_path.get((call.schema.lower(), call.endpoint.lower()))
    if resource is None:
        return problems.NOT_FOUND
    call.resource = resource
    call.kind = catalog.kind(resource.name)
    return None


async def check_snapshot(call: Call) -> Answer | None:
    """There is no snapshot database: pages of one token hold together without."""
    if call.request.headers.get("use-snapshot", "").lower() != "true":
        return None
    return problems.NO_SNAPSHOT if call.request.method == "GET" else problems.SNAPSHOT_IS_READ_ONLY


async def check_body_type(call: Call) -> Answer | None:
    """Whether the body says to be of a kind we read."""
    header = call.request.headers.get("content-type", "")
    if not header.strip():
        return problems.unsupported_media_type(is_missing=True)
    kind = header.partition(";")[0].strip().lower()
    if kind not in _JSON_TYPES and not kind.startswith(_PROFILE_TYPE):
        return problems.unsupported_media_type(is_missing=False)
    return None


async def find_item(call: Call) -> Answer | None:
    """The id in the path of a read; no address matches a malformed one."""
    call.uuid = parse_identifier(call.item or "")
    return problems.NOT_FOUND if call.uuid is None else None


async def find_stored_item(call: Call) -> Answer | None:
    """The id in the path of a change."""
    call.uuid = parse_identifier(call.item or "")
    return problems.invalid_value("id", call.item or "") if call.uuid is None else None


def parse_identifier(text: str) -> UUID | None:
    """An id with or without hyphens; None when it is none."""
    return UUID(text) if _IDENTIFIER.fullmatch(text) else None


def check_own_id(call: Call, given: object) -> Problem | None:
    """What is wrong with the id in a body; given: None when there is none."""
    if given is None:
        return None
    if call.uuid is None:
        return problems.CLIENT_ASSIGNED_ID
    return None if parse_identifier(str(given)) == call.uuid else problems.OTHER_ID


async def decide_read(call: Call) -> Answer | None:
    """Leave to read."""
    return await _decide(call, Action.READ)


async def decide_delete(call: Call) -> Answer | None:
    """Leave to delete."""
    return await _decide(call, Action.DELETE)


async def decide_read_changes(call: Call) -> Answer | None:
    """Leave to follow what changes."""
    return await _decide(call, Action.READ_CHANGES)


async def _decide(call: Call, action: Action) -> Answer | None:
    decision = await call.site.access.decide(call.client, action=action, resource=call.resource.name)
    if isinstance(decision, Refusal):
        return problems.problem_of_refusal(decision)
    call.grant = decision
    return None


async def decide_write(call: Call) -> Answer | None:
    """Leave to create, to update, or both; which one counts shows when the stored record is known."""
    access = call.site.access
    create = await access.decide(call.client, action=Action.CREATE, resource=call.resource.name)
    update = await access.decide(call.client, action=Action.UPDATE, resource=call.resource.name)
    needed = (update,) if call.uuid is not None else (create, update)
    if all(isinstance(decision, Refusal) for decision in needed):
        refusal = needed[0]
        assert isinstance(refusal, Refusal)  # noqa: S101 - for the type checker
        return problems.problem_of_refusal(refusal)
    call.leave = WriteLeave(create, update)
    return None


async def forbid_item(call: Call) -> Answer | None:  # noqa: ARG001 - a step
    """A record is not posted to."""
    return problems.wrong_verb_for_item()


async def forbid_list(call: Call) -> Answer | None:
    """A whole resource is not replaced or deleted."""
    return problems.wrong_verb_for_list(call.request.method)
