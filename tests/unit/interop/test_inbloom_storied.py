"""The storied packages of two states: every count of inBloom's own acceptance test, or why ours differs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from homeroom.base.findings import Finding
from homeroom.interop.inbloom_directory import Directory
from homeroom.interop.inbloom_package import Package, read_package
from homeroom.interop.inbloom_xml import InbloomReader
from homeroom.interop.package_archive import Folder, open_zip
from homeroom.interop.xml_ids import key_of_document
from homeroom.interop.xml_record import Document, XmlRecord, XmlReject
from homeroom.standard.documents import compile_document
from homeroom.standard.model import Model

# From storied-two-states/SOURCE.md, after Daybreak: our resource, inBloom's count, ours, why.
_AFTER_DAYBREAK = [
    ("Student", 78, 78, ""),
    ("Staff", 14, 14, ""),
    ("Contact", 9, 9, "a parent by its new name"),
    ("School", 6, 3, "one kind of organisation became four: 3 + 2 + 1"),
    ("LocalEducationAgency", 6, 2, "see School"),
    ("StateEducationAgency", 6, 1, "see School"),
    ("Course", 95, 95, ""),
    ("CourseOffering", 95, 95, ""),
    ("Section", 97, 97, ""),
    ("Session", 22, 22, ""),
    ("GradingPeriod", 17, 17, ""),
    ("CalendarDate", 556, 1668, "a date of the state is a date of each of its 3 schools"),
    ("StudentSchoolAssociation", 167, 167, ""),
    ("StudentSectionAssociation", 297, 297, ""),
    ("StudentContactAssociation", 9, 9, ""),
    ("StudentSchoolAttendanceEvent", 5550, 5550, ""),
    ("Assessment", 19, 19, ""),
    ("StudentAssessment", 203, 203, ""),
    ("CourseTranscript", 196, 196, ""),
    ("StudentAcademicRecord", 117, 117, ""),
    ("StudentGradebookEntry", 315, 315, ""),
    ("GradebookEntry", 12, 12, ""),
    ("Grade", 4, 4, ""),
    ("ReportCard", 2, 2, ""),
    ("StudentCompetencyObjective", 60, 0, "5.2 wants a grading period and an organisation's objective"),
    ("GraduationPlan", 4, 0, "5.2 wants the school year of graduation"),
    ("Cohort", 3, 3, ""),
    ("Program", 2, 2, ""),
    ("StaffProgramAssociation", 7, 7, ""),
    ("DisciplineIncident", 2, 2, ""),
    ("DisciplineAction", 2, 3, "one for each student"),
    ("LearningStandard", 36, 99, "63 learning objectives became standards"),
]
_AFTER_SUNSET = {
    "Student": 183, "School": 4, "LocalEducationAgency": 3, "StateEducationAgency": 1, "Section": 100,
    "Staff": 21, "StudentSchoolAssociation": 272, "StudentSectionAssociation": 402, "Course": 96,
    "Session": 23,
}  # fmt: skip
_AFTER_APPEND = {
    "Student": 185, "Contact": 12, "Assessment": 23, "DisciplineIncident": 5, "CourseTranscript": 200,
    "StudentAcademicRecord": 121,
}  # fmt: skip
_NY = {
    "Student": 8, "Staff": 37, "School": 4, "LocalEducationAgency": 2, "StateEducationAgency": 1,
    "Section": 16, "Course": 8,
}  # fmt: skip


@dataclass
class State:
    """What a state's packages left, by resource and key."""

    reader: InbloomReader
    model: Model
    records: dict[str, dict[str, Document]] = field(default_factory=lambda: defaultdict(dict))
    rejects: list[XmlReject] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def load(self, package: Package) -> Counter[str]:
        for item in self.reader.read_package(package.files):
            match item:
                case XmlRecord():
                    key = repr(key_of_document(item.document, self.model.resources[item.resource]))
                    self.records[item.resource][key] = item.document
                case XmlReject():
                    self.rejects.append(item)
                case Finding():
                    self.findings.append(item)
        return self.counts()

    def counts(self) -> Counter[str]:
        return Counter({name: len(keys) for name, keys in self.records.items()})


