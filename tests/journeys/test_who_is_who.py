"""From a vendor's file without shared ids to results of the right child, in a browser; second thoughts too."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from homeroom.base.settings import Settings
from homeroom.ingest.loading.run import LoadOptions, load_paths
from homeroom.ingest.specs.shelf import save_spec
from homeroom.records.districts import Districts
from homeroom.trust.accounts import Account, create_account
from homeroom.trust.actors import Operator
from tests.cast import WORLD, enrollment_body, student_body
from tests.ingest.batches.test_people import HEADER, INEZ, SPEC_TEXT
from tests.ingest.conftest import Dock
from tests.journeys.conftest import WIDTHS, OpenPage
from tests.web.pages.town import PASSWORD, STAFF, Town

DISTRICT = "who-is-who-journey"
MANAGER = STAFF["data_manager"]


@pytest.fixture(scope="module")
def fernhollow(town: Town, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A district with Ines and a second record that is nobody else's; the vendor's spec is on its shelf."""
    with ThreadPoolExecutor(1) as other:  # the browser's driver keeps an event loop in this thread
        folder = tmp_path_factory.mktemp("fernhollow")
        other.submit(lambda: asyncio.run(_make(town, folder))).result()
        environment = os.environ | {"HOMEROOM_HOME": str(settings.home)}
        command = "import sys; from homeroom.cli.main import main; sys.exit(main(['work', '--once']))"
        worker = subprocess.Popen([sys.executable, "-c", command], env=environment)
        yield town
        worker.terminate()
        worker.wait(10)
        other.submit(lambda: asyncio.run(_drop(town))).result()


async def _make(town: Town, folder: Path) -> None:
    districts = Districts(town.address, town.home)
    made = await districts.create(DISTRICT, standard="5.2", is_sandbox=False, is_empty=False)
    dock = Dock(made, folder)
    wanted = {"LocalEducationAgency", "School", "Student", "StudentSchoolAssociation"}
    for resource, body in WORLD:
        if resource in wanted:
            dock.write(resource, body, into="world")
    teodora = {**student_body("F-9", "Teodora"), "lastSurname": "Quist", "birthDate": "2009-12-01"}
    dock.write("Student", teodora, into="world")
    dock.write("StudentSchoolAssociation", enrollment_body("F-9"), into="world")
    await load_paths(made, [folder / "world"], options=LoadOptions(spool_folder=folder / "spool"))
    await save_spec(made, "quill_reading", definition=SPEC_TEXT, beside={}, actor=Operator("clerk"))
    mail, name = MANAGER.electronic_mail_address, MANAGER.full_name
    account = Account(mail, name, "data_manager", (4100,), MANAGER.staff_unique_id)
    await create_account(made.database, Operator("command-line"), account=account, password=PASSWORD)
    await districts.close()


async def _drop(town: Town) -> None:
    districts = Districts(town.address, town.home)
    await districts.drop(DISTRICT)
    await districts.close()


def _sign_in(page: Any) -> None:
    page.goto(f"/sign-in?district={DISTRICT}")
    page.fill("#login", MANAGER.electronic_mail_address)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector(".who-name")


def _look_up(page: Any) -> None:
    page.fill("#one", "F-1")
    page.fill("#other", "F-9")
    page.press("#other", "Enter")
    page.wait_for_selector("text=Whose record stays?")
    page.click("summary:has-text('Make them one')")


def _shoot(page: Any, name: str) -> None:
    if os.environ.get("SHOTS"):
        page.screenshot(path=f"{os.environ['SHOTS']}/{name}.png", full_page=True)


def _wait_for_results(page: Any, wanted: int) -> None:
    """Looks at the results until so many stand: a decision is followed by a job."""
    for _ in range(60):
        page.goto("/records/ed-fi/studentAssessments")
        if page.locator("table.list tbody tr").count() == wanted:
            return
        page.wait_for_timeout(500)
    raise AssertionError(page.inner_text("main"))


def test_a_result_of_a_vendor_without_shared_ids_finds_its_child(
    open_page: OpenPage, fernhollow: Town, tmp_path: Path
) -> None:
    page = open_page()
    page.set_default_timeout(30_000)
    _sign_in(page)
    path = tmp_path / "quill.csv"
    path.write_text("\n".join((HEADER, INEZ, "")), encoding="utf-8")
    page.click(".places a:has-text('Files')")
    page.set_input_files("#files", str(path))
    page.click("button:has-text('Send')")
    page.wait_for_selector("h2:has-text('By kind')")
    page.click(".places a:has-text('Who is who')")
    assert page.inner_text(".match h2") == "Inez Marlowe"
    page.keyboard.press("s")
    page.wait_for_selector(".decided li:has-text('same as F-1')")
    _wait_for_results(page, 1)
    page.goto("/matches")
    page.click(".decided li:has-text('Inez') button:has-text('Undo')")
    page.wait_for_selector(".match:has-text('somebody doubts an earlier match')")
    _wait_for_results(page, 0)


def test_two_records_are_made_one_and_taken_apart(open_page: OpenPage, fernhollow: Town) -> None:
    page = open_page()
    _sign_in(page)
    page.goto("/matches")
    page.click("a:has-text('Two records of one person')")
    _look_up(page)
    page.check("[name=kept][value=F-1]")
    page.click("button:has-text('They are one person')")
    page.wait_for_selector("h2:has-text('The two are one now')")
    page.click("summary:has-text('Take apart')")
    _shoot(page, "merged")
    page.click("button:has-text('They are two people')")
    page.wait_for_selector("h2:has-text('Both stand again')")


@pytest.mark.parametrize("width", WIDTHS)
def test_two_records_fit_their_window(open_page: OpenPage, fernhollow: Town, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    _sign_in(page)
    page.goto("/matches/records")
    _look_up(page)
    _shoot(page, f"two-{width}")
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(over) <= 0
