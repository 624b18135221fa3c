"""Subjects: which columns tie a record to organisations, people, vendors and custom views."""

from __future__ import annotations

import pytest

from homeroom.standard.model import Model, Resource
from homeroom.standard.read import VERSIONS, load_model
from homeroom.store.conditions import InView, Person, Subject
from homeroom.store.tables import compile_tables
from homeroom.trust.subjects import (
    RELATIONSHIP_RULES,
    ViewBasis,
    namespace_column,
    section_column,
    student_column,
    subjects_for,
    subjects_of,
    view_basis,
)


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model("5.2")


STUDENT = Subject("student_ref", "StudentUniqueId", Person.STUDENT)
STUDENT_BY_VALUE = Subject("student_unique_id_person_ref", "StudentUniqueId", Person.STUDENT)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("StudentSchoolAssociation", [Subject("school_id", "SchoolId"), STUDENT]),
        ("Student", [Subject("id", "StudentUniqueId", Person.STUDENT)]),
        ("Staff", [Subject("id", "StaffUniqueId", Person.STAFF)]),
        ("School", [Subject("school_id", "SchoolId")]),
        ("StudentAssessment", [Subject("reported_school_id", "ReportedSchoolId"), STUDENT]),
        ("DisciplineAction", [Subject("responsibility_school_id", "ResponsibilitySchoolId"), STUDENT]),
        ("Grade", [Subject("school_id", "SchoolId"), STUDENT_BY_VALUE]),
        (
            "CourseTranscript",
            [Subject("education_organization_id", "EducationOrganizationId"), STUDENT_BY_VALUE],
        ),
        (
            "StaffEducationOrganizationAssignmentAssociation",
            [
                Subject("education_organization_id", "EducationOrganizationId"),
                Subject("staff_ref", "StaffUniqueId", Person.STAFF),
            ],
        ),
        (
            "StudentContactAssociation",
            [STUDENT, Subject("contact_ref", "ContactUniqueId", Person.CONTACT)],
        ),
        (
            "OrganizationDepartment",
            [Subject("parent_education_organization_id", "ParentEducationOrganizationId")],
        ),
        (
            "ProgramEvaluation",
            [Subject("program_education_organization_id", "ProgramEducationOrganizationId")],
        ),
        ("GradeLevelDescriptor", []),
    ],
)
def test_subjects_are_the_identifying_organisations_and_people(
    model: Model, name: str, expected: list[Subject]
) -> None:
    assert set(subjects_of(model.resources[name])) == set(expected)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_column_named_here_is_one_of_the_tables(version: str) -> None:
    model = load_model(version)
    tables = compile_tables(model)
    strays = []
    for resource in model.documents:
        table = tables[resource.name]
        known = {"id", *table.columns_by_name, *(r.name for r in table.references)}
        named = [s.column for s in subjects_of(resource)]
        named += [c for c in (namespace_column(resource), section_column(resource)) if c]
        for strategy in ("StudentWithX", "SchoolWithX", "SectionWithX", "StaffWithX", "AssessmentWithX"):
            basis = view_basis(model, resource, strategy=strategy)
            named += [basis.condition.column] if isinstance(basis, ViewBasis) else []
        strays += [(resource.name, c) for c in named if c not in known]
    assert strays == []


@pytest.mark.parametrize("version", VERSIONS)
def test_people_are_checked_on_surrogates_and_organisations_on_values(version: str) -> None:
    for resource in load_model(version).documents:
        for subject in subjects_of(resource):
            is_surrogate = subject.column == "id" or subject.column.endswith("_ref")
            assert is_surrogate == (subject.person is not None), (resource.name, subject)


@pytest.mark.parametrize(
    ("strategy", "names"),
    [
        ("RelationshipsWithEdOrgsOnly", {"SchoolId"}),
        ("RelationshipsWithEdOrgsOnlyInverted", {"SchoolId"}),
        ("RelationshipsWithEdOrgsAndPeople", {"SchoolId", "StudentUniqueId", "StaffUniqueId"}),
        ("RelationshipsWithPeopleOnly", {"StudentUniqueId", "StaffUniqueId"}),
        ("RelationshipsWithStudentsOnly", {"StudentUniqueId"}),
        ("RelationshipsWithStudentsOnlyThroughResponsibility", {"StudentUniqueId"}),
    ],
)
def test_a_strategy_checks_only_its_own_subjects(strategy: str, names: set[str]) -> None:
    subjects = [
        Subject("school_id", "SchoolId"),
        STUDENT,
        Subject("staff_ref", "StaffUniqueId", Person.STAFF),
    ]
    assert {s.name for s in subjects_for(RELATIONSHIP_RULES[strategy], subjects)} == names


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("Assessment", "namespace"),
        ("StudentAssessment", "namespace"),
        ("DescriptorMapping", "namespace"),
        ("GradeLevelDescriptor", "namespace"),
        ("School", None),
    ],
)
def test_the_namespace_is_the_records_own_or_its_only_one(
    model: Model, name: str, column: str | None
) -> None:
    assert namespace_column(model.resources[name]) == column


@pytest.mark.parametrize(
    ("name", "strategy", "expected"),
    [
        (
            "StudentSchoolAssociation",
            "StudentWithX",
            InView("StudentWithX", "student_ref", ("StudentUniqueId",), "Student"),
        ),
        ("Student", "StudentWithX", InView("StudentWithX", "id", ("StudentUniqueId",), "Student")),
        (
            "Grade",
            "StudentWithX",
            InView("StudentWithX", "student_unique_id_person_ref", ("StudentUniqueId",), "Student"),
        ),
        (
            "DisciplineAction",
            "SchoolWithX",
            InView("SchoolWithX", "responsibility_school_ref", ("ResponsibilitySchoolId",), "School"),
        ),
        (
            "Section",
            "SchoolWithX",
            InView("SchoolWithX", "school_id", ("SchoolId",), "School", "school_id"),
        ),
        ("School", "StudentWithX", "Student"),
        ("Student", "DragonWithX", None),
        ("Student", "NoSuchStrategy", None),
        ("Student", "RelationshipsWithDragons", None),
    ],
)
def test_a_custom_view_meets_a_resource_by_name_role_or_value(
    model: Model, name: str, strategy: str, expected: InView | str | None
) -> None:
    found = view_basis(model, model.resources[name], strategy=strategy)
    match found:
        case ViewBasis(condition=condition):
            assert condition == expected
        case Resource(name=basis):
            assert basis == expected
        case None:
            assert expected is None


def test_a_view_on_what_does_not_identify_the_record_is_not_tracked(model: Model) -> None:
    by_role = view_basis(model, model.resources["DisciplineAction"], strategy="SchoolWithX")
    by_key = view_basis(model, model.resources["DisciplineAction"], strategy="StudentWithX")
    assert isinstance(by_role, ViewBasis)
    assert isinstance(by_key, ViewBasis)
    assert (by_role.is_tracked, by_key.is_tracked) == (False, True)


def test_sections_and_students_are_found_directly_or_not_at_all(model: Model) -> None:
    resources = model.resources
    assert section_column(resources["Section"]) == "id"
    assert section_column(resources["GradebookEntry"]) == "section_ref"
    assert section_column(resources["School"]) is None
    assert student_column(resources["Grade"]) == "student_unique_id_person_ref"
    assert student_column(resources["Section"]) is None
