"""Rows to documents: what stands in them, what is left out, and who is told of what cannot be read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.ingest.mapping.compiling import STUDENT, compiled, documents, mapped_rows, model, student_spec

from homeroom.base.findings import Severity
from homeroom.ingest.mapping.compile import compile_spec
from homeroom.ingest.mapping.mapping import Mapping as CompiledSpec
from homeroom.ingest.mapping.read import parse_spec
from homeroom.ingest.mapping.spec import Spec
from homeroom.standard.check import parse_document
from homeroom.standard.classification_rules import load_rules
from homeroom.standard.documents import Document, compile_document
from homeroom.standard.extend import Extension, extend_model, parse_extension

ATTENDANCE = """
spec: attendance
standard: "5.2"
files:
  days:
    columns: [Number, School, Day, Code]
    blanks: ["", NA, "--"]
    dates: [M/d/yyyy]
tables:
  categories:
    values: {P: In Attendance, A: Unexcused Absence}
records:
  - resource: studentSchoolAttendanceEvents
    where: = [Code] <> 'X'
    document:
      studentReference: {studentUniqueId: "= [Number]"}
      schoolReference: {schoolId: "= [School]"}
      sessionReference: {schoolId: "= [School]", schoolYear: "= school_year([Day])", sessionName: Year}
      eventDate: = [Day]
      attendanceEventCategoryDescriptor: = lookup(categories, [Code])
      educationalEnvironmentDescriptor: = [Place]
      schoolAttendanceDuration: {value: "= [Minutes]", on_fault: blank}
      arrivalTime: = [Arrived]
      attendanceEventReason: = [Reason]
"""
DAY = {"Number": "605001", "School": "4101", "Day": "9/4/2025", "Code": "P"}


def _days(*rows: Mapping[str, str | None]) -> list[Mapping[str, str | None]]:
    return [{**DAY, **row} for row in rows]


def test_values_are_typed_by_the_standard() -> None:
    row = {
        "Place": "Classroom",
        "Minutes": "1,234",
        "Arrived": "8:05 am",
        "Reason": 'He said "ill"\n',
        "School": "4101.0",
    }
    mapped = mapped_rows(compiled(ATTENDANCE), _days(row))
    assert documents(mapped) == [
        {
            "studentReference": {"studentUniqueId": "605001"},
            "schoolReference": {"schoolId": 4101},
            "sessionReference": {"schoolId": 4101, "schoolYear": 2026, "sessionName": "Year"},
            "eventDate": "2025-09-04",
            "attendanceEventCategoryDescriptor": "uri://ed-fi.org/AttendanceEventCategoryDescriptor#In Attendance",
            "educationalEnvironmentDescriptor": "uri://ed-fi.org/EducationalEnvironmentDescriptor#Classroom",
            "schoolAttendanceDuration": 1234,
            "arrivalTime": "08:05:00",
            "attendanceEventReason": 'He said "ill"',
        }
    ]


def test_what_is_blank_is_left_out() -> None:
    mapped = mapped_rows(
        compiled(ATTENDANCE), _days({"School": " NA ", "Place": "--", "Reason": "   ", "Day": None})
    )
    assert documents(mapped) == [
        {
            "studentReference": {"studentUniqueId": "605001"},
            "attendanceEventCategoryDescriptor": "uri://ed-fi.org/AttendanceEventCategoryDescriptor#In Attendance",
        }
    ]


def test_every_cell_that_cannot_be_read_is_told_with_its_place() -> None:
    mapped = mapped_rows(
        compiled(ATTENDANCE),
        _days({}, {"School": "north", "Day": "13/45/2025", "Code": "Q", "Arrived": "noon"}, {}),
    )
    assert len(documents(mapped)) == 2
    (reject,) = mapped.rejects
    assert (reject.line, reject.resource) == (2, "StudentSchoolAttendanceEvent")
    assert reject.row["School"] == "north"
    told = [(f.code, f.place.file, f.place.line, f.place.path, f.place.column) for f in reject.findings]
    assert told == [
        ("mapping.not_an_integer", "pupils.csv", 2, "$.schoolReference.schoolId", 2),
        ("mapping.not_a_date", "pupils.csv", 2, "$.sessionReference.schoolYear", 3),
        ("mapping.unmapped_value", "pupils.csv", 2, "$.attendanceEventCategoryDescriptor", 4),
        ("mapping.not_a_time", "pupils.csv", 2, "$.arrivalTime", 5),
    ]
    assert reject.findings[1].words == "'13/45/2025' in [Day] is not a date."
    assert "M/d/yyyy" in reject.findings[1].remedy
    assert "line 10 of pupils.yaml" in reject.findings[2].remedy


def test_a_value_may_be_left_out_with_a_warning() -> None:
    mapped = mapped_rows(compiled(ATTENDANCE), _days({"Minutes": "many"}))
    assert "schoolAttendanceDuration" not in documents(mapped)[0]
    (warning,) = mapped.warnings
    assert (warning.code, warning.severity, warning.place.line) == (
        "mapping.not_an_integer",
        Severity.WARNING,
        1,
    )


def test_rows_that_a_record_is_not_about_raise_nothing() -> None:
    mapped = mapped_rows(compiled(ATTENDANCE), _days({"Code": "X", "Day": "nonsense"}, {}))
    assert len(documents(mapped)) == 1
    assert not mapped.rejects


def test_headers_match_whatever_their_case_and_blanks() -> None:
    spec = student_spec('middleName: "= [Middle Name]"')
    mapped = mapped_rows(compiled(spec), [{"NUMBER ": "1", "middle_name": "Ada"}])
    assert documents(mapped)[0]["middleName"] == "Ada"


ITEMS = """
otherNames:
  - for: {kind: [Alias, Nickname]}
    otherNameTypeDescriptor: "{kind}"
    firstName: "= [{kind} First]"
    lastSurname: "= [{kind} Last]"
  - when: = [Former] <> ''
    otherNameTypeDescriptor: Previous Legal Name
    firstName: = [First]
    lastSurname: = [Former]
