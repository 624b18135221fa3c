"""Many clients at once: every request gets an answer of its own, and it is true."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx
import pytest

from tests.cast import SCHOOL_ID, Body, district_body, enrollment_body, school_body, student_body
from tests.web.conftest import Api, Caller

_AT_ONCE = 32


@pytest.fixture(scope="module")
def caller(api: Api) -> Caller:
    caller = api.caller()
    caller.create("localEducationAgencies", district_body())
    caller.create("schools", school_body())
    return caller


async def _post_all(caller: Caller, endpoint: str, bodies: list[Body]) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=_AT_ONCE)
    headers = {"authorization": f"Bearer {caller.token}"}
    async with httpx.AsyncClient(headers=headers, limits=limits, timeout=60) as client:
        url = f"{caller.url}/data/v3/ed-fi/{endpoint}"
        return await asyncio.gather(*(client.post(url, json=body) for body in bodies))


def test_many_writers_of_the_same_records_all_get_an_answer(caller: Caller) -> None:
    weeks = [
        {
            "weekIdentifier": f"Week {number % 10}",
            "schoolReference": {"schoolId": SCHOOL_ID},
            "beginDate": "2026-08-17",
            "endDate": "2026-08-21",
            "totalInstructionalDays": number % 5 + 1,
        }
        for number in range(300)
    ]
    answers = asyncio.run(_post_all(caller, "academicWeeks", weeks))
    counted = Counter(answer.status_code for answer in answers)
    assert counted == {201: 10, 200: 290}
    assert len(caller.list("academicWeeks")) == 10


def test_requests_that_go_together_each_have_their_own_outcome(caller: Caller) -> None:
    bodies = [student_body(f"N-{number:03}") for number in range(200)]
    bodies[50]["birthDate"] = None
    bodies[60]["birthDate"] = "2011-03-05T10:00"
    answers = asyncio.run(_post_all(caller, "students", bodies))
    assert [answer.status_code for answer in answers] == [400 if n in {50, 60} else 201 for n in range(200)]
    enrollments = [enrollment_body(f"N-{number:03}") for number in range(200)]
    answers = asyncio.run(_post_all(caller, "studentSchoolAssociations", enrollments))
    assert [answer.status_code for answer in answers] == [409 if n in {50, 60} else 201 for n in range(200)]


def test_reads_that_go_together_each_have_their_own_ledger_entry(api: Api, caller: Caller) -> None:
    address = caller.create("students", student_body("N-L"))
    caller.create("studentSchoolAssociations", enrollment_body("N-L"))
    names = [f"read-{number}" for number in range(64)]

    async def read_all() -> list[httpx.Response]:
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {caller.token}"}) as client:
            return await asyncio.gather(*(client.get(address, headers={"correlation-id": n}) for n in names))

    before = api.count_entries("Read", "Student")
    assert {answer.status_code for answer in asyncio.run(read_all())} == {200}
    assert sorted(api.requests_of("Read", "Student")[before:]) == sorted(names)


def test_writes_that_go_together_are_each_in_the_ledger_with_their_request(api: Api, caller: Caller) -> None:
    people = [student_body(f"N-W{number}") for number in range(64)]
    names = [f"write-{number}" for number in range(64)]

    async def post_all() -> list[httpx.Response]:
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {caller.token}"}) as client:
            url = f"{caller.url}/data/v3/ed-fi/students"
            posts = zip(people, names, strict=True)
            return await asyncio.gather(
                *(client.post(url, json=body, headers={"correlation-id": name}) for body, name in posts)
            )

    before = api.count_entries("Create", "Student")
    assert {answer.status_code for answer in asyncio.run(post_all())} == {201}
    assert sorted(api.requests_of("Create", "Student")[before:]) == sorted(names)
    caller.create("studentSchoolAssociations", enrollment_body("N-W0"))
    changed = caller.post(
        f"{caller.url}/data/v3/ed-fi/students",
        json={**people[0], "middleName": "Quim"},
        headers={"correlation-id": "change"},
    )
    assert changed.status_code == 200, changed.text
    assert api.requests_of("Update", "Student")[-1] == "change"


def test_reads_of_several_clients_that_go_together_stay_each_ones_own(api: Api, caller: Caller) -> None:
    address = caller.create("students", student_body("N-S"))
    caller.create("studentSchoolAssociations", enrollment_body("N-S"))
    inside = [api.register() for _ in range(3)]
    outside = api.register(organizations=(SCHOOL_ID + 1,))
    clients = {one.key: api.token(one) for one in (*inside, outside)}

    async def read_all() -> list[tuple[str, int]]:
        async with httpx.AsyncClient() as client:

            async def read(key: str, number: int) -> tuple[str, int]:
                headers = {"authorization": f"Bearer {clients[key]}", "correlation-id": f"{key}-{number}"}
                return key, (await client.get(address, headers=headers)).status_code

            return await asyncio.gather(*(read(key, number) for number in range(16) for key in clients))

    before = api.count_entries("Read", "Student")
    for key, status in asyncio.run(read_all()):
        assert (status == 200) == (key != outside.key)
    entries = api.fetch(
        "select actor, request from trust.ledger_entry where action = 'Read' and resource = 'Student'"
        f" order by id offset {before}"
    )
    assert sorted(entries) == sorted((f"client:{o.key}", f"{o.key}-{n}") for o in inside for n in range(16))
