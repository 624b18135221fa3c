"""From a file nobody has described to results on a page, in a browser, by somebody who has never seen the system."""

from __future__ import annotations

import asyncio
import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from homeroom.base.settings import Settings
from homeroom.ingest.loading.run import LoadOptions, load_paths
from homeroom.records.districts import Districts
from homeroom.trust.accounts import Account, create_account
from homeroom.trust.actors import Operator
from tests.journeys.conftest import OpenPage
from tests.web.pages.town import PASSWORD, STAFF, Town

DISTRICT = "upload-journey"
_LEVELS = ("Below", "On Track", "Above")


@pytest.fixture(scope="module")
def district(town: Town, settings: Settings) -> Iterator[Town]:
    """A district of its own with the town's records, and a data manager."""
    asyncio.run(_make(town))
    yield town
    asyncio.run(_drop(town))


@pytest.fixture
def worker(district: Town, settings: Settings) -> Iterator[None]:
    """What `homeroom serve` brings along: it does what was uploaded."""
    environment = os.environ | {"HOMEROOM_HOME": str(settings.home)}
    command = "import sys; from homeroom.cli.main import main; sys.exit(main(['work', '--once']))"
    running = subprocess.Popen([sys.executable, "-c", command], env=environment)
    yield
    running.terminate()
    running.wait(10)


async def _make(town: Town) -> None:
    districts = Districts(town.address, town.home)
    made = await districts.create(DISTRICT, standard="5.2", is_sandbox=False, is_empty=False)
    manager = STAFF["data_manager"]
    account = Account(
        manager.electronic_mail_address,
        manager.full_name,
        "data_manager",
        (manager.education_organization_id,),
        manager.staff_unique_id,
    )
    await create_account(made.database, Operator("command-line"), account=account, password=PASSWORD)
    await load_paths(made, [town.folder / "files"], options=LoadOptions(spool_folder=town.folder / "spool"))
    await districts.close()


async def _drop(town: Town) -> None:
    districts = Districts(town.address, town.home)
    await districts.drop(DISTRICT)
    await districts.close()


def _write_results(path: Path, town: Town) -> list[str]:
    """40 results under names nobody has told us of; three rows are at fault. The students' numbers."""
    students = [str(d["studentUniqueId"]) for d in town.documents["Student"][:40]]
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(
            ["Learner Ref", "Grade", "Date Taken", "Reading Scale Score", "Reading Performance Level"]
        )
        for number, student in enumerate(students):
            day = f"{1 + number % 5}/{1 + number % 28}/2027" if number not in (5, 25) else "13/45/2027"
            ref = f"X{student}" if number == 30 else student
            rows.writerow([ref, 3 + number % 4, day, 200 + number, _LEVELS[number % 3]])
    return students


def _figure(page: Any, name: str) -> int:
    return int(page.inner_text(f"[data-figure={name}]").replace(",", ""))


def _sign_in(page: Any) -> None:
    page.goto(f"/sign-in?district={DISTRICT}")
    page.fill("#login", STAFF["data_manager"].electronic_mail_address)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector(".who-name")


def _send(page: Any, path: Path) -> None:
    page.click(".places a:has-text('Files')")
    page.set_input_files("#files", str(path))
    page.click("button:has-text('Send')")


def _describe(page: Any) -> None:
    """Accepts what is proposed, and answers what is asked."""
    page.click("a:has-text('Describe it')")
    # The student is told by the values, as no name would.
    assert page.locator("tr", has_text="Learner Ref").locator("select").input_value() == "student_number"
    page.fill("[name='answer:test_name']", "Spring Reading")
    page.fill("[name='answer:vendor']", "acme.example")
    page.select_option("[name='answer:subject']", "Reading")
    page.click("button:has-text('Look again')")
    page.wait_for_selector("details.record-line:has-text('acme.example')")
    page.click("button:has-text('Keep it and load the file')")
    page.wait_for_selector("h2:has-text('By kind')")


def _mend_one(page: Any, student: str) -> None:
    page.click("a:has-text('Mend them') >> nth=0")
    page.click("table tbody th a >> nth=0")
    page.wait_for_selector("h2:has-text('The row as it came')")
    at_fault = page.locator(".at-fault input")
    if at_fault.count():
        at_fault.fill("3/4/2027")
    else:
        page.get_by_label("Learner Ref").fill(student)
    page.click("button:has-text('Store it so')")
    page.wait_for_selector("text=The row is stored.")


def test_an_unknown_file_becomes_results_on_a_page(
    district: Town, worker: None, open_page: OpenPage, tmp_path: Path
) -> None:
    file = tmp_path / "spring_results.csv"
    students = _write_results(file, district)
    page = open_page()
    page.set_default_timeout(60_000)
    _sign_in(page)
    _send(page, file)
    _describe(page)
    assert _figure(page, "failed") == 3
    batch = page.url
    for _ in range(3):
        page.goto(batch)
        _mend_one(page, students[30])
    page.goto(batch)
    assert page.locator("text=What waits, and why").count() == 0

    page.goto("/records/ed-fi/studentAssessments")
    page.fill("#f-namespace", "uri://acme.example/Assessment")
    page.click("button:has-text('Find')")
    page.wait_for_selector("text=40 records")
    page.click("table.list a >> nth=0")
    page.wait_for_selector("main:has-text('Reading Scale Score')")

    # The next file of this kind is read by the same mapping, and nothing is stored twice.
    _send(page, file)
    page.wait_for_selector("[data-figure=unchanged]")
    assert _figure(page, "stored") == 0

    (tmp_path / "note.txt").write_text("hello there\nthis is a note\n")
    _send(page, tmp_path / "note.txt")
    page.wait_for_selector("h2:has-text('No row was found in it')")

    page.goto(batch)
    page.click("summary:has-text('Take this batch back')")
    page.click("button:has-text('Take it back')")
    page.wait_for_selector(".state:has-text('taken back')")
