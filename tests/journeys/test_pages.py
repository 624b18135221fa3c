"""What people do, in a browser: by keyboard, without script, on a phone, and with a screen reader's checks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.journeys.conftest import WIDTHS, OpenPage
from tests.web.pages.town import PASSWORD, STAFF, Town

_MANAGER_PAGES = (
    "/district",
    "/records",
    "/records/ed-fi/students",
    "/records/ed-fi/calendarDates",
    "/clients",
    "/matches",
    "/files",
    "/files/1",
    "/feeds",
    "/quality",
    "/quality/rules/enrollments_overlap",
    "/waiting",
    "/mappings",
    "/mappings/kra",
    "/x",
)


def manual_pages(town: Town) -> list[str]:
    """Pages of the API's documentation."""
    contents = f"/docs/{town.name}"
    return [
        contents,
        f"{contents}?q=birth",
        f"{contents}/ed-fi/students",
        f"{contents}/ed-fi/gradeLevelDescriptors",
    ]


def first_class(page: Any) -> str:
    page.goto("/sections")
    return str(page.get_attribute(".tile", "href"))


def first_record(page: Any, endpoint: str) -> str:
    page.goto(f"/records/ed-fi/{endpoint}")
    return str(page.get_attribute("table.list a", "href"))


def test_a_teacher_comes_to_a_students_figures_by_keyboard_alone(town: Town, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"/sign-in?district={town.name}")
    page.focus("#login")
    page.keyboard.type(STAFF["teacher"].electronic_mail_address)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".tile")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "tile"
    page.keyboard.press("Enter")
    page.wait_for_selector("table.roster")
    figure = page.locator("td[data-figure=absences] summary").first
    figure.focus()
    page.keyboard.press("Enter")
    assert page.locator("td[data-figure=absences] .facts").first.is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("td[data-figure=absences] .facts").first.is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_focus_can_be_seen(open_page: OpenPage) -> None:
    page = open_page("teacher")
    page.goto(first_class(page))
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth] })()"
        )
        assert outline == ["solid", "3px"]


def test_everything_works_without_script(open_page: OpenPage) -> None:
    page = open_page("teacher", java_script_enabled=False)
    page.goto(first_class(page))
    page.click("td[data-figure=mark] summary >> nth=0")
    page.click("td[data-figure=mark] .facts a >> nth=0")
    assert page.inner_text("#source + dl").startswith("Source")
    page.click("text=Classes")
    page.click(".tile >> nth=1")
    page.click("thead th a:has-text('Late')")
    assert page.get_attribute("thead th[aria-sort]", "aria-sort") == "descending"
    page.click("text=Sign out")
    assert page.url.endswith("/sign-in")


def test_after_signing_out_the_way_back_shows_nothing(open_page: OpenPage) -> None:
    page = open_page("teacher")
    page.goto(first_class(page))
    page.click("text=Sign out")
    page.wait_for_selector("#password")
    page.go_back()
    page.wait_for_selector("#password")
    assert not page.locator("table.roster").count()


def test_a_data_manager_makes_renews_and_ends_a_client(open_page: OpenPage) -> None:
    page = open_page("data_manager")
    page.goto("/clients")
    page.fill("#name", "Journey SIS")
    page.select_option("#claim_set", "SISVendor")
    page.fill("#organizations", "255950")
    page.click("text=Make the client")
    secret = page.inner_text("[data-copy]")
    assert len(secret) > 30
    card = page.locator("li.client:has-text('Journey SIS')")
    card.locator("summary:has-text('New secret')").click()
    card.locator("text=Make a new secret").click()
    assert page.inner_text("[data-copy]") != secret
    page.goto("/clients")
    assert secret not in page.content()
    card = page.locator("li.client:has-text('Journey SIS')")
    card.locator("summary:has-text('Revoke')").click()
    card.locator("text=Revoke for good").click()
    assert card.locator(".state").inner_text() == "revoked"


def test_a_search_stays_out_of_the_address_and_the_history(town: Town, open_page: OpenPage) -> None:
    page = open_page("data_manager")
    page.goto("/records/ed-fi/students")
    student = town.documents["Student"][77]
    page.fill("#f-studentUniqueId", student["studentUniqueId"])
    page.click("button:has-text('Find')")
    page.wait_for_selector("text=1 record found")
    assert student["studentUniqueId"] not in page.url
    page.click("table.list tbody a")
    page.wait_for_selector("#content")
    assert page.inner_text("h1") == student["studentUniqueId"]


def test_a_programmer_finds_an_operation_by_keyboard_and_without_script(
    town: Town, open_page: OpenPage
) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"/docs/{town.name}")
    for _ in range(3):  # past the way to the content and the first page
        page.keyboard.press("Tab")
    page.keyboard.type("student school association")
    page.keyboard.press("Enter")
    page.wait_for_selector("#found")
    page.click("#found ~ .columns a:has-text('School enrollment')")
    page.wait_for_selector("#operations")
    page.focus("#postStudentSchoolAssociation summary")
    page.keyboard.press("Enter")
    assert page.locator("#postStudentSchoolAssociation >> text=application/json").is_visible()
    page.click("#members-1 + dl a:has-text('GradeLevelDescriptor') >> nth=0")
    page.wait_for_selector("text=codeValue")
    page.click("text=API documentation")
    assert page.url.endswith(f"/docs/{town.name}")


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_its_window(town: Town, open_page: OpenPage, width: int) -> None:
    teacher, manager = open_page("teacher"), open_page("data_manager")
    visits = [(teacher, "/sections"), (teacher, first_class(teacher))]
    visits += [(manager, a) for a in (*_MANAGER_PAGES, first_record(manager, "students"))]
    visits += [(manager, first_record(manager, "schools")), (open_page(), "/sign-in")]
    visits += [(manager, a) for a in manual_pages(town)]
    for page, address in visits:
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(address)
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true })")
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, (address, width, over)


def test_on_a_phone_a_row_is_a_card_with_its_labels(open_page: OpenPage) -> None:
    page = open_page("teacher", viewport={"width": 390, "height": 800})
    page.goto(first_class(page))
    cell = page.locator("td[data-figure=absences]").first
    label = cell.evaluate("c => getComputedStyle(c, '::before').content")
    assert json.loads(label) == "Absent"
    box = page.locator("table.roster tbody tr").first.bounding_box()
    assert box["width"] <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_screen_readers_checks_find_nothing(town: Town, open_page: OpenPage, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    teacher = open_page("teacher", color_scheme=scheme)
    manager = open_page("data_manager", color_scheme=scheme)
    visits = [
        (teacher, "/sections"),
        (teacher, first_class(teacher)),
        (open_page(color_scheme=scheme), "/sign-in"),
    ]
    visits += [(manager, a) for a in (*_MANAGER_PAGES, first_record(manager, "students"))]
    visits += [(open_page(color_scheme=scheme), a) for a in manual_pages(town)]
    # The scheme changes colours alone, so the second time only they are looked at.
    options = None if scheme == "light" else {"runOnly": ["color-contrast"]}
    found: dict[str, list[str]] = {}
    for page, address in visits:
        page.goto(address)
        for violation in axe.run(page, options=options).response["violations"]:
            nodes = [n["html"][:120] for n in violation["nodes"][:3]]
            found.setdefault(address, []).append(f"{violation['id']}: {nodes}")
    assert found == {}
