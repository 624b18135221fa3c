"""inBloom's broken uploads: each is told clearly, and everything readable in it is stored."""

from __future__ import annotations

import pytest

from tests.ingest.conftest import SAMPLES, Dock, codes_of, needs_samples

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_samples]

_UPLOADS = SAMPLES / "inbloom/broken-uploads"
# Upload, codes about its files, records stored by resource (some of them), root causes of rows that fail.
_CASES: list[tuple[str, set[str], dict[str, int], set[tuple[str, str]]]] = [
    ("NoValidFilesInCtlFile", {"package.nothing_to_load", "xml.malformed"}, {}, set()),
    ("ExtraCtlFileEntry", {"package.listed_missing"}, {"Student": 5}, set()),
    ("MissingXMLFile", {"package.listed_missing"}, {"Student": 5}, set()),
    ("DirPathnameInCtlFile", {"package.path_in_name"}, {"Student": 78}, {("load.missing_parent", "School")}),
    ("ZipContainsSubfolder", {"package.not_listed"}, {"Student": 78}, {("load.missing_parent", "School")}),
    ("InvalidRecordType", {"package.unknown_format"}, {"Student": 5}, set()),
    (
        "ControlFileHasExtraProperty",
        {"package.extra_field"},
        {},
        {("load.missing_parent", "School"), ("inbloom.no_place", "CalendarDate")},
    ),
    ("BadCtlFile", {"package.control_line"}, {"School": 3, "Session": 10}, set()),
    ("ChecksumError", {"package.wrong_checksum"}, {"School": 3, "Session": 10}, set()),
    ("malformedXML", {"xml.malformed"}, {"Student": 1}, set()),
    ("noRecord", {"load.no_record"}, {}, set()),
    (
        "firstRecordHasIncorrectAttribute",
        {"xml.unknown_element"},
        {"Student": 1},
        {("inbloom.missing", "Student")},
    ),
    ("firstRecordMissingAttribute", set(), {"Student": 1}, {("inbloom.missing", "Student")}),
    ("secondRecordMissingAttribute", set(), {"Student": 1}, {("inbloom.missing", "Student")}),
    ("valueTypeNotMatchAttributeType", set(), {"Student": 1}, {("xml.wrong_type", "Student")}),
    ("firstRecordHasMoreAttributes", set(), {"Student": 2}, set()),
    ("stringOrEnumContainsWhitespace", set(), {"Student": 1}, set()),
    ("Error_Report2", {"package.wrong_checksum"}, {"Student": 1}, {("inbloom.missing", "AttendanceEvent")}),
    ("XXETest", {"xml.doctype", "package.nothing_to_load"}, {}, set()),
    ("DailyAttendanceNoStudent", set(), {}, {("inbloom.missing", "AttendanceEvent")}),
    ("NegativeGenericEdOrg", set(), {}, {("load.missing_parent", "LocalEducationAgency")}),
    ("BlacklistInputs", {"package.not_listed"}, {"Course": 3}, set()),
    ("UnzippedControlFile", set(), {"StateEducationAgency": 1}, set()),
    ("zip/BadZip.zip", {"package.not_a_zip"}, {}, set()),
    ("zip/corrupt.zip", {"package.not_a_zip"}, {}, set()),
    ("zip/NoControlFile.zip", {"load.unknown_file"}, {}, set()),
    ("zip/ZipWithPath.zip", {"package.folders"}, {}, {("load.missing_parent", "School")}),
    ("csv/validCSV", {"package.unknown_format"}, {}, set()),
]


@pytest.mark.parametrize(("upload", "codes", "stored", "causes"), _CASES, ids=[c[0] for c in _CASES])
async def test_a_broken_upload_is_told_and_the_rest_of_it_stored(
    dock: Dock,
    upload: str,
    codes: set[str],
    stored: dict[str, int],
    causes: set[tuple[str, str]],
) -> None:
    report = await dock.load(_UPLOADS / upload)
    assert codes <= set(codes_of(report))
    assert {c.resource: c.stored for c in report.counts if c.resource in stored} == stored
    assert causes <= {(c.code, c.resource) for c in report.causes}
    assert report.failed == sum(c.rows for c in report.causes)
    if not causes:
        assert report.failed == 0


async def test_nothing_of_another_file_leaks_through_an_entity(dock: Dock) -> None:
    await dock.load(_UPLOADS / "XXETest")
    assert await dock.count("ingest.quarantine") == 0
    assert await dock.count("edfi.student") == 0


async def test_the_same_upload_twice_stores_nothing_the_second_time(dock: Dock) -> None:
    assert (await dock.load(_UPLOADS / "TinyDataSet")).stored > 0
    again = await dock.load(_UPLOADS / "TinyDataSet")
    assert (again.stored, again.unchanged) == (0, again.considered)


async def test_a_change_and_its_return_are_both_stored(dock: Dock) -> None:
    name = "select name_of_institution from edfi.state_education_agency"
    names = []
    for upload in ("TinyDataSet", "TinyDataSetUpdated", "TinyDataSet"):
        await dock.load(_UPLOADS / upload)
        names += await dock.fetch(name)
    assert names[0] == names[2] != names[1]


async def test_blanks_around_values_are_trimmed_and_a_second_load_changes_nothing(dock: Dock) -> None:
    await dock.load(_UPLOADS / "stringOrEnumContainsWhitespace")
    again = await dock.load(_UPLOADS / "stringOrEnumContainsWhitespace")
    assert (again.stored, again.failed) == (0, 0)


async def test_attendance_is_not_counted_twice(dock: Dock) -> None:
    first = await dock.load(_UPLOADS / "DailyAttendance")
    count = await dock.count("edfi.student_school_attendance_event")
    assert count == 72
    assert first.failed == 72
    await dock.load(_UPLOADS / "DailyAttendanceDuplicate")
    assert await dock.count("edfi.student_school_attendance_event") == count
