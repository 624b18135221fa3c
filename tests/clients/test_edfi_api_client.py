"""edfi-api-client (Education Analytics), unchanged, against a sandbox district.

The expressions are what its users write: `api` is their EdFiClient.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from homeroom.trust.clients import Credentials
from tests.cast import SCHOOL_ID, enrollment_body, period_body, student_body
from tests.clients.conftest import SandboxDistrict

EVALUATOR = Path(__file__).with_name("evaluator.py")
PUPILS = 40


class Client:
    """The client, in its own process and environment."""

    def __init__(self, python: Path, url: str, credentials: Credentials, **settings: object) -> None:
        wanted = {"base_url": url, "client_key": credentials.key, "client_secret": credentials.secret}
        self._process = subprocess.Popen(
            [python, EVALUATOR, json.dumps(wanted | settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, expression: str) -> Any:
        """What the expression gives."""
        answer = self._ask(expression)
        assert "value" in answer, answer
        return answer["value"]

    def refused(self, expression: str) -> tuple[int, Any]:
        """Status and body of the answer that the client raises."""
        answer = self._ask(expression)
        assert "status" in answer, answer
        return answer["status"], json.loads(answer["body"])

    def close(self) -> None:
        self._process.communicate(timeout=10)

    def _ask(self, expression: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(expression) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@pytest.fixture(scope="module")
def credentials(district: SandboxDistrict) -> Credentials:
    return district.register()


@pytest.fixture(scope="module")
def api(clients_python: Path, district: SandboxDistrict, credentials: Credentials) -> Iterator[Client]:
    """The client of a district with forty more pupils."""
    for number in range(PUPILS):
        district.post("students", student_body(f"E-{number}"))
        district.post("studentSchoolAssociations", enrollment_body(f"E-{number}"))
    client = Client(clients_python, district.url, credentials)
    yield client
    client.close()


def post(endpoint: str, body: object) -> str:
    return f"api.session.post_response(api.resource('{endpoint}').url, {body!r})"


def put(endpoint: str, found: str, changes: object) -> str:
    """Puts a record as it was read, ids, etag and links included, with these members changed."""
    url = f"api.resource('{endpoint}').url"
    return f"[api.session.put_response({url}, r['id'], {{**r, **{changes!r}}}) for r in {found}][0]"


def delete(endpoint: str, found: str) -> str:
    url = f"api.resource('{endpoint}').url"
    return f"[api.session.delete_response({url}, r['id']).status_code for r in {found}]"


def test_server_is_one_the_client_knows(api: Client) -> None:
    assert api("api.get_ods_version()") == "7.3"
    assert api("api.get_data_model_version()") == "5.2.0"
    assert api("api.get_api_mode()") is None
    assert api("api.get_info()['suite']") == "3"


def test_swagger_names_every_endpoint_with_its_description_and_deletes(api: Client) -> None:
    assert api("len(api.resources)") == 138
    assert api("len(api.descriptors)") == 211
    assert ["ed-fi", "studentSchoolAssociations"] in api("api.resources")
    for kind, count in (("resources", 138), ("descriptors", 211)):
        assert api(f"len(api.swaggers['{kind}'].deletes)") == count
        assert api(f"[e for e in api.{kind} if not api.swaggers['{kind}'].descriptions.get(e[1])]") == []


def test_every_endpoint_is_counted_and_followed(api: Client) -> None:
    totals = api("{e[1]: api.resource(e).get_total_count() for e in api.resources + api.descriptors}")
    assert len(totals) == 349
    assert totals["students"] == PUPILS + 1
    assert totals["gradeLevelDescriptors"] > 10
    feeds = "[api.resource(e, get_deletes=True).get_total_count() for e in api.resources + api.descriptors]"
    assert len(api(feeds)) == 349
    assert api("api.resource('students').ping().ok")


def test_token_tells_what_it_reaches(api: Client, credentials: Credentials) -> None:
    told = api("api.get_token_info()")
    assert told["active"] is True
    assert told["client_id"] == credentials.key
    assert told["claim_set"] == {"name": "Ed-Fi Sandbox"}
    assert SCHOOL_ID in [found["education_organization_id"] for found in told["education_organizations"]]


def test_rows_come_by_cursor_each_once(api: Client) -> None:
    ids = api("[r['id'] for r in api.resource('students').get_rows(page_size=7)]")
    assert len(ids) == len(set(ids)) == PUPILS + 1
    # The client asks for its first page without a token, and so without a size: it gets up to 500 rows.
    assert api("[len(p) for p in api.resource('students').get_pages_cursor(page_size=7)]") == [PUPILS + 1, 0]


def test_rows_come_by_offset_each_once(api: Client) -> None:
    assert api("[len(p) for p in api.resource('students').get_pages(page_size=20)]") == [20, 20, 1, 0]
    assert (
        len(set(api("[r['id'] for p in api.resource('students').get_pages(page_size=9) for r in p]"))) == 41
    )
    assert api("len(api.resource('students', offset=30).get(limit=25))") == 11


def test_partitions_together_are_the_whole(api: Client) -> None:
    url = "api.resource('students').url + '/partitions'"
    tokens = api(f"api.session.get_response({url}, {{'number': 3}}).json()['pageTokens']")
    begun = "api.resource('students', page_token=token, page_size=10)"
    pages = api(f"[[*{begun}.get_pages_cursor(page_size=10)] for token in {tokens!r}]")
    assert max(len(page) for partition in pages for page in partition) == 10
    ids = [row["id"] for partition in pages for page in partition for row in page]
    assert len(ids) == len(set(ids)) == PUPILS + 1


def test_one_record_is_found_by_key_and_by_id(api: Client) -> None:
    (found,) = api("api.resource('students', student_unique_id='E-7').get()")
    assert api(f"api.resource('students').get_by_id('{found['id']}')") == found
    (enrolled,) = api("api.resource('student_school_associations').get(params={'studentUniqueId': 'E-7'})")
    assert enrolled["studentReference"]["link"]["href"] == f"/ed-fi/students/{found['id']}"


def test_descriptors_are_rows_like_others(api: Client) -> None:
    total = api("api.descriptor('grade_level_descriptors').get_total_count()")
    rows = api("[*api.descriptor('grade_level_descriptors').get_rows(page_size=10)]")
    assert len(rows) == total
    assert "Ninth grade" in [row["codeValue"] for row in rows]


def test_record_is_posted_put_and_deleted(api: Client) -> None:
    body = period_body("Period 8")
    created = api(post("classPeriods", body))
    found = "api.resource('classPeriods', class_period_name='Period 8').get()"
    (row,) = api(found)
    location = created["location"]
    assert location.rpartition("/")[2] == row["id"]
    assert created == {"status": 201, "location": location, "etag": f'"{row["_etag"]}"'}
    assert api(post("classPeriods", body)) == created | {"status": 200}
    changed = api(put("classPeriods", found, {"officialAttendancePeriod": True}))
    assert changed["etag"] != created["etag"]
    assert changed == {"status": 204, "location": location, "etag": changed["etag"]}
    (row,) = api(found)
    assert row["officialAttendancePeriod"] is True
    assert changed["etag"] == f'"{row["_etag"]}"'
    assert api(delete("classPeriods", found)) == [204]
    assert api(found) == []
    assert api.refused(f"api.resource('classPeriods').get_by_id('{row['id']}')")[0] == 404


def test_deletes_tell_the_keys_until_the_record_is_back(api: Client) -> None:
    body = period_body("Period 9")
    api(post("classPeriods", body))
    since = api("api.get_newest_change_version()") + 1
    found = "api.resource('classPeriods', class_period_name='Period 9').get()"
    (row,) = api(found)
    assert api(delete("classPeriods", found)) == [204]
    feed = f"api.resource('class_periods', get_deletes=True, min_change_version={since})"
    (gone,) = api(f"[*{feed}.get_rows(page_size=10)]")
    assert gone["id"] == row["id"]
    assert gone["keyValues"] == {"classPeriodName": "Period 9", "schoolId": SCHOOL_ID}
    assert gone["changeVersion"] >= since
    assert api(f"{feed}.get_total_count()") == 1
    api(post("classPeriods", body))
    assert api(f"{feed}.get()") == []
    assert api(f"{feed}.get_total_count()") == 0


def test_key_changes_tell_old_and_new(api: Client) -> None:
    api(post("classPeriods", period_body("Early")))
    since = api("api.get_newest_change_version()") + 1
    found = "api.resource('classPeriods', class_period_name='Early').get()"
    assert api(put("classPeriods", found, {"classPeriodName": "Late"}))["status"] == 204
    feed = f"api.resource('classPeriods', get_key_changes=True, min_change_version={since})"
    (changed,) = api(f"[*{feed}.get_rows(page_size=10)]")
    assert changed["oldKeyValues"] == {"classPeriodName": "Early", "schoolId": SCHOOL_ID}
    assert changed["newKeyValues"] == {"classPeriodName": "Late", "schoolId": SCHOOL_ID}
    assert api(f"{feed}.get_total_count()") == 1


def test_window_of_changes_holds_what_was_written_in_it(api: Client, district: SandboxDistrict) -> None:
    since = api("api.get_newest_change_version()") + 1
    changed = [student_body(f"E-{number}", "Renamed") for number in range(12)]
    for body in changed:
        district.post("students", body)
    until = api("api.get_newest_change_version()")
    assert until >= since
    district.post("students", student_body("E-20", "Later"))
    window = f"api.resource('students', min_change_version={since}, max_change_version={until})"
    names = {body["studentUniqueId"] for body in changed}
    assert api(f"{window}.get_total_count()") == 12
    assert {r["studentUniqueId"] for r in api(f"[*{window}.get_rows(page_size=5)]")} == names
    for reverse in (True, False):
        pages = (
            f"{window}.get_pages(page_size=5, step_change_version=True, change_version_step_size=4,"
            f" reverse_paging={reverse})"
        )
        stepped = api(f"[r['studentUniqueId'] for p in {pages} for r in p]")
        assert len(stepped) == 12
        assert set(stepped) == names
    assert api(f"[*api.resource('students', min_change_version={until + 1}).get_rows()]") != []


def test_unchanged_record_is_no_change(api: Client, district: SandboxDistrict) -> None:
    district.post("students", student_body("E-30"))
    newest = api("api.get_newest_change_version()")
    district.post("students", student_body("E-30"))
    assert api("api.get_newest_change_version()") == newest


def test_refusals_reach_the_client(api: Client) -> None:
    status, problem = api.refused("api.resource('students').get(limit=501)")
    assert (status, problem["errors"]) == (400, ["Limit must be a value between 0 and 500."])
    status, problem = api.refused("api.resource('unicorns').get()")
    assert (status, problem["type"]) == (404, "urn:ed-fi:api:not-found")
    status, problem = api.refused(post("students", {"studentUniqueId": "E-99"}))
    assert status == 400
    assert "$.lastSurname" in problem["validationErrors"]
    status, problem = api.refused(post("studentSchoolAssociations", enrollment_body("nobody")))
    assert (status, problem["type"]) == (409, "urn:ed-fi:api:data-conflict:unresolved-reference")
    assert [*problem["validationErrors"]] == ["$.studentReference"]


@pytest.mark.parametrize("mode", ["year_specific", "instance_year_specific"])
def test_year_in_every_address_is_understood(
    clients_python: Path, district: SandboxDistrict, credentials: Credentials, mode: str
) -> None:
    root, _, name = district.url.rpartition("/")
    url = root if mode == "instance_year_specific" else district.url
    client = Client(clients_python, url, credentials, api_mode=mode, api_year=2027, instance_code=name)
    assert client("api.resource('students').get_total_count()") == district.total("students")
    assert client("len([*api.resource('schools').get_rows()])") == district.total("schools")
    assert client("len(api.resources)") == 138
    assert client("api.get_newest_change_version()") > 0
    if mode == "year_specific":
        # With an instance this client still asks at the server's root, which knows one district at most.
        assert client("api.get_token_info()['active']") is True
    client.close()


def test_snapshot_that_is_not_there_is_refused(
    clients_python: Path, district: SandboxDistrict, credentials: Credentials
) -> None:
    client = Client(clients_python, district.url, credentials, use_snapshot=True)
    status, problem = client.refused("api.resource('students').get()")
    assert (status, problem["detail"]) == (404, "Snapshot not found.")
    assert client("api.get_token_info()['active']") is True
    client.close()


def test_wrong_secret_is_refused(
    clients_python: Path, district: SandboxDistrict, credentials: Credentials
) -> None:
    client = Client(clients_python, district.url, Credentials(credentials.key, "wrong"))
    assert client.refused("api.resource('students').get()") == (401, {"error": "invalid_client"})
    client.close()
