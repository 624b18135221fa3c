"""How many requests a client may send (edfi-api.md 1.14)."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from homeroom.trust.actors import ApiClient
from homeroom.trust.api_settings import ApiSettings
from homeroom.web.api.rates import RequestRates
from tests.web.conftest import Api


def _ask(api: Api, token: str, path: str = "/data/v3/ed-fi/schools") -> httpx.Response:
    return httpx.get(f"{api.url}{path}", headers={"authorization": f"Bearer {token}"})


def _until_refused(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """The first of some requests that is one too many, however slow the machine."""
    return next(answer for _ in range(50) if (answer := ask()).status_code == 429)


def test_a_client_that_sends_too_much_is_told_when_to_come_back(api: Api) -> None:
    credentials = api.register()
    token, other = api.token(credentials), api.token(api.register())
    api.administer("change_settings", settings={"client_requests_per_second": {credentials.key: 1}})
    assert _ask(api, token).status_code == 200
    refused = _until_refused(lambda: _ask(api, token))
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["type"] == "urn:ed-fi:api:too-many-requests"
    _until_refused(lambda: _ask(api, token, "/changeQueries/v1/availableChangeVersions"))
    _until_refused(lambda: httpx.post(f"{api.url}/batch/v1", headers={"authorization": f"Bearer {token}"}))
    assert {_ask(api, other).status_code for _ in range(5)} == {200}


def test_the_district_sets_a_limit_for_all_its_clients(fresh_api: Api) -> None:
    token = fresh_api.token(fresh_api.register())
    assert {_ask(fresh_api, token).status_code for _ in range(5)} == {200}
    fresh_api.administer("change_settings", settings={"requests_per_second": 1})
    _until_refused(lambda: _ask(fresh_api, token))


def test_a_bucket_fills_at_the_limit_and_holds_a_second() -> None:
    now = 100.0
    rates = RequestRates(clock=lambda: now)
    client = ApiClient(1, "key", "SIS Vendor")
    settings = ApiSettings(requests_per_second=10)
    answers = [rates.refuse(client, settings) for _ in range(12)]
    assert [answer is None for answer in answers] == [True] * 10 + [False] * 2
    now = 100.25
    assert [rates.refuse(client, settings) is None for _ in range(4)] == [True, True, False, False]
    now = 200.0
    assert sum(rates.refuse(client, settings) is None for _ in range(20)) == 10
