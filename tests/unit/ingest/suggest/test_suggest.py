"""Mapping by example, without a district: names, shapes, forms, and the specs that come of them."""

from __future__ import annotations

import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.ingest.suggest.suggested import Cells, compiled, suggestion

from homeroom.ingest.suggest.codes import guess_codes
from homeroom.ingest.suggest.forms import Form, all_forms
from homeroom.ingest.suggest.ground import Ground, Known
from homeroom.ingest.suggest.learned import learn, learned_names
from homeroom.ingest.suggest.profile import Shape, profile_columns
from homeroom.ingest.suggest.roles import NOT_NEEDED, all_roles, role_of_path
from homeroom.ingest.suggest.suggestion import Said
from homeroom.ingest.suggest.words import NameIndex, words_of

_ONE_OF_EACH = {
    Shape.DATE: "9/1/2026",
    Shape.YEAR: "2026",
    Shape.INTEGER: "17",
    Shape.CODE: "A",
}


ATTENDANCE: Cells = {
    "Stu Num": ["101", "102", "103", "104"],
    "Bldg": ["7", "7", "7", "7"],
    "Absence Dt": ["9/1/2026", "9/2/2026", "13/40/2026", "9/15/2026"],
    "Att Code": ["A", "T", "A", "E"],
    "Comment": ["", "", "", ""],
}


def test_abbreviations_are_spelled_out_and_numbers_left_out() -> None:
    assert words_of("StuID_2") == ("student", "id")
    assert words_of("DOB") == ("birth", "date")
    assert words_of("Date of Birth") == ("date", "birth")


@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_is_a_share_and_a_name_is_most_like_itself(name: str, other: str) -> None:
    index = NameIndex({"this": [words_of(name)], "that": [words_of(other)]})
    found = index.rate(name)
    assert all(0 <= rating <= 1 for rating in found.values())
    if words_of(name):
        assert found["this"] == max(found.values())


def test_what_follows_a_preposition_says_more_of_the_thing_before_it() -> None:
    index = NameIndex({"score": [words_of("Percentile")], "school": [words_of("School")]})
    found = index.rate("Percentile at School")
    assert found["score"] > found["school"]


@pytest.mark.parametrize(
    ("cells", "shape"),
    [
        (["1/31/2026", "12/1/2026"], Shape.DATE),
        (["2025-2026", "2026"], Shape.YEAR),
        (["4", "-17"], Shape.INTEGER),
        (["4.5", "7"], Shape.DECIMAL),
        (["Y", "n"], Shape.YES_NO),
        (["a@b.example"] * 3, Shape.EMAIL),
        (["A", "B", "A", "B"], Shape.CODE),
        (["", None, "--"], Shape.EMPTY),
        (["one thing", "another thing", "a third"], Shape.TEXT),
    ],
)
def test_the_shape_of_a_column_is_told_by_its_cells(cells: list[str | None], shape: Shape) -> None:
    profile = profile_columns(polars.DataFrame({"x": cells}, schema={"x": polars.String}), ["x"])[0]
    assert profile.shape is shape


def test_dates_that_two_forms_fit_keep_both() -> None:
    frame = polars.DataFrame({"x": ["1/2/2026", "3/4/2026"]})
    assert profile_columns(frame, ["x"])[0].date_forms[:2] == ("M/d/yyyy", "d/M/yyyy")


def test_an_attendance_file_becomes_attendance_events(ground: Ground) -> None:
    found = suggestion(ATTENDANCE, ground, Said(answers={"term": "Fall", "school_year": "2027"}))
    assert found is not None
    assert found.form.name == "attendance"
    columns = {role: profile[0].name for role, profile in found.assignment.columns.items()}
    assert columns["student_number"] == "Stu Num"
    assert columns["attendance_date"] == "Absence Dt"
    rows = [{c: cells[n] for c, cells in ATTENDANCE.items()} for n in range(4)]
    mapped = compiled(found).apply_rows("file", rows, name="attendance.csv")
    assert len(mapped.records[0].texts) + len(mapped.rejects) == 4
    assert [reject.line for reject in mapped.rejects] == [3]


def test_a_column_of_this_districts_students_is_the_student_whatever_its_name(ground: Ground) -> None:
    cells: Cells = {**ATTENDANCE, "Zq": ATTENDANCE["Stu Num"]}
    del cells["Stu Num"]  # type: ignore[attr-defined]
    assert suggestion(cells, ground) is None
    known = Ground(
        ground.standard,
        ground.descriptors,
        ground.examples,
        Known({"students": frozenset({"101", "102", "103", "104"})}),
    )
    found = suggestion(cells, known)
    assert found is not None
    assert found.assignment.columns["student_number"][0].name == "Zq"


def test_what_a_person_says_counts(ground: Ground) -> None:
    said = Said(roles={"Comment": "attendance_reason", "Bldg": NOT_NEEDED})
    found = suggestion(ATTENDANCE, ground, said)
    assert found is not None
    assert found.assignment.columns["attendance_reason"][0].name == "Comment"
    assert "school_id" in {question.name for question in found.draft.questions}


def test_a_file_like_nothing_known_gives_no_suggestion(ground: Ground) -> None:
    assert suggestion({"Temperature": ["17"], "Humidity": ["40"]}, ground) is None


