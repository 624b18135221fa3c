"""Who is who, by keyboard, on a phone, and back again: what the data manager does with pairs that wait."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from homeroom.records.people.identities import Incoming
from tests.journeys.conftest import WIDTHS, OpenPage
from tests.web.pages.test_matches import ask_about, likeness_of
from tests.web.pages.town import Town


@pytest.fixture
def waiting(town: Town) -> list[str]:
    """Three pairs, by the name that the source gives."""
    people = [Incoming("journey", f"j-{n}", likeness_of(town, n)) for n in (61, 72, 83)]

    def prepare() -> None:
        town.fetch("delete from matching.question")
        town.fetch("delete from matching.crosswalk")
        ask_about(town, *people)

    # The browser's driver keeps an event loop in this thread, so another one asks the database.
    with ThreadPoolExecutor(1) as other:
        other.submit(prepare).result()
    return [f"{one.person.given_name} {one.person.surname}" for one in people]


def names(page: Any) -> list[str]:
    return [heading.inner_text() for heading in page.locator(".match h2").all()]


def test_pairs_are_decided_by_keyboard_alone_and_undone(open_page: OpenPage, waiting: list[str]) -> None:
    page = open_page("data_manager")
    page.goto("/matches")
    assert names(page) == waiting
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("s")
    assert names(page) == [waiting[0], waiting[2]]
    with page.expect_navigation():
        page.keyboard.press("d")
    assert names(page) == [waiting[2]]
    assert page.locator(".decided li").count() == 2
    page.click(f".decided li:has-text('{waiting[1]}') button")
    page.wait_for_selector(f".match:has-text('{waiting[1]}')")
    assert names(page) == waiting[1:]


def test_pairs_are_decided_without_script(open_page: OpenPage, waiting: list[str]) -> None:
    page = open_page("data_manager", java_script_enabled=False)
    page.goto("/matches")
    page.click(f".match:has-text('{waiting[0]}') >> text=Later")
    assert names(page) == [*waiting[1:], waiting[0]]
    page.click(f".match:has-text('{waiting[1]}') >> text=Different people")
    assert names(page) == [waiting[2], waiting[0]]


@pytest.mark.parametrize("width", WIDTHS)
def test_pairs_fit_their_window(open_page: OpenPage, waiting: list[str], width: int) -> None:
    page = open_page("data_manager", viewport={"width": width, "height": 900})
    page.goto("/matches")
    assert names(page) == waiting
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_screen_readers_checks_find_nothing_in_pairs(
    open_page: OpenPage, waiting: list[str], scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    page = open_page("data_manager", color_scheme=scheme)
    page.goto("/matches")
    page.click(f".match:has-text('{waiting[0]}') >> text=Same person")
    page.wait_for_selector(".decided li")
    found = [v["id"] for v in axe.run(page).response["violations"]]
    assert found == []
