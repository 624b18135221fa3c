"""OneRoster over REST: a real server gives the sample district page by page."""

from __future__ import annotations

import base64
import csv
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from homeroom.base.clock import FixedClock
from homeroom.base.findings import Finding
from homeroom.ingest.connectors.source import Surroundings
from tests.ingest.conftest import SAMPLES, needs_samples
from tests.ingest.connectors.visits import made

pytestmark = needs_samples

FOLDER = SAMPLES / "oneroster" / "grand-bend-1.1"
COLLECTIONS = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics")
_LISTS = {"grades", "subjects", "subjectCodes", "periods"}


def _record(row: dict[str, str]) -> dict[str, Any]:
    """A CSV row as the REST binding has it."""
    record: dict[str, Any] = {}
    for name, cell in row.items():
        if not cell or name in {"sourcedId", "status", "dateLastModified"}:
            record.update({name: cell} if cell else {})
        elif name.endswith("SourcedIds"):
            plural = name.removesuffix("SourcedIds") + "s"
            record[plural] = [{"sourcedId": each, "href": "x", "type": "x"} for each in cell.split(",")]
        elif name.endswith("SourcedId"):
            record[name.removesuffix("SourcedId")] = {"sourcedId": cell, "href": "x", "type": "x"}
        elif name == "userIds":
            pairs = re.findall(r"\{([^:}]*):([^}]*)\}", cell)
            record[name] = [{"type": kind, "identifier": number} for kind, number in pairs]
        else:
            record[name] = cell.split(",") if name in _LISTS else cell
    return record


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class _Sis(BaseHTTPRequestHandler):
    """A roster server with a key, pages and the filter for changes."""

    records: dict[str, list[dict[str, Any]]] = {}
    asked: list[str] = []
    broken = ""

    def do_POST(self) -> None:
        pair = "Basic " + base64.b64encode(b"key:secret").decode()
        is_ours = self.headers["Authorization"] == pair
        self._answer(
            200 if is_ours else 401, {"access_token": "token", "expires_in": 3600} if is_ours else {}
        )

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        name, asked = (
            url.path.rpartition("/")[2],
            {key: values[0] for key, values in parse_qs(url.query).items()},
        )
        self.asked.append(self.path)
        if self.headers["Authorization"] != "Bearer token":
            self._answer(401, {})
        elif name == self.broken and asked["offset"] != "0":
            self._answer(500, {})
        else:
            since = asked.get("filter", "").removeprefix("dateLastModified>='").rstrip("'")
            found = [each for each in self.records[name] if each["dateLastModified"] >= since]
            start = int(asked["offset"])
            self._answer(200, {name: found[start : start + int(asked["limit"])]})

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class has
        pass


@pytest.fixture(scope="module")
def sis() -> Iterator[str]:
    _Sis.records = {name: [_record(row) for row in _rows(name)] for name in COLLECTIONS}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Sis)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def wanted(sis: str) -> dict[str, str]:
    _Sis.asked, _Sis.broken = [], ""
    return {
        "base_url": f"{sis}/ims/oneroster/v1p1",
        "token_url": f"{sis}/token",
        "key": "key",
        "secret": "secret",
    }


def test_the_tables_are_those_of_the_csv_files(wanted: dict[str, str], nearby: Surroundings) -> None:
    came = made("oneroster", wanted, nearby)
    assert came.findings == []
    assert tuple(came.tables) == COLLECTIONS
    for name in COLLECTIONS:
        expected = [{key: cell for key, cell in row.items() if cell} for row in _rows(name)]
        assert [{key: cell for key, cell in row.items() if cell} for row in came.tables[name]] == expected, (
            name
        )


def test_the_next_visit_asks_for_what_was_modified_since(
    wanted: dict[str, str], nearby: Surroundings
) -> None:
    clock = FixedClock(datetime(2026, 1, 31, 8, 0, tzinfo=UTC))
    few = {**wanted, "collections": "orgs"}
    first = made("oneroster", few, replace(nearby, clock=clock))
    second = made("oneroster", few, nearby, first.bookmark)
    assert first.bookmark == "2026-01-31T08:00:00.000Z"
    assert second.tables == {}
    assert "dateLastModified%3E%3D%272026-01-31T08%3A00%3A00.000Z%27" in _Sis.asked[-1]


def test_a_collection_that_breaks_off_gives_nothing_and_is_asked_for_again(
    wanted: dict[str, str], nearby: Surroundings
) -> None:
    _Sis.broken = "users"
    came = made("oneroster", {**wanted, "collections": "orgs users"}, nearby, "2021-01-01T00:00:00.000Z")
    assert list(came.tables) == ["orgs", "manifest"]
    assert came.codes == ["source.unreachable"]
    assert came.bookmark == "2021-01-01T00:00:00.000Z"


def test_a_key_that_is_not_known_is_a_finding_that_does_not_repeat_it(
    wanted: dict[str, str], nearby: Surroundings
) -> None:
    came = made("oneroster", {**wanted, "secret": "not the secret", "collections": "orgs"}, nearby)
    assert came.tables == {}
    assert [isinstance(each, Finding) for each in came.findings] == [True]
    assert "not the secret" not in str(came.findings)


def test_a_visit_for_what_was_modified_says_that_it_holds_changes_only(
    wanted: dict[str, str], nearby: Surroundings
) -> None:
    came = made("oneroster", {**wanted, "collections": "orgs"}, nearby, "2000-01-01T00:00:00.000Z")
    assert list(came.tables) == ["orgs", "manifest"]
    assert came.tables["manifest"] == [{"propertyName": "file.orgs", "value": "delta"}]
