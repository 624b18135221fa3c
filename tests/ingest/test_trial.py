"""A trial does everything but the commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cast import WORLD, enrollment_body, student_body
from tests.ingest.conftest import Dock, codes_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

_KEPT = ("edfi.student", "ingest.quarantine", "ingest.checkpoint", "ingest.source", "edfi.school")


async def test_a_trial_reports_what_a_load_would_and_keeps_nothing(dock: Dock) -> None:
    folder = dock.write_world()
    dock.write("StudentSchoolAssociation", enrollment_body("F-9"), into="world")
    trial = await dock.load(folder, is_trial=True)
    assert [await dock.count(table) for table in _KEPT] == [0] * len(_KEPT)
    assert await dock.fetch("select count(*) from trust.ledger_entry where actor = 'operator:load'") == [(0,)]
    real = await dock.load(folder)
    assert (trial.is_trial, trial.batch) == (True, None)
    assert (trial.counts, trial.causes) == (real.counts, real.causes)
    assert (trial.stored, trial.failed) == (len(WORLD), 1)


async def test_a_trials_report_is_kept(dock: Dock) -> None:
    await dock.load(dock.write("Student", student_body()), is_trial=True)
    assert await dock.fetch("select is_check, state from ingest.batch") == [(True, "finished")]


async def test_descriptors_of_a_trial_are_forgotten(dock: Dock) -> None:
    uri = "uri://fernhollow.example/SexDescriptor"
    dock.write("Student", student_body() | {"birthSexDescriptor": f"{uri}#Unsaid"})
    descriptor = {"namespace": uri, "codeValue": "Unsaid", "shortDescription": "Unsaid"}
    folder = dock.write("SexDescriptor", descriptor)
    assert (await dock.load(folder, is_trial=True)).failed == 0
    assert dock.district.descriptors.find("SexDescriptor", f"{uri}#Unsaid") is None
    assert (await dock.load(folder)).failed == 0


async def test_a_trial_sees_rows_that_wait_for_what_it_brings(dock: Dock) -> None:
    await dock.load(dock.write("StudentSchoolAssociation", enrollment_body(), into="early"))
    trial = await dock.load(dock.write_world(), is_trial=True)
    assert trial.earlier or trial.unchanged
    assert await dock.fetch("select state from ingest.quarantine") == [("waiting",)]


_SCHOOL_XML = """<InterchangeEducationOrganization xmlns="http://ed-fi.org/0100"><StateEducationAgency>
<StateOrganizationId>XX</StateOrganizationId><EducationOrgIdentificationCode
 IdentificationSystem="School"><ID>XX</ID></EducationOrgIdentificationCode>
<NameOfInstitution>State</NameOfInstitution><OrganizationCategories>
<OrganizationCategory>State Education Agency</OrganizationCategory></OrganizationCategories>
<Address><StreetNumberName>1 Road</StreetNumberName><City>Town</City><StateAbbreviation>NC</StateAbbreviation>
<PostalCode>27500</PostalCode></Address></StateEducationAgency></InterchangeEducationOrganization>"""


def package(dock: Dock, property_line: str) -> Path:
    folder = dock.folder / "package"
    folder.mkdir(exist_ok=True)
    (folder / "Organization.xml").write_text(_SCHOOL_XML)
    (folder / "main.ctl").write_text(f"{property_line}\nedfi-xml,EducationOrganization,Organization.xml,\n")
    return folder


async def test_a_package_that_asks_for_a_dry_run_gets_one(dock: Dock) -> None:
    report = await dock.load(package(dock, "@dry-run"))
    assert report.is_trial
    assert (report.stored > 0, report.failed) == (True, 0)
    assert "package.dry_run" in codes_of(report)
    assert await dock.count("edfi.state_education_agency") == 0


async def test_a_package_that_asks_for_a_purge_removes_nothing(dock: Dock) -> None:
    await dock.load(dock.write_world())
    report = await dock.load(package(dock, "@purge"))
    assert "package.purge_ignored" in codes_of(report)
    assert await dock.count("edfi.state_education_agency") == 1
    assert await dock.count("edfi.student") == 1
