"""Files sent by programs: taken in once, loaded, told of to their sender alone; and what is not taken."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from homeroom.base.settings import Settings
from homeroom.trust.upload_service import CLAIM_SET
from tests.cast import student_body
from tests.web.conftest import Api, Caller

_WORK = "import sys; from homeroom.cli.main import main; sys.exit(main(['work', '--once']))"


def batches(api: Api, path: str = "") -> str:
    return f"{api.url}/uploads/v1/batches{path}"


def students(*numbers: str) -> bytes:
    """A file of students."""
    return "".join(json.dumps(student_body(n)) + "\n" for n in numbers).encode()


def named(name: str) -> dict[str, str]:
    return {
        "content-disposition": f'attachment; filename="{name}"',
        "content-type": "application/octet-stream",
    }


@pytest.fixture(scope="module")
def sender(api: Api) -> Caller:
    """A program that may send files, and nothing else."""
    return api.caller(CLAIM_SET)


def send(
    sender: Caller, api: Api, content: bytes, *, name: str = "students.jsonl", **query: str
) -> httpx.Response:
    return sender.post(batches(api), content=content, headers=named(name), params=query)


@pytest.fixture(scope="module")
def worker(api: Api, settings: Settings) -> Iterator[None]:
    """What `homeroom serve` brings along: it does what was sent."""
    environment = os.environ | {"HOMEROOM_HOME": str(settings.home)}
    running = subprocess.Popen([sys.executable, "-c", _WORK], env=environment)
    yield
    running.terminate()
    running.wait(20)


def kept(api: Api) -> list[Any]:
    """How many files the inbox has, and how many batches there are."""
    return api.fetch("select (select count(*) from ingest.file), (select count(*) from ingest.batch)")


def over(sender: Caller, address: str) -> dict[str, Any]:
    """The batch when nothing more comes of it."""
    give_up_at = time.monotonic() + 60
    while time.monotonic() < give_up_at:
        answer = sender.get(address)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        if found["state"] not in {"received", "running"}:
            return found
        assert answer.headers["retry-after"]
        time.sleep(0.2)
    raise AssertionError("the batch does not end")


def test_a_file_is_taken_in_loaded_and_told_of(sender: Caller, api: Api, worker: None) -> None:
    answer = send(sender, api, students("U-1", "U-2") + b"{}\n", trial="false")
    assert answer.status_code == 202
    address = answer.headers["location"]
    assert address == batches(api, f"/{answer.json()['id']}")
    assert answer.json()["state"] in {"received", "running"}
    batch = over(sender, address)
    assert (batch["state"], batch["files"]) == ("finished", ["students.jsonl"])
    counts = batch["report"]["counts"][0]
    assert (counts["resource"], counts["inserted"], counts["failed"]) == ("Student", 2, 1)
    assert [(w["resource"], w["rows"]) for w in batch["waiting"]] == [("Student", 1)]
    assert batch["report"]["causes"][0]["words"]
    assert "Marlowe" not in json.dumps(batch)
    assert "U-1" not in json.dumps(batch)
    assert api.fetch("select count(*) from edfi.student where student_unique_id in ('U-1', 'U-2')") == [(2,)]


def test_the_same_file_sent_again_is_the_first_batch(sender: Caller, api: Api) -> None:
    first = send(sender, api, students("U-3"))
    again = send(sender, api, students("U-3"))
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.headers["location"] == first.headers["location"]
    assert again.json()["id"] == first.json()["id"]


def test_another_clients_batch_is_absent_and_its_content_is_nobodys_business(
    sender: Caller, api: Api
) -> None:
    first = send(sender, api, students("U-4"))
    other = Caller(api.url, api.token(api.register(CLAIM_SET)))
    absent = other.get(first.headers["location"])
    assert absent.status_code == 404
    assert absent.json() | {"correlationId": ""} == other.get(batches(api, "/987654")).json() | {
        "correlationId": ""
    }
    theirs = send(other, api, students("U-4"))
    assert theirs.status_code == 202
    assert theirs.headers["location"] != first.headers["location"]
    other.close()


def test_a_zip_holds_several_files(sender: Caller, api: Api, worker: None) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("students.jsonl", students("U-5"))
        archive.writestr("more/students.jsonl", students("U-6"))
    batch = over(sender, send(sender, api, packed.getvalue(), name="week.zip").headers["location"])
    assert batch["report"]["files"] == 2
    assert batch["report"]["counts"][0]["inserted"] == 2


def test_a_form_holds_several_files_and_how_to_read_them(sender: Caller, api: Api, worker: None) -> None:
    files = [
        ("files", ("students.jsonl", students("U-7"))),
        ("files", ("Students.jsonl", students("U-8"))),
    ]
    answer = sender.post(batches(api), data={"trial": "true"}, files=files)
    assert (answer.status_code, answer.json()["isTrial"]) == (202, True)
    batch = over(sender, answer.headers["location"])
    assert batch["report"]["counts"][0]["inserted"] == 2
    assert api.fetch("select 1 from edfi.student where student_unique_id in ('U-7', 'U-8')") == []


def test_a_spec_and_its_parameters_may_be_named(sender: Caller, api: Api) -> None:
    content = b"Student,Day\n1,2\n"
    answer = sender.post(
        batches(api),
        content=content,
        headers=named("a.csv"),
        params=[("spec", "generic_sis_attendance_daily"), ("parameter", "school_year=2027")],
    )
    assert answer.status_code == 202
    assert answer.json()["spec"] == "generic_sis_attendance_daily"
    stored = api.fetch("select parameters from ingest.batch order by id desc limit 1")
    assert json.loads(stored[0][0]) == {"school_year": "2027"}


@pytest.mark.parametrize(
    "query",
    [
        {"spec": "nobody_wrote_it"},
        {"feed": "nobody_made_it"},
        {"parameter": "no equals sign"},
        {"feed": "a", "spec": "kra"},
    ],
)
def test_what_cannot_be_followed_is_told_before_anything_is_kept(
    sender: Caller, api: Api, query: dict[str, str]
) -> None:
    before = kept(api)
    answer = send(sender, api, students("U-9"), **query)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"]
    assert kept(api) == before


def test_the_claim_is_needed_and_gives_nothing_else(sender: Caller, api: Api) -> None:
    before = kept(api)
    for claim_set in ("Ed-Fi Sandbox", "SIS Vendor"):
        refused = send(api.caller(claim_set), api, students("U-10"))
        assert (refused.status_code, refused.json()["type"]) == (
            403,
            "urn:ed-fi:api:security:authorization:access-denied:resource",
        )
    assert kept(api) == before
    assert sender.get("students").status_code == 403


@pytest.mark.parametrize("token", ["", "Bearer 0", "Basic 0"])
def test_without_a_good_token_nothing_is_read(api: Api, token: str) -> None:
    headers = named("students.jsonl") | ({"authorization": token} if token else {})
    answer = httpx.post(batches(api), content=students("U-11"), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:ed-fi:api:security:authentication")
    assert httpx.get(batches(api, "/1"), headers=headers).status_code == 401


@pytest.mark.parametrize("is_form", [True, False])
@pytest.mark.parametrize("tells_length", [True, False])
def test_a_file_that_is_too_large_is_refused(fresh_api: Api, *, is_form: bool, tells_length: bool) -> None:
    fresh_api.administer("change_settings", settings={"largest_upload_mb": 1})
    small = fresh_api.caller(CLAIM_SET)
    content = b"x" * ((1 << 20) + 1)
    if is_form:
        request = small.build_request("POST", batches(fresh_api), files={"f": ("students.jsonl", content)})
    else:
        body = content if tells_length else iter([content[:9999], content[9999:]])
        request = small.build_request(
            "POST", batches(fresh_api), content=body, headers=named("students.jsonl")
        )
    answer = small.send(request)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:ed-fi:api:content-too-large")
    assert kept(fresh_api) == [(0, 0)]


def test_a_file_that_is_cut_off_leaves_nothing(sender: Caller, api: Api) -> None:
    before = kept(api)
    host, _, port = api.root.removeprefix("http://").rpartition(":")
    whole = students(*(f"U-{n}" for n in range(100, 140)))
    head = (
        f"POST /{api.name}/uploads/v1/batches HTTP/1.1\r\nhost: {host}\r\n"
        f"authorization: {sender.headers['authorization']}\r\n"
    )
    bodies = [
        f"content-length: {len(whole)}\r\n\r\n".encode() + whole[:500],
        f"transfer-encoding: chunked\r\n\r\n{len(whole):x}\r\n".encode() + whole + b"\r\n",
    ]
    for body in bodies:
        with socket.create_connection((host, int(port))) as line:
            line.sendall(head.encode() + body)
    assert httpx.get(f"{api.root}/health").status_code == 200
    time.sleep(0.5)
    assert kept(api) == before


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "application/octet-stream"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (
            b"--x\r\ncontent-disposition: form-data; name=f; filename=a\r\n\r\nab",
            "multipart/form-data; boundary=x",
        ),
        (b"a", "multipart/form-data"),
        (b"--x--\r\n", "multipart/form-data; boundary=x"),
    ],
)
def test_what_holds_no_whole_file_is_told_so(sender: Caller, api: Api, content: bytes, kind: str) -> None:
    before = kept(api)
    answer = sender.post(batches(api), content=content, headers={"content-type": kind})
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:ed-fi:api:bad-request")
    assert kept(api) == before


@pytest.mark.parametrize("number", ["0", "x", "-1", "99999999999999999999", "1%00"])
def test_numbers_of_no_batch_are_absent(sender: Caller, api: Api, number: str) -> None:
    assert sender.get(batches(api, f"/{number}")).status_code == 404


def test_other_verbs_and_places_are_refused(sender: Caller, api: Api) -> None:
    assert sender.get(batches(api)).status_code == 405
    assert sender.delete(batches(api, "/1")).status_code == 405
    assert sender.get(f"{api.url}/uploads/v1/elsewhere").status_code == 404
    assert sender.get(f"{api.url}/uploads/v1").status_code == 404


def test_a_name_with_a_path_loses_it(sender: Caller, api: Api) -> None:
    answer = send(sender, api, students("U-12"), name="../../etc/students.jsonl")
    assert answer.json()["files"] == ["students.jsonl"]


def test_the_service_describes_itself(api: Api) -> None:
    assert httpx.get(f"{api.url}/").json()["urls"]["uploads"] == f"{api.url}/uploads/v1/"
    listed = {entry["name"]: entry["endpointUri"] for entry in httpx.get(f"{api.url}/metadata").json()}
    document = httpx.get(listed["Uploads"]).json()
    assert document["servers"][0]["url"] == f"{api.url}/uploads/v1"
    assert set(document["paths"]) == {"/batches", "/batches/{id}"}
    assert {"202", "200", "413"} <= set(document["paths"]["/batches"]["post"]["responses"])
    older = httpx.get(f"{listed['Uploads']}?version=2").json()
    assert older["basePath"].endswith("/uploads/v1")
