"""Every Ed-Fi sample file reads whole: no fault, every document of the standard's own shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeroom.interop.edfi_xml import EdfiXmlReader
from homeroom.interop.xml_record import XmlItem, XmlRecord
from homeroom.standard.documents import compile_document
from homeroom.standard.model import Model

# shared/samples/edfi/SOURCE.md
COUNTS = {
    "Student": 960, "Contact": 1873, "StudentContactAssociation": 1872, "Staff": 68,
    "StaffSectionAssociation": 528, "StaffSchoolAssociation": 56, "School": 3, "LocalEducationAgency": 1,
    "EducationServiceCenter": 1, "StaffEducationOrganizationEmploymentAssociation": 68,
    "StaffEducationOrganizationAssignmentAssociation": 69, "Course": 84, "CourseOffering": 169,
    "Section": 532, "Session": 6, "GradingPeriod": 18, "ClassPeriod": 21, "Location": 56,
    "StudentSchoolAttendanceEvent": 1917, "StudentSectionAttendanceEvent": 66, "StudentAssessment": 812,
    "Assessment": 18, "ObjectiveAssessment": 56, "AssessmentItem": 110, "LearningStandard": 5597,
    "GradebookEntry": 10, "StudentGradebookEntry": 250, "StudentHealth": 71, "StudentTransportation": 30,
    "DisciplineIncident": 21, "DisciplineAction": 25, "SurveyResponse": 12, "SurveyQuestionResponse": 60,
    "ChartOfAccount": 72, "LocalAccount": 72, "StudentAssessmentRegistration": 40,
}  # fmt: skip


@pytest.fixture(scope="module")
def items(reader: EdfiXmlReader, samples: Path) -> list[XmlItem]:
    def read_all() -> Iterator[XmlItem]:
        for path in sorted((samples / "edfi/5.2/xml").glob("*.xml")):
            with path.open("rb") as stream:
                yield from reader.read(stream, file=path.name)

    return list(read_all())


def test_every_element_of_the_samples_is_a_record_without_fault(items: list[XmlItem]) -> None:
    assert [item for item in items if not isinstance(item, XmlRecord)] == []
    assert len(items) == 16_846


def test_counts_are_those_of_the_source_list(items: list[XmlItem]) -> None:
    counts = Counter(item.resource for item in items if isinstance(item, XmlRecord))
    assert {name: counts[name] for name in COUNTS} == COUNTS
    programs = [name for name in counts if name.endswith("ProgramAssociation")]
    assert sum(counts[name] for name in programs if name.startswith("Student")) == 706


def test_every_document_passes_the_standards_own_check(items: list[XmlItem], model: Model) -> None:
    types = {}
    for item in items:
        assert isinstance(item, XmlRecord)
        if item.resource not in types:
            types[item.resource] = compile_document(model, model.resources[item.resource])
        document = types[item.resource].convert(item.document)
        assert types[item.resource].is_coherent(document), (item.resource, item.line)


def test_references_by_id_become_the_key_of_the_record_they_name(items: list[XmlItem]) -> None:
    links = [i for i in items if isinstance(i, XmlRecord) and i.resource == "StudentContactAssociation"]
    contacts = {
        i.document["contactUniqueId"] for i in items if isinstance(i, XmlRecord) and i.resource == "Contact"
    }
    assert len(links) == 1872
    for link in links:
        reference = link.document["contactReference"]
        assert isinstance(reference, dict)
        assert reference["contactUniqueId"] in contacts
