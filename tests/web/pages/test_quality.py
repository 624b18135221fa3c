"""Data quality: the page's figures are the database's, rules are switched, and none of it is everybody's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from homeroom.ingest.quality.checks import check_batch
from homeroom.records.districts import Districts
from homeroom.records.undo import undo_batch
from tests.web.pages.conftest import SignIn
from tests.web.pages.test_feeds import make
from tests.web.pages.town import Town, Visitor, counted_statements, words

RULE = "birth_date_in_the_future"


def number(cell: Any) -> int:
    return int(words([cell]).replace(",", ""))


def block(manager: Visitor, key: str) -> Any:
    return manager.page("/quality").xpath(f"//section[@data-block='{key}']")[0]


@pytest.fixture
def breach(town: Town) -> Iterator[Callable[[str], str]]:
    """`breach("folder")` loads a student born in the future, and the rules are looked at; gives the record's uuid.

    The student is taken back afterwards: other tests count the district's records.
    """
    batches: list[int] = []

    def load(into: str) -> str:
        student = {**town.documents["Student"][12], "studentUniqueId": f"F-{into}", "birthDate": "2090-01-02"}
        enrollment = {
            **town.documents["StudentSchoolAssociation"][12],
            "studentReference": {"studentUniqueId": f"F-{into}"},
        }
        town.load("StudentSchoolAssociation", enrollment, into=f"{into}-school")
        town.load("Student", student, into=into)
        batch = town.fetch("select max(id) from ingest.batch")[0][0]
        batches.extend((batch - 1, batch))

        async def look() -> None:
            districts = Districts(town.address, town.home)
            await check_batch(await districts.get(town.name), batch)
            await districts.close()

        asyncio.run(look())
        found = town.fetch("select uuid from ingest.rule_finding where rule = $1 and batch = $2", RULE, batch)
        return str(found[0][0])

    async def take_back() -> None:
        districts = Districts(town.address, town.home)
        district = await districts.get(town.name)
        for batch in batches:
            await undo_batch(district, batch)
        await districts.close()

    yield load
    asyncio.run(take_back())


def test_the_rows_of_single_files_are_those_that_their_reports_count(town: Town, sign_in: SignIn) -> None:
    known = town.documents["Student"][0]
    faulty = {**known, "studentUniqueId": "Q-1", "birthDate": "yesterday"}
    town.load("Student", known, faulty, into="quality-rows")
    single = block(sign_in("data_manager"), "single")
    rows = single.xpath(".//figure//tbody/tr")
    expected = town.fetch(
        "select id, coalesce(sum((c->>'considered')::int), 0), coalesce(sum((c->>'failed')::int), 0)"
        " from ingest.batch left join jsonb_array_elements(counts::jsonb->'counts') c on true"
        " where feed is null and undoes is null and not is_check"
        " and state not in ('received', 'running', 'cancelled') group by id order by id desc limit 8"
    )
    shown = [(int(r.get("data-batch")), number(r[1]), number(r[3])) for r in rows]
    assert shown == [tuple(row) for row in reversed(expected)]
    assert [number(r[1]) for r in rows] == [number(r[2]) + number(r[3]) for r in rows]
    assert (number(rows[-1][2]), number(rows[-1][3])) == (1, 1)
    assert len(single.xpath(".//*[local-name()='rect'][@class='bar-kept']")) == len(rows)


def test_how_full_columns_are_is_what_was_counted(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    feed = int(make(manager, name="Half empty").rpartition("/")[2])
    batch = town.fetch(
        "insert into ingest.batch (state, actor, paths, feed) values ('finished', 'test', '{a.csv}', $1)"
        " returning id",
        feed,
    )[0][0]
    town.fetch(
        "insert into ingest.column_profile (batch, file, column_name, position, rows, blanks, distinct_values)"
        " values ($1, 'main', 'Name', 0, 1200, 0, 900), ($1, 'main', 'Middle name', 1, 1200, 1199, 1)",
        batch,
    )
    cells = block(manager, f"feed-{feed}").xpath(".//tr[@data-column]")
    assert [cell.get("data-column") for cell in cells] == ["Middle name", "Name"]
    assert [words([cell[1]]) for cell in cells] == ["0 % 1 of 1,200", "100 % 1,200 of 1,200"]


def test_a_broken_rule_leads_to_the_record_by_its_id(
    town: Town, sign_in: SignIn, breach: Callable[[str], str]
) -> None:
    uuid = breach("born-later")
    manager = sign_in("data_manager")
    open_now = town.fetch(
        "select count(*) from ingest.rule_finding where rule = $1 and closed_at is null", RULE
    )[0][0]
    line = manager.page("/quality").xpath(f"//tr[@data-rule='{RULE}']")[0]
    assert number(line.xpath("./td[2]")[0]) == open_now > 0
    assert words(line.xpath("./td[1]")) == "error"
    brought = block(manager, "single").xpath(f".//li[@data-rule='{RULE}']/strong")
    assert number(brought[0]) == open_now
    page = manager.page(f"/quality/rules/{RULE}")
    address = f"/records/ed-fi/students/{uuid}"
    assert address in page.xpath("//tbody//a/@href")
    assert "F-born-later" not in page.text_content()
    assert words(manager.page(address).xpath("//h1")) == "F-born-later"


def test_a_rule_is_switched_off_and_on(town: Town, sign_in: SignIn, breach: Callable[[str], str]) -> None:
    breach("switched")
    manager = sign_in("data_manager")
    address = f"/quality/rules/{RULE}"
    assert manager.submit(address, to="off").headers["location"] == address
    assert "The rule is off" in words([manager.page(address)])
    assert manager.page("/quality").xpath(f"//li[@data-rule='{RULE}']") == []
    manager.submit(address, to="on")
    assert town.fetch("select is_on from ingest.rule_setting where rule = $1", RULE)[0][0]
    acts = town.fetch(
        "select action from trust.ledger_entry where resource = 'Rule' order by id desc limit 2"
    )
    assert [row[0] for row in acts] == ["switch_on", "switch_off"]


@pytest.mark.parametrize("role", ["teacher", "principal"])
def test_quality_is_not_everybodys(town: Town, sign_in: SignIn, role: str) -> None:
    visitor = sign_in(role)
    absent = visitor.get("/nothing").content
    assert visitor.get("/quality").content == visitor.get(f"/quality/rules/{RULE}").content == absent
    before = town.fetch("select count(*) from ingest.rule_setting where not is_on")
    assert visitor.submit(f"/quality/rules/{RULE}", to="off").status_code == 404
    assert town.fetch("select count(*) from ingest.rule_setting where not is_on") == before


def test_a_rule_that_is_not_there_is_absent(sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    assert manager.get("/quality/rules/no_such_rule").status_code == 404
    assert manager.submit("/quality/rules/no_such_rule", to="off").status_code == 404
    assert manager.get(f"/quality/rules/{RULE}?after=nothing").status_code == 200


def test_a_new_district_says_that_nothing_came_in(town: Town, sign_in: SignIn) -> None:
    page = sign_in("data_manager", town.empty).page("/quality")
    assert [words(s.xpath("./p")) for s in page.xpath("//section[@data-block]")] == [
        "Nothing has come in yet."
    ]


def test_more_feeds_take_no_more_statements(sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    with counted_statements() as few:
        manager.page("/quality")
    for name in ("One more", "Two more"):
        make(manager, name=name)
    with counted_statements() as more:
        manager.page("/quality")
    assert len(few) == len(more), (few, more)
