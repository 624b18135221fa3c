"""Previews of a spec on a file of the inbox: what they show to whom, how much they read, and what ends them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import pytest

from homeroom.ingest.intake.deliveries import Reading, deliver
from homeroom.ingest.intake.inbox import Inbox, InboxFile
from homeroom.ingest.preview.desk import PreviewDesk
from homeroom.ingest.preview.shown import SpecPreview
from homeroom.ingest.preview.specimens import Specimen, find_specimen, list_specimens
from homeroom.ingest.specs.shelf import SpecText
from homeroom.records.tasks import decide_task
from homeroom.records.views.granted import Ask
from homeroom.trust.actors import Operator
from homeroom.trust.grant import Action, Decision, Grant
from homeroom.trust.purposes import Purpose
from homeroom.trust.refusals import refuse_purpose
from tests.ingest.batches.conftest import SPEC, SPEC_TEXT, csv_of, student
from tests.ingest.conftest import Dock

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLERK = Operator("clerk")
BESIDE = """
spec: beside
standard: "5.2"
files:
  students:
    columns: [Number, First, Last, Born]
    dates: [M/d/yyyy]
  homes:
    columns: [Pupil, Nickname]
tables:
  homes: {file: homes, key: Pupil}
records:
  - resource: students
    from: students
    document:
      studentUniqueId: "= [Number]"
      firstName: "= [First]"
      lastSurname: "= [Last]"
      birthDate: "= [Born]"
      preferredFirstName: "= lookup(homes, [Number], 'Nickname')"
"""
COSTLY = SPEC_TEXT.replace(
    "  - resource: students\n",
    "  - resource: students\n    for: {n: 1..1000, m: 1..2}\n",
).replace('firstName: "= [First]"', 'firstName: "= ' + "upper(" * 25 + "[First]" + ")" * 25 + '"')


async def hand_in(dock: Dock, content: bytes, name: str) -> Specimen:
    """A file in the inbox, chosen."""

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    file = await Inbox(dock.district, spool_folder=dock.folder / "spool").receive(
        pieces(), name=name, actor=CLERK
    )
    assert isinstance(file, InboxFile)
    delivery = await deliver(dock.district, [file], reading=Reading(), actor=CLERK)
    found = await find_specimen(dock.district, batch=delivery.batch, file=file.id)
    assert found is not None
    return found


def anything(dock: Dock) -> Ask:
    return lambda action, resource: decide_task(dock.district, "load", action=action, resource=resource)


async def look(
    dock: Dock,
    text: SpecText,
    specimen: Specimen | None,
    *,
    desk: PreviewDesk | None = None,
    ask: Ask | None = None,
) -> SpecPreview:
    return await (desk or PreviewDesk()).preview(
        dock.district, text, specimen=specimen, parameters={}, ask=ask or anything(dock), actor=CLERK
    )


def records_of(preview: SpecPreview) -> list[Any]:
    return [one for table in preview.tables for row in table.rows for one in row.records]


async def test_rows_become_the_records_that_would_be_stored(school: Dock) -> None:
    specimen = await hand_in(school, csv_of(student(1), student(2, Grade="77")).encode(), "students.csv")
    preview = await look(school, SPEC, specimen)
    first, second = preview.tables[0].rows
    assert [one.resource for one in first.records] == ["Student", "StudentSchoolAssociation"]
    assert first.records[0].members["birthDate"] == "2011-03-05"
    assert first.records[0].brief == "2011-03-05 · Ines · Marlowe · F-1"
    assert ([one.resource for one in second.refused], len(second.records)) == (
        ["StudentSchoolAssociation"],
        1,
    )


async def test_files_of_an_archive_look_things_up_in_each_other(school: Dock) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("students.csv", csv_of(student(1), student(2)))
        archive.writestr("homes.csv", "Pupil,Nickname\nF-2,Minnie\n")
    specimen = await hand_in(school, packed.getvalue(), "week.zip")
    preview = await look(school, SpecText("beside", BESIDE, 0), specimen)
    assert [table.name for table in preview.tables] == ["week.zip/students.csv"]
    assert [one.members["preferredFirstName"] for one in records_of(preview)] == ["Minnie"]
    refused = [finding for row in preview.tables[0].rows for one in row.refused for finding in one.findings]
    assert [finding.code for finding in refused] == ["mapping.unmapped_value"]


async def test_what_the_readers_grant_hides_is_not_shown(school: Dock) -> None:
    specimen = await hand_in(school, csv_of(student(3)).encode(), "students.csv")

    def ask(action: Action, resource: str) -> Decision:
        if resource != "Student":
            return refuse_purpose()
        return Grant(CLERK, Purpose.INSTRUCTION, action, resource, hidden=frozenset({"birthDate"}))

    first, second = records_of(await look(school, SPEC, specimen, ask=ask))
    assert first.members.keys() >= {"studentUniqueId", "firstName"}
    assert "birthDate" not in first.members
    assert (second.resource, second.members) == ("StudentSchoolAssociation", None)


async def test_a_large_file_is_read_at_its_beginning_alone(school: Dock) -> None:
    rows = csv_of(*(student(n) for n in range(2))) + "F-9,Ines,Marlowe,3/5/2011,9,4101,17\n" * 600_000
    specimen = await hand_in(school, rows.encode(), "students.csv")
    assert specimen.file.size > 20 << 20
    async with school.district.database.administering() as connection:
        await connection.execute(
            "delete from ingest.file_part where file = $1 and number > 12", specimen.file.id
        )
    preview = await look(school, SPEC, specimen)
    assert len(preview.tables[0].rows) == 20


async def test_a_costly_spec_is_given_up_and_the_next_preview_is_made(school: Dock) -> None:
    specimen = await hand_in(school, csv_of(student(1)).encode(), "students.csv")
    desk = PreviewDesk(seconds=0.2)
    given_up = await look(school, SpecText(SPEC.name, COSTLY, 0), specimen, desk=desk)
    assert [fault.code for fault in given_up.faults] == ["preview.too_long"]
    for _ in range(200):
        preview = await look(school, SPEC, specimen, desk=desk)
        if not preview.faults:
            break
    assert records_of(preview)


async def test_without_a_file_the_spec_is_checked(school: Dock) -> None:
    assert not (await look(school, SPEC, None)).faults
    wrong = SpecText(SPEC.name, SPEC_TEXT.replace("= [Born]", "= nobody"), 0)
    assert [f.code for f in (await look(school, wrong, None)).faults] == ["mapping.unknown_name"]


async def test_files_that_the_spec_has_read_are_offered_first(school: Dock) -> None:
    older = await hand_in(school, csv_of(student(31)).encode(), "older.csv")
    newer = await hand_in(school, csv_of(student(32)).encode(), "newer.csv")
    async with school.district.database.administering() as connection:
        await connection.execute("update ingest.batch set spec = 'mine' where id = $1", older.batch)
    keys = [line.key for line in await list_specimens(school.district, "mine")]
    assert keys[0] == older.key
    assert keys.index(newer.key) > 0
    assert await find_specimen(school.district, batch=newer.batch, file=older.file.id) is None
    assert await find_specimen(school.district, batch=10**9, file=1) is None
