"""Where a district and a year are named: in the path, by host, or not at all (edfi-api.md 1.2)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import httpx
import pytest

from homeroom.store.address import ServerAddress
from homeroom.store.directory import DIRECTORY_DATABASE
from tests.cast import course_body, district_body, school_body, session_body
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
