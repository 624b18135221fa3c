"""The discovery document: what is served here and where (edfi-api.md 1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from homeroom.web.api.exchange import Response, json_response

API_VERSION: Final = "7.3"
_APPLICATION: Final = "Homeroom, serving the Ed-Fi ODS/API 7.3 interface"
_TENANT: Final = "/{tenantIdentifier}"


def render_discovery(
    origin: str,
    models: Sequence[tuple[str, str]],
    *,
    prefix: str,
    district: str | None,
    build: str,
    has_identities: bool = False,
) -> Response:
    """The document for one district or, with None, for all. has_identities: it has switched that service on.

    origin: where the server stands; prefix: what links of the district repeat behind it, of its name and the
    year. models: (project, version) of each data model that is served.
    """
    base = origin + (_TENANT if district is None else prefix)
    document = {
        "version": API_VERSION,
        "applicationName": _APPLICATION,
        "informationalVersion": f"{API_VERSION}.2",
        "suite": "3",
        "build": build,
        "dataModels": [_data_model(project, version) for project, version in models],
        "urls": {
            "dependencies": f"{base}/metadata/data/v3/dependencies",
            "openApiMetadata": f"{base}/metadata/",
            "oauth": f"{base}/oauth/token",
            "oauthTokenIntrospection": f"{base}/oauth/token_info",
            "tokenInfo": f"{base}/oauth/token_info",
            "dataManagementApi": f"{base}/data/v3/",
            "xsdMetadata": f"{base}/metadata/xsd",
            "changeQueries": f"{base}/changeQueries/v1/",
            "batch": f"{base}/batch/v1/",
            "uploads": f"{base}/uploads/v1/",
            **({"identity": f"{base}/identity/v2/"} if has_identities else {}),
            "documentation": f"{origin}/docs/{district or '{tenantIdentifier}'}",
        },
    }
    return json_response(msgspec.json.encode(document))


def _data_model(project: str, version: str) -> dict[str, str]:
    """Clients compare the version as three numbers."""
    numbers = [*version.split("."), "0", "0"][:3]
    return {
        "name": project,
        "version": ".".join(numbers),
        "informationalVersion": f"The {project} Data Model {'.'.join(numbers[:2])}",
    }
