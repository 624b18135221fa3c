"""Mapping by example, without a district: names, shapes, forms, and the specs that come of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.ingest.mapping.compile import compile_spec
from homeroom.ingest.mapping.mapping import Mapping as CompiledSpec
from homeroom.ingest.mapping.read import parse_spec
from homeroom.ingest.mapping.spec import Spec
from homeroom.ingest.specs.shelf import sample_parameters
from homeroom.ingest.suggest.codes import guess_codes
from homeroom.ingest.suggest.forms import Form, all_forms
from homeroom.ingest.suggest.ground import Ground
from homeroom.ingest.suggest.learned import learn, learned_names
from homeroom.ingest.suggest.profile import Shape, profile_columns
from homeroom.ingest.suggest.propose import Known, examples_with
from homeroom.ingest.suggest.roles import NOT_NEEDED, all_roles, role_of_path
from homeroom.ingest.suggest.suggestion import Said, Suggestion, suggest
from homeroom.ingest.suggest.words import NameIndex, words_of
from homeroom.standard.read import load_model, load_seed_descriptors

Cells = Mapping[str, Sequence[str | None]]
_ONE_OF_EACH = {
    Shape.DATE: "9/1/2026",
    Shape.YEAR: "2026",
    Shape.INTEGER: "17",
    Shape.CODE: "A",
}


@pytest.fixture(scope="module")
def ground() -> Ground:
    descriptors: dict[str, list[str]] = {}
    for value in load_seed_descriptors("5.2"):
        descriptors.setdefault(str(value["kind"]), []).append(str(value["code_value"]))
    return Ground("5.2", descriptors, examples_with())


def suggestion(cells: Cells, ground: Ground, said: Said | None = None) -> Suggestion | None:
    frame = polars.DataFrame(cells, schema=dict.fromkeys(cells, polars.String))
    profiles = profile_columns(frame, list(cells))
    return suggest(profiles, name="sample", ground=ground, said=said or Said())


def compiled(found: Suggestion) -> CompiledSpec:
    spec = parse_spec(found.draft.text, name="sample.yaml", read_beside=lambda name: name)
    assert isinstance(spec, Spec), spec
    mapping = compile_spec(spec, load_model("5.2"), parameters=sample_parameters(spec))
    assert isinstance(mapping, CompiledSpec), mapping
    return mapping


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
