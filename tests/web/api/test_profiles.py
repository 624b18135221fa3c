"""API profiles: which one applies, what it shows, what a write through it means (edfi-api.md 1.11)."""

from __future__ import annotations

import httpx
import pytest

from tests.cast import (
    CATEGORY,
    GRADE_NINE,
    SCHOOL_ID,
    Body,
    district_body,
    enrollment_body,
    school_body,
    student_body,
)
from tests.web.conftest import Api, Caller

_NAMES_ONLY = """<Profile name="Names-Only">
  <Resource name="Student">
    <ReadContentType memberSelection="IncludeOnly"><Property name="firstName"/></ReadContentType>
    <WriteContentType memberSelection="IncludeOnly"><Property name="firstName"/></WriteContentType>
  </Resource>
</Profile>"""
_NO_MIDDLE_NAME = """<Profile name="No-Middle-Name">
  <Resource name="Student">
    <ReadContentType memberSelection="ExcludeOnly"><Property name="middleName"/></ReadContentType>
    <WriteContentType memberSelection="ExcludeOnly"><Property name="middleName"/></WriteContentType>
  </Resource>
</Profile>"""
_NINTH_GRADE = f"""<Profile name="Ninth-Grade">
  <Resource name="School">
    <ReadContentType memberSelection="IncludeAll">
      <Collection name="gradeLevels" memberSelection="IncludeAll">
        <Filter propertyName="gradeLevelDescriptor" filterMode="IncludeOnly">
          <Value>{GRADE_NINE}</Value>
        </Filter>
      </Collection>
    </ReadContentType>
  </Resource>
</Profile>"""


@pytest.fixture(scope="module")
def caller(api: Api) -> Caller:
    for name, xml in (
        ("Names-Only", _NAMES_ONLY),
        ("No-Middle-Name", _NO_MIDDLE_NAME),
        ("Ninth-Grade", _NINTH_GRADE),
        ("Broken", '<Profile name="Broken"><Resource name="Student"><Nonsense/></Resource></Profile>'),
    ):
        api.administer("create_profile", name=name, xml=xml)
    caller = api.caller()
    caller.create("localEducationAgencies", district_body())
    caller.create("schools", school_body())
    caller.create("students", student_body())
    caller.create("studentSchoolAssociations", enrollment_body())
    return caller


@pytest.fixture
def student(caller: Caller) -> str:
    """The address of Ines, as she was at first."""
    (found,) = caller.list("students", studentUniqueId="F-1")
    address = f"{caller.url}/data/v3/ed-fi/students/{found['id']}"
    caller.put(address, json=student_body() | {"middleName": "Ada"})
    return address


def _kind(profile: str, usage: str, resource: str = "student") -> str:
    return f"application/vnd.ed-fi.{resource}.{profile}.{usage}+json"


def _read(caller: Caller, address: str, kind: str) -> Body:
    response = caller.get(address, headers={"accept": kind})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == kind
    return dict(response.json())


def test_a_named_profile_shows_its_members_and_the_key(caller: Caller, student: str) -> None:
    shown = _read(caller, student, _kind("names-only", "readable"))
    assert shown.keys() == {"id", "studentUniqueId", "firstName", "_etag", "_lastModifiedDate"}


def test_lists_are_shown_through_the_profile_too(caller: Caller, student: str) -> None:
    response = caller.get("students", headers={"accept": _kind("no-middle-name", "readable")})
    assert response.headers["content-type"] == _kind("no-middle-name", "readable")
    assert not [one for one in response.json() if "middleName" in one]
    assert [one["lastSurname"] for one in response.json()] == ["Marlowe"]


def test_a_view_has_a_tag_of_its_own_that_writes_accept(caller: Caller, student: str) -> None:
    whole = caller.get(student).headers["etag"]
    view = caller.get(student, headers={"accept": _kind("names-only", "readable")}).headers["etag"]
    assert view != whole
    assert caller.get(student, headers={"if-none-match": view}).status_code == 200
    assert caller.put(student, json=student_body(), headers={"if-match": view}).status_code == 204


def test_items_of_a_collection_are_chosen_by_value(caller: Caller) -> None:
    tenth = GRADE_NINE.replace("Ninth", "Tenth")
    body = school_body() | {"gradeLevels": [{"gradeLevelDescriptor": g} for g in (GRADE_NINE, tenth)]}
    address = caller.create("schools", body)
    shown = _read(caller, address, _kind("ninth-grade", "readable", "school"))
    assert shown["gradeLevels"] == [{"gradeLevelDescriptor": GRADE_NINE}]