@pytest.mark.parametrize("form", all_forms(), ids=lambda form: form.name)
def test_every_form_is_a_spec_when_all_its_roles_are_there(form: Form, ground: Ground) -> None:
    assert form.roles <= set(all_roles())
    cells: Cells = {role: [_cell(role)] for role in sorted(form.roles)}
    said = Said(form.name, {role: role for role in form.roles})
    found = suggestion(cells, ground, said)
    assert found is not None
    compiled(found)


@pytest.mark.parametrize("form", all_forms(), ids=lambda form: form.name)
def test_every_form_is_a_spec_with_no_more_than_it_needs(form: Form, ground: Ground) -> None:
    needed = [choice[0] for choice in form.needs]
    said = Said(form.name, {role: role for role in needed})
    found = suggestion({role: [_cell(role)] for role in needed}, ground, said)
    assert found is not None
    compiled(found)


def _cell(role: str) -> str:
    shapes = all_roles()[role].shapes
    return next((text for shape, text in _ONE_OF_EACH.items() if shape in shapes), "some text")


def test_codes_are_guessed_by_meaning_and_left_open_where_nothing_is_near(ground: Ground) -> None:
    grades = ground.descriptors["GradeLevelDescriptor"]
    found = guess_codes("GradeLevelDescriptor", ["03", "K", "Ninth Grade", "Zebra"], descriptors=grades)
    assert found == {"03": "Third grade", "K": "Kindergarten", "Ninth Grade": "Ninth grade", "Zebra": None}


def test_a_path_has_the_role_with_the_longest_ending() -> None:
    assert role_of_path("studentAssessments.scoreResults.result") == "score"
    assert role_of_path("studentSchoolAssociations.entryDate") == "entry_date"
    assert role_of_path("students.hispanicLatinoEthnicity") is None


def test_what_was_learned_is_what_the_shipped_specs_teach() -> None:
    assert learned_names() == {
        name: frozenset((role, column) for role, columns in roles.items() for column in columns)
        for name, roles in learn().items()
    }


@pytest.mark.parametrize("name", ["studentid", "STUDENT_ID", "Stu Id", "studentId", "Matrícula"])
def test_a_students_number_is_told_by_its_name_in_any_style(name: str, ground: Ground) -> None:
    cells: Cells = {name: ["101", "102"], "Test Date": ["9/1/2026"] * 2, "Scale Score": ["410", "420"]}
    found = suggestion(cells, ground)
    assert found is not None
    assert found.assignment.columns["student_number"][0].name == name


def test_columns_without_names_are_told_by_their_cells(ground: Ground) -> None:
    cells: Cells = {
        "column_1": [f"{n}" for n in range(4001, 4009)],
        "column_2": ["Marlowe", "Okafor", "Novak", "Reyes", "Lindt", "Achebe", "Castro", "Dahl"],
        "column_3": ["Ines", "Ada", "Levi", "Bo", "Noor", "Kim", "Ravi", "Una"],
        "column_4": [f"20{10 + n % 7}-03-0{n + 1}" for n in range(8)],
        "column_5": ["M", "F"] * 4,
    }
    found = suggestion(cells, ground)
    assert found is not None
    assert found.form.name == "students"
    roles = {role: [c.name for c in columns] for role, columns in found.assignment.columns.items()}
    assert roles["student_number"] == ["column_1"]
    assert roles["birth_date"] == ["column_4"]
    assert roles["sex"] == ["column_5"]
    assert {p.column.name for p in found.assignment.unclear} >= {"column_2", "column_3"}


def test_what_a_form_needs_and_nobody_found_is_asked(ground: Ground) -> None:
    found = suggestion({"Zq": ["x", "y"], "Test Date": ["9/1/2026"] * 2}, ground, Said("assessment_results"))
    assert found is not None
    assert found.missing == (("student_number",), ("score", "performance_level"))


def test_dates_in_two_forms_keep_both(ground: Ground) -> None:
    cells: Cells = {**ATTENDANCE, "Absence Dt": ["9/1/2026", "2026-09-02", "9/3/2026", "2026-09-04"]}
    found = suggestion(cells, ground, Said(answers={"term": "Fall", "school_year": "2027"}))
    assert found is not None
    rows = [{c: values[n] for c, values in cells.items()} for n in range(4)]
    assert not compiled(found).apply_rows("file", rows, name="attendance.csv").rejects


def test_a_file_of_students_with_their_stay_becomes_both(ground: Ground) -> None:
    cells: Cells = {
        "Pupil No": ["101", "102"],
        "First Name": ["Ines", "Ada"],
        "Last Name": ["Marlowe", "Okafor"],
        "DOB": ["3/5/2011", "4/6/2012"],
        "School Code": ["4101", "4101"],
        "Grade": ["9", "8"],
        "Entry Date": ["8/17/2026", "8/17/2026"],
    }
    found = suggestion(cells, ground)
    assert found is not None
    rows = [{c: values[n] for c, values in cells.items()} for n in range(2)]
    mapped = compiled(found).apply_rows("file", rows, name="students.csv")
    assert {d.resource: len(d.texts) for d in mapped.records} == {"Student": 2, "StudentSchoolAssociation": 2}


def test_what_a_person_says_of_a_column_tells_what_the_file_is(ground: Ground) -> None:
    cells: Cells = {"Zq": ["101", "102"], "Test Date": ["9/1/2026"] * 2, "Scale Score": ["410", "420"]}
    assert suggestion(cells, ground) is None
    found = suggestion(cells, ground, Said(roles={"Zq": "student_number"}))
    assert found is not None
    assert found.form.name == "assessment_results"
