"""The discovery document and the addresses of the API (edfi-api.md 1.1, 1.2)."""

from __future__ import annotations

import httpx
import pytest

from homeroom.web.api.addresses import parse_address
from tests.web.conftest import ORIGIN, Api, Caller

_KEYS = {
    "dependencies": "/metadata/data/v3/dependencies",
    "openApiMetadata": "/metadata/",
    "oauth": "/oauth/token",
    "oauthTokenIntrospection": "/oauth/token_info",
    "tokenInfo": "/oauth/token_info",
    "dataManagementApi": "/data/v3/",
    "xsdMetadata": "/metadata/xsd",
    "changeQueries": "/changeQueries/v1/",
}


def test_the_document_names_every_service_below_the_district(api: Api) -> None:
    document = httpx.get(api.url).json()
    assert document["version"] == "7.3"
    assert document["suite"] == "3"
    assert document["dataModels"][0] | {"informationalVersion": ""} == {
        "name": "Ed-Fi",
        "version": "5.2.0",
        "informationalVersion": "",
    }
    assert {key: document["urls"][key] for key in _KEYS} == {k: api.url + path for k, path in _KEYS.items()}
    assert "apiMode" not in document


def test_services_that_are_off_have_no_address(api: Api) -> None:
    urls = httpx.get(f"{api.url}/").json()["urls"]
    assert {"composites", "identity"}.isdisjoint(urls)


def test_the_document_without_a_district_shows_where_its_name_goes(
    web_root: str, api: Api, real_api: Api
) -> None:
    urls = httpx.get(f"{web_root}/").json()["urls"]
    assert urls["dataManagementApi"] == f"{web_root}/{{tenantIdentifier}}/data/v3/"


def test_the_document_of_a_year_repeats_it(api: Api) -> None:
    urls = httpx.get(f"{api.url}/2027/").json()["urls"]
    assert urls["oauth"] == f"{api.url}/2027/oauth/token"


def test_services_that_are_off_say_so(api: Api) -> None:
    response = httpx.get(f"{api.url}/composites/v1/ed-fi/x/y")
    assert response.status_code == 404
    assert response.json()["type"] == "urn:ed-fi:api:system:configuration:feature-disabled"


@pytest.mark.parametrize(
    "path",
    [
        "/data/v3/ed-fi/schools",
        "/data/ed-fi/schools",
        "/data/v3/ed-fi/schools/",
        "/DATA/V3/Ed-Fi/SCHOOLS",
        "/2027/data/v3/ed-fi/schools",
        "/data/v3/2027/ed-fi/schools",
    ],
)
def test_one_list_answers_at_every_spelling_of_its_address(api: Api, path: str) -> None:
    caller = api.caller()
    assert caller.get(api.url + path).status_code == 200


def test_the_oldest_layout_puts_instance_and_year_behind_the_version(web_root: str, api: Api) -> None:
    assert api.caller().get(f"{web_root}/data/v3/{api.name}/2027/ed-fi/schools").status_code == 200


@pytest.mark.parametrize(
    ("service", "asked"),
    [
        ("metadata/data/v3", "resources/swagger.json"),
        ("metadata/data/v3", "descriptors/swagger.json"),
        ("changeQueries/v1", "availableChangeVersions"),
    ],
)
def test_older_clients_put_the_year_behind_the_version_of_every_service(
    web_root: str, api: Api, service: str, asked: str
) -> None:
    caller = api.caller()
    plain = caller.get(f"{api.url}/{service}/{asked}")
    assert plain.status_code == 200
    for address in (f"{api.url}/{service}/2027/{asked}", f"{web_root}/{service}/{api.name}/2027/{asked}"):
        response = caller.get(address)
        assert response.status_code == 200
        assert response.json().keys() == plain.json().keys()


def test_a_profile_named_like_a_year_is_no_year() -> None:
    address = parse_address("/metadata/data/v3/profiles/2027/swagger.json")
    assert address is not None
    assert (address.tenant, address.context) == (None, None)


def test_an_unknown_district_is_not_found(web_root: str) -> None:
    response = httpx.get(f"{web_root}/nowhere/data/v3/ed-fi/schools")
    assert response.status_code == 404
    assert response.json()["type"] == "urn:ed-fi:api:not-found"
    assert response.headers["content-type"] == "application/problem+json"


def test_parameter_names_are_read_in_any_letter_case(api: Api) -> None:
    response = api.caller().get("schoolYearTypes", params={"LIMIT": "1", "TotalCount": "True"})
    assert len(response.json()) == 1
    assert int(response.headers["total-count"]) > 1


def test_health_needs_no_district_and_no_token(web_root: str) -> None:
    assert httpx.get(f"{web_root}/health").status_code == 200


def test_a_forged_host_never_comes_back_in_links(web_root: str, api: Api) -> None:
    response = httpx.get(f"{api.url}/", headers={"host": 'evil"<script>'})
    assert "evil" not in response.text


def test_a_proxy_of_ours_says_how_it_was_called(api: Api) -> None:
    headers = {"x-forwarded-proto": "https", "x-forwarded-host": "data.example.org"}
    urls = httpx.get(f"{api.url}/", headers=headers).json()["urls"]
    assert urls["oauth"] == f"https://data.example.org/{api.name}/oauth/token"


def test_pages_of_configured_origins_may_call_and_others_not(api: Api) -> None:
    ours = httpx.get(f"{api.url}/", headers={"origin": ORIGIN})
    assert ours.headers["access-control-allow-origin"] == ORIGIN
    assert (
        "access-control-allow-origin"
        not in httpx.get(f"{api.url}/", headers={"origin": "https://x.example"}).headers
    )


def test_a_browser_may_ask_first_what_is_allowed(api: Api) -> None:
    headers = {"origin": ORIGIN, "access-control-request-method": "PUT"}
    response = httpx.options(f"{api.url}/data/v3/ed-fi/students", headers=headers)
    assert response.status_code == 204
    assert "PUT" in response.headers["access-control-allow-methods"]


def test_every_response_carries_the_standing_headers(web_root: str) -> None:
    for response in (httpx.get(f"{web_root}/health"), httpx.get(f"{web_root}/nowhere/data/v3/ed-fi/x")):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"


def test_the_callers_word_for_the_exchange_comes_back(api: Api) -> None:
    caller: Caller = api.caller()
    for response in (
        caller.get("students/x", headers={"correlation-id": "abc-1"}),
        caller.get("students/x", headers={"correlationid": "abc-1"}),
        caller.get("students/x", params={"correlationId": "abc-1"}),
    ):
        assert response.json()["correlationId"] == "abc-1"
        assert response.headers["correlation-id"] == "abc-1"


def test_an_exchange_without_a_word_gets_one(api: Api) -> None:
    first, second = (api.caller().get("students/x").json()["correlationId"] for _ in range(2))
    assert first != second


def test_somebody_with_a_browser_is_led_to_the_documentation(api: Api) -> None:
    urls = httpx.get(api.url).json()["urls"]
    assert urls["documentation"] == f"{api.root}/docs/{api.name}"
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    response = httpx.get(urls["openApiMetadata"], headers=browser)
    assert (response.status_code, response.headers["location"]) == (303, f"/docs/{api.name}")
    page = httpx.get(urls["documentation"], headers=browser)
    assert f"{api.url}/metadata/data/v3/resources/swagger.json" in page.text
    assert httpx.get(urls["openApiMetadata"]).json()[0]["name"] == "Resources"