def test_what_a_writer_does_not_see_stays(caller: Caller, student: str) -> None:
    body = {"studentUniqueId": "F-1", "firstName": "Inez"}
    headers = {"content-type": _kind("names-only", "writable")}
    assert caller.put(student, json=body, headers=headers).status_code == 204
    stored = caller.get(student).json()
    assert (stored["firstName"], stored["middleName"], stored["lastSurname"]) == ("Inez", "Ada", "Marlowe")


def test_a_post_through_a_profile_updates_by_key(caller: Caller, student: str) -> None:
    body = {"studentUniqueId": "F-1", "firstName": "Iñes"}
    headers = {"content-type": _kind("names-only", "writable")}
    response = caller.post("students", json=body, headers=headers)
    assert (response.status_code, response.headers["location"]) == (200, student)
    assert caller.get(student).json()["middleName"] == "Ada"


def test_hidden_members_are_not_set_by_sending_them(caller: Caller, student: str) -> None:
    body = student_body() | {"middleName": "Eve"}
    headers = {"content-type": _kind("no-middle-name", "writable")}
    assert caller.put(student, json=body, headers=headers).status_code == 204
    assert caller.get(student).json()["middleName"] == "Ada"


def test_a_profile_that_hides_what_is_required_creates_nothing(caller: Caller) -> None:
    headers = {"content-type": _kind("names-only", "writable")}
    response = caller.post("students", json={"studentUniqueId": "P-1", "firstName": "P"}, headers=headers)
    assert response.status_code == 400
    told = response.json()
    assert told["type"] == "urn:ed-fi:api:bad-request:data-policy-enforced"
    assert told["errors"] == [
        (
            "The Profile definition for 'Names-Only' excludes (or does not include) one or more required "
            "data elements needed to create the resource."
        )
    ]


def test_a_profile_that_hides_nothing_required_creates(caller: Caller) -> None:
    headers = {"content-type": _kind("no-middle-name", "writable")}
    assert caller.post("students", json=student_body("P-2"), headers=headers).status_code == 201


@pytest.mark.parametrize(
    ("method", "kind", "status"),
    [
        ("GET", "application/vnd.ed-fi.student.readable+json", 400),
        ("GET", _kind("names-only", "reading"), 400),
        ("GET", _kind("names-only", "writable"), 400),
        ("PUT", _kind("names-only", "readable"), 400),
        ("GET", _kind("unknown", "readable"), 406),
        ("PUT", _kind("unknown", "writable"), 415),
        ("GET", _kind("broken", "readable"), 406),
        ("GET", _kind("names-only", "readable", "school"), 400),
        ("GET", _kind("ninth-grade", "readable"), 400),
    ],
)
def test_a_profile_in_the_wrong_place_is_explained(
    caller: Caller, student: str, method: str, kind: str, status: int
) -> None:
    header = "accept" if method == "GET" else "content-type"
    response = caller.request(method, student, json=student_body(), headers={header: kind})
    assert response.status_code == status, response.text
    assert response.json()["type"] == "urn:ed-fi:api:profile:invalid-profile-usage"


def test_a_side_that_the_profile_lacks_is_no_method(caller: Caller) -> None:
    (school,) = caller.list("schools")
    headers = {"content-type": _kind("ninth-grade", "writable", "school")}
    response = caller.put(f"schools/{school['id']}", json=school_body(), headers=headers)
    assert response.status_code == 405
    assert response.json()["type"] == "urn:ed-fi:api:profile:method-usage"


def test_the_only_assigned_profile_applies_silently(api: Api, caller: Caller, student: str) -> None:
    bound = api.caller(profiles=("Names-Only",))
    assert "lastSurname" not in bound.get(student).json()
    assert bound.list("schools")[0]["nameOfInstitution"]


def test_of_several_assigned_profiles_one_must_be_named(api: Api, caller: Caller, student: str) -> None:
    bound = api.caller(profiles=("Names-Only", "No-Middle-Name"))
    response = bound.get(student)
    assert response.status_code == 403
    told = response.json()
    assert told["type"] == "urn:ed-fi:api:security:data-policy:incorrect-usage"
    assert all(_kind(name, "readable") in told["errors"][0] for name in ("names-only", "no-middle-name"))
    assert bound.get(student, headers={"accept": _kind("names-only", "readable")}).status_code == 200


