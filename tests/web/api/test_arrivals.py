"""Rows that wait in the quarantine load by themselves when an API client brings what they wait for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.cast import (
    Body,
    course_body,
    district_body,
    enrollment_body,
    offering_body,
    period_body,
    school_body,
    section_body,
    session_body,
    student_body,
)
from tests.web.conftest import Api, Caller


@pytest.fixture
def load(api: Api, tmp_path: Path) -> Callable[..., None]:
    """`load("StudentSchoolAssociation", bodies)` loads a file, as another process than the server's."""

    def load(resource: str, bodies: Sequence[Body]) -> None:
        file = tmp_path / f"{resource}.jsonl"
        file.write_text("".join(json.dumps(body) + "\n" for body in bodies))
        api.load(file)

    return load


@pytest.fixture(scope="module")
def caller(api: Api) -> Caller:
    caller = api.caller()
    caller.create("localEducationAgencies", district_body())
    caller.create("schools", school_body())
    return caller


def _enrolled(caller: Caller, *students: str) -> set[str]:
    """Those of the students who are enrolled by now, or after a while."""
    give_up_at = time.monotonic() + 60
    found: set[str] = set()
    while found != set(students) and time.monotonic() < give_up_at:
        time.sleep(0.05)
        enrollments = caller.list("studentSchoolAssociations")
        found = {e["studentReference"]["studentUniqueId"] for e in enrollments} & set(students)
    return found


def test_a_row_that_waits_for_a_record_loads_when_a_client_posts_it(
    caller: Caller, load: Callable[..., None]
) -> None:
    load("StudentSchoolAssociation", [enrollment_body("A-1"), enrollment_body("A-2")])
    caller.create("students", student_body("A-1"))
    assert _enrolled(caller, "A-1") == {"A-1"}
    caller.create("students", student_body("A-2"))
    assert _enrolled(caller, "A-2") == {"A-2"}


def test_a_batch_brings_what_rows_wait_for_too(caller: Caller, load: Callable[..., None]) -> None:
    names = [f"B-{number}" for number in range(300)]
    load("StudentSchoolAssociation", [enrollment_body(name) for name in names])
    lines = [
        {"resource": "/ed-fi/students", "operation": "upsert", "document": student_body(n)} for n in names
    ]
    response = caller.post(
        f"{caller.url}/batch/v1",
        content="\n".join(json.dumps(line) for line in lines),
        headers={"content-type": "application/x-ndjson"},
    )
    assert response.status_code == 200
    assert _enrolled(caller, *names) == set(names)


def test_a_row_that_lacks_two_things_loads_when_it_has_both(
    caller: Caller, load: Callable[..., None]
) -> None:
    code = "uri://ed-fi.org/GradeLevelDescriptor#Zeroth"
    load("StudentSchoolAssociation", [enrollment_body("C-1") | {"entryGradeLevelDescriptor": code}])
    namespace, _, value = code.partition("#")
    descriptor = {"namespace": namespace, "codeValue": value, "shortDescription": value}
    caller.create("gradeLevelDescriptors", descriptor)
    caller.create("students", student_body("C-1"))
    assert _enrolled(caller, "C-1") == {"C-1"}


def test_rows_that_wait_for_rows_follow_in_turn(caller: Caller, load: Callable[..., None]) -> None:
    caller.create("courses", course_body())
    caller.create("classPeriods", period_body())
    load("CourseOffering", [offering_body()])
    load("Section", [section_body()])
    caller.create("sessions", session_body())
    give_up_at = time.monotonic() + 60
    while not caller.list("sections") and time.monotonic() < give_up_at:
        time.sleep(0.05)
    assert len(caller.list("courseOfferings")) == len(caller.list("sections")) == 1


def test_what_was_loaded_late_is_in_the_ledger_under_its_task(
    caller: Caller, api: Api, load: Callable[..., None]
) -> None:
    load("StudentSchoolAssociation", [enrollment_body("D-1")])
    before = api.count_entries("Create", "StudentSchoolAssociation")
    caller.create("students", student_body("D-1"))
    assert _enrolled(caller, "D-1") == {"D-1"}
    assert api.count_entries("Create", "StudentSchoolAssociation") == before + 1
