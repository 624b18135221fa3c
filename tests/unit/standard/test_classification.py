"""Every field of the standard is classified; what is sensitive is sealed, what is refused is refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from homeroom.standard.classification_rules import (
    Rules,
    Statement,
    Tier,
    load_rules,
    parse_extension_statements,
)
from homeroom.standard.classify import (
    ClassificationTable,
    check_classification,
    check_rules,
    classify,
)
from homeroom.standard.model import Kind, Model, Part, Property, Resource, part_path, walk_parts
from homeroom.standard.purposes import Purpose, describe_purpose
from homeroom.standard.read import VERSIONS, load_model

# Fields of documents (descriptors have six public fields each); the parts of references count.
COUNTS = {
    "5.2": {"T0": 1318, "T1": 168, "T2": 682, "T3": 815, "T4": 47},
    "6.1": {"T0": 1525, "T1": 150, "T2": 1009, "T3": 1363, "T4": 111},
}

# Reviewed: nothing else is refused, and nothing here may be stored.
REFUSED = {
    "5.2": {
        "Contact.personalIdentificationDocuments",
        "DisciplineIncident.caseNumber",
        "Staff.citizenshipStatusDescriptor",
        "Staff.identificationDocuments",
        "Staff.personalIdentificationDocuments",
        "Staff.visas",
        "Student.citizenshipStatusDescriptor",
        "Student.identificationDocuments",
        "Student.personalIdentificationDocuments",
        "Student.visas",
    },
    "6.1": {
        "ApplicantProfile.backgroundChecks",
        "ApplicantProfile.citizenshipStatusDescriptor",
        "ApplicantProfile.identificationDocuments",
        "ApplicantProfile.personalIdentificationDocuments",
        "ApplicantProfile.visas",
        "Candidate.backgroundCheck",
        "Candidate.citizenshipStatusDescriptor",
        "Candidate.identificationDocuments",
        "Candidate.personalIdentificationDocuments",
        "Candidate.visas",
        "Contact.personalIdentificationDocuments",
        "DisciplineIncident.caseNumber",
        "RecruitmentEventAttendance.personalIdentificationDocuments",
        "Staff.personalIdentificationDocuments",
        "StaffDemographic.citizenshipStatusDescriptor",
        "StaffDemographic.identificationDocuments",
        "StaffDemographic.visas",
        "StaffEducationOrganizationEmploymentAssociation.backgroundChecks",
        "Student.personalIdentificationDocuments",
        "StudentDemographic.citizenshipStatusDescriptor",
        "StudentDemographic.identificationDocuments",
        "StudentDemographic.visas",
    },
}

WHOLLY_SENSITIVE = (
    "DisciplineAction",
    "RestraintEvent",
    "StudentDisciplineIncidentBehaviorAssociation",
    "StudentHealth",
    "StudentHomelessProgramAssociation",
    "StudentLanguageInstructionProgramAssociation",
    "StudentMigrantEducationProgramAssociation",
    "StudentNeglectedOrDelinquentProgramAssociation",
    "StudentSchoolFoodServiceProgramAssociation",
    "StudentSection504ProgramAssociation",
    "StudentSpecialEducationProgramAssociation",
    "StudentSpecialEducationProgramEligibilityAssociation",
)

MODELS = {version: load_model(version) for version in VERSIONS}
RULES = load_rules()
TABLES = {version: classify(model, RULES) for version, model in MODELS.items()}


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def table(version: str) -> ClassificationTable:
    return TABLES[version]


@pytest.fixture
def model(version: str) -> Model:
    return MODELS[version]


def without(rules: Rules, resource: str) -> Rules:
    return replace(rules, resources={n: r for n, r in rules.resources.items() if n != resource})


def extended(resource: Resource, *names: str) -> Resource:
    """The resource with string members in `_ext.sample`, the way an extension adds them."""
    sample = Part(
        "sample", "Sample", is_collection=False, properties=tuple(Property(n, Kind.STRING) for n in names)
    )
    return replace(resource, extensions=(sample,))


def test_every_field_of_the_standard_is_classified(table: ClassificationTable, model: Model) -> None:
    assert check_classification(table, model) == []
    assert table.resources() == model.resources.keys()


def test_no_rule_is_about_a_field_no_version_has() -> None:
    assert check_rules(RULES, MODELS.values()) == []


def test_counts_per_tier_stand_as_reviewed(version: str, table: ClassificationTable, model: Model) -> None:
    tiers = Counter(
        c.tier.name for r in model.documents for path, c in table.by_path[r.name].items() if path != "$"
    )
    assert tiers == COUNTS[version]


def test_refused_members_are_exactly_the_reviewed(version: str, table: ClassificationTable) -> None:
    refused = {
        f"{resource}.{member}" for resource in table.resources() for member in table.refused_members(resource)
    }
    assert refused == REFUSED[version]
    assert not any(table.refused_paths(resource) for resource in table.resources())


def test_every_label_is_plain_words(table: ClassificationTable) -> None:
    labels = {c.label for fields in table.by_path.values() for c in fields.values()}
    assert all(label.strip() == label and label[0].isupper() for label in labels)
    assert not [label for label in labels if any(w in label for w in ("Descriptor", "Reference", "_"))]


@pytest.mark.parametrize(
    ("resource", "path", "label"),
    [
        ("Student", "$.studentUniqueId", "Student number"),
        ("StudentSchoolAssociation", "$", "School enrollment"),
        ("StudentSchoolAssociation", "$.entryGradeLevelDescriptor", "Grade level at entry"),
        ("StudentSchoolAssociation", "$.exitWithdrawTypeDescriptor", "Why the student left"),
        ("StudentSpecialEducationProgramAssociation", "$.iepBeginDate", "IEP start date"),
        ("School", "$.addresses", "Addresses"),
        ("Grade", "$.numericGradeEarned", "Grade as a number"),
    ],
)
def test_labels_a_family_understands(resource: str, path: str, label: str) -> None:
    assert TABLES["5.2"].of(resource, path).label == label


@pytest.mark.parametrize(
    ("resource", "path", "tier"),
    [
        ("School", "$.addresses[*].city", Tier.T0),
        ("SexDescriptor", "$.codeValue", Tier.T0),
        ("AssessmentAdministrationParticipation", "$.administrationPointOfContacts[*].loginId", Tier.T2),
        ("Student", "$.firstName", Tier.T1),
        ("Student", "$.birthDate", Tier.T2),
        ("Student", "$.birthCountryDescriptor", Tier.T3),
        ("Student", "$.otherNames[*].firstName", Tier.T3),
        ("StudentSchoolAssociation", "$.schoolReference.schoolId", Tier.T1),
        ("StudentSchoolAssociation", "$.exitWithdrawTypeDescriptor", Tier.T3),
        ("StudentSectionAssociation", "$.programs[*].programReference.programName", Tier.T3),
        ("StudentSchoolAttendanceEvent", "$.attendanceEventCategoryDescriptor", Tier.T2),
        ("StudentSchoolAttendanceEvent", "$.attendanceEventReason", Tier.T3),
        ("StudentContactAssociation", "$.contactRestrictions", Tier.T3),
        ("StudentContactAssociation", "$.emergencyContactStatus", Tier.T2),
        ("Contact", "$.addresses[*].streetNumberName", Tier.T3),
        ("Contact", "$.telephones[*].telephoneNumber", Tier.T2),
        ("SurveyQuestionResponse", "$.values[*].textResponse", Tier.T3),
        ("LocalPayroll", "$.amount", Tier.T3),
    ],
)
def test_tiers_common_to_both_versions(
    table: ClassificationTable, resource: str, path: str, tier: Tier
) -> None:
    assert table.of(resource, path).tier is tier


@pytest.mark.parametrize("resource", WHOLLY_SENSITIVE)
def test_sensitive_resources_hold_nothing_below_t3(table: ClassificationTable, resource: str) -> None:
    assert {c.tier for c in table.by_path[resource].values()} == {Tier.T3}


def test_race_and_ethnicity_serve_totals_and_the_family_only() -> None:
    only = frozenset({Purpose.STATUTORY_REPORTING, Purpose.PROGRAMME_EVALUATION, Purpose.GUARDIAN_ACCESS})
    homes = {"5.2": "StudentEducationOrganizationAssociation", "6.1": "StudentDemographic"}
    for version, resource in homes.items():
        for member in ("races", "hispanicLatinoEthnicity", "ancestryEthnicOrigins", "tribalAffiliations"):
            found = TABLES[version].root_member(resource, member)
            assert (found.tier, found.purposes) == (Tier.T3, only), member


def test_families_may_see_every_stored_field_of_their_child(table: ClassificationTable, model: Model) -> None:
    own = [r.name for r in model.documents if r.name.startswith("Student")]
    hidden = [
        f"{name} {path}"
        for name in own
        for path, c in table.by_path[name].items()
        if c.tier < Tier.T4 and Purpose.GUARDIAN_ACCESS not in c.purposes
    ]
    assert hidden == []


def test_refused_fields_have_no_purpose_and_stored_members_have_one(table: ClassificationTable) -> None:
    for resource in table.resources():
        assert not any(table.of(resource, f"$.{m}").purposes for m in table.refused_members(resource))
        assert all(table.root_member(resource, m).purposes for m in table.sealed_members(resource))


def test_a_reference_is_as_private_as_the_rows_it_names(table: ClassificationTable, model: Model) -> None:
    """A less private pointer would tell that the private row exists."""
    lower = set()
    for resource in model.documents:
        pointers = [(f"$.{r.name}", r.target) for r in resource.references]
        for above, part in walk_parts(resource):
            pointers += [(f"{part_path(above, part)}.{r.name}", r.target) for r in part.references]
        lower |= {
            f"{resource.name} {path}"
            for path, target in pointers
            if target in model.resources and table.of(resource.name, path).tier < table.of(target, "$").tier
        }
    assert lower <= {"StudentAssessmentRegistration $.studentDemographicReference"}


def test_members_holding_something_sensitive_are_sealed_whole(table: ClassificationTable) -> None:
    assert "learningStandardGrades" in table.sealed_members("Grade")  # for the comments inside
    assert "numericGradeEarned" not in table.sealed_members("Grade")
    assert table.sealed_members("School") == frozenset()


def test_keys_and_authorization_paths_are_never_sealed(table: ClassificationTable) -> None:
    assert table.sealed_members("StudentHealth") >= {"asOfDate", "requiredImmunizations"}
    for member in ("studentReference", "educationOrganizationReference"):
        assert table.root_member("StudentHealth", member).tier is Tier.T3
        assert not table.is_sealable("StudentHealth", member)
    # shares schoolId with the key
    assert not table.is_sealable("StudentSchoolAssociation", "calendarReference")
    # not part of the key, but access is decided over it
    assert not table.is_sealable("DisciplineAction", "responsibilitySchoolReference")
    assert table.is_sealable("DisciplineAction", "assignmentSchoolReference")


def test_unknown_fields_and_resources_are_sealed_for_everyone(table: ClassificationTable) -> None:
    for resource, path in [
        ("Student", "$.favoriteColor"),
        ("Student", "$.addresses[*].x"),
        ("Dragon", "$.name"),
    ]:
        found = table.of(resource, path)
        assert (found.tier, found.purposes, found.is_explicit) == (Tier.T3, frozenset(), False)
    assert table.of("Student", "$.favoriteColor").label == "Favorite color"


def test_a_resource_no_rule_names_fails_the_build_and_is_sealed() -> None:
    model = MODELS["5.2"]
    table = classify(model, without(RULES, "StudentHealth"))
    findings = check_classification(table, model)
    assert {f.code for f in findings} == {"unclassified"}
    assert all("StudentHealth" in f.words for f in findings)
    assert table.of("StudentHealth", "$.asOfDate").purposes == frozenset()
    assert "asOfDate" in table.sealed_members("StudentHealth")


def test_a_new_field_of_the_standard_fails_the_build() -> None:
    model = MODELS["5.2"]
    student = extended(model.resources["Student"], "shoeSize")
    newer = replace(model, resources={**model.resources, "Student": student})
    findings = check_classification(TABLES["5.2"], newer)
    assert "$._ext.sample.shoeSize" in [f.place.path for f in findings]


def test_a_refused_key_fails_the_build() -> None:
    refused = replace(RULES, fields={**RULES.fields, "studentUniqueId": Statement(Tier.T4, frozenset())})
    table = classify(MODELS["5.2"], refused)
    assert [f.code for f in check_classification(table, MODELS["5.2"])] == ["refused-key"]


def test_a_rule_about_nothing_fails_the_build() -> None:
    idle = replace(RULES, fields={**RULES.fields, "shoeSize": Statement(Tier.T2, frozenset())})
    assert [f.code for f in check_rules(idle, MODELS.values())] == ["idle-classification"]


def test_social_security_numbers_are_refused_in_any_namespace() -> None:
    (codes,) = TABLES["5.2"].refused_codes("Staff")
    assert (codes.path, codes.member) == ("$.identificationCodes[*]", "staffIdentificationSystemDescriptor")
    assert codes.is_refused("uri://ed-fi.org/StaffIdentificationSystemDescriptor#SSN")
    assert codes.is_refused("uri://district.example/StaffIdentificationSystemDescriptor#ssn ")
    assert not codes.is_refused("uri://ed-fi.org/StaffIdentificationSystemDescriptor#State")
    (row,) = TABLES["6.1"].refused_codes("StudentIdentificationCode")
    assert (row.path, row.member) == ("$", "studentIdentificationSystemDescriptor")


def test_field_rules_raise_and_only_exact_paths_lower() -> None:
    table = TABLES["6.1"]
    assert table.of("StudentDemographic", "$").tier is Tier.T3
    assert table.of("StudentDemographic", "$.sexDescriptor").tier is Tier.T2  # by path
    lower = replace(RULES, paths={k: v for k, v in RULES.paths.items() if k != "StudentDemographic"})
    assert classify(MODELS["6.1"], lower).of("StudentDemographic", "$.sexDescriptor").tier is Tier.T3


def test_an_extension_brings_its_own_classification() -> None:
    text = (
        "Student:\n  $._ext.sample.pet: [T2, learning, Pet]\n  $._ext.sample.passport: [T4, none, Passport]\n"
    )
    statements, findings = parse_extension_statements(text, RULES, file="sample.yaml")
    assert findings == []
    student = extended(MODELS["5.2"].resources["Student"], "pet", "passport")
    table = TABLES["5.2"].with_extension(statements, [student])
    assert table.of("Student", "$._ext.sample.pet").tier is Tier.T2
    assert table.root_member("Student", "_ext").tier is Tier.T2
    assert table.refused_paths("Student") == {"$._ext.sample.passport"}
    assert table.refused_members("Student") == TABLES["5.2"].refused_members("Student")


def test_an_extension_field_without_classification_is_sealed_for_everyone() -> None:
    student = extended(MODELS["5.2"].resources["Student"], "pet", "secret")
    statements = {"Student": {"$._ext.sample.pet": Statement(Tier.T1, RULES.purpose_sets["learning"], "Pet")}}
    table = TABLES["5.2"].with_extension(statements, [student])
    assert "_ext" in table.sealed_members("Student")
    assert table.root_member("Student", "_ext").purposes == frozenset()
    findings = check_classification(table, replace(MODELS["5.2"], resources={"Student": student}))
    assert "$._ext.sample.secret" in [f.place.path for f in findings]


def test_an_extension_cannot_lower_the_standard() -> None:
    statements = {"Student": {"$.visas": Statement(Tier.T0, RULES.purpose_sets["public"], "Visas")}}
    table = TABLES["5.2"].with_extension(statements, [MODELS["5.2"].resources["Student"]])
    assert table.of("Student", "$.visas").tier is Tier.T4


@pytest.mark.parametrize(
    "text",
    [
        "Student: {$.x: [T9, learning, X]}",
        "Student: {$.x: [T2, advertising, X]}",
        "Student: {$.x: [T2, learning]}",
        "Student: [T2]",
        "{",
    ],
)
def test_unreadable_extension_classification_is_a_finding_and_states_nothing(text: str) -> None:
    statements, findings = parse_extension_statements(text, RULES, file="sample.yaml")
    assert [f.code for f in findings] == ["classification-unreadable"]
    assert findings[0].place.file == "sample.yaml"
    assert not any(statements.values())


def test_no_purpose_can_be_sale_or_advertising() -> None:
    assert [p.value for p in Purpose] == [
        "instruction",
        "attendance_and_safety",
        "special_services",
        "enrolment_and_transfer",
        "guardian_access",
        "statutory_reporting",
        "programme_evaluation",
        "approved_research",
        "platform_operation",
        "security",
    ]
    for word in ("sale", "advertising", "marketing", "profiling", "product_improvement", "model_training"):
        with pytest.raises(ValueError, match=word):
            Purpose(word)
    assert all(describe_purpose(p).endswith(".") for p in Purpose)