@dataclass
class Storied:
    """Both states, and the counts after each package."""

    illinois: State
    new_york: State
    daybreak: Counter[str]
    sunset: Counter[str]
    append: Counter[str]


@pytest.fixture(scope="module")
def storied(model: Model, samples: Path, open_folder: Callable[[Path], Folder]) -> Storied:
    def package(name: str) -> Package:
        return read_package(open_folder(samples / f"inbloom/storied-two-states/StoriedDataSet_{name}"))

    illinois, new_york = State(InbloomReader(model), model), State(InbloomReader(model), model)
    daybreak = illinois.load(package("IL_Daybreak"))
    # Between packages only what the directory renders is kept, as a loader would.
    illinois.reader = InbloomReader(model, directory=Directory.parse(illinois.reader.directory.render()))
    sunset = illinois.load(package("IL_Sunset"))
    append = illinois.load(package("IL_Daybreak_Append"))
    illinois.load(package("IL_Daybreak_Deltas"))
    new_york.load(package("NY"))
    return Storied(illinois, new_york, daybreak, sunset, append)


@pytest.mark.parametrize(("resource", "inbloom", "ours", "reason"), _AFTER_DAYBREAK)
def test_daybreak_gives_inblooms_count_or_ours_for_a_reason(
    storied: Storied, resource: str, inbloom: int, ours: int, reason: str
) -> None:
    print(f"{resource}: inBloom {inbloom}, ours {storied.daybreak[resource]}. {reason}")  # noqa: T201
    assert storied.daybreak[resource] == ours
    assert bool(reason) == (inbloom != ours or resource == "Contact")


def test_sunset_adds_its_district(storied: Storied) -> None:
    assert {name: storied.sunset[name] for name in _AFTER_SUNSET} == _AFTER_SUNSET


def test_append_adds_and_updates(storied: Storied) -> None:
    assert {name: storied.append[name] for name in _AFTER_APPEND} == _AFTER_APPEND


def test_other_state_alone(storied: Storied) -> None:
    assert {name: storied.new_york.counts()[name] for name in _NY} == _NY


def test_same_student_number_in_two_states_is_two_readings(storied: Storied) -> None:
    both = storied.illinois.records["Student"].keys() & storied.new_york.records["Student"].keys()
    assert len(both) == 8


def test_what_is_rejected_is_exactly_what_names_a_district_as_a_school_or_no_session(
    storied: Storied,
) -> None:
    codes = sorted((reject.entity, reject.findings[0].code) for reject in storied.illinois.rejects)
    assert codes == [
        ("AttendanceEvent", "inbloom.missing"),
        ("CourseOffering", "inbloom.unknown_reference"),
        ("Session", "inbloom.wrong_organization"),
    ]
    assert storied.new_york.rejects == []


def test_every_document_has_the_standards_shape(storied: Storied, model: Model) -> None:
    for state in (storied.illinois, storied.new_york):
        for name, documents in state.records.items():
            kind = compile_document(model, model.resources[name])
            incoherent = [d for d in documents.values() if not kind.is_coherent(kind.convert(d))]
            # Three grades have a grading period of another school year than their section.
            assert len(incoherent) <= (3 if name == "Grade" else 0), name


def test_results_of_objectives_and_items_stand_in_their_assessment(storied: Storied) -> None:
    assessments = storied.illinois.records["StudentAssessment"].values()
    results = {"studentObjectiveAssessments": 0, "items": 0}
    for assessment in assessments:
        for member in results:
            items = assessment.get(member, [])
            assert isinstance(items, list)
            results[member] += len(items)
    # 55 item results, of which one child has one twice.
    assert results == {"studentObjectiveAssessments": 300, "items": 54}
    assert "inbloom.repeated_item" not in {finding.code for finding in storied.illinois.findings}


