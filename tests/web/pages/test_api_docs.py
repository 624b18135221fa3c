"""The API's documentation: everything that is served is told, to everybody, without script."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from lxml import html

from homeroom.records.districts import Districts
from homeroom.standard.filters import filters_of
from homeroom.standard.openapi import Section, openapi_of
from homeroom.standard.read import load_model
from homeroom.trust.actors import Operator
from homeroom.trust.profile_store import create_profile
from tests.web.pages.conftest import SignIn
from tests.web.pages.town import Town, Visitor, words

MODEL = load_model("5.2")
PROFILE = """<Profile name="Names-Only"><Resource name="Student">
  <ReadContentType memberSelection="IncludeOnly"><Property name="firstName"/></ReadContentType>
</Resource></Profile>"""


@pytest.fixture(scope="module")
def profile(town: Town) -> str:
    """The name of a profile that shows first names of students."""

    async def create() -> None:
        districts = Districts(town.address, town.home)
        district = await districts.get(town.name)
        await create_profile(district.database, Operator("test"), name="Names-Only", xml=PROFILE)
        await districts.close()

    asyncio.run(create())
    return "Names-Only"


def _page(visitor: Visitor, address: str) -> Any:
    response = visitor.get(address)
    assert response.status_code == 200, address
    return html.fromstring(response.content)


def test_everybody_finds_every_resource_under_each_of_its_domains(town: Town, visitor: Visitor) -> None:
    page = _page(visitor, f"/docs/{town.name}")
    contents = {address.split("?")[0] for address in page.xpath("//main//a/@href")}
    assert {f"/docs/{town.name}{r.path}" for r in MODEL.resources.values()} <= contents
    heading = page.xpath("//h3[text()='Enrollment']/following-sibling::ul//code/text()")
    assert set(heading) == {r.path for r in MODEL.documents if "Enrollment" in r.domains}


def test_a_search_needs_no_script(town: Town, visitor: Visitor) -> None:
    page = _page(visitor, f"/docs/{town.name}?q=STUDENT+birthcity")
    assert page.xpath("//h2[@id='found']/following-sibling::div//code/text()") == ["/ed-fi/students"]
    nothing = _page(visitor, f"/docs/{town.name}?q=zzz")
    assert words([nothing.get_element_by_id("found")]) == "0 resources fit"


@pytest.mark.parametrize("name", ["Student", "Session", "GradeLevelDescriptor", "School"])
def test_every_operation_of_a_resource_is_told_as_the_description_has_it(
    town: Town, visitor: Visitor, name: str
) -> None:
    resource = MODEL.resources[name]
    page = _page(visitor, f"/docs/{town.name}{resource.path}")
    described: Any = openapi_of(MODEL, Section.RESOURCES, root_url="", resources=[resource])
    told = {
        (
            one.get("id"),
            words(one.xpath(".//span[@class='method']")),
            one.xpath("./summary/code/text()")[0],
        )
        for one in page.xpath("//details[contains(@class, 'operation')]")
    }
    assert told == {
        (operation["operationId"], method.upper(), path)
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
        if method in {"get", "post", "put", "delete"}
    }
    filters = page.xpath("//h2[@id='filters']/following-sibling::details//dt/code/text()")
    assert filters == [f.name for f in filters_of(MODEL, resource).values()]
    members = page.xpath("//h2[@id='members-1']/following-sibling::dl/div/dt/code/text()")
    assert set(members) == {m.name for m in (*resource.properties, *resource.references, *resource.parts)}


def test_a_member_says_its_type_its_bounds_and_what_it_is_for(town: Town, visitor: Visitor) -> None:
    page = _page(visitor, f"/docs/{town.name}/ed-fi/studentSchoolAssociations")
    lines = {
        words(line.xpath("./dt")): words(line.xpath("./dd"))
        for line in page.xpath("//h2[@id='members-1']/following-sibling::dl/div")
    }
    assert lines["entryDate key"].startswith("date")
    assert lines["schoolReference key"].startswith("reference School")
    assert lines["entryGradeLevelDescriptor required"].startswith("descriptor GradeLevelDescriptor")
    assert "First day at the school" in lines["entryDate key"]
    student = _page(visitor, f"/docs/{town.name}/ed-fi/students")
    assert "Never stored" in words([student.get_element_by_id("main")])


def test_the_example_is_taken_by_the_api_as_a_document(town: Town, visitor: Visitor) -> None:
    page = _page(visitor, f"/docs/{town.name}/ed-fi/studentSchoolAssociations")
    example = httpx.Response(
        200, text=page.xpath("//h2[@id='example']/following-sibling::pre/text()")[0]
    ).json()
    assert example == {
        "schoolReference": {"schoolId": 1},
        "studentReference": {"studentUniqueId": "text"},
        "entryDate": "2026-08-17",
        "entryGradeLevelDescriptor": "uri://ed-fi.org/GradeLevelDescriptor#Value",
    }


def test_a_profile_is_read_as_its_clients_see_it(town: Town, visitor: Visitor, profile: str) -> None:
    contents = _page(visitor, f"/docs/{town.name}?profile={profile}")
    assert set(contents.xpath("//main//ul[@class='links']//code/text()")) == {"/ed-fi/students"}
    (address,) = set(contents.xpath("//main//ul[@class='links']//a/@href"))
    page = _page(visitor, address)
    assert page.xpath("//h2[@id='members-1']/following-sibling::dl/div/dt/code/text()") == [
        "studentUniqueId",
        "firstName",
    ]
    assert set(page.xpath("//span[@class='method']/text()")) == {"GET"}
    assert visitor.get(f"/docs/{town.name}/ed-fi/schools?profile={profile}").status_code == 404


@pytest.mark.parametrize("rest", ["/ed-fi/nothing", "/nothing/students", "?profile=nothing"])
def test_what_is_not_there_has_no_page(town: Town, visitor: Visitor, rest: str) -> None:
    assert visitor.get(f"/docs/{town.name}{rest}").status_code == 404
    assert visitor.get("/docs/nowhere").status_code == 404


def test_the_pages_ask_nobody_else(town: Town, visitor: Visitor) -> None:
    for address in (f"/docs/{town.name}", f"/docs/{town.name}/ed-fi/students"):
        response = visitor.get(address)
        assert "default-src 'none'" in response.headers["content-security-policy"]
        page = html.fromstring(response.content)
        asked = page.xpath("//link/@href | //script/@src | //img/@src")
        assert asked
        assert all(one.startswith("/static/") for one in asked)


def test_clients_lead_to_the_documentation(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    (address,) = manager.page("/clients").xpath("//a[text()='API documentation']/@href")
    page = _page(manager, address)
    assert page.xpath("//a[@aria-current='page']/@href") == ["/clients"]
