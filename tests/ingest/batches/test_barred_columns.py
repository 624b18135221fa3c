"""A column that feeds only what the district does not store is gone before its row is kept anywhere."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from homeroom.ingest.loading.report import LoadReport
from homeroom.ingest.quarantine.keeping import Kept, Quarantine
from homeroom.ingest.quarantine.waiting_rows import Wanted, list_waiting, open_waiting
from homeroom.ingest.specs.recognition import SpecRecogniser
from homeroom.ingest.specs.shelf import SpecText
from homeroom.trust.actors import Operator
from tests.cast import DISTRICT_ID
from tests.ingest.batches.conftest import DAY, SPEC_TEXT, school
from tests.ingest.conftest import Dock

__all__ = ["school"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

NUMBER = "123-45-6789"
VISA = "V-9081726"
CODES = f"""  - resource: studentEducationOrganizationAssociations
    document:
      studentReference: {{studentUniqueId: "= [Number]"}}
      educationOrganizationReference: {{educationOrganizationId: {DISTRICT_ID}}}
      studentIdentificationCodes:
        - studentIdentificationSystemDescriptor: SSN
          assigningOrganizationIdentificationCode: SSA
          identificationCode: "= trim([Social])"
        - studentIdentificationSystemDescriptor: District
          assigningOrganizationIdentificationCode: "4100"
          identificationCode: "= [Local]"
"""
VISAS = """      visas:
        - visaDescriptor: "= [Visa]"
"""
SPEC = SpecText("fernhollow_students", SPEC_TEXT.rstrip() + "\n" + CODES, 1)
HEADER = "Number,First,Last,Born,Grade,School,Social,Local,Visa,Locker"
GOOD = f"F-1,Ines,Marlowe,3/5/2011,9,4101,{NUMBER},77,{VISA},17"
BAD = f"F-2,Ines,Marlowe,never,9,4101,{NUMBER},78,{VISA},18"


def spec_with(text: str) -> SpecText:
    return SpecText("fernhollow_students", text, 1)


async def load(dock: Dock, *rows: str, spec: SpecText = SPEC) -> LoadReport:
    path = dock.folder / "students.csv"
    path.write_text("\n".join((HEADER, *rows)) + "\n")
    recogniser = SpecRecogniser(
        dock.district.catalog.model,
        own=(spec,),
        chosen=None,
        parameters={"load_date": str(DAY)},
        bars=dock.district.sealing,
    )
    return await dock.load_with(recogniser, path)


async def kept(dock: Dock) -> Sequence[Kept]:
    rows = await dock.fetch(
        "select id, batch, file, line, resource, row_sealed, added_at from ingest.quarantine order by id"
    )
    return [Quarantine(dock.district).open_row(row).kept for row in rows]


def told(report: LoadReport) -> str:
    (words,) = (w.words for w in report.warnings if w.code == "load.columns_barred")
    return words.rpartition(": ")[2]


async def test_a_number_that_may_not_be_held_is_in_no_kept_row_of_its_line(school: Dock) -> None:
    report = await load(school, GOOD, BAD)
    found = await kept(school)
    assert len(found) == 3  # the student, the stay and the codes
    for row in found:
        assert NUMBER.encode() not in row.raw + row.text
        assert sorted(msgspec.json.decode(row.raw)) == [
            "Born", "First", "Grade", "Last", "Local", "Number", "School",
        ]  # fmt: skip
        assert row.left_out == ["Social", "Visa", "Locker"]
    assert told(report) == "Social."


async def test_the_rest_of_the_row_is_stored(school: Dock) -> None:
    report = await load(school, GOOD)
    assert report.failed == 0
    rows = await school.fetch("select count(*) from edfi.student_education_organization_association")
    assert rows == [(1,)]


async def test_a_member_that_may_not_be_held_bars_its_columns_too(school: Dock) -> None:
    text = SPEC.definition.replace('      birthDate: "= [Born]"\n', '      birthDate: "= [Born]"\n' + VISAS)
    report = await load(school, BAD, spec=spec_with(text))
    assert told(report) == "Social, Visa."
    assert not any(VISA.encode() in row.raw for row in await kept(school))


async def test_a_column_that_feeds_something_else_too_stays(school: Dock) -> None:
    text = SPEC.definition.replace("trim([Social])", "trim([Number])")
    report = await load(school, BAD, spec=spec_with(text))
    assert not [w for w in report.warnings if w.code == "load.columns_barred"]
    assert all("Number" in msgspec.json.decode(row.raw) for row in await kept(school))


async def test_the_text_of_a_row_whose_cells_cannot_be_told_apart_is_not_kept(school: Dock) -> None:
    report = await load(school, GOOD, GOOD.replace("F-1", "F-2") + ",1,2,3,4,5")
    assert report.failed == 1
    (row,) = await kept(school)
    assert row.text == b""


async def test_no_profile_is_made_of_a_barred_column(school: Dock) -> None:
    await load(school, GOOD)
    rows = await school.fetch("select column_name from ingest.column_profile order by 1")
    assert [name for (name,) in rows] == ["Born", "First", "Grade", "Last", "Local", "Number", "School"]


async def test_who_opens_the_row_sees_which_columns_were_left_out(school: Dock) -> None:
    await load(school, BAD)
    line = (await list_waiting(school.district, Wanted(resource="Student")))[0]
    detail = await open_waiting(school.district, line.id, actor=Operator("load"))
    assert detail.left_out == ("Social", "Visa", "Locker")
