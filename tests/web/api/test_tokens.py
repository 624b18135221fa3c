"""Tokens in every form that clients ask for them, and what a token says of itself (edfi-api.md 1.3)."""

from __future__ import annotations

import itertools
from base64 import b64encode
from typing import Any

import httpx
import pytest

from homeroom.trust.clients import Credentials
from tests.cast import DISTRICT_ID, SCHOOL_ID, district_body, school_body
from tests.web.conftest import Api

_GRANT = {"grant_type": "client_credentials"}


@pytest.fixture(scope="module")
def credentials(api: Api) -> Credentials:
    return api.register()


_addresses = itertools.count(1)


def _ask(api: Api, *, address: str = "", **arguments: Any) -> httpx.Response:
    """Asks from an address of its own: who guesses is slowed down by address, too."""
    headers = {"x-forwarded-for": address or f"198.51.100.{next(_addresses)}", **arguments.pop("headers", {})}
    return httpx.post(f"{api.url}/oauth/token", headers=headers, **arguments)


def _members(credentials: Credentials) -> dict[str, str]:
    return _GRANT | {"client_id": credentials.key, "client_secret": credentials.secret}


def test_basic_with_a_form_gives_a_token(api: Api, credentials: Credentials) -> None:
    response = _ask(api, data=_GRANT, auth=(credentials.key, credentials.secret))
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert len(bytes.fromhex(body["access_token"])) == 16
    assert (body["expires_in"], body["token_type"]) == (1800, "bearer")
    assert "scope" not in body


def test_credentials_in_the_form_give_a_token(api: Api, credentials: Credentials) -> None:
    assert _ask(api, data=_members(credentials)).status_code == 200


def test_credentials_in_json_give_a_token(api: Api, credentials: Credentials) -> None:
    assert _ask(api, json=_members(credentials)).status_code == 200


def test_a_trailing_slash_changes_nothing(api: Api, credentials: Credentials) -> None:
    assert httpx.post(f"{api.url}/oauth/token/", data=_members(credentials)).status_code == 200


def test_basic_with_json_gives_a_token(api: Api, credentials: Credentials) -> None:
    assert _ask(api, json=_GRANT, auth=(credentials.key, credentials.secret)).status_code == 200


def test_another_grant_type_is_not_supported(api: Api, credentials: Credentials) -> None:
    response = _ask(api, data=_members(credentials) | {"grant_type": "password"})
    assert (response.status_code, response.json()) == (400, {"error": "unsupported_grant_type"})


def test_an_unknown_key_and_a_wrong_secret_look_alike(api: Api, credentials: Credentials) -> None:
    unknown = _ask(api, data=_GRANT, auth=("nobody", "secret"))
    wrong = _ask(api, data=_GRANT, auth=(credentials.key, "secret"))
    assert unknown.status_code == wrong.status_code == 401
    assert unknown.json() == wrong.json() == {"error": "invalid_client"}


def test_a_scheme_other_than_basic_is_no_client(api: Api) -> None:
    response = _ask(api, data=_GRANT, headers={"authorization": "Digest abc"})
    assert (response.status_code, response.json()) == (401, {"error": "invalid_client"})


def test_empty_credentials_are_no_request(api: Api) -> None:
    for arguments in ({"data": _GRANT}, {"data": _GRANT, "auth": ("", "")}):
        response = _ask(api, **arguments)
        assert (response.status_code, response.json()) == (401, {"error": "invalid_request"})


@pytest.mark.parametrize(
    "encoded", ["%%%", b64encode(b"no colon").decode(), b64encode(b"\xff\xfe:x").decode()]
)
def test_malformed_basic_is_no_request(api: Api, encoded: str) -> None:
    response = _ask(api, data=_GRANT, headers={"authorization": f"Basic {encoded}"})
    assert (response.status_code, response.json()) == (400, {"error": "invalid_request"})


def test_credentials_in_two_places_are_refused(api: Api, credentials: Credentials) -> None:
    response = _ask(api, data=_members(credentials), auth=(credentials.key, credentials.secret))
    assert (response.status_code, response.json()) == (400, {"error": "invalid_client"})


@pytest.mark.parametrize("scope", ["abc", "999999"])
def test_a_scope_that_is_no_organization_of_the_client_is_invalid(
    api: Api, credentials: Credentials, scope: str
) -> None:
    response = _ask(api, data=_members(credentials) | {"scope": scope})
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_scope"
    assert response.json()["error_description"]


def test_a_scope_narrows_the_token_to_one_organization(api: Api) -> None:
    caller = api.caller()
    caller.create("localEducationAgencies", district_body())
    caller.create("schools", school_body())
    credentials = api.register(organizations=(DISTRICT_ID, SCHOOL_ID))
    body = _ask(api, data=_members(credentials) | {"scope": str(SCHOOL_ID)}).json()
    assert body["scope"] == str(SCHOOL_ID)
    seen = _inspect(api, body["access_token"]).json()["education_organizations"]
    assert [one["education_organization_id"] for one in seen] == [SCHOOL_ID]


