"""Files that a mapping spec reads go the way of all others: stored, kept out, taken back, tried."""

from __future__ import annotations

import msgspec
import pytest

from homeroom.ingest.quarantine.keeping import Kept
from homeroom.ingest.specs.shelf import SpecText, save_spec
from homeroom.trust.actors import Operator
from tests.ingest.batches.conftest import (
    SPEC,
    SPEC_TEXT,
    load_csv,
    recogniser_of,
    student,
    write_csv,
)
from tests.ingest.conftest import SAMPLES, Dock, codes_of, counts_of, needs_samples

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_rows_of_a_recognised_file_become_records(school: Dock) -> None:
    report = await load_csv(school, *(student(n) for n in range(1, 4)))
    assert (counts_of(report, "Student").inserted, report.failed) == (3, 0)
    assert counts_of(report, "StudentSchoolAssociation").inserted == 3
    rows = await school.fetch("select student_unique_id, source_line from edfi.student order by 1")
    assert rows == [("F-1", 2), ("F-2", 3), ("F-3", 4)]


async def test_a_bad_cell_keeps_its_row_out_with_the_row_as_it_came(school: Dock) -> None:
    report = await load_csv(school, student(1), student(2, Born="31/31/2011"), student(3, Grade="14"))
    assert (counts_of(report, "Student").failed, counts_of(report, "StudentSchoolAssociation").failed) == (
        1,
        2,
    )
    rows = await school.fetch(
        "select line, resource, code, words, spec, spec_version, row_sealed from ingest.quarantine"
        " order by line, resource"
    )
    assert [row[:3] for row in rows] == [
        (3, "Student", "mapping.not_a_date"),
        (3, "StudentSchoolAssociation", "load.missing_parent"),
        (4, "StudentSchoolAssociation", "mapping.unmapped_value"),
    ]
    assert {row[4:6] for row in rows} == {("fernhollow_students", 1)}
    assert not any("31/31" in row[3] for row in rows)
    place = b"quarantine:Student:3:students.csv"
    kept = msgspec.msgpack.decode(school.district.keys.unseal(rows[0][6], place=place), type=Kept)
    raw = msgspec.json.decode(kept.raw)
    assert raw["Born"] == "31/31/2011"
    assert "Locker" not in raw


async def test_columns_that_a_spec_may_use_and_the_file_lacks_are_told(school: Dock) -> None:
    path = school.folder / "students.csv"
    path.write_text("Number,First,Last,Born,Grade\nF-1,Ines,Marlowe,3/5/2011,9\n")
    report = await school.load_with(recogniser_of(school), path)
    (told,) = (w.words for w in report.warnings if w.code == "load.columns_missing")
    assert "School" in told


async def test_a_file_that_two_specs_read_alike_is_asked_about(school: Dock) -> None:
    other = SpecText("others", SPEC_TEXT.replace("fernhollow_students", "others"), 1)
    report = await school.load_with(recogniser_of(school, SPEC, other), write_csv(school, student(1)))
    assert codes_of(report) == ["load.several_layouts"]
    assert report.stored == 0


async def test_a_spec_is_kept_under_the_name_it_calls_itself(school: Dock) -> None:
    saved = await save_spec(
        school.district, "others", definition=SPEC_TEXT, beside={}, actor=Operator("load")
    )
    assert isinstance(saved, tuple)
    assert [finding.code for finding in saved] == ["load.spec_name"]


async def test_a_file_that_is_looked_up_and_too_large_to_hold_is_refused(
    school: Dock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = (
        SPEC_TEXT.replace("files:", "files:\n  names:\n    columns: [Id, Called]", 1)
        .replace("tables:", "tables:\n  called: {file: names, key: Id, otherwise: blank}", 1)
        .replace('firstName: "= [First]"', "firstName: \"= lookup(called, [Number], 'Called')\"")
        .replace("  - resource: stu", "  - from: students\n    resource: stu")
    )
    names = school.folder / "names.csv"
    names.write_text("Id,Called\n" + "".join(f"F-{n},Somebody\n" for n in range(100)))
    monkeypatch.setattr("homeroom.ingest.reading.mapped.MOST_LOOKED_UP_BYTES", 1_000)
    recogniser = recogniser_of(school, SpecText("fernhollow_students", looking, 1))
    report = await school.load_with(recogniser, names, write_csv(school, student(1)))
    assert "load.lookup_too_large" in codes_of(report)


async def test_columns_that_no_purpose_needs_are_dropped_and_told(school: Dock) -> None:
    report = await load_csv(school, student(1))
    assert "load.columns_dropped" in codes_of(report)
    (told,) = (w.words for w in report.warnings if w.code == "load.columns_dropped")
    assert told == "1 column was not used, and dropped before anything was stored: Locker."


async def test_an_unknown_layout_says_how_to_get_a_mapping(school: Dock) -> None:
    path = school.folder / "lunch.csv"
    path.write_text("Pupil,Dish\nF-1,Soup\n")
    report = await school.load_with(recogniser_of(school), path)
    (finding,) = report.findings
    assert (finding.code, finding.remedy) == (
        "load.unknown_layout",
        "`homeroom suggest lunch.csv` proposes a mapping.",
    )


async def test_a_trial_of_a_mapped_file_keeps_nothing(school: Dock) -> None:
    report = await load_csv(school, student(1), is_trial=True)
    assert counts_of(report, "Student").inserted == 1
    assert await school.count("edfi.student") == 0


async def test_a_zip_of_mapped_files_is_read_where_it_lies(school: Dock) -> None:
    import zipfile

    csv = write_csv(school, student(1))
    archive = school.folder / "from-sis.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(csv, "export/students.csv")
    report = await school.load_with(recogniser_of(school), archive)
    assert counts_of(report, "Student").inserted == 1
    assert await school.fetch("select file from ingest.source where file like '%students.csv'") == [
        ("from-sis.zip/export/students.csv",)
    ]


async def test_a_row_with_too_many_cells_is_kept_out_with_its_text(school: Dock) -> None:
    path = write_csv(school, student(1))
    path.write_bytes(path.read_bytes() + b"F-2,Ines,Marlowe,3/5/2011,9,4101,1,2,3,4\n")
    report = await school.load_with(recogniser_of(school), path)
    assert counts_of(report, "Student").inserted == 1
    assert report.failed == 1


@needs_samples
async def test_a_whole_set_of_files_is_one_delivery(school: Dock) -> None:
    report = await school.load_with(recogniser_of(school), SAMPLES / "oneroster" / "grand-bend-1.1")
    assert (report.failed, report.findings) == (0, ())
    assert counts_of(report, "Student").inserted == 960
    assert counts_of(report, "StudentSectionAssociation").inserted == 11_520
    assert "load.no_record" not in codes_of(report)
