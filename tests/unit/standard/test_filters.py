"""What lists can be filtered by, and how a parameter's text becomes a value."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.base.findings import Finding
from homeroom.standard.filters import Filter, filters_of, parse_filter
from homeroom.standard.model import Kind, Model, Property
from homeroom.standard.read import VERSIONS, load_model
from homeroom.store.tables import compile_tables

model_of = cache(load_model)


def names(version: str, resource: str) -> set[str]:
    model: Model = model_of(version)
    return {f.name for f in filters_of(model, model.resources[resource]).values()}


def a_filter(kind: Kind) -> Filter:
    return Filter("beginDate", Property("beginDate", kind), ("$.beginDate",), "begin_date")


# Parameter names as the released Ed-Fi ODS/API 7.3 publishes them for Data Standard 5.2.
PUBLISHED = {
    "StudentSchoolAssociation": """
        entryDate schoolId studentUniqueId calendarCode schoolYear educationOrganizationId
        graduationPlanTypeDescriptor graduationSchoolYear nextYearSchoolId classOfSchoolYear
        enrollmentTypeDescriptor entryGradeLevelReasonDescriptor entryTypeDescriptor
        exitWithdrawTypeDescriptor entryGradeLevelDescriptor nextYearGradeLevelDescriptor
        residencyStatusDescriptor schoolChoiceBasisDescriptor employedWhileEnrolled exitWithdrawDate
        fullTimeEquivalency id primarySchool repeatGradeIndicator schoolChoice schoolChoiceTransfer
        termCompletionIndicator
    """,
    "ChartOfAccount": """
        accountIdentifier fiscalYear educationOrganizationId balanceSheetCode functionCode fundCode
        objectCode operationalUnitCode programCode projectCode sourceCode accountTypeDescriptor
        accountName id
    """,
    "School": """
        schoolId localEducationAgencyId charterApprovalSchoolYear
        administrativeFundingControlDescriptor charterApprovalAgencyTypeDescriptor
        charterStatusDescriptor internetAccessDescriptor magnetSpecialProgramEmphasisSchoolDescriptor
        schoolTypeDescriptor titleIPartASchoolDesignationDescriptor operationalStatusDescriptor id
        nameOfInstitution shortNameOfInstitution webSite
        educationOrganizationIdentificationSystemDescriptor identificationCode
    """,
    "StudentTitleIPartAProgramAssociation": """
        beginDate educationOrganizationId programEducationOrganizationId programName
        programTypeDescriptor studentUniqueId titleIPartAParticipantDescriptor reasonExitedDescriptor
        endDate id servedOutsideOfRegularSession
    """,
    "StaffEducationOrganizationAssignmentAssociation": """
        staffClassificationDescriptor beginDate educationOrganizationId staffUniqueId
        credentialIdentifier stateOfIssueStateAbbreviationDescriptor employmentEducationOrganizationId
        employmentStatusDescriptor employmentHireDate endDate fullTimeEquivalency id orderOfAssignment
        positionTitle
    """,
}


@pytest.mark.parametrize("resource", PUBLISHED)
def test_filters_are_those_that_released_clients_know(resource: str) -> None:
    assert names("5.2", resource) == set(PUBLISHED[resource].split())


@pytest.mark.parametrize("version", VERSIONS)
def test_each_root_scalar_reference_key_and_id_is_a_filter(version: str) -> None:
    model = model_of(version)
    for resource in model.resources.values():
        found = filters_of(model, resource)
        assert all(name == f.name.lower() for name, f in found.items())
        paths = {path for f in found.values() for path in f.paths}
        assert {f"$.{p.name}" for p in resource.properties} <= paths
        assert {f"$.{r.name}.{m}" for r in resource.references for m in r.keys} <= paths
        assert "id" in found


@pytest.mark.parametrize("version", VERSIONS)
def test_each_filter_names_a_column_the_store_has(version: str) -> None:
    model = model_of(version)
    for name, table in compile_tables(model).items():
        for one in filters_of(model, model.resources[name]).values():
            if one.column is not None and not one.is_identifier:
                assert one.column in table.columns_by_name, (name, one.name)
                assert one.property.kind is table.columns_by_name[one.column].property.kind


def test_filter_of_a_shared_column_knows_every_place_of_the_value() -> None:
    model = model_of("5.2")
    found = filters_of(model, model.resources["StudentSchoolAssociation"])["schoolid"]
    assert found.paths == ("$.calendarReference.schoolId", "$.schoolReference.schoolId")
    assert (found.column, found.property.kind) == ("school_id", Kind.INT64)


def test_identification_codes_say_which_collection_holds_them() -> None:
    model = model_of("5.2")
    found = filters_of(model, model.resources["Course"])["identificationcode"]
    assert (found.collection, found.column) == ("identificationCodes", None)
    assert found.property.max_length == 60


def test_root_member_wins_over_an_item_of_the_same_name() -> None:
    model = model_of("5.2")
    found = filters_of(model, model.resources["CourseTranscript"])["assigningorganizationidentificationcode"]
    assert found.collection is None


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.STRING, " as sent ", " as sent "),
        (
            Kind.DESCRIPTOR,
            "uri://ed-fi.org/TermDescriptor#Fall Semester",
            "uri://ed-fi.org/TermDescriptor#Fall Semester",
        ),
        (Kind.INT16, "2022", 2022),
        (Kind.INT64, "255901001", 255901001),
        (Kind.INT32, "-5", -5),
        (Kind.DECIMAL, "0.50", Decimal("0.50")),
        (Kind.DECIMAL, "1e-05", Decimal("0.00001")),
        (Kind.BOOLEAN, "True", True),
        (Kind.BOOLEAN, "0", False),
        (Kind.DATE, "2021-08-23", date(2021, 8, 23)),
        (Kind.DATE, "2021-08-23T00:00:00.0000000", date(2021, 8, 23)),
        (Kind.TIME, "08:15", time(8, 15)),
        (Kind.TIME, "08:15:30Z", time(8, 15, 30)),
        (Kind.DATETIME, "2021-08-23T08:15:00+02:00", datetime(2021, 8, 23, 6, 15, tzinfo=UTC)),
        (Kind.DATETIME, "2021-08-23", datetime(2021, 8, 23, tzinfo=UTC)),
    ],
)
def test_text_becomes_a_value_of_the_columns_type(kind: Kind, text: str, value: object) -> None:
    found = parse_filter(a_filter(kind), text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.STRING, "a\0b"),
        (Kind.STRING, "\ud800"),
        (Kind.INT16, "32768"),
        (Kind.INT32, "2147483648"),
        (Kind.INT64, "9223372036854775808"),
        (Kind.INT32, "1_000"),
        (Kind.INT32, "٣"),
        (Kind.INT32, ""),
        (Kind.DECIMAL, "NaN"),
        (Kind.DECIMAL, "1,5"),
        (Kind.BOOLEAN, "yes"),
        (Kind.DATE, "08/23/2021"),
        (Kind.DATE, "2021-02-30"),
        (Kind.DATE, "2021-08-23T10:00:00"),
        (Kind.DATE, "20210823"),
        (Kind.TIME, "25:00"),
        (Kind.DATETIME, "yesterday"),
        (Kind.DATETIME, "0001-01-01T00:00:00+14:00"),
    ],
)
def test_ill_typed_value_is_a_finding_at_the_parameter(kind: Kind, text: str) -> None:
    found = parse_filter(a_filter(kind), text)
    assert isinstance(found, Finding)
    assert found.code == "filter.invalid_value"
    assert found.place.path == "$.beginDate"
    assert found.words == f"The value '{text}' is not valid for BeginDate."


def test_identifier_is_taken_with_and_without_hyphens() -> None:
    model = model_of("5.2")
    wanted = filters_of(model, model.resources["Student"])["id"]
    text = "0a4f2c1e-4b6d-4c3f-9a51-6f8e2d7c9b10"
    assert parse_filter(wanted, text) == parse_filter(wanted, text.replace("-", "")) == UUID(text)
    found = parse_filter(wanted, "invalid")
    assert isinstance(found, Finding)
    assert (found.place.path, found.words) == ("$.id", "The value 'invalid' is not valid for Id.")


@given(kind=st.sampled_from(Kind), text=st.text())
def test_any_text_is_a_value_or_a_finding(kind: Kind, text: str) -> None:
    parse_filter(a_filter(kind), text)


@given(
    value=st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9)
)
def test_decimals_survive(value: Decimal) -> None:
    assert parse_filter(a_filter(Kind.DECIMAL), str(value)) == value
