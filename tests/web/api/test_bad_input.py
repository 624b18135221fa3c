"""What no request should hold: each is told in a 4xx, and nothing is stored (issue 2, Bad input)."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import httpx
import pytest

from tests.cast import district_body, student_body
from tests.web.conftest import Api, Caller, LogLines

_JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def caller(api: Api) -> Caller:
    caller = api.caller()
    caller.create("localEducationAgencies", district_body())
    return caller


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b"[]",
        b'"text"',
        b"null",
        b'{"studentUniqueId": NaN}',
        b'{"studentUniqueId": 1e99999}',
        b"{}{}",
        b"\xff\xfe{}",
        b'{"studentUniqueId": "\xff"}',
        b'{"studentUniqueId": "a\\u0000b", "firstName": "a", "lastSurname": "b", "birthDate": "2011-03-05"}',
        b'{"studentUniqueId": "\\ud800", "firstName": "a", "lastSurname": "b", "birthDate": "2011-03-05"}',
        b'{"studentUniqueId": "x", "firstName": "\\udfff", "lastSurname": "b", "birthDate": "2011-03-05"}',
        b'{"studentUniqueId": "x", "firstName": "a", "lastSurname": "b", "birthDate": "9999-99-99"}',
        b'{"studentUniqueId": "x", "firstName": [1], "lastSurname": {}, "birthDate": true}',
        b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"studentUniqueId": ' + b"9" * 100_000 + b"}",
    ],
    ids=lambda body: body[:24].decode("latin-1"),
)
def test_a_body_that_is_no_document_is_invalid(caller: Caller, body: bytes) -> None:
    response = caller.post("students", content=body, headers=_JSON)
    assert response.status_code == 400, response.text
    assert response.json()["validationErrors"]
    assert caller.get("students", params={"totalCount": "true"}).headers["total-count"] == "0"


def test_a_body_above_10_mb_is_too_large(caller: Caller) -> None:
    body = b'{"studentUniqueId": "' + b"x" * (10 * 1024 * 1024) + b'"}'
    response = caller.post("students", content=body, headers=_JSON)
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"


def test_a_body_that_grows_above_10_mb_is_not_read_to_its_end(api: Api, caller: Caller) -> None:
    parts = urlsplit(api.url)
    assert parts.hostname is not None
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=20) as line:
        head = (
            f"POST {parts.path}/data/v3/ed-fi/students HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n"
            f"content-type: application/json\r\nauthorization: Bearer {caller.token}\r\n\r\n"
        )
        line.sendall(head.encode())
        chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
        try:
            for _ in range(11):
                line.sendall(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert line.recv(12) == b"HTTP/1.1 413"


@pytest.mark.parametrize(
    "query",
    [
        "studentUniqueId=%00",
        "birthDate=%00",
        "limit=99999999999999999999",
        "offset=99999999999999999999",
        "offset=%F0",
        "pageToken=%FF",
        "pageToken=" + "A" * 5000,
        "pageToken=OTk5OTk5OTk5OTk5OTk5OTk5OSwx",
        "minChangeVersion=1e3",
        "number=x",
        "id=%00",
        "&".join(f"a{n}=1" for n in range(500)),
    ],
)
def test_an_illegal_query_is_a_bad_request(caller: Caller, query: str) -> None:
    endpoint = "students/partitions" if query.startswith("number") else "students"
    response = httpx.get(
        f"{caller.url}/data/v3/ed-fi/{endpoint}?{query}", headers={"authorization": f"Bearer {caller.token}"}
    )
    assert response.status_code == 400, response.text
    assert response.json()["status"] == 400


@pytest.mark.parametrize(
    "query", ["=", "&&&", "%", "a=%zz", "studentUniqueId=%FF", "studentUniqueId=%ED%A0%80"]
)
def test_an_odd_query_is_read_as_far_as_it_goes(caller: Caller, query: str) -> None:
    response = httpx.get(
        f"{caller.url}/data/v3/ed-fi/students?{query}", headers={"authorization": f"Bearer {caller.token}"}
    )
    assert response.status_code == 200


@pytest.mark.parametrize(
    "path", ["%00", "students%00", "students/%00", "%ff/%fe", "..%2f..%2fetc", "students/" + "a" * 5000]
)
def test_an_odd_path_is_not_found(caller: Caller, path: str) -> None:
    response = caller.get(f"{caller.url}/data/v3/ed-fi/{path}")
    assert response.status_code in {400, 404}, response.text


def test_odd_headers_do_no_harm(caller: Caller) -> None:
    headers = {
        "if-none-match": '"' * 1000,
        "if-match": ",,,",
        "correlation-id": "a b\tc",
        "use-snapshot": "?",
    }
    response = caller.get("students", headers=headers)
    assert response.status_code == 200
    assert response.headers["correlation-id"] != "a b\tc"


def test_nothing_of_a_body_or_query_is_logged(caller: Caller, web_log: LogLines) -> None:
    marker = "Zebulonmarker"
    caller.post("students", json=student_body("S-1", marker) | {"birthDate": "never"})
    caller.get("students", params={"birthDate": marker, "firstName": marker})
    caller.get(f"students/{marker}")
    caller.get(f"{caller.url}/data/v3/{marker}/{marker}")
    assert not [line for line in web_log if marker in line]


def test_a_problem_is_logged_under_its_correlation_id(caller: Caller, web_log: LogLines) -> None:
    caller.get("students/x", headers={"correlation-id": "find-me-1"})
    assert [line for line in web_log if "find-me-1" in line and '"status": 404' in line]
