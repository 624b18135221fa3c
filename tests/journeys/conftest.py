"""A real browser for journeys through the pages. Without Chromium or its driver the journeys are skipped, visibly."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.web.pages.conftest import leaves_no_record, pages, town
from tests.web.pages.town import STAFF, PagesServer, Town

__all__ = ["leaves_no_record", "pages", "town"]

_SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTHS = (1280, 390, 320)
OpenPage = Callable[..., Any]


@pytest.fixture(scope="module")
def browser(pages: PagesServer) -> Iterator[Any]:
    """Debian's own Chromium; nothing is downloaded.

    Its driver keeps an event loop running in this thread, in which no other test could start one: so it comes
    after the pages, and goes with the module.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("chromium is not installed; on Debian: apt install chromium")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=chromium, args=list(_SWITCHES))
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser: Any, pages: PagesServer, town: Town) -> Iterator[OpenPage]:
    """`open_page("teacher")` gives a page of somebody who has signed in; whatever it complains of fails the test."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def make(role: str | None = None, **settings: Any) -> Any:
        context = browser.new_context(base_url=pages.root, **settings)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: _note(line, complaints))
        page.on("request", lambda request: _check_origin(request, pages.root, complaints))
        if role:
            page.goto(f"/sign-in?district={town.name}")
            page.click(f".people li:has-text('{STAFF[role].full_name}') button")
            page.wait_for_selector(".who-name")
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def _note(line: Any, complaints: list[str]) -> None:
    if line.type in {"error", "warning"} and "the server responded with a status of 4" not in line.text:
        complaints.append(line.text)


def _check_origin(request: Any, root: str, complaints: list[str]) -> None:
    if not request.url.startswith(root):
        complaints.append(f"asks another origin: {request.url}")