"""


@pytest.mark.parametrize(
    ("row", "names"),
    [
        ({}, None),
        ({"Alias First": "Mo"}, [("Alias", "Mo", None)]),
        (
            {"Nickname Last": "O", "Former": "Diaz"},
            [("Nickname", None, "O"), ("Previous Legal Name", None, "Diaz")],
        ),
        ({"First": "Maya"}, None),
    ],
)
def test_items_stand_where_there_is_something_to_say(
    row: dict[str, str], names: list[tuple[str, str | None, str | None]] | None
) -> None:
    (document,) = documents(mapped_rows(compiled(student_spec(ITEMS)), [{"Number": "1", **row}]))
    found = document.get("otherNames")
    assert found is None or isinstance(found, list)
    told = found and [
        (n["otherNameTypeDescriptor"].partition("#")[2], n.get("firstName"), n.get("lastSurname"))
        for n in found
    ]
    assert told == names


def test_faults_in_items_that_do_not_stand_are_not_told() -> None:
    items = """
identificationDocuments:
  - when: = [Use] = 'yes'
    identificationDocumentUseDescriptor: Foreign
    personalInformationVerificationDescriptor: Other
    documentExpirationDate: = [Expires]
"""
    mapping = compiled(student_spec(items))
    assert not mapped_rows(mapping, [{"Number": "1", "Use": "no", "Expires": "never"}]).rejects
    assert mapped_rows(mapping, [{"Number": "1", "Use": "yes", "Expires": "never"}]).rejects


def test_one_row_gives_one_record_per_turn_of_its_loop() -> None:
    spec = student_spec(
        'middleName: "= other"',
        more='for: {n: 1..3}\nwhere: "= [Name {n}] <> \'\'"\nlet: {other: "= upper([Name {n}])"}',
    )
    mapped = mapped_rows(
        compiled(spec), [{"Number": "1", "Name 1": "a", "Name 3": "c"}, {"Number": "2", "Name 3": "d"}]
    )
    assert [d["middleName"] for d in documents(mapped)] == ["A", "C", "D"]
    assert [list(batch.lines) for batch in mapped.records] == [[1], [1, 2]]


def test_the_nearest_name_counts() -> None:
    head = "\nparameters:\n  test: {default: P}\nlet:\n  shared: = [A] & 'x'\n"
    spec = student_spec('middleName: "= test & shared"', head=head, more="let: {test: \"= {test} & 'r'\"}")
    assert documents(mapped_rows(compiled(spec), [{"Number": "1", "A": "a"}]))[0]["middleName"] == "Prax"


def test_equal_documents_may_be_written_once() -> None:
    mapped = mapped_rows(
        compiled(student_spec("", more="distinct: true")), [{"Number": "1"}, {"Number": "1"}, {"Number": "2"}]
    )
    assert [d["studentUniqueId"] for d in documents(mapped)] == ["1", "2"]
    assert mapped.records[0].is_distinct


def test_records_of_a_load_are_written_once() -> None:
    spec = (
        STUDENT
        + """
tables:
  levels: {rows: [{code: A, title: Alpha}, {code: B, title: "{x}"}]}