def test_a_body_without_a_content_type_is_unsupported(api: Api) -> None:
    response = _ask(api, content=b"grant_type=client_credentials")
    assert response.status_code == 415
    assert response.json()["type"] == "urn:ed-fi:api:unsupported-media-type"
    assert response.json()["errors"] == ["The 'Content-Type' header is missing."]


def test_a_body_that_is_no_json_is_no_request(api: Api) -> None:
    response = _ask(api, content=b"{", headers={"content-type": "application/json"})
    assert (response.status_code, response.json()) == (400, {"error": "invalid_request"})


def test_the_sixteenth_live_token_is_one_too_many(api: Api) -> None:
    credentials = api.register()
    for _ in range(15):
        api.token(credentials)
    response = _ask(api, data=_members(credentials))
    assert response.status_code == 429
    assert response.json()["type"] == "urn:ed-fi:api:security:authentication:too-many-tokens"
    assert response.json()["title"] == "Too Many Tokens"


def test_guessing_secrets_is_slowed_down(api: Api) -> None:
    credentials = api.register()
    answers = [
        _ask(api, data=_GRANT, auth=(credentials.key, f"guess-{n}"), address="203.0.113.9") for n in range(8)
    ]
    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


def _inspect(api: Api, token: str, **arguments: Any) -> httpx.Response:
    arguments = arguments or {"json": {"token": token}}
    headers = {"authorization": f"Bearer {token}"}
    return httpx.post(f"{api.url}/oauth/token_info", headers=headers, **arguments)


def test_a_token_tells_what_it_reaches_and_allows(api: Api) -> None:
    caller = api.caller()
    caller.create("localEducationAgencies", district_body())
    caller.create("schools", school_body())
    for arguments in ({"json": {"token": caller.token}}, {"data": {"token": caller.token}}):
        info = _inspect(api, caller.token, **arguments).json()
        assert info["active"] is True
        assert info["namespace_prefixes"] == ["uri://ed-fi.org"]
        assert info["claim_set"] == {"name": "Ed-Fi Sandbox"}
        assert info["assigned_profiles"] == []
        assert info["student_identification_system"] is None
        assert info["education_organizations"][1] == {
            "education_organization_id": SCHOOL_ID,
            "name_of_institution": f"Fernhollow {SCHOOL_ID}",
            "type": "edfi.School",
            "local_education_agency_id": DISTRICT_ID,
            "school_id": SCHOOL_ID,
        }
        students = next(r for r in info["resources"] if r["resource"] == "/ed-fi/students")
        assert set(students["operations"]) >= {"Create", "Read", "Update", "Delete"}


def test_a_token_tells_only_what_its_claim_set_allows(api: Api) -> None:
    token = api.caller("Roster Vendor").token
    resources = {r["resource"]: r["operations"] for r in _inspect(api, token).json()["resources"]}
    assert resources["/ed-fi/students"] == ["Read"]
    assert "/ed-fi/grades" not in resources


def test_a_token_cannot_ask_about_another(api: Api) -> None:
    first, second = api.caller().token, api.caller("Roster Vendor").token
    response = _inspect(api, first, json={"token": second})
    assert response.status_code == 400
    assert response.json()["detail"] == "The authentication token and the token to inspect must match."


def test_no_token_to_inspect_is_an_invalid_one(api: Api) -> None:
    response = _inspect(api, api.caller().token, json={"token": ""})
    assert response.status_code == 400
    assert response.json()["detail"] == "An invalid token was provided"


def test_an_unknown_token_is_told_nothing(api: Api) -> None:
    response = _inspect(api, "0" * 32)
    assert (response.status_code, response.content) == (401, b"")


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (None, "Authorization header is missing."),
        ("Basic abc", "Unknown Authorization header scheme."),
        ("Bearer", "Missing Authorization header bearer token value."),
        ("", "Invalid Authorization header."),
        ("Bearer " + "0" * 32, "Invalid token"),
    ],
)
def test_a_call_without_a_good_token_is_told_what_is_wrong(api: Api, header: str | None, error: str) -> None:
    headers = {} if header is None else {"authorization": header}
    response = httpx.get(f"{api.url}/data/v3/ed-fi/students", headers=headers)
    assert response.status_code == 401
    body = response.json()
    assert body["type"] == "urn:ed-fi:api:security:authentication"
    assert body["title"] == "Authentication Failed"
    assert body["detail"] == "The caller could not be authenticated."
    assert body["errors"] == [error]


def test_a_token_of_another_district_is_none(api: Api, real_api: Api) -> None:
    response = httpx.get(
        f"{real_api.url}/data/v3/ed-fi/students", headers={"authorization": f"Bearer {api.caller().token}"}
    )
    assert response.status_code == 401
    assert response.json()["errors"] == ["Invalid token"]
