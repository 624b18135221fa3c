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
    root: str, models: Sequence[tuple[str, str]], *, names_tenant: bool, build: str
) -> Response:
    """The document for one district (names_tenant: its name stands in root or is not needed) or for all.

    models: (project, version) of each data model that is served.
    """
    base = root if names_tenant else root + _TENANT
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
