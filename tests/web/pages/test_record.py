"""One record and lists of them: labels, origin, history, readers, and no personal value in any address."""

from __future__ import annotations

from typing import Any

from tests.web.pages.conftest import SignIn
from tests.web.pages.town import Document, Town, Visitor, counted_statements, words


def record_address(town: Town, table: str, endpoint: str, where: str, *values: object) -> str:
    uuid = town.fetch(f"select uuid from edfi.{table} where {where}", *values)[0][0]
    return f"/records/ed-fi/{endpoint}/{uuid}"


def members(page: Any) -> dict[str, str]:
    """Label to value of the outermost fields."""
    outer = page.xpath("//section[@aria-labelledby='content']/dl/div")
    return {words(field.xpath("./dt")): words(field.xpath("./dd")) for field in outer}


def student_address(town: Town, student: Document) -> str:
    return record_address(town, "student", "students", "student_unique_id = $1", student["studentUniqueId"])


def test_a_record_shows_its_members_under_plain_labels(town: Town, sign_in: SignIn) -> None:
    school = town.documents["School"][0]
    page = sign_in("data_manager").page(
        record_address(town, "school", "schools", "school_id = $1", school["schoolId"])
    )
    shown = members(page)
    assert shown["Name of institution"] == school["nameOfInstitution"]
    assert shown["School ID"] == str(school["schoolId"])
    grades = [g["gradeLevelDescriptor"].partition("#")[2] for g in school["gradeLevels"]]
    assert [words([li]) for li in page.xpath("//dd[@data-member='gradeLevels']//li")] == grades
    assert shown["District"] == str(school["localEducationAgencyReference"]["localEducationAgencyId"])


