"""The district's home: counts as the files have them, freshness, loads, and what failed at the root."""

from __future__ import annotations

from typing import Any

from tests.web.pages.conftest import SignIn
from tests.web.pages.town import Town, count_lines, counted_statements, words

_SEEDED = {"SchoolYearType"}


def counts(page: Any) -> dict[str, int]:
    cells = page.xpath("//td[@data-resource]")
    return {cell.get("data-resource"): int(words([cell]).replace(",", "")) for cell in cells}


def test_the_counts_equal_the_lines_of_the_files(town: Town, sign_in: SignIn) -> None:
    page = sign_in("data_manager").page("/district")
    expected = {n: lines for n, lines in count_lines(town).items() if n not in _SEEDED}
    assert counts(page) == expected
    total = words(page.xpath("//dd[@data-figure='records']")).replace(",", "")
    assert int(total) == sum(expected.values())


def test_the_headings_add_up(sign_in: SignIn) -> None:
    page = sign_in("data_manager").page("/district")
    groups = page.xpath("//section[contains(@class, 'group')]")
    assert len(groups) > 5
    for group in groups:
        lines = [int(words([c]).replace(",", "")) for c in group.xpath(".//td[@data-resource]")]
        assert sum(lines) == int(words(group.xpath(".//div/p[@class='number']")).replace(",", ""))


def test_a_load_is_listed_with_its_own_counts_and_what_waits(town: Town, sign_in: SignIn) -> None:
    enrollment = {
        "schoolReference": {"schoolId": 255950004},
        "entryDate": "2026-11-02",
        "entryGradeLevelDescriptor": "uri://ed-fi.org/GradeLevelDescriptor#Ninth grade",
    }
    unknown = [{**enrollment, "studentReference": {"studentUniqueId": f"NOT-{n % 3}"}} for n in range(7)]
    unknown = [{**d, "entryDate": f"2026-11-{n + 2:02}"} for n, d in enumerate(unknown)]
    town.load("StudentSchoolAssociation", *unknown, into="waits")
    page = sign_in("data_manager").page("/district")
    load = page.xpath("//table[contains(@class, 'plain')]/tbody/tr")[0]
    assert words(load.xpath("./td[3 + 1]")) == "7 read 0 stored 0 unchanged 7 failed"
    cause = page.xpath("//ol[@class='causes']/li")[0]
    assert words(cause.xpath(".//h3")) == "3 records are missing: Student"
    assert words(cause.xpath(".//p[@class='cause-figure']")) == "7 rows"
    assert "NOT-" not in page.text_content()


def test_a_new_district_says_what_to_do(town: Town, sign_in: SignIn) -> None:
    page = sign_in("data_manager", town.empty).page("/district")
    assert words(page.xpath("//h2")) == "Nothing is loaded yet"
    assert f"homeroom load --district {town.empty}" in page.text_content()
    assert page.xpath("//a[@href='/clients']")


def test_only_the_role_that_looks_after_the_district_sees_it(sign_in: SignIn) -> None:
    for role in ("teacher", "principal"):
        visitor = sign_in(role)
        assert visitor.get("/district").content == visitor.get("/nothing").content


def test_the_number_of_statements_does_not_grow_with_the_district(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    with counted_statements() as sent:
        manager.page("/district")
    assert len(sent) == 6, sent  # session, name, counts, loads, causes, ledger


def test_each_role_comes_first_to_what_it_most_often_wants(sign_in: SignIn) -> None:
    first = {
        role: sign_in(role).get("/").headers["location"] for role in ("teacher", "principal", "data_manager")
    }
    assert first == {"teacher": "/sections", "principal": "/sections", "data_manager": "/district"}
