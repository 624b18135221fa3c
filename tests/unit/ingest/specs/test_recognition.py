"""Files are told by their columns, or by their first line where there is no header, whatever they are called."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml
from tests.unit.ingest.connectors.reading import on_disk, source
from tests.unit.ingest.specs.sample_files import SAMPLES

from homeroom.base.findings import Finding
from homeroom.ingest.connectors.opening import open_tables
from homeroom.ingest.connectors.tables import Table
from homeroom.ingest.reading.plan import Input, SourceFile
from homeroom.ingest.specs.fitting import fit_by_layout, fit_table
from homeroom.ingest.specs.recognition import SpecRecogniser
from homeroom.ingest.specs.shelf import parsed_shipped, shipped_names
from homeroom.standard.read import load_model

needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the shared samples are not beside this checkout"
)

_HERE: Final = Path(__file__)
_VENDORS: Final = yaml.safe_load(_HERE.with_name("vendor_samples.yaml").read_text())["cases"]
_GENERIC: Final = yaml.safe_load(_HERE.with_name("generic_sis.yaml").read_text())
_ROSTER: Final = SAMPLES / "oneroster/grand-bend-1.1"
_INBLOOM: Final = SAMPLES / "inbloom/csv-sis-export"
_IN_FILES: Final = {
    "Student": ("inbloom_sis_csv", "students"),
    "StudentAddress": ("inbloom_sis_csv", "addresses"),
    "StudentLanguage": ("inbloom_sis_csv", "languages"),
    "Parent": ("inbloom_sis_csv", "parents"),
    "StudentParentAssociation": ("inbloom_sis_csv", "relations"),
    "school-sample-data": ("generic_sis_schools", "schools"),
    "student-sample-data": ("generic_sis_students", "students"),
    "student-school-assoc-sample-data": ("generic_sis_enrollments", "enrollments"),
}


def _samples() -> Iterator[tuple[str, str, Path]]:
    for case in _VENDORS:
        for role, path in case["files"].items():
            yield case["spec"], role, SAMPLES / "assessments" / path
    for path in sorted(_ROSTER.glob("*.csv")):
        yield "oneroster", path.stem, path
    for name, (spec, role) in _IN_FILES.items():
        yield spec, role, _INBLOOM / f"{name}.csv"


def _generics() -> Iterator[tuple[str, str, str]]:
    for spec, case in _GENERIC.items():
        for vocabulary in ("one", "other"):
            for role, text in case[vocabulary].items():
                yield spec, role, text


@needs_samples
@pytest.mark.parametrize(("spec", "role", "path"), list(_samples()), ids=lambda v: getattr(v, "stem", v))
def test_a_sample_under_another_name_is_read_by_its_spec(spec: str, role: str, path: Path) -> None:
    assert _fit(path.read_bytes(), f"upload{path.suffix}") == (spec, role)


@needs_samples
@pytest.mark.parametrize(("spec", "role", "path"), list(_samples()), ids=lambda v: getattr(v, "stem", v))
def test_a_sample_under_its_own_name_is_read_by_its_spec(spec: str, role: str, path: Path) -> None:
    assert _fit(path.read_bytes(), path.name) == (spec, role)


@pytest.mark.parametrize(("spec", "role", "text"), list(_generics()))
def test_a_file_of_any_system_is_read_by_the_spec_of_its_kind(spec: str, role: str, text: str) -> None:
    assert _fit(text.encode(), "upload.csv") == (spec, role)


@pytest.mark.parametrize(
    ("header", "spec", "role"),
    [
        # Each has what another kind needs, too: a file is what only its own kind has.
        (
            "Student ID,First Name,Last Name,DOB,School ID,School Name,Grade,Entry Date",
            "students",
            "students",
        ),
        (
            "Student ID,First Name,Last Name,School ID,School Name,Grade,Entry Date",
            "enrollments",
            "enrollments",
        ),
        ("Student ID,First Name,Last Name,DOB,School ID,Date,Attendance Code", "attendance_daily", "days"),
        ("Student ID,School ID,School Name,Section ID,Course Code,Term,Entry Date", "schedules", "students"),
        ("Teacher ID,School ID,Section ID,Course Code,Term", "schedules", "teachers"),
        ("Teacher ID,School ID,Section ID,Course Code,Course Title,Term", "sections", "titled"),
        ("Employee ID,First Name,Last Name,DOB,School ID,School Name,Hire Date", "staff", "staff"),
        ("Student ID,School ID,Section ID,Course Code,Term,Grading Period,Mark", "marks", "marks"),
    ],
)
def test_kinds_that_share_columns_are_told_apart(header: str, spec: str, role: str) -> None:
    row = ",".join("1" for _ in header.split(","))
    assert _fit(f"{header}\n{row}\n".encode(), "upload.csv") == (f"generic_sis_{spec}", role)


@pytest.mark.parametrize(
    ("line", "name", "found"),
    [
        ("052303".ljust(3999), "x.txt", ("staar", "lines")),
        ("152409".ljust(1999), "x.txt", ("staar_eoc", "lines")),
        ("152409".ljust(1200), "staar_eoc.txt", ("staar_eoc", "lines")),
        ("152409".ljust(1200), "x.txt", None),
        ("staar results".ljust(3999), "staar.txt", None),
    ],
)
def test_lines_of_fixed_width_are_told_by_how_they_begin_and_their_length_or_name(
    line: str, name: str, found: tuple[str, str] | None
) -> None:
    fit = fit_by_layout(source(f"{line}\r\n".encode(), name), parsed_shipped())
    assert (fit and (fit[0].spec.name, fit[1])) == found


@needs_samples
@pytest.mark.parametrize(
    ("given", "codes"), [({"school_year": "2024"}, []), ({"shool_year": "2024"}, ["mapping.parameter"] * 2)]
)
def test_a_parameter_of_one_spec_of_a_delivery_is_no_fault_in_another(
    given: dict[str, str], codes: list[str]
) -> None:
    files = [
        on_disk(SAMPLES / "assessments" / path)
        for path in ("AP/input/SAMPLE_AP_2324.csv", "STAR/input/SR_sample_anonymized_file.csv")
    ]
    parameters = {**given, "load_date": "2024-07-01"}
    recogniser = SpecRecogniser(load_model("5.2"), own=(), chosen=None, parameters=parameters)
    found = list(recogniser.inputs_of(files))
    assert [f.code for f in found if isinstance(f, Finding)] == codes
    assert len([f for f in found if isinstance(f, Input)]) == 2 - len(codes)


def test_every_shipped_spec_can_be_read() -> None:
    assert [parsed.spec.name for parsed in parsed_shipped()] == list(shipped_names())


def test_every_shipped_spec_stands_in_the_reference() -> None:
    reference = (_HERE.parents[4] / "docs/reference/specs.md").read_text()
    assert [name for name in shipped_names() if f"`{name}`" not in reference] == []


def _fit(content: bytes, name: str) -> tuple[str, str] | str:
    file = source(content, name)
    fit = fit_by_layout(file, parsed_shipped()) or fit_table(_columns(file), name, parsed_shipped())
    return fit.words if isinstance(fit, Finding) else (fit[0].spec.name, fit[1])


def _columns(file: SourceFile) -> tuple[str, ...]:
    tables = open_tables(file)
    assert not isinstance(tables, Finding), tables
    with tables:
        table = next(iter(tables))
        assert isinstance(table, Table), table
        return table.columns
