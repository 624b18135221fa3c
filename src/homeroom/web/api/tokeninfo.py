"""What a token lets its holder do (edfi-api.md 1.3)."""

from __future__ import annotations

import msgspec

from homeroom.records.organizations import Organization, read_organizations
from homeroom.standard.names import snake_case
from homeroom.trust.actors import ApiClient
from homeroom.trust.grant import Action, Grant
from homeroom.trust.purposes import default_purpose
from homeroom.web.api import problems
from homeroom.web.api.deciding import bearer_of, identify_client
from homeroom.web.api.exchange import Request, Response, json_response
from homeroom.web.api.oauth import NO_STORE, read_members
from homeroom.web.api.problems import Problem
from homeroom.web.api.site import Site


async def answer_token_info(request: Request, site: Site) -> Response | Problem:
    """The reach and the permissions of the token that the request carries and names."""
    caller = await identify_client(request, site)
    if isinstance(caller, Problem):
        return Response(401)
    members = await read_members(request)
    if isinstance(members, Response | Problem):
        return members
    token = members.get("token", "").strip()
    if not token:
        return problems.invalid_token("An invalid token was provided")
    if token != bearer_of(request):
        return problems.invalid_token("The authentication token and the token to inspect must match.")
    return json_response(msgspec.json.encode(await _describe(caller, site)), headers=NO_STORE)


async def _describe(client: ApiClient, site: Site) -> dict[str, object]:
    organizations = await read_organizations(site.district, client.organizations)
    return {
        "active": True,
        "client_id": client.key,
        "namespace_prefixes": client.namespace_prefixes,
        "education_organizations": [_organization(site, one) for one in organizations],
        "student_identification_system": None,
        "assigned_profiles": client.profiles,
        "claim_set": {"name": client.claim_set},
        "resources": await _permissions(client, site),
        "services": [],
    }


def _organization(site: Site, organization: Organization) -> dict[str, object]:
    model = site.district.catalog.model
    keys = {kind: snake_case(model.resources[kind].key[0].name) for kind in organization.lineage}
    return {
        "education_organization_id": organization.id,
        "name_of_institution": organization.name,
        "type": f"{model.resources[organization.kind].schema.replace('-', '')}.{organization.kind}",
        **{keys[kind]: id_ for kind, id_ in organization.lineage.items()},
    }


async def _permissions(client: ApiClient, site: Site) -> list[dict[str, object]]:
    """Every resource the client may do something with; each record decides again when it is asked for."""
    purpose = default_purpose(client)
    if purpose is None:
        return []
    policy = await site.access.policy()
    permissions: list[dict[str, object]] = []
    for resource in site.district.catalog.model.resources.values():
        allowed = [
            action.value
            for action in Action
            if isinstance(
                policy.decide(client, purpose=purpose, action=action, resource=resource.name), Grant
            )
        ]
        if allowed:
            permissions.append({"resource": resource.path, "operations": allowed})
    return permissions
