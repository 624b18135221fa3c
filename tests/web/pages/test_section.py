"""The teacher's class: every figure as the files have it, for nobody else's students, in two statements."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from homeroom.synth.cast import DEMO_TEACHER, DEMO_TODAY
from tests.web.pages.conftest import SignIn
from tests.web.pages.town import (
    Standing,
    Town,
    Visitor,
    counted_statements,
    roster_of,
    sections_of,
    standings,
    words,
)

TODAY = DEMO_TODAY.isoformat()


def addresses(visitor: Visitor) -> dict[str, str]:
    """Name of each class on the list to its address."""
    tiles = visitor.page("/sections").xpath("//a[@class='tile']")
    return {words(tile.xpath("./*[@class='tile-title']")): tile.get("href") for tile in tiles}


def section_address(town: Town, section: tuple[Any, ...]) -> str:
    local, school, year, identifier, session = section
    rows = town.fetch(
        "select uuid from edfi.section where (local_course_code, school_id, school_year, section_identifier,"
        " session_name) = ($1, $2, $3, $4, $5)",
        local,
        school,
        year,
        identifier,
        session,
    )
    return f"/sections/{rows[0][0]}"


def read_standing(row: Any) -> Standing:
    """What a row of the page says."""

    def summary(figure: str) -> Any:
        cell = row.xpath(f".//td[@data-figure='{figure}']")[0]
        return (cell.xpath(".//summary") or [cell])[0]

    def number(figure: str) -> int:
        return int(words(summary(figure).xpath("./strong | ./span/strong")) or 0)

    def value(figure: str) -> str | None:
        parts = [words([n]) for n in summary(figure).xpath("./strong | ./span[@class='beside']")]
        return " ".join(parts) or None

    under = words(summary("absences").xpath(".//span[@class='under']"))
    unexcused = int(under.rpartition("·")[2].split()[0]) if "unexcused" in under else 0
    return Standing(
        name=row.xpath("./th")[0].text.strip(),
        absences=number("absences"),
        unexcused=unexcused,
        lates=number("lates"),
        mark=value("mark"),
        work=value("work"),
        missing=number("missing"),
        test=value("test"),
    )


def rows(page: Any) -> list[Any]:
    return list(page.xpath("//table[contains(@class, 'roster')]/tbody/tr"))


def test_every_figure_equals_the_one_worked_out_from_the_files(town: Town, sign_in: SignIn) -> None:
    teacher = sign_in("teacher")
    sections = [s for s in sections_of(town, DEMO_TEACHER.staff_unique_id) if "Fall" in s[4]]
    assert len(sections) == 4
    for section in sections:
        found = sorted(map(read_standing, rows(teacher.page(section_address(town, section)))), key=str)
        assert found == sorted(standings(town, section, TODAY).values(), key=str)
        assert sum(s.absences for s in found) > 10
        assert any(s.missing for s in found)
        assert any(s.lates for s in found)


def test_the_figures_name_their_days_and_files(town: Town, sign_in: SignIn) -> None:
    teacher = sign_in("teacher")
    section = sections_of(town, DEMO_TEACHER.staff_unique_id)[0]
    lines = town.documents["StudentSchoolAttendanceEvent"]
    facts = teacher.page(section_address(town, section)).xpath("//td[@data-figure='absences']//li")
    assert facts
    for fact in facts:
        place = words(fact.xpath(".//span[@class='origin']"))
        assert place.startswith("files/StudentSchoolAttendanceEvent.jsonl, line ")
        line = lines[int(place.rpartition(" ")[2]) - 1]
        assert line["eventDate"] == fact.xpath(".//time/@datetime")[0]


def test_the_list_has_the_teachers_own_classes_and_how_many_are_in_them(town: Town, sign_in: SignIn) -> None:
    own = sections_of(town, DEMO_TEACHER.staff_unique_id)
    tiles = sign_in("teacher").page("/sections").xpath("//a[@class='tile']")
    by_address = {t.get("href"): int(words(t.xpath(".//strong"))) for t in tiles}
    assert by_address == {section_address(town, s): len(roster_of(town, s, TODAY)) for s in own}


def test_another_teachers_class_looks_as_if_it_were_not_there(town: Town, sign_in: SignIn) -> None:
    teacher = sign_in("teacher")
    own = set(sections_of(town, DEMO_TEACHER.staff_unique_id))
    another = next(
        s
        for s in {tuple(x) for x in _all_sections(town)} - own
        if s[1] == DEMO_TEACHER.education_organization_id
    )
    theirs = teacher.get(section_address(town, another))
    absent = teacher.get("/sections/00000000-0000-4000-8000-000000000000")
    assert (theirs.status_code, theirs.content) == (404, absent.content)
    assert teacher.get(section_address(town, next(iter(own)))).status_code == 200


def test_who_has_no_class_pages_gets_the_same_answer(town: Town, sign_in: SignIn) -> None:
    section = sections_of(town, DEMO_TEACHER.staff_unique_id)[0]
    manager = sign_in("data_manager")
    assert manager.get(section_address(town, section)).content == manager.get("/nothing").content


def test_a_page_asks_for_the_session_and_for_its_data(town: Town, sign_in: SignIn) -> None:
    teacher = sign_in("teacher")
    address = section_address(town, sections_of(town, DEMO_TEACHER.staff_unique_id)[0])
    with counted_statements() as sent:
        teacher.page(address)
    assert len(sent) == 2, sent
    with counted_statements() as sent:
        teacher.page("/sections")
    assert len(sent) == 2, sent


def test_a_look_is_one_ledger_entry_that_lists_the_students(town: Town, sign_in: SignIn) -> None:
    section = sections_of(town, DEMO_TEACHER.staff_unique_id)[1]
    teacher = sign_in("teacher")
    before = town.fetch("select coalesce(max(id), 0) from trust.ledger_entry")[0][0]
    teacher.page(section_address(town, section))
    entries = town.fetch("select * from trust.ledger_entry where id > $1 and action <> 'sign_in'", before)
    assert len(entries) == 1
    listed = town.fetch(
        "select student_unique_id from edfi.student where id = any($1::bigint[])", entries[0]["records"]
    )
    assert {r[0] for r in listed} == roster_of(town, section, TODAY)
    assert (entries[0]["resource"], entries[0]["purpose"], entries[0]["action"]) == (
        "Student",
        "instruction",
        "Read",
    )


def test_an_absent_section_leaves_no_entry(town: Town, sign_in: SignIn) -> None:
    teacher = sign_in("teacher")
    before = town.fetch("select count(*) from trust.ledger_entry")[0][0]
    teacher.page("/sections/00000000-0000-4000-8000-000000000000", status=404)
    assert town.fetch("select count(*) from trust.ledger_entry")[0][0] == before


def test_what_is_sensitive_never_reaches_the_page(town: Town, sign_in: SignIn) -> None:
    section = sections_of(town, DEMO_TEACHER.staff_unique_id)[0]
    text = sign_in("teacher").get(section_address(town, section)).text
    roster = roster_of(town, section, TODAY)
    reasons = {
        d["attendanceEventReason"]
        for d in town.documents["StudentSchoolAttendanceEvent"]
        if "attendanceEventReason" in d and d["studentReference"]["studentUniqueId"] in roster
    }
    assert reasons
    births = {d["birthDate"] for d in town.documents["Student"]}
    for sensitive in (*reasons, *births, "Disability", "Lunch", "Male", "Hispanic"):
        assert sensitive not in text, sensitive


@pytest.mark.parametrize(
    ("order", "figure", "sign"),
    [("absences", "absences", -1), ("lates", "lates", -1), ("missing", "missing", -1)],
)
def test_the_table_can_be_ordered_without_script(
    town: Town, sign_in: SignIn, order: str, figure: str, sign: int
) -> None:
    section = sections_of(town, DEMO_TEACHER.staff_unique_id)[0]
    page = sign_in("teacher").page(f"{section_address(town, section)}?order={order}")
    found = [getattr(read_standing(row), figure) * sign for row in rows(page)]
    assert found == sorted(found)
    assert len(set(found)) > 1
    assert page.xpath("//th[@aria-sort='descending']")


def test_names_are_ordered_by_their_letters_accents_or_not(town: Town, sign_in: SignIn) -> None:
    section = sections_of(town, DEMO_TEACHER.staff_unique_id)[0]
    names = [read_standing(r).name for r in rows(sign_in("teacher").page(section_address(town, section)))]
    assert names == sorted(names, key=lambda n: n.replace("á", "a").replace("ñ", "n").replace("í", "i"))


def test_a_principal_sees_the_class_as_its_teacher_does(town: Town, sign_in: SignIn) -> None:
    section = sections_of(town, DEMO_TEACHER.staff_unique_id)[0]
    page = sign_in("principal").page(section_address(town, section))
    expected = standings(town, section, TODAY)
    found = {s.name: s for s in map(read_standing, rows(page))}
    for one in expected.values():
        seen = found[one.name]
        assert (seen.absences, seen.mark, seen.work) == (one.absences, one.mark, one.work)
    assert any(one.work for one in expected.values())


def test_a_principal_reads_assignments_of_the_own_school_alone(town: Town, sign_in: SignIn) -> None:
    principal = sign_in("principal")
    own = DEMO_TEACHER.education_organization_id
    schools = Counter(d["sectionReference"]["schoolId"] for d in town.documents["GradebookEntry"])
    assert len(schools) > 1
    listed = principal.page("/records/ed-fi/gradebookEntries")
    assert f"{schools[own]:,} records" in " ".join(words([listed.get_element_by_id("main")]).split())


def test_the_principal_of_one_school_sees_no_class_of_another(town: Town, sign_in: SignIn) -> None:
    elsewhere = next(s for s in _all_sections(town) if s[1] != DEMO_TEACHER.education_organization_id)
    assert sign_in("principal").get(section_address(town, elsewhere)).status_code == 404


def _all_sections(town: Town) -> list[tuple[Any, ...]]:
    return [
        (
            d["courseOfferingReference"]["localCourseCode"],
            d["courseOfferingReference"]["schoolId"],
            d["courseOfferingReference"]["schoolYear"],
            d["sectionIdentifier"],
            d["courseOfferingReference"]["sessionName"],
        )
        for d in town.documents["Section"]
    ]
