"""Each vendor's sample through its shipped spec: valid, complete, and as another tool has it but for named reasons."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import pytest
import yaml
from tests.unit.ingest.specs.differences import Difference, differences
from tests.unit.ingest.specs.sample_files import SAMPLES, Document, Mapped, compiled, map_files

from homeroom.base.findings import Finding
from homeroom.ingest.mapping.spec import Field
from homeroom.standard.check import parse_document
from homeroom.standard.documents import DocumentType, compile_document
from homeroom.standard.model import Model
from homeroom.standard.read import load_model, load_seed_descriptors

pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the shared samples are not beside this checkout"
)

_ASSESSMENTS: Final = SAMPLES / "assessments"
_DATA: Final = yaml.safe_load(Path(__file__).with_name("vendor_samples.yaml").read_text())
_KEYS: Final[Mapping[str, Sequence[str]]] = {
    "assessments": ["assessmentIdentifier"],
    "objectiveAssessments": ["assessmentReference.assessmentIdentifier", "identificationCode"],
    "studentAssessments": [
        "studentReference.studentUniqueId",
        "assessmentReference.assessmentIdentifier",
        "administrationDate",
    ],
    "studentAssessmentEducationOrganizationAssociations": [
        "studentAssessmentReference.studentUniqueId",
        "studentAssessmentReference.assessmentIdentifier",
        "educationOrganizationReference.educationOrganizationId",
    ],
}


@dataclass(frozen=True)
class Reason:
    """Why differences at a path are right."""

    path: str
    kind: str

    def covers(self, difference: Difference) -> bool:
        pattern = ".*".join(re.escape(text) for text in self.path.split("*"))
        return self.kind == _kind_of(difference) and re.fullmatch(pattern, difference.path) is not None


@dataclass
class Case:
    """One sample and what is known of it."""

    name: str
    spec: str
    files: Mapping[str, str]
    expected: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    rejects: Mapping[str, int] = field(default_factory=dict)
    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    differences: Sequence[Mapping[str, str]] = ()
    students: int = 0
    objectives_by_description: bool = False


_CASES: Final = [Case(**case) for case in _DATA["cases"]]
_EVERYWHERE: Final = [Reason(r["path"], r["is"]) for r in _DATA["everywhere"]]


@pytest.fixture(params=_CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def test_documents_satisfy_the_standard(case: Case) -> None:
    faults = [
        f"{endpoint} {finding.place.path}: {finding.words}"
        for endpoint, documents in _mapped(case.name).documents.items()
        for document in documents
        for finding in _faults(endpoint, document)
    ]
    assert faults == []


def test_only_the_known_rows_are_rejected(case: Case) -> None:
    mapped = _mapped(case.name)
    assert mapped.rejects == case.rejects, [f.words for f in mapped.refused]
    assert not mapped.warnings


def test_descriptors_and_parts_that_results_name_are_written_or_the_standards_own(case: Case) -> None:
    documents = _mapped(case.name).documents
    written = {
        f"{d['namespace']}#{d['codeValue']}"
        for kind, all_ in documents.items()
        if "Descriptor" in kind
        for d in all_
    }
    parts = {
        (_at(d, "assessmentReference", "assessmentIdentifier"), d["identificationCode"])
        for d in documents.get("objectiveAssessments", ())
    } | {(d["assessmentIdentifier"], None) for d in documents["assessments"]}
    used = {text for all_ in documents.values() for d in all_ for text in _descriptors(d)}
    assert used - written - _seeds() == set()
    assert {part for d in documents["studentAssessments"] for part in _parts(d)} - parts == set()


def test_results_equal_the_other_tools_but_for_named_reasons(case: Case) -> None:
    mapped = _mapped(case.name)
    if not case.expected:
        assert len(mapped.documents["studentAssessments"]) == case.students
        return
    own = [Reason(r["path"], r["is"]) for r in case.differences]
    found = list(_found(case, mapped))
    unexplained = [d for d in found if not any(r.covers(d) for r in (*own, *_EVERYWHERE))]
    assert unexplained == [], sorted({(re.sub(r"\[[^]]*\]", "[]", d.path), _kind_of(d)) for d in unexplained})
    assert [r for r in own if not any(r.covers(d) for d in found)] == [], "reasons that nothing needs"


def test_every_general_reason_is_needed() -> None:
    found = [d for case in _CASES if case.expected for d in _found(case, _mapped(case.name))]
    assert [r for r in _EVERYWHERE if not any(r.covers(d) for d in found)] == []


@pytest.mark.parametrize(("name", "rows"), [("star", 5), ("psat 10", 5)])
def test_a_test_that_neither_file_name_nor_person_tells_is_a_finding(name: str, rows: int) -> None:
    case = next(c for c in _CASES if c.name == name)
    parameters = {k: v for k, v in case.parameters.items() if k != "test"}
    texts = {file: (_ASSESSMENTS / path).read_text() for file, path in case.files.items()}
    mapped = map_files(compiled(case.spec, _model(), parameters), texts, model=_model())
    assert mapped.documents["studentAssessments"] == []
    refused = [f for f in mapped.refused if f.place.line is not None]
    assert {f.code for f in refused} == {"mapping.unmapped_value"}
    assert len({f.place.line for f in refused}) == rows


def test_three_forms_of_a_cogat_file_give_the_same_results() -> None:
    columns, packed, lines = (_mapped(f"cogat, {form}") for form in ("a column per score", "packed", "lines"))
    for other in (packed, lines):
        assert other.documents["studentAssessments"] == columns.documents["studentAssessments"]


def test_both_forms_of_a_staar_file_give_the_same_results() -> None:
    columns, lines = (_mapped(f"staar, {form}") for form in ("columns", "lines"))
    assert columns.documents["studentAssessments"] == lines.documents["studentAssessments"]


def test_both_forms_of_an_end_of_course_file_give_the_same_results() -> None:
    rows = [
        {
            "administration_date": "1524", "grade_level_code": "09", "county_district_campus_number": "255901001",
            "tx_unique_student_id": "7001", "end_of_course_code": "A1", "score_code": "S",
            "reporting_category_1_raw_score": "05", "reporting_category_2_raw_score": "07", "raw_score": "31",
            "scale_score": "4012", "meets_grade_level": "1", "approaches_grade_level_at_the_students_standard": "1",
            "masters_grade_level": "0", "percentile": "61", "period": "5",
        },
        {
            "administration_date": "1325", "grade_level_code": "11", "county_district_campus_number": "255901001",
            "tx_unique_student_id": "7002", "end_of_course_code": "US", "score_code": "A", "period": "5",
        },
    ]  # fmt: skip
    mapping = compiled("staar_eoc", _model(), {})
    layout = mapping.spec.files["lines"].layout
    header = [f.name for f in layout]
    columns = "\n".join(
        ",".join(row.get(name, "") for name in header)
        for row in [dict(zip(header, header, strict=True)), *rows]
    )
    lines = "\r\n".join(_laid_out(row, layout) for row in rows)
    first, second = (
        map_files(mapping, {form: text}, model=_model())
        for form, text in (("columns", columns), ("lines", lines))
    )
    results = first.documents["studentAssessments"]
    assert results == second.documents["studentAssessments"]
    assert [(r["administrationDate"], r["schoolYearTypeReference"]) for r in results] == [
        ("2024-05-02T00:00:00Z", {"schoolYear": 2024}),
        ("2025-12-01T00:00:00Z", {"schoolYear": 2026}),
    ]
    assert [list(_named(r)) for r in results] == [["Meets"], ["Absent"]]
    assert [fault for r in results for fault in _faults("studentAssessments", r)] == []


@cache
def _mapped(name: str) -> Mapped:
    case = next(c for c in _CASES if c.name == name)
    mapping = compiled(case.spec, _model(), case.parameters)
    return map_files(
        mapping, {file: _ASSESSMENTS / path for file, path in case.files.items()}, model=_model()
    )


def _named(result: Document) -> Iterator[str]:
    """The highest level of a result, or why there is none."""
    texts = (text for text in _descriptors(result) if re.search("PerformanceLevelD|ReasonNotTested", text))
    return (text.rpartition("#")[2] for text in texts)


def _laid_out(row: Mapping[str, str], layout: Sequence[Field]) -> str:
    """A line of fixed width."""
    line = " " * max(f.start + f.width for f in layout)
    for f in layout:
        line = line[: f.start - 1] + row.get(f.name, "").ljust(f.width) + line[f.start - 1 + f.width :]
    return line


def _found(case: Case, mapped: Mapped) -> Iterator[Difference]:
    theirs = {f.stem: _lines(f) for f in sorted((_ASSESSMENTS / case.expected).glob("*.jsonl"))}
    ours: Mapping[str, Sequence[Document]] = mapped.documents
    if case.objectives_by_description:
        ours, theirs = _described(ours), _described(theirs)
    for endpoint, documents in theirs.items():
        key = case.keys.get(endpoint) or _KEYS.get(endpoint, ["codeValue"])
        yield from differences(endpoint, ours.get(endpoint, ()), documents, key=key)


def _lines(path: Path) -> list[Document]:
    texts = (line for line in path.read_text().splitlines() if line.strip())
    return list({json.dumps(d, sort_keys=True): d for d in map(json.loads, texts)}.values())


def _described(documents: Mapping[str, Sequence[Document]]) -> dict[str, list[Document]]:
    """The same with each part of a test named by its description."""
    names = {str(d["identificationCode"]): str(d["description"]) for d in documents["objectiveAssessments"]}
    return {endpoint: [_renamed(d, names) for d in all_] for endpoint, all_ in documents.items()}


def _renamed(document: Document, names: Mapping[str, str]) -> Document:
    def rename(value: object) -> object:
        if isinstance(value, dict):
            return {
                k: names[v] if k == "identificationCode" and v in names else rename(v)
                for k, v in value.items()
            }
        return [rename(v) for v in value] if isinstance(value, list) else value

    renamed = rename(document)
    assert isinstance(renamed, dict)
    return renamed


def _kind_of(difference: Difference) -> str:
    if difference.ours == "absent":
        return "missing"
    return "added" if difference.theirs == "absent" else "changed"


def _faults(endpoint: str, document: Document) -> Sequence[Finding]:
    parsed = parse_document(_type(endpoint), json.dumps(document).encode())
    return parsed if isinstance(parsed, tuple) else ()


def _at(document: object, *path: str) -> object:
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _descriptors(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            if name.endswith("Descriptor") and isinstance(member, str):
                yield member
            else:
                yield from _descriptors(member)
    elif isinstance(value, list):
        for item in value:
            yield from _descriptors(item)


def _parts(document: Document) -> Iterator[tuple[object, object]]:
    yield _at(document, "assessmentReference", "assessmentIdentifier"), None
    items = document.get("studentObjectiveAssessments", [])
    assert isinstance(items, list)
    for item in items:
        reference = item["objectiveAssessmentReference"]
        yield reference["assessmentIdentifier"], reference["identificationCode"]


@cache
def _model() -> Model:
    return load_model("5.2")


@cache
def _type(endpoint: str) -> DocumentType:
    model = _model()
    named = {r.endpoint: r for r in model.resources.values()}
    return compile_document(model, named[endpoint])


@cache
def _seeds() -> frozenset[str]:
    return frozenset(f"{d['namespace']}#{d['code_value']}" for d in load_seed_descriptors("5.2"))
