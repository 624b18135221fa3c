"""The mapping editor over HTTP: findings by line, first rows as records, versions, who may, and what it may cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lxml import html

from homeroom.ingest.intake.borrowing import Allowance, AllowanceSpentError
from tests.web.pages.conftest import SignIn
from tests.web.pages.town import Town, Visitor, words

SPEC = """\
spec: bus_riders
standard: "5.2"
parameters:
  prefix: {label: What numbers begin with, kind: text, default: "B-"}
files:
  riders:
    columns: [Rider, Given, Family, Born]
    dates: [M/d/yyyy]
records:
  - resource: students
    document:
      studentUniqueId: "= prefix & [Rider]"
      firstName: "= [Given]"
      lastSurname: "= [Family]"
      birthDate: "= [Born]"
"""
ROWS = "Rider,Given,Family,Born,Seat\n1,Ines,Marlowe,3/5/2011,7\n2,Omar,Quist,13/45/2011,8\n"


@pytest.fixture(scope="module", autouse=True)
def tidy(town: Town) -> Iterator[None]:
    """Specs of these tests go again."""
    yield
    town.fetch("delete from ingest.spec where name in ('bus_riders', 'kra') returning name")


def send(manager: Visitor, name: str, content: str) -> str:
    """Sends a file; what the editor calls it."""
    files = {"files": (name, content.encode())}
    response = manager.post("/files", data={"csrf": manager.csrf}, files=files)
    assert response.status_code == 303, response.text
    batch = response.headers["location"].rpartition("/")[2].partition("?")[0]
    listed = manager.page("/mappings/kra").xpath("//select[@id='sample']/option/@value")
    return str(next(value for value in listed if value.startswith(f"{batch}-")))


@pytest.fixture
def manager(sign_in: SignIn) -> Visitor:
    return sign_in("data_manager")


@pytest.fixture
def riders(manager: Visitor, town: Town) -> str:
    """A file of riders, and a spec for it that the district has saved."""
    keep(SPEC, town)
    return send(manager, "riders.csv", ROWS)


def keep(definition: str, town: Town) -> None:
    """The spec as the newest version, however it came to be."""
    town.fetch(
        "insert into ingest.spec (name, version, definition, saved_by)"
        " select 'bus_riders', coalesce(max(version), 0) + 1, $1, 'operator:tests' from ingest.spec"
        " where name = 'bus_riders' returning version",
        definition,
    )


def typed(page: Any) -> str:
    """The text of the editor, without the line end that HTML does not count."""
    return str(page.xpath("//textarea")[0].text).removeprefix("\n")


def look(manager: Visitor, definition: str, **fields: str) -> Any:
    """The editor with its preview."""
    response = manager.submit("/mappings/bus_riders/preview", definition=definition, **fields)
    assert response.status_code == 200, response.text
    return html.fromstring(response.text)


def test_the_first_rows_become_records_or_say_why_not(manager: Visitor, riders: str) -> None:
    page = look(manager, SPEC, sample=riders)
    rows = page.xpath("//ol[@class='tried']/li")
    assert [words(row.xpath("h4")) for row in rows] == ["line 2", "line 3"]
    assert '"studentUniqueId": "B-1"' in words(rows[0].xpath(".//pre"))
    assert "'13/45/2011' in [Born]" in words(rows[1].xpath(".//*[@class='refused']"))
    assert "2 rows were tried: 1 has something that is refused" in words(page.xpath("//*[@id='preview']"))
    assert "1 column was not used" in words(page.xpath("//*[@id='preview']"))


def test_nothing_is_stored_and_the_ledger_says_who_looked(manager: Visitor, riders: str, town: Town) -> None:
    looks = "select count(*) from trust.ledger_entry where action = 'preview' and resource = 'InboxFile'"
    before, versions = town.fetch(looks)[0][0], town.fetch("select count(*) from ingest.spec")
    look(manager, SPEC, sample=riders)
    assert town.fetch(looks)[0][0] == before + 1
    assert town.fetch("select count(*) from ingest.spec") == versions
    assert town.fetch("select 1 from edfi.student where student_unique_id = 'B-1'") == []
    look(manager, SPEC)
    assert town.fetch(looks)[0][0] == before + 1


def test_a_fault_in_the_text_stands_at_its_line_and_hides_no_text(manager: Visitor, riders: str) -> None:
    wrong = SPEC.replace("firstName", "firtsName")
    page = look(manager, wrong, sample=riders)
    line = wrong[: wrong.index("firtsName")].count("\n") + 1
    finding = page.xpath(f"//*[@id='findings']//li[@data-line='{line}']")[0]
    assert "firtsName" in words(finding.xpath("code"))
    assert typed(page) == wrong
    assert page.xpath("//ol[@class='tried']") == []


def test_text_that_is_no_yaml_is_told_by_line(manager: Visitor, riders: str) -> None:
    page = look(manager, "spec: [\n", sample=riders)
    assert page.xpath("//*[@id='findings']//li")


def test_a_descriptor_that_nobody_knows_is_a_reason(manager: Visitor, riders: str) -> None:
    odd = SPEC + '      birthSexDescriptor: "uri://ed-fi.org/SexDescriptor#Walrus"\n'
    page = look(manager, odd, sample=riders)
    assert "Walrus' does not exist" in words(page.xpath("//*[@class='refused']"))


def test_parameters_are_asked_for_where_they_have_no_default(manager: Visitor, riders: str) -> None:
    asking = SPEC.replace(', default: "B-"', "")
    page = look(manager, asking, sample=riders)
    assert page.xpath("//*[@class='at-fault']//input[@name='parameter:prefix']")
    assert page.xpath("//ol[@class='tried']") == []
    page = look(manager, asking, sample=riders, **{"parameter:prefix": "Z-"})
    assert '"Z-1"' in words(page.xpath("//ol[@class='tried']//pre"))


def test_only_the_first_rows_are_tried(manager: Visitor, town: Town) -> None:
    keep(SPEC, town)
    many = "".join(f"{n},Ines,Marlowe,3/5/2011,7\n" for n in range(1, 400))
    riders = send(manager, "riders.csv", "Rider,Given,Family,Born,Seat\n" + many)
    assert len(look(manager, SPEC, sample=riders).xpath("//ol[@class='tried']/li")) == 20


def test_a_row_that_cannot_be_read_is_refused_in_its_place(manager: Visitor, town: Town) -> None:
    keep(SPEC, town)
    ragged = send(
        manager, "riders.csv", ROWS.replace("2,Omar", "5,6,7,8,9,2,Omar") + "3,Ada,Fenn,1/2/2012,9\n"
    )
    rows = look(manager, SPEC, sample=ragged).xpath("//ol[@class='tried']/li")
    assert [words(row.xpath("h4")) for row in rows] == ["line 2", "line 3", "line 4"]
    assert "10 cells" in words(rows[1].xpath(".//*[@class='refused']"))


def test_the_file_of_a_batch_is_chosen_by_its_number(manager: Visitor, riders: str) -> None:
    page = manager.page(f"/mappings/bus_riders?batch={riders.partition('-')[0]}")
    assert page.xpath("//select[@id='sample']/option[@selected]/@value") == [riders]
    assert len(page.xpath("//ol[@class='tried']/li")) == 2


@pytest.mark.parametrize("sample", ["0-0", "x", "999999-1", "1-99999999999999999999", "-"])
def test_a_file_that_is_not_there_is_no_file(manager: Visitor, riders: str, sample: str) -> None:
    page = look(manager, SPEC, sample=sample)
    assert page.xpath("//ol[@class='tried']") == []
    assert "Choose a file" in words(page.xpath("//*[@id='preview']"))


def test_an_earlier_version_is_looked_at_and_gone_back_to(manager: Visitor, riders: str, town: Town) -> None:
    keep(SPEC.replace("B-", "C-"), town)
    newest = town.fetch("select max(version) from ingest.spec where name = 'bus_riders'")[0][0]
    listed = manager.page("/mappings/bus_riders").xpath("//section[@aria-labelledby='versions']//a/@href")
    assert f"/mappings/bus_riders?version={newest - 1}" in listed
    page = manager.page(f"/mappings/bus_riders?version={newest - 1}")
    assert typed(page) == SPEC
    version = page.xpath("//input[@name='version']/@value")[0]
    response = manager.submit("/mappings/bus_riders", definition=SPEC, version=version, sample=riders)
    assert response.headers["location"] == f"/mappings/bus_riders?kept=1&sample={riders}"
    kept = town.fetch(
        "select version, definition from ingest.spec where name = 'bus_riders' order by version desc limit 1"
    )
    assert tuple(kept[0]) == (newest + 1, SPEC)


def test_a_copy_of_a_shipped_mapping_goes_back_to_how_it_was_shipped(manager: Visitor, town: Town) -> None:
    shipped = typed(manager.page("/mappings/kra"))
    assert manager.submit("/mappings/kra", definition=shipped + "\n# ours\n").status_code == 303
    page = manager.page("/mappings/kra?version=0")
    assert typed(page) == shipped
    assert "as it is shipped" in words(page.xpath("//main"))


def test_versions_that_are_not_there_are_absent(manager: Visitor, riders: str) -> None:
    for version in ("9999", "99999999999999", "0"):
        assert manager.get(f"/mappings/bus_riders?version={version}").status_code == 404
    assert manager.submit("/mappings/nobody/preview", definition=SPEC).status_code == 404


def test_what_cannot_be_kept_says_so_and_keeps_the_text(manager: Visitor, riders: str) -> None:
    response = manager.submit("/mappings/bus_riders", definition=SPEC.replace("bus_riders", "other"))
    assert response.status_code == 400
    assert "It cannot be kept so" in response.text
    assert "spec: other" in typed(html.fromstring(response.text))


@pytest.mark.parametrize("role", ["teacher", "principal"])
def test_only_a_data_manager_may_look(sign_in: SignIn, manager: Visitor, riders: str, role: str) -> None:
    other = sign_in(role)
    assert other.get(f"/mappings/bus_riders?sample={riders}").status_code == 404
    assert other.submit("/mappings/bus_riders/preview", definition=SPEC, sample=riders).status_code == 404
    assert manager.get(f"/mappings/bus_riders?sample={riders}").status_code == 200


def test_a_preview_needs_the_secret_of_the_session(manager: Visitor, riders: str) -> None:
    response = manager.post("/mappings/bus_riders/preview", data={"definition": SPEC, "sample": riders})
    assert response.status_code == 403


def test_reading_ends_with_its_allowance() -> None:
    with pytest.raises(AllowanceSpentError):
        Allowance(parts=2, seconds=60).spend(3)
    with pytest.raises(AllowanceSpentError):
        Allowance(parts=2, seconds=-1).spend()