def test_every_reference_points_at_something_that_was_read(storied: Storied, model: Model) -> None:
    """The school, session, section, student and staff of every record exist among the records."""
    targets = {
        "Student",
        "Staff",
        "Contact",
        "Section",
        "Session",
        "Course",
        "CourseOffering",
        "GradingPeriod",
    }
    dangling: Counter[tuple[str, str]] = Counter()
    for name, documents in storied.illinois.records.items():
        for reference in model.resources[name].references:
            if reference.target in targets:
                known = storied.illinois.records[reference.target]
                order = [part.name for part in model.key_of(reference.target)]
                for document in documents.values():
                    value = document.get(reference.name)
                    if isinstance(value, dict) and repr({part: value[part] for part in order}) not in known:
                        dangling[name, reference.target] += 1
    # The attendance of a child that no file holds, there on purpose (StudentAttendanceNoStudent.xml).
    assert dangling in (Counter(), Counter({("StudentSchoolAttendanceEvent", "Student"): 1}))


def test_each_descriptor_of_inblooms_own_is_given_before_its_first_use(
    model: Model, samples: Path, open_folder: Callable[[Path], Folder]
) -> None:
    package = read_package(open_folder(samples / "inbloom/storied-two-states/StoriedDataSet_IL_Daybreak"))
    given: set[str] = set()
    for item in InbloomReader(model).read_package(package.files):
        if isinstance(item, XmlRecord):
            if model.resources[item.resource].is_descriptor:
                given.add(f"{item.document['namespace']}#{item.document['codeValue']}")
            assert _own_descriptors(item.document) <= given | _defined_in_files(item)


def _own_descriptors(value: object) -> set[str]:
    match value:
        case str() if value.startswith("uri://inbloom.org/"):
            return {value} if "#" in value else set()
        case dict():
            return set().union(*map(_own_descriptors, value.values()))
        case list():
            return set().union(*map(_own_descriptors, value))
        case _:
            return set()


def _defined_in_files(item: XmlRecord) -> set[str]:
    """Values a file of the package defines itself may come after their use; a loader orders by dependency."""
    kinds = ("CompetencyLevelDescriptor", "AssessmentPeriodDescriptor", "PerformanceLevelDescriptor")
    return {value for value in _own_descriptors(item.document) if value.split("/")[-1].split("#")[0] in kinds}


def test_medium_district_reads_from_its_zip(model: Model, samples: Path) -> None:
    with (samples / "inbloom/medium-district/MediumSampleDataSet.zip").open("rb") as stream:
        archive = open_zip(stream, file="MediumSampleDataSet.zip")
        assert not isinstance(archive, Finding)
        package = read_package(archive)
        assert package.findings == []
        state = State(InbloomReader(model), model)
        counts = state.load(package)
    expected = {
        "Student": 500, "Contact": 763, "Staff": 60, "School": 5, "Section": 300, "CourseTranscript": 7500,
        "StudentSchoolAttendanceEvent": 5000, "DisciplineIncident": 4875, "DisciplineAction": 4875,
        "Grade": 2500, "StudentDisciplineIncidentBehaviorAssociation": 1665, "StudentAssessment": 2500,
        "StudentDisciplineIncidentNonOffenderAssociation": 3210, "StudentCohortAssociation": 1500,
        "StudentProgramAssociation": 1000, "StudentContactAssociation": 763, "ReportCard": 500,
    }  # fmt: skip
    assert {name: counts[name] for name in expected} == expected
    # Dates without a school, items without an assessment, item results without a student.
    assert Counter(reject.entity for reject in state.rejects) == {
        "CalendarDate": 20, "AssessmentItem": 5, "StudentAssessmentItem": 1185,
    }  # fmt: skip