def test_another_than_the_assigned_profile_is_refused(api: Api, caller: Caller, student: str) -> None:
    bound = api.caller(profiles=("Names-Only",))
    response = bound.get(student, headers={"accept": _kind("no-middle-name", "readable")})
    assert response.status_code == 403


def test_hidden_members_cannot_be_guessed_by_filters(api: Api, caller: Caller, student: str) -> None:
    bound = api.caller(profiles=("Names-Only",))
    assert len(bound.list("students", lastSurname="Marlowe")) == len(
        bound.list("students", lastSurname="Other")
    )


def test_a_batch_is_no_way_round_a_profile(api: Api, caller: Caller) -> None:
    bound = api.caller(profiles=("Names-Only",))
    headers = {"content-type": "application/x-ndjson"}
    assert bound.post(f"{api.url}/batch/v1", content=b"{}", headers=headers).status_code == 403


def test_the_cast_is_in_place(caller: Caller) -> None:
    assert caller.list("schools")[0]["educationOrganizationCategories"] == [
        {"educationOrganizationCategoryDescriptor": CATEGORY}
    ]
    assert caller.list("schools")[0]["schoolId"] == SCHOOL_ID


def _documents(api: Api) -> dict[str, Body]:
    return {entry["name"]: entry for entry in httpx.get(f"{api.url}/metadata").json()}


def test_each_usable_profile_is_listed_with_its_document(api: Api, caller: Caller) -> None:
    profiles = {name: e for name, e in _documents(api).items() if e["prefix"] == "Profiles"}
    assert sorted(profiles) == ["Names-Only", "Ninth-Grade", "No-Middle-Name"]
    assert profiles["Names-Only"]["endpointUri"].endswith(
        "/metadata/data/v3/profiles/Names-Only/swagger.json"
    )
    assert httpx.get(f"{api.url}/metadata/data/v3/profiles/Broken/swagger.json").status_code == 404


def test_a_profiles_document_is_narrowed_to_what_it_shows(api: Api, caller: Caller) -> None:
    document = httpx.get(_documents(api)["Names-Only"]["endpointUri"]).json()
    schemas = document["components"]["schemas"]
    shown = {"id", "studentUniqueId", "firstName", "_etag", "_lastModifiedDate"}
    assert schemas["edFi_student_readable"]["properties"].keys() == shown
    assert not [name for name in schemas if name.startswith("edFi_studentIdentificationDocument")]
    operations = document["paths"]["/ed-fi/students"]
    content = operations["get"]["responses"]["200"]["content"]
    assert list(content) == [_kind("names-only", "readable")]
    assert list(operations["post"]["requestBody"]["content"]) == [_kind("names-only", "writable")]
    filters = {p["name"] for p in operations["get"]["parameters"]}
    assert "firstName" in filters
    assert "lastSurname" not in filters


def test_a_profile_without_a_writable_side_describes_no_writes(api: Api, caller: Caller) -> None:
    address = _documents(api)["Ninth-Grade"]["endpointUri"]
    for document in (httpx.get(address).json(), httpx.get(f"{address}?version=2").json()):
        assert {method for path in document["paths"].values() for method in path} - {"x-Ed-Fi-domains"} == {
            "get"
        }


def test_older_generators_get_the_content_types_of_a_profile(api: Api, caller: Caller) -> None:
    address = _documents(api)["Names-Only"]["endpointUri"]
    document = httpx.get(f"{address}?version=2").json()
    operations = document["paths"]["/ed-fi/students"]
    assert operations["get"]["produces"] == [_kind("names-only", "readable")]
    assert operations["post"]["consumes"] == [_kind("names-only", "writable")]
    assert document["basePath"] == f"/{api.name}/data/v3"


def test_a_changed_profile_has_a_changed_document(fresh_api: Api) -> None:
    for member in ("firstName", "middleName"):
        xml = _NAMES_ONLY.replace("firstName", member)
        fresh_api.administer("create_profile", name="Names-Only", xml=xml)
        document = httpx.get(_documents(fresh_api)["Names-Only"]["endpointUri"]).json()
        assert member in document["components"]["schemas"]["edFi_student_readable"]["properties"]
