"""Where a district and a year are named: in the path, by host, or not at all (edfi-api.md 1.2)."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import asyncpg
import httpx
import pytest

from homeroom.store.address import ServerAddress
from homeroom.store.directory import DIRECTORY_DATABASE
from tests.cast import Body, course_body, district_body, school_body, session_body
from tests.web.conftest import Api, Caller, running_web


@pytest.fixture(scope="module")
def caller(api: Api) -> Caller:
    caller = api.caller()
    caller.create("localEducationAgencies", district_body())
    caller.create("schools", school_body())
    caller.create("courses", course_body())
    caller.create("sessions", session_body())
    return caller


def _sessions(caller: Caller, year: int) -> str:
    return f"{caller.url}/{year}/data/v3/ed-fi/sessions"


def test_a_year_in_the_address_narrows_what_has_a_year_in_its_key(caller: Caller) -> None:
    (session,) = caller.get(_sessions(caller, 2027)).json()
    assert caller.get(_sessions(caller, 2026)).json() == []
    assert caller.get(f"{_sessions(caller, 2027)}/{session['id']}").status_code == 200
    assert caller.get(f"{_sessions(caller, 2026)}/{session['id']}").status_code == 404


def test_a_year_is_ignored_where_the_key_has_none(caller: Caller) -> None:
    assert len(caller.get(f"{caller.url}/2026/data/v3/ed-fi/courses").json()) == 1
    assert len(caller.get(f"{caller.url}/2026/data/v3/ed-fi/schoolYearTypes").json()) > 1


def test_a_write_under_a_year_carries_that_year(caller: Caller) -> None:
    response = caller.post(_sessions(caller, 2026), json=session_body("Other"))
    assert response.status_code == 400
    assert list(response.json()["validationErrors"]) == ["$.schoolYearTypeReference.schoolYear"]
    response = caller.post(_sessions(caller, 2027), json=session_body("Other"))
    assert response.status_code == 201
    assert response.headers["location"].startswith(_sessions(caller, 2027))


@pytest.mark.parametrize("path", ["", "/data/v3/ed-fi/schools", "/oauth/token", "/metadata", "/batch/v1"])
def test_a_year_that_the_district_does_not_have_is_not_found(caller: Caller, path: str) -> None:
    assert caller.get(f"{caller.url}/1990{path}").status_code == 404
    assert caller.get(f"{caller.url}/2027{path}").status_code != 404


def test_the_years_of_addresses_can_be_set(fresh_api: Api) -> None:
    fresh_api.administer("change_settings", settings={"route_years": [2027]})
    statuses = {y: httpx.get(f"{fresh_api.url}/{y}/metadata").status_code for y in (2026, 2027)}
    assert statuses == {2026: 404, 2027: 200}
    fresh_api.administer("change_settings", settings={"route_years": None})
    assert httpx.get(f"{fresh_api.url}/2026/metadata").status_code == 200


def test_a_district_without_school_years_answers_to_all_of_them(fresh_api: Api) -> None:
    fresh_api.administer("reset_data")
    time.sleep(2.1)  # by then each process has read the years again
    assert httpx.get(f"{fresh_api.url}/2027/metadata").status_code == 200
    caller = fresh_api.caller("SeedLoader")
    years = f"{caller.url}/2027/data/v3/ed-fi/schoolYearTypes"
    body = {"schoolYear": 2027, "schoolYearDescription": "2026-2027", "currentSchoolYear": True}
    assert caller.post(years, json=body).status_code == 201
    time.sleep(2.1)
    assert [httpx.get(f"{fresh_api.url}/{y}/metadata").status_code for y in (2026, 2027)] == [404, 200]


def test_a_change_under_another_year_finds_nothing(caller: Caller) -> None:
    address = caller.create("sessions", session_body("Short"))
    elsewhere = f"{_sessions(caller, 2026)}/{address.rpartition('/')[2]}"
    here = f"{_sessions(caller, 2027)}/{address.rpartition('/')[2]}"
    assert caller.put(elsewhere, json=session_body("Short")).status_code == 404
    assert caller.delete(elsewhere).status_code == 404
    assert caller.put(here, json=session_body("Shorter")).status_code == 204
    assert caller.delete(here).status_code == 204


def test_feeds_tell_what_went_in_the_routes_year(caller: Caller) -> None:
    address = caller.create("sessions", session_body("Brief"))
    assert caller.put(address, json=session_body("Briefer")).status_code == 204
    caller.delete(address)
    told = {
        (year, feed): [row["id"] for row in caller.get(f"{_sessions(caller, year)}/{feed}").json()]
        for year in (2026, 2027)
        for feed in ("deletes", "keyChanges")
    }
    gone = address.rpartition("/")[2]
    assert gone in told[2027, "deletes"]
    assert gone in told[2027, "keyChanges"]
    assert told[2026, "deletes"] == told[2026, "keyChanges"] == []
    counted = caller.get(f"{_sessions(caller, 2026)}/deletes", params={"totalCount": "true"})
    assert counted.headers["total-count"] == "0"


def test_a_feed_of_what_has_no_year_is_the_same_in_all(caller: Caller) -> None:
    caller.delete(caller.create("courses", course_body() | {"courseCode": "GONE"}))
    (row,) = caller.get(f"{caller.url}/2026/data/v3/ed-fi/courses/deletes").json()
    assert row["keyValues"]["courseCode"] == "GONE"


def test_a_batch_under_a_year_is_held_to_it(caller: Caller) -> None:
    stored = caller.create("sessions", session_body("Batch")).rpartition("/")[2]
    lines: list[Body] = [
        {"resource": "/ed-fi/sessions", "operation": "upsert", "document": session_body("New")},
        {
            "resource": "/ed-fi/sessions",
            "operation": "upsert",
            "id": stored,
            "document": session_body("Batch"),
        },
        {"resource": "/ed-fi/sessions", "operation": "delete", "document": session_body("Batch")},
        {"resource": "/ed-fi/sessions", "operation": "delete", "id": stored},
    ]
    assert [_statuses(caller, year, lines) for year in (2026, 2027)] == [
        [400, 404, 404, 404],
        [201, 200, 204, 404],
    ]


def _statuses(caller: Caller, year: int, lines: list[Body]) -> list[int]:
    response = caller.post(
        f"{caller.url}/{year}/batch/v1",
        content="\n".join(json.dumps(line) for line in lines),
        headers={"content-type": "application/x-ndjson"},
    )
    return [json.loads(line)["status"] for line in response.text.splitlines()]


def test_a_district_is_found_by_its_host_name(api: Api, real_api: Api, server: ServerAddress) -> None:
    async def name_host() -> None:
        connection = await asyncpg.connect(server.dsn(DIRECTORY_DATABASE))
        await connection.execute(
            "update district set hosts = array['data.fernhollow.example'] where name = $1", api.name
        )
        await connection.close()
        await asyncio.sleep(2.2)  # by then each process has read the directory again

    asyncio.run(name_host())
    headers = {"authorization": f"Bearer {api.caller().token}", "x-forwarded-host": "data.fernhollow.example"}
    assert httpx.get(f"{api.root}/data/v3/ed-fi/schools", headers=headers).status_code == 200
    other = headers | {"x-forwarded-host": "elsewhere.example"}
    assert httpx.get(f"{api.root}/data/v3/ed-fi/schools", headers=other).status_code == 404


def test_the_only_district_of_an_installation_needs_no_name(own_home: Path, tmp_path: Path) -> None:
    with running_web(own_home, tmp_path / "log") as root:
        api = Api.create(root, own_home, name="only")
        caller = api.caller()
        assert caller.get(f"{root}/data/v3/ed-fi/schools").status_code == 200
        urls = httpx.get(root).json()["urls"]
        assert urls["dataManagementApi"] == f"{root}/data/v3/"
        api.close()
