"""What the records of a file say in the main: who, and with which results or on which day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from bench.suggest_cases import Case, Fact
from homeroom.ingest.mapping.compile import compile_spec
from homeroom.ingest.mapping.mapping import Mapped
from homeroom.ingest.mapping.read import parse_spec
from homeroom.ingest.mapping.spec import Spec
from homeroom.ingest.specs.shelf import sample_parameters
from homeroom.ingest.suggest.suggestion import Suggestion
from homeroom.standard.read import load_model

ENOUGH = 0.9
"""Of what is expected; vendors' specs also keep what they make up, such as `Level 2` of a column's name."""
_MAIN: Mapping[str, Sequence[str]] = {
    "Student": ("studentUniqueId", "firstName", "lastSurname", "birthDate"),
    "StudentSchoolAssociation": (
        "studentReference.studentUniqueId",
        "schoolReference.schoolId",
        "entryDate",
    ),
    "Staff": ("staffUniqueId", "firstName", "lastSurname"),
    "Section": ("sectionIdentifier", "courseOfferingReference.localCourseCode"),
    "StudentSectionAssociation": (
        "studentReference.studentUniqueId",
        "sectionReference.sectionIdentifier",
        "beginDate",
    ),
    "StudentSchoolAttendanceEvent": (
        "studentReference.studentUniqueId",
        "eventDate",
        "attendanceEventCategoryDescriptor",
    ),
    "Grade": (
        "studentSectionAssociationReference.studentUniqueId",
        "studentSectionAssociationReference.sectionIdentifier",
        "letterGradeEarned",
    ),
}


def facts_of(resource: str, documents: Iterable[Mapping[str, Any]]) -> Counter[Fact]:
    """What documents of a resource say in the main; of results of a test each score or level
    with its student, as vendors' levels are often kept as scores."""
    if resource == "StudentAssessment":
        return Counter(fact for document in documents for fact in _scores(document))
    paths = _MAIN.get(resource)
    return Counter((resource, *(_at(d, path) for path in paths)) for d in documents) if paths else Counter()


def share_met(case: Case, found: Suggestion) -> float:
    """How much of what is expected the records of the proposed spec say, 0..1; 0 when it does not compile."""
    mapped = _mapped(case, found)
    facts: Counter[Fact] = Counter()
    for documents in mapped.records if mapped else ():
        facts += facts_of(documents.resource, map(msgspec.json.decode, documents.texts))
    return (case.expected & facts).total() / case.expected.total()


def _mapped(case: Case, found: Suggestion) -> Mapped | None:
    spec = parse_spec(found.draft.text, name="sample.yaml", read_beside=lambda name: name)
    if not isinstance(spec, Spec):
        return None
    mapping = compile_spec(spec, load_model("5.2"), parameters=sample_parameters(spec))
    if isinstance(mapping, tuple):
        return None
    return mapping.apply_rows("file", case.sample.shown, name=case.sample.file)


def _scores(document: Mapping[str, Any]) -> Iterator[Fact]:
    student = document.get("studentReference", {}).get("studentUniqueId", "")
    for part in (document, *document.get("studentObjectiveAssessments", ())):
        for score in part.get("scoreResults", ()):
            yield "score", student, _plain(score["result"])
        for level in part.get("performanceLevels", ()):
            yield "score", student, _plain(level["performanceLevelDescriptor"].rpartition("#")[2])


def _plain(result: str) -> str:
    """`7.0` and `07` are 7."""
    try:
        return f"{float(result):g}"
    except ValueError:
        return result.strip()


def _at(document: Mapping[str, Any], path: str) -> str:
    found: Any = document
    for member in path.split("."):
        found = found.get(member, "") if isinstance(found, dict) else ""
    return str(found).rpartition("#")[2]
