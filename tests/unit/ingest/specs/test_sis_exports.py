"""Exports of student information systems through their shipped specs, against what is known of them independently."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import pytest
import yaml
from tests.unit.ingest.specs.sample_files import SAMPLES, Document, Mapped, compiled, map_files

from homeroom.base.findings import Finding
from homeroom.standard.check import parse_document
from homeroom.standard.documents import compile_document
from homeroom.standard.model import Model
from homeroom.standard.read import load_model

needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the shared samples are not beside this checkout"
)

_ROSTER: Final = SAMPLES / "oneroster/grand-bend-1.1"
_EDFI: Final = SAMPLES / "edfi/5.2"
_INBLOOM: Final = SAMPLES / "inbloom/csv-sis-export"
_IN_FILES: Final = {
    "students": "Student.csv",
    "addresses": "StudentAddress.csv",
    "languages": "StudentLanguage.csv",
    "parents": "Parent.csv",
    "relations": "StudentParentAssociation.csv",
}

# ---- OneRoster: Grand Bend is the district of the Ed-Fi samples


@needs_samples
def test_oneroster_gives_the_people_of_the_ed_fi_sample() -> None:
    students = {
        _texts(s, "studentUniqueId", "firstName", "lastSurname", "birthDate") for s in _grand_bend("students")
    }
    assert students == set(
        _elements("Student", "StudentUniqueId", ".//FirstName", ".//LastSurname", ".//BirthDate")
    )
    assert len(_grand_bend("staffs")) == 68
    assert len(_grand_bend("contacts")) == 1872
    assert len(_grand_bend("studentContactAssociations")) == 1872


@needs_samples
def test_oneroster_gives_the_sections_of_the_ed_fi_sample() -> None:
    ours = {
        (
            str(s["sectionIdentifier"]),
            *_texts(_part(s, "courseOfferingReference"), "localCourseCode", "schoolId"),
        )
        for s in _grand_bend("sections")
    }
    theirs = set(
        _elements("MasterSchedule", "SectionIdentifier", ".//LocalCourseCode", ".//SchoolId", of="Section")
    )
    assert ours == theirs
    assert (
        len(_grand_bend("sessions")),
        len(_grand_bend("classPeriods")),
        len(_grand_bend("locations")),
    ) == (6, 21, 56)
    assert len(_grand_bend("courses")) == 84
    assert len(_grand_bend("staffSectionAssociations")) == 528


@needs_samples
@pytest.mark.parametrize("kind", ["studentSectionAssociations", "studentSchoolAssociations"])
def test_oneroster_gives_the_enrolments_it_was_made_of(kind: str) -> None:
    lines = (_EDFI / f"derived/{kind}.jsonl").read_text().splitlines()
    theirs = [json.loads(line) for line in lines]
    ours = Counter(json.dumps(d, sort_keys=True) for d in _grand_bend(kind))
    assert ours == Counter(json.dumps(_known(d.get("document", d)), sort_keys=True) for d in theirs)


@needs_samples
def test_oneroster_documents_satisfy_the_standard() -> None:
    mapped = _bulk()
    assert _faults({endpoint: documents[:200] for endpoint, documents in mapped.documents.items()}) == []
    assert not mapped.rejects


@needs_samples
def test_oneroster_1_2_with_its_roles_file_gives_the_same() -> None:
    files = _with_roles(_read_roster())
    later = map_files(compiled("oneroster", _model(), {}), files, model=_model())
    for kind in ("students", "staffs", "contacts", "studentContactAssociations", "studentSchoolAssociations"):
        assert sorted(map(str, later.documents[kind])) == sorted(map(str, _bulk().documents[kind])), kind


@needs_samples
def test_a_row_to_be_deleted_gives_no_record_and_the_others_of_the_delta_do() -> None:
    rows = _read_roster()
    rows["enrollments"] = rows["enrollments"][600:603]
    rows["enrollments"][1]["status"] = "tobedeleted"
    files = {name: _csv(table) for name, table in rows.items()}
    mapped = map_files(compiled("oneroster", _model(), {}), files, model=_model())
    assert len(mapped.documents["studentSectionAssociations"]) == 2
    assert mapped.refused == []
    assert mapped.removed == [rows["enrollments"][1]["sourcedId"]]


@needs_samples
def test_a_status_of_no_known_meaning_is_refused() -> None:
    rows = _read_roster()
    rows["enrollments"] = rows["enrollments"][600:603]
    rows["enrollments"][1]["status"] = "gone"
    files = {name: _csv(table) for name, table in rows.items()}
    mapped = map_files(compiled("oneroster", _model(), {}), files, model=_model())
    assert [(f.code, f.place.line) for f in mapped.refused] == [("mapping.unmapped_value", 3)]


# ---- inBloom's files


@needs_samples
def test_impossible_months_are_findings_and_no_student_is_made_of_them() -> None:
    mapped = _inbloom()
    assert mapped.documents["students"] == []
    assert mapped.rejects == {"mapping.not_a_date": 5000}
    assert {f.place.column for f in mapped.refused} == {9}


@needs_samples
def test_lost_zeros_of_postal_codes_come_back() -> None:
    with (_INBLOOM / "StudentAddress.csv").open() as file:
        short = [r["PostalCode"] for r in csv.DictReader(file) if len(r["PostalCode"]) < 5]
    addresses = [
        a
        for d in _inbloom().documents["studentEducationOrganizationAssociations"]
        for a in _items(d, "addresses")
    ]
    codes = Counter(str(a["postalCode"]) for a in addresses)
    assert len(short) == 8
    assert all(len(code) == 5 for code in codes)
    assert all(codes[code.zfill(5)] for code in short)


@needs_samples
def test_parents_and_their_relations_are_all_there() -> None:
    mapped = _inbloom()
    assert len(mapped.documents["contacts"]) == len(mapped.documents["studentContactAssociations"]) == 3741
    assert _faults({k: mapped.documents[k][:200] for k in ("contacts", "studentContactAssociations")}) == []


@needs_samples
def test_flat_files_with_bare_carriage_returns_fit_the_generic_specs() -> None:
    students = _generic(
        "generic_sis_students", {"students": _INBLOOM / "student-sample-data.csv"}, district_id="900"
    )
    schools = _generic(
        "generic_sis_schools", {"schools": _INBLOOM / "school-sample-data.csv"}, district_id="900"
    )
    stays = _generic(
        "generic_sis_enrollments", {"enrollments": _INBLOOM / "student-school-assoc-sample-data.csv"}
    )
    assert [len(students.documents["students"]), len(schools.documents["schools"])] == [101, 2]
    assert {
        str(_part(d, "schoolReference")["schoolId"]) for d in stays.documents["studentSchoolAssociations"]
    } == {
        "990000001",
        "990000002",
    }
    assert len(_items(schools.documents["schools"][0], "gradeLevels")) == 3
    for mapped in (students, schools, stays):
        assert not mapped.rejects
        assert _faults(mapped.documents) == []


# ---- the generic set: one small world in two vocabularies

_WORLD: Final = yaml.safe_load(Path(__file__).with_name("generic_sis.yaml").read_text())


@pytest.mark.parametrize("spec", _WORLD)
def test_generic_specs_read_two_vocabularies_alike(spec: str) -> None:
    case = _WORLD[spec]
    first, second = (_generic(spec, case[files], **case.get("parameters", {})) for files in ("one", "other"))
    assert first.documents == second.documents
    assert any(first.documents.values())
    assert not first.rejects
    assert _faults(first.documents) == []
    assert not [c for columns in (*first.unused.values(), *second.unused.values()) for c in columns]


def test_an_attendance_code_of_no_meaning_is_a_finding_not_a_guess() -> None:
    text = "Student Number,School Number,Term,Date,Attendance Code\n7001,4101,S1,9/1/2026,ZQ\n"
    mapped = _generic("generic_sis_attendance_daily", {"days": text})
    assert mapped.documents["studentSchoolAttendanceEvents"] == []
    assert mapped.rejects == {"mapping.unmapped_value": 1}


def test_a_row_of_a_student_with_an_entry_date_is_a_stay_in_a_school_too() -> None:
    text = (
        "Student ID,First Name,Last Name,DOB,School Code,Grade,Entry Date\n"
        "7001,Ines,Marlowe,3/5/2011,4101,9,8/17/2026\n7002,Otto,Brand,4/6/2012,4101,8,\n"
    )
    mapped = _generic("generic_sis_students", {"students": text}, district_id="4100")
    assert len(mapped.documents["students"]) == 2
    assert mapped.documents["studentSchoolAssociations"] == [
        {
            "studentReference": {"studentUniqueId": "7001"},
            "schoolReference": {"schoolId": 4101},
            "entryDate": "2026-08-17",
            "entryGradeLevelDescriptor": "uri://ed-fi.org/GradeLevelDescriptor#Ninth grade",
            "schoolYearTypeReference": {"schoolYear": 2027},
        }
    ]
    assert not mapped.rejects


def test_a_section_with_its_teacher_on_the_row_gives_both() -> None:
    text = (
        "School ID,School Year,Term,Course Code,Section ID,Course Title,Teacher ID\n"
        "4101,2026-2027,S1,ALG-1,ALG-1-01,Algebra I,T-1\n4101,2026-2027,S1,ALG-1,ALG-1-02,Algebra I,\n"
    )
    mapped = _generic("generic_sis_sections", {"titled": text}, begins_on="2026-08-17")
    assert len(mapped.documents["sections"]) == 2
    assert [_part(d, "staffReference") for d in mapped.documents["staffSectionAssociations"]] == [
        {"staffUniqueId": "T-1"}
    ]
    assert _faults(mapped.documents) == []


def test_a_mark_of_digits_is_a_number_and_another_a_letter() -> None:
    marks = _generic("generic_sis_marks", _WORLD["generic_sis_marks"]["one"]).documents["grades"]
    assert [(m.get("letterGradeEarned"), m.get("numericGradeEarned")) for m in marks] == [
        ("B+", None),
        (None, 88.5),
    ]


@cache
def _model() -> Model:
    return load_model("5.2")


@cache
def _bulk() -> Mapped:
    files = {f.stem: f for f in sorted(_ROSTER.glob("*.csv"))}
    return map_files(compiled("oneroster", _model(), {}), files, model=_model())


def _grand_bend(endpoint: str) -> Sequence[Document]:
    return _bulk().documents[endpoint]


@cache
def _inbloom() -> Mapped:
    files = {name: _INBLOOM / file for name, file in _IN_FILES.items()}
    return map_files(compiled("inbloom_sis_csv", _model(), {"district_id": "900"}), files, model=_model())


def _generic(spec: str, files: Mapping[str, Path | str], **parameters: str) -> Mapped:
    return map_files(compiled(spec, _model(), parameters), files, model=_model())


def _faults(documents: Mapping[str, Sequence[Document]]) -> list[str]:
    types = {r.endpoint: r for r in _model().resources.values()}
    found: list[str] = []
    for endpoint, made in documents.items():
        kind = compile_document(_model(), types[endpoint])
        for document in made:
            parsed = parse_document(kind, json.dumps(document).encode())
            found += [_told(endpoint, f) for f in parsed] if isinstance(parsed, tuple) else []
    return found


def _told(endpoint: str, finding: Finding) -> str:
    return f"{endpoint} {finding.place.path}: {finding.words}"


def _elements(file: str, *paths: str, of: str = "") -> list[tuple[str, ...]]:
    """Texts of the elements of an interchange file; the namespace does not matter."""
    root = ElementTree.parse(_EDFI / f"xml/{file}.xml").getroot()
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return [tuple(e.findtext(path) or "" for path in paths) for e in root.findall(of or file)]


def _texts(document: Mapping[str, object], *names: str) -> tuple[str, ...]:
    return tuple(str(document[name]) for name in names)


def _part(document: Document, name: str) -> Mapping[str, object]:
    part = document[name]
    assert isinstance(part, dict)
    return part


def _items(document: Document, name: str) -> list[Document]:
    items = document.get(name, [])
    assert isinstance(items, list)
    return items


def _known(document: Document) -> Document:
    """Without what OneRoster cannot say."""
    return {name: value for name, value in document.items() if name != "primarySchool"}


def _read_roster() -> dict[str, list[dict[str, str]]]:
    return {f.stem: list(csv.DictReader(f.read_text().splitlines())) for f in sorted(_ROSTER.glob("*.csv"))}


def _with_roles(rows: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    """The files as OneRoster 1.2 has them: the role of a user, and where, stand in roles.csv."""
    rows["roles"] = [
        {"sourcedId": f"rol-{u['sourcedId']}", "userSourcedId": u["sourcedId"], "roleType": "primary",
         "role": u.pop("role"), "orgSourcedId": u.pop("orgSourcedIds")}
        for u in rows["users"]
    ]  # fmt: skip
    return {name: _csv(table) for name, table in rows.items()}


def _csv(rows: Sequence[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
