"""Describing a file that no mapping reads: the first rows as records, and who looked is written down."""

from __future__ import annotations

import asyncio

import pytest
from lxml import html

from homeroom.ingest.loading.batches import run_batch
from homeroom.ingest.loading.load import LoadOptions
from homeroom.records.districts import Districts
from tests.web.pages.conftest import SignIn
from tests.web.pages.town import Town, Visitor, words

LOOKS = "select count(*) from trust.ledger_entry where action = 'preview' and resource = 'InboxFile'"


@pytest.fixture
def unknown(sign_in: SignIn, town: Town) -> tuple[Visitor, str]:
    """A data manager, and the address of the batch that holds a file of an unknown kind."""
    manager = sign_in("data_manager")
    students = [d["studentUniqueId"] for d in town.documents["Student"][40:60]]
    rows = "".join(f"{student},4,03/04/2027,{200 + n}\n" for n, student in enumerate(students))
    content = f"Learner Ref,Grade,Test Date,Scale Score\n{rows}"
    response = manager.post(
        "/files", data={"csrf": manager.csrf}, files={"files": ("spring.csv", content.encode())}
    )
    assert response.status_code == 303, response.text
    address = response.headers["location"].partition("?")[0]
    asyncio.run(_run(town, int(address.rpartition("/")[2])))
    return manager, address


async def _run(town: Town, batch: int) -> None:
    districts = Districts(town.address, town.home)
    await run_batch(
        await districts.get(town.name), batch, options=LoadOptions(spool_folder=town.folder / "spool")
    )
    await districts.close()


def test_the_first_rows_are_shown_as_records(unknown: tuple[Visitor, str]) -> None:
    manager, address = unknown
    fields = {"answer:test_name": "Spring", "answer:vendor": "acme.example", "answer:subject": "Reading"}
    response = manager.submit(f"{address}/mapping", act="look", name="spring", **fields)
    page = html.fromstring(response.text)
    rows = page.xpath("(//ol[@class='tried'])[1]/li")
    assert len(rows) == 20
    assert '"namespace": "uri://acme.example/Assessment"' in words(rows[0].xpath(".//pre"))
    assert "nothing is refused" in words(page.xpath("//section[@aria-labelledby='preview']"))


def test_the_ledger_says_who_looked(unknown: tuple[Visitor, str], town: Town) -> None:
    manager, address = unknown
    before = town.fetch(LOOKS)[0][0]
    assert manager.get(f"{address}/mapping").status_code == 200
    assert town.fetch(LOOKS)[0][0] == before + 1


def test_a_name_that_is_none_is_told_and_nothing_is_kept(unknown: tuple[Visitor, str], town: Town) -> None:
    manager, address = unknown
    response = manager.submit(f"{address}/mapping", act="save", name="Spring Results!")
    assert response.status_code == 400
    assert "small letters, digits and underscores" in response.text
    assert town.fetch("select 1 from ingest.spec where name = 'Spring Results!'") == []