records:
  - resource: performanceLevelDescriptors
    once: true
    for: {level: levels}
    given: {code: [A, C]}
    document: {codeValue: "{level.code}", shortDescription: "{level.title}", namespace: uri://sis.example/PerformanceLevelDescriptor}
"""
    )
    mapping = compiled(spec)
    assert documents(mapping.apply_once()) == [
        {
            "codeValue": "A",
            "shortDescription": "Alpha",
            "namespace": "uri://sis.example/PerformanceLevelDescriptor",
        }
    ]
    assert not mapping.apply_rows("pupils", [{"Number": "1"}], name="x.csv").records


SEVERAL = """
spec: several
standard: "5.2"
files:
  pupils: {columns: [Number]}
  names: {columns: [Pupil, First, Last], blanks: ["", none]}
  schools: {columns: [Code, Title]}
tables:
  schools: {file: schools, key: Code, otherwise: fail}
let:
  school: = lookup(schools, [School], 'Title')
records:
  - resource: students
    from: pupils
    document:
      studentUniqueId: = [Number]
      firstName: = [First]
      lastSurname: Okafor
      birthDate: 2010-05-04
      middleName: = school
      otherNames:
        - rows: names
          match: {Pupil: "= [Number]"}
          distinct: true
          otherNameTypeDescriptor: Alias
          firstName: = [First]
          lastSurname: {outer: "= school & '/' & [First]"}
          middleName: = [Day]
"""


def _frame(*rows: Mapping[str, str | None]) -> pl.DataFrame:
    columns = list(dict.fromkeys(c for row in rows for c in row))
    data = {c: [row.get(c) for row in rows] for c in columns}
    return pl.DataFrame(
        {**data, "__line": list(range(2, len(rows) + 2))},
        schema=dict.fromkeys(columns, pl.String) | {"__line": pl.Int64},
    )


def _several() -> CompiledSpec:
    return compiled(SEVERAL)


def test_rows_of_other_files_become_items_and_look_ups() -> None:
    mapping = _several()
    names = _frame(
        {"Pupil": "1", "First": 'M"o'}, {"Pupil": "2", "First": "Al"}, {"Pupil": " 1 ", "First": "May"},
        {"Pupil": "1", "First": "May"}, {"Pupil": "2", "First": "none"}, {"Pupil": None, "First": "x"},
    )  # fmt: skip
    schools = _frame({"Code": "N", "Title": 'North "One"'}, {"Code": "N", "Title": "Other"})
    prepared = mapping.prepare({"names": names, "schools": schools})
    pupils = _frame({"Number": "1", "First": "Maya", "School": "N"}, {"Number": "3", "First": "Lee", "School": "N"},
                    {"Number": "2", "First": "Sam", "School": "S"})  # fmt: skip
    mapped = mapping.apply("pupils", pupils, name="pupils.csv", tables=prepared)
    first, third = documents(mapped)
    last = 'North "One"/Maya'
    kind = "uri://ed-fi.org/OtherNameTypeDescriptor#Alias"
    assert first["middleName"] == 'North "One"'
    assert first["otherNames"] == [
        {"otherNameTypeDescriptor": kind, "lastSurname": last, "firstName": 'M"o'},
        {"otherNameTypeDescriptor": kind, "lastSurname": last, "firstName": "May"},
    ]
    assert "otherNames" not in third
    assert [(r.line, r.findings[0].code) for r in mapped.rejects] == [(4, "mapping.unmapped_value")]
    assert mapping.used_columns("names") == {"Pupil", "First", "Day"}
    assert mapping.used_columns("schools") == {"Code", "Title"}


def test_an_item_that_cannot_be_read_holds_back_the_record_it_belongs_to() -> None:
    spec = SEVERAL.replace("middleName: = [Day]", "middleName: = date([Day])")
    mapping = compiled(spec)
    names = _frame(
        {"Pupil": "1", "First": "Mo", "Day": "nonsense"}, {"Pupil": "2", "First": "Al", "Day": "2020-01-01"}
    )
    prepared = mapping.prepare({"names": names})
    mapped = mapping.apply(
        "pupils",
        _frame({"Number": "1", "First": "A"}, {"Number": "2", "First": "B"}),
        name="p.csv",
        tables=prepared,
    )
    assert [d["studentUniqueId"] for d in documents(mapped)] == ["2"]
    (reject,) = mapped.rejects
    assert reject.findings[0].code == "mapping.faulty_item"
    assert reject.findings[0].words == "'2' in [Number] is a line of names that cannot be read."


def test_files_that_were_not_delivered_are_empty() -> None:
    mapped = _several().apply("pupils", _frame({"Number": "1", "First": "A"}), name="p.csv")
    assert "otherNames" not in documents(mapped)[0]


_CELLS = (
    st.none()
    | st.text(max_size=12)
    | st.sampled_from(['"', "\\", "\x00", "\x01", "\n", "{name}", "='", "💥", "1e999", "nan", "9" * 40])
)
_DOCUMENT_TYPE = compile_document(model(), model().resources["StudentSchoolAttendanceEvent"])
_MAPPING = compiled(ATTENDANCE.replace("where: = [Code] <> 'X'", ""))
_COLUMNS = ("Number", "School", "Day", "Code", "Place", "Minutes", "Arrived", "Reason")


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(_COLUMNS, _CELLS)), max_size=5))
def test_no_cell_breaks_a_load(rows: list[dict[str, str | None]]) -> None:
    mapped = mapped_rows(_MAPPING, rows)
    texts = [text for batch in mapped.records for text in batch.texts]
    assert len(texts) + len(mapped.rejects) == len(rows)
    for text in texts:
        document = json.loads(text)
        for value in document.values():
            _assert_pruned(value)
        parsed = parse_document(_DOCUMENT_TYPE, text.encode())
        codes = set() if isinstance(parsed, Document) else {f.code for f in parsed}
        assert codes <= {
            "blank_ends",  # of signs that Unicode does not call blank
            "required",
            "length",
            "range",
            "reference.incomplete",
            "type",
            "descriptor.shape",
            "unified",
        }


def test_decimals_keep_their_digits() -> None:
    spec = (
        ATTENDANCE.partition("records:")[0]
        + """
records:
  - resource: grades
    document:
      gradeTypeDescriptor: Final
      gradingPeriodReference: {gradingPeriodDescriptor: S1, gradingPeriodName: S1, schoolId: 1, schoolYear: 2026}
      studentSectionAssociationReference: {beginDate: 2025-08-01, localCourseCode: A, schoolId: 1, schoolYear: 2026,
        sectionIdentifier: B, sessionName: Year, studentUniqueId: "= [Number]"}
      numericGradeEarned: = [Mark]
      diagnosticStatement: = [Mark] * 2
"""
    )
    marks = ["89.255", "1,234.5", "007", ".5", "-3", "12345678901234567890.12", "9e2"]
    mapped = mapped_rows(compiled(spec), [{"Number": "1", "Mark": mark} for mark in marks])
    found = [
        json.loads(t, parse_float=str, parse_int=str)["numericGradeEarned"] for t in mapped.records[0].texts
    ]
    assert found == ["89.26", "1234.50", "7.00", "0.50", "-3.00", "12345678901234567890.12", "900.00"]
    assert documents(mapped)[1]["diagnosticStatement"] == "2469"


def _assert_pruned(value: object) -> None:
    assert value not in (None, {}, [], "")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _assert_pruned(inner)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(min_size=1).filter(lambda t: t.strip()))
def test_a_text_comes_out_as_it_went_in(text: str) -> None:
    (document,) = documents(
        mapped_rows(compiled(student_spec('middleName: "= [Middle]"')), [{"Number": "1", "Middle": text}])
    )
    assert document.get("middleName", "") == " ".join([text]).strip(_BLANKS)


_BLANKS = "".join(chr(c) for c in range(0x110000) if chr(c).isspace() and chr(c) not in "\x1c\x1d\x1e\x1f")


def test_members_of_extensions_are_members_like_any_other() -> None:
    text = (Path(__file__).parents[2] / "standard/sample_extension.yaml").read_text()
    extension = parse_extension(text, load_rules())
    assert isinstance(extension, Extension)
    members = """
_ext:
  sample:
    favoriteBook: = [Book]
    favoriteBookCategoryDescriptor: = [Kind]
    pets:
      - for: {n: 1..2}
        petName: "= [Pet {n}]"
        isFixed: "= [Fixed {n}]"
"""
    spec = parse_spec(student_spec(members), name="pupils.yaml", read_beside=lambda name: name)
    assert isinstance(spec, Spec)
    mapping = compile_spec(spec, extend_model(model(), extension), parameters={})
    assert isinstance(mapping, CompiledSpec), mapping
    row = {"Number": "1", "Book": "Momo", "Kind": "Novel", "Pet 2": "Rex", "Fixed 2": "N"}
    first, second = documents(mapped_rows(mapping, [row, {"Number": "2"}]))
    assert first["_ext"] == {
        "sample": {
            "favoriteBook": "Momo",
            "favoriteBookCategoryDescriptor": "uri://ed-fi.org/FavoriteBookCategoryDescriptor#Novel",
            "pets": [{"petName": "Rex", "isFixed": False}],
        }
    }
    assert "_ext" not in second
