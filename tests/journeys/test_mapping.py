"""Changing a mapping beside a file: the preview follows the text, findings lead to their lines, Tab leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.conftest import OpenPage
from tests.web.pages.test_mapping import ROWS, SPEC, keep, send
from tests.web.pages.town import STAFF, PagesServer, Town, Visitor


@pytest.fixture(scope="module", autouse=True)
def riders(town: Town, pages: PagesServer) -> Iterator[str]:
    """A file, and a spec for it; before the browser, which leaves no room for another event loop."""
    keep(SPEC, town)
    with Visitor(base_url=pages.root, timeout=30) as manager:
        manager.sign_in(town.name, STAFF["data_manager"].electronic_mail_address)
        file = send(manager, "riders.csv", ROWS)
    yield file
    town.fetch("delete from ingest.spec where name = 'bus_riders' returning name")


def _overflows(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize("width", [1280, 390])
def test_the_preview_follows_what_is_typed(open_page: OpenPage, riders: str, width: int) -> None:
    page = open_page("data_manager", viewport={"width": width, "height": 800})
    page.goto("/mappings/bus_riders")
    page.wait_for_selector("#preview:has-text('Choose a file')")
    page.select_option("#sample", riders)
    page.fill("#definition", SPEC)
    page.wait_for_selector(".tried-row pre:has-text('B-1')", state="attached")
    page.fill("#definition", SPEC.replace('"B-"', '"Z-"'))
    page.wait_for_selector(".tried-row pre:has-text('Z-1')", state="attached")
    page.fill("#definition", SPEC.replace("lastSurname", "lastName"))
    fault = page.wait_for_selector("#findings button:has-text('line 14')")
    assert page.locator(".gutter .error").all_inner_texts() == ["12", "14"]
    fault.click()
    chosen = "(text) => text.value.slice(text.selectionStart, text.selectionEnd)"
    assert page.locator("#definition").evaluate(chosen) == '      lastName: "= [Family]"'
    assert not _overflows(page)
    page.fill("#definition", SPEC.replace("B-", "Y-"))
    page.wait_for_selector(".tried-row pre:has-text('Y-1')", state="attached")
    page.click("button:has-text('Check and keep')")
    page.wait_for_selector(".notice:has-text('Kept.')")
    page.wait_for_selector(".tried-row pre:has-text('Y-1')", state="attached")


def test_tab_leaves_the_text(open_page: OpenPage, riders: str) -> None:
    page = open_page("data_manager")
    page.goto(f"/mappings/bus_riders?sample={riders}")
    before = page.input_value("#definition")
    page.focus("#definition")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Check and keep"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.id") == "definition"
    assert page.input_value("#definition") == before


def test_without_script_a_button_shows_the_preview(open_page: OpenPage, riders: str) -> None:
    page = open_page("data_manager", java_script_enabled=False)
    page.goto("/mappings/bus_riders")
    page.select_option("#sample", riders)
    page.fill("#definition", SPEC.replace('"B-"', '"Z-"'))
    page.click("button:has-text('Preview')")
    page.locator(".tried-row details summary").first.click()
    page.wait_for_selector(".tried-row pre:has-text('Z-1')")
    assert '"Z-"' in page.input_value("#definition")
