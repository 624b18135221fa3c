"""The real samples, loaded whole: how many records of each are stored, and why each other one is not."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from homeroom.ingest.loading.report import LoadReport
from homeroom.ingest.loading.run import LoadOptions, load_paths
from homeroom.records.district import District
from homeroom.records.districts import Districts
from tests.ingest.conftest import SAMPLES, counts_of, needs_samples

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_samples]

_STORIED = SAMPLES / "inbloom/storied-two-states"
_EXPECTED = Path(__file__).with_name("storied_counts.csv")
_ILLINOIS = ("IL_Daybreak", "IL_Sunset", "IL_Daybreak_Append", "IL_Daybreak_Deltas")
# Root causes of each set: (code, what is at fault or missing, rows that fail for it).
_STORIED_FAILURES = {
    "IL_Daybreak": [("load.missing_parent", "LearningStandard", 30), ("unified", "Grade", 2)],
    "IL_Sunset": [],
    "IL_Daybreak_Append": [
        ("inbloom.missing", "AttendanceEvent", 1),
        ("inbloom.unknown_reference", "CourseOffering", 1),
        ("inbloom.wrong_organization", "Session", 1),
    ],
    "IL_Daybreak_Deltas": [("unified", "Grade", 1)],
    "NY": [],
}


@dataclass(frozen=True)
class Storied:
    """Both tenants, a report of each package, and what was stored after it."""

    illinois: District
    new_york: District
    reports: Mapping[str, LoadReport]
    counts: Mapping[str, Mapping[str, int]]


async def make(districts: Districts) -> District:
    return await districts.create(f"t-{uuid4().hex[:12]}", standard="5.2", is_sandbox=False, is_empty=False)


async def load(district: District, *paths: Path, spool: Path) -> LoadReport:
    return await load_paths(district, list(paths), options=LoadOptions(spool_folder=spool))


async def stored(district: District) -> dict[str, int]:
    """Records by resource, as they stand."""
    found: dict[str, int] = {}
    async with district.database.reading(None) as connection:
        for table in district.catalog.tables.values():
            if not table.kind:
                found[table.resource.name] = await connection.fetchval(
                    f"select count(*) from {table.qualified}"
                )
    return found


def causes(report: LoadReport) -> list[tuple[str, str, int]]:
    return sorted((c.code, c.resource, c.rows) for c in report.causes)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def storied(districts: Districts, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Storied]:
    spool = tmp_path_factory.mktemp("spool")
    illinois, new_york = await make(districts), await make(districts)
    reports, counts = {}, {}
    for district, stage in (*((illinois, stage) for stage in _ILLINOIS), (new_york, "NY")):
        reports[stage] = await load(district, _STORIED / f"StoriedDataSet_{stage}", spool=spool)
        counts[stage] = await stored(district)
    yield Storied(illinois, new_york, reports, counts)
    for district in (illinois, new_york):
        await districts.drop(district.name)


def expected_counts() -> list[dict[str, str]]:
    with _EXPECTED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def test_storied_counts_are_inblooms_or_differ_for_a_reason(storied: Storied) -> None:
    for stage, lines in groupby(expected_counts(), key=lambda row: row["stage"]):
        lines_told = [f"after {stage}:"]
        for row in lines:
            ours = storied.counts[stage].get(row["resource"], 0)
            lines_told.append(
                f"  {row['kind']}: inBloom {row['inbloom']}, ours {ours} {row['resource']}. {row['reason']}"
            )
            assert ours == int(row["ours"]), row
            assert bool(row["reason"]) == (row["inbloom"] != row["ours"]), row
        print("\n".join(lines_told))  # noqa: T201 - the comparison is part of what this test is for


async def test_storied_failures_are_known_to_the_last_row(storied: Storied) -> None:
    assert {stage: causes(report) for stage, report in storied.reports.items()} == _STORIED_FAILURES
    for report in storied.reports.values():
        assert report.considered == report.stored + report.unchanged + report.failed
        assert report.failed == sum(c.rows for c in report.causes)


async def test_what_daybreak_waits_for_comes_with_append_and_goes_in(storied: Storied) -> None:
    assert dict(storied.reports["IL_Daybreak_Append"].earlier) == {"StudentAssessment": 25}


async def test_two_files_that_are_listed_and_absent_are_the_only_faults_of_the_package(
    storied: Storied,
) -> None:
    codes = [f.code for f in storied.reports["IL_Daybreak"].findings]
    assert codes == ["package.listed_missing"] * 2


async def test_the_same_ids_in_two_tenants_do_not_meet(storied: Storied) -> None:
    keys = "select student_unique_id, uuid from edfi.student order by 1"
    found = []
    for district in (storied.illinois, storied.new_york):
        async with district.database.reading(None) as connection:
            found.append(dict(await connection.fetch(keys)))
    illinois, new_york = found
    assert len(new_york) == 8
    assert new_york.keys() <= illinois.keys()
    assert not set(new_york.values()) & set(illinois.values())
    assert storied.illinois.keys.hashing != storied.new_york.keys.hashing


async def test_loading_a_package_again_stores_nothing(storied: Storied, tmp_path: Path) -> None:
    report = await load(storied.new_york, _STORIED / "StoriedDataSet_NY", spool=tmp_path)
    assert (report.stored, report.failed) == (0, 0)
    assert report.unchanged == storied.reports["NY"].stored


async def test_medium_district_loads_from_its_zip(districts: Districts, tmp_path: Path) -> None:
    district = await make(districts)
    report = await load(district, SAMPLES / "inbloom/medium-district/MediumSampleDataSet.zip", spool=tmp_path)
    counts = await stored(district)
    expected = {
        "Student": 500, "Contact": 763, "Staff": 60, "School": 5, "Section": 300, "CourseTranscript": 7500,
        "StudentSchoolAttendanceEvent": 5000, "DisciplineIncident": 4875, "DisciplineAction": 4875,
        "StudentDisciplineIncidentBehaviorAssociation": 1665, "StudentAssessment": 2500, "Grade": 2500,
        "StudentDisciplineIncidentNonOffenderAssociation": 3210, "StudentCohortAssociation": 1500,
        "StudentProgramAssociation": 1000,
    }  # fmt: skip
    assert {name: counts[name] for name in expected} == expected
    assert causes(report) == [
        ("inbloom.missing", "AssessmentItem", 5),
        ("inbloom.no_place", "CalendarDate", 20),
        ("inbloom.part_without_record", "StudentAssessmentItem", 1185),
    ]
    assert not report.findings
    await districts.drop(district.name)


async def test_grand_bend_loads_from_xml_and_json_lines(districts: Districts, tmp_path: Path) -> None:
    district = await make(districts)
    report = await load(district, SAMPLES / "edfi/5.2", spool=tmp_path)
    assert (report.considered, report.failed) == (16_846 + 960 + 11_520, 160)
    # Registrations name a student's demographics, which the sample leaves out.
    ((code, missing, rows),) = causes(report)
    assert (code, missing, rows) == ("load.missing_parent", "StudentEducationOrganizationAssociation", 160)
    assert report.causes[0].causes == 40
    assert not report.findings
    # A later part of an assessment stands before an earlier one: it goes in with its set or when what it names comes.
    assert (
        counts_of(report, "ObjectiveAssessment").stored,
        counts_of(report, "ObjectiveAssessment").failed,
    ) == (56, 0)
    counts = await stored(district)
    expected = {
        "Student": 960, "StudentSchoolAssociation": 960, "StudentSectionAssociation": 11_520,
        "StudentContactAssociation": 1872, "LearningStandard": 5597, "StudentSchoolAttendanceEvent": 1917,
        "Section": 532, "StudentAssessment": 812, "ObjectiveAssessment": 56,
    }  # fmt: skip
    assert {name: counts[name] for name in expected} == expected
    again = await load(district, SAMPLES / "edfi/5.2", spool=tmp_path)
    assert (again.stored - again_updated(again), again.failed) == (0, 160)
    await districts.drop(district.name)


def again_updated(report: LoadReport) -> int:
    """Records that two lines of the sample give differently, so that each load writes both in turn."""
    return sum(c.updated for c in report.counts)