def test_a_reference_leads_to_the_record_it_names(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    school = town.documents["School"][0]
    page = manager.page(record_address(town, "school", "schools", "school_id = $1", school["schoolId"]))
    link = page.xpath("//dd[@data-member='localEducationAgencyReference']/a/@href")[0]
    assert members(manager.page(link))["Name of institution"] == "Willow Creek School District"


def test_a_record_names_its_file_and_line(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    for number in (3, 40):
        page = manager.page(student_address(town, town.documents["Student"][number - 1]))
        origin = words(page.xpath("//section[@aria-labelledby='source']//span[@class='origin']"))
        assert origin == f"files/Student.jsonl, line {number}"


def test_a_change_shows_what_stood_before_and_where_that_was_from(town: Town, sign_in: SignIn) -> None:
    student = town.documents["Student"][9]
    changed = {**student, "lastSurname": "Hollowell", "preferredFirstName": "Bo"}
    town.load("Student", changed, into="corrections")
    page = sign_in("data_manager").page(student_address(town, student))
    history = page.xpath("//ol[@class='history']/li")
    assert len(history) == 1
    changes = [words([li]) for li in history[0].xpath(".//ul/li")]
    assert changes == [
        f"Last name: {student['lastSurname']} → Hollowell",
        "Preferred first name: nothing → Bo",
    ]
    assert words(history[0].xpath(".//span[@class='origin']")) == "files/Student.jsonl, line 10"
    origin = words(page.xpath("//section[@aria-labelledby='source']//span[@class='origin']"))
    assert origin == "corrections/Student.jsonl, line 1"


def test_a_record_tells_who_read_it_and_for_what(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    page = manager.page(student_address(town, town.documents["Student"][20]))
    lines = page.xpath("//section[@aria-labelledby='ledger']//tbody/tr")
    newest, oldest = words([lines[0]]), words([lines[-1]])
    assert "Tomas Lindqvist" in newest
    assert "enrollment and transfer" in newest
    assert "operator:load" in oldest
    assert "created" in oldest


def test_who_read_it_can_be_followed_back(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    address = student_address(town, town.documents["Student"][60])
    for _ in range(51):
        manager.page(address)
    page = manager.page(address)
    assert len(page.xpath("//section[@aria-labelledby='ledger']//tbody/tr")) == 50
    (link,) = page.xpath("//section[@aria-labelledby='ledger']//a/@href")
    earlier = manager.page(address + link)
    lines = earlier.xpath("//section[@aria-labelledby='ledger']//tbody/tr")
    assert "operator:load" in words([lines[-1]])
    assert not earlier.xpath("//section[@aria-labelledby='ledger']//a")
    assert (
        len(
            manager.page(f"{address}?entries-before=x").xpath(
                "//section[@aria-labelledby='ledger']//tbody/tr"
            )
        )
        == 50
    )


def test_only_the_data_manager_is_told_who_read_it(town: Town, sign_in: SignIn) -> None:
    grade = town.fetch(
        "select g.uuid from edfi.grade g join edfi.staff_section_association t on t.section_identifier ="
        " g.section_identifier where t.staff_unique_id = 'T-1001' limit 1"
    )[0][0]
    page = sign_in("teacher").page(f"/records/ed-fi/grades/{grade}")
    assert not page.xpath("//section[@aria-labelledby='ledger']")
    assert page.xpath("//section[@aria-labelledby='source']")


def test_a_teacher_cannot_open_a_student_of_somebody_else(town: Town, sign_in: SignIn) -> None:
    theirs = town.fetch(
        "select s.uuid from edfi.student s where not exists (select from edfi.student_section_association a"
        " join edfi.staff_section_association t on t.section_ref = a.section_ref"
        " where a.student_ref = s.id and t.staff_unique_id = 'T-1001') limit 1"
    )[0][0]
    own = town.fetch(
        "select s.uuid from edfi.student_section_association a join edfi.student s on s.id = a.student_ref"
        " join edfi.staff_section_association t on t.section_ref = a.section_ref"
        " where t.staff_unique_id = 'T-1001' limit 1"
    )[0][0]
    teacher = sign_in("teacher")
    refused = teacher.get(f"/records/ed-fi/students/{theirs}")
    assert (refused.status_code, refused.content) == (404, teacher.get("/nothing").content)
    assert teacher.get(f"/records/ed-fi/students/{own}").status_code == 200


def test_what_the_purpose_does_not_cover_is_left_out_and_named(town: Town, sign_in: SignIn) -> None:
    page = sign_in("data_manager").page(student_address(town, town.documents["Student"][30]))
    withheld = words(page.xpath("//details[@class='withheld']"))
    assert withheld.startswith("11 fields are not shown for this purpose")
    assert "City of birth" in withheld or "Birth city" in withheld


def test_what_a_role_may_never_read_is_not_there(town: Town, sign_in: SignIn) -> None:
    incident = town.fetch("select uuid from edfi.discipline_incident limit 1")[0][0]
    manager = sign_in("data_manager")
    refused = manager.get(f"/records/ed-fi/disciplineIncidents/{incident}")
    assert (refused.status_code, refused.content) == (404, manager.get("/nothing").content)
    assert manager.get("/records/ed-fi/disciplineIncidents").status_code == 404
    listed = manager.page("/records").xpath("//ul[@class='links']//a/@href")
    assert "/records/ed-fi/students" in listed
    assert "/records/ed-fi/disciplineIncidents" not in listed


def test_a_list_goes_on_page_by_page_and_holds_each_record_once(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    seen: list[str] = []
    page = manager.page("/records/ed-fi/students")
    for _ in range(20):
        seen += [words([th]) for th in page.xpath("//table[@class='list']/tbody/tr/td[last()]")]
        following = page.xpath("//form[@class='paging']//button[. = 'Next page']/@value")
        if not following:
            break
        page = _parsed(manager, "/records/ed-fi/students", first=following[0])
    assert sorted(seen) == sorted(d["studentUniqueId"] for d in town.documents["Student"])


def test_a_list_page_is_one_ledger_entry_of_what_it_shows(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    before = town.fetch("select max(id) from trust.ledger_entry")[0][0]
    manager.page("/records/ed-fi/students")
    entries = town.fetch("select rows, resource from trust.ledger_entry where id > $1", before)
    assert [tuple(e) for e in entries] == [(50, "Student")]


def test_a_search_finds_exactly_and_leaves_no_value_in_an_address(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    student = town.documents["Student"][123]
    page = _parsed(manager, "/records/ed-fi/students", studentUniqueId=student["studentUniqueId"])
    lines = page.xpath("//table[@class='list']/tbody/tr")
    assert [words([c]) for c in lines[0].xpath("./*")] == [
        student["firstName"],
        student["lastSurname"],
        student["studentUniqueId"],
    ]
    assert len(lines) == 1
    assert not [a for a in page.xpath("//@href | //@action") if student["studentUniqueId"] in a]


def test_a_search_for_what_cannot_stand_there_says_so(sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    response = manager.submit("/records/ed-fi/schools", schoolId="many")
    assert response.status_code == 400
    assert "aria-invalid" in response.text


def test_no_address_on_any_page_holds_a_name_or_number_of_a_person(town: Town, sign_in: SignIn) -> None:
    people = [*town.documents["Student"], *town.documents["Staff"], *town.documents["Contact"]]
    values = {d[m] for d in people for m in ("studentUniqueId", "staffUniqueId", "lastSurname") if m in d}
    teacher, manager = sign_in("teacher"), sign_in("data_manager")
    section = teacher.page("/sections").xpath("//a[@class='tile']/@href")[0]
    pages = [
        teacher.page(section),
        manager.page("/records/ed-fi/students"),
        manager.page("/records/ed-fi/grades"),
    ]
    pages.append(manager.page(student_address(town, town.documents["Student"][5])))
    addresses = [a for page in pages for a in page.xpath("//@href | //@action | //@src")]
    assert len(addresses) > 200
    assert not [a for a in addresses for value in values if value in a]


def test_a_record_takes_a_fixed_number_of_statements(town: Town, sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    address = student_address(town, town.documents["Student"][50])
    with counted_statements() as sent:
        manager.page(address)
    assert len(sent) == 6, sent  # session, record, origin, earlier versions, readers, how far back that is


def test_addresses_that_make_no_sense_are_absent(sign_in: SignIn) -> None:
    manager = sign_in("data_manager")
    for address in (
        "/records/ed-fi/students/not-a-uuid",
        "/records/ed-fi/nothings",
        "/records/none/students",
        "/records/ed-fi/students/00000000-0000-4000-8000-000000000000",
        "/clients/rotate",
        "/records/",
    ):
        assert manager.get(address).content == manager.get("/nothing").content, address


def _parsed(visitor: Visitor, address: str, **fields: str) -> Any:
    from lxml import html

    response = visitor.submit(address, **fields)
    assert response.status_code == 200, response.text
    return html.fromstring(response.content.decode())
