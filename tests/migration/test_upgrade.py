"""A district of 5.2 becomes one of 6.1 where it stands: every member finds its place, and reads go on."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from homeroom.base.errors import SettingsError
from homeroom.base.settings import Settings
from homeroom.records.district import District
from homeroom.records.districts import Districts
from homeroom.records.moving import Mover
from homeroom.records.outcomes import Deleted, Inserted, Unchanged, Updated
from homeroom.records.prepare import Draft
from homeroom.records.read import PageRequest, read_page
from homeroom.records.remove import delete_record
from homeroom.records.write import WriteLeave, write_documents
from homeroom.standard.check import parse_mapping
from homeroom.standard.read import load_model
from homeroom.store.address import ServerAddress
from homeroom.store.connect import WritesClosedError
from homeroom.synth import generate_district
from homeroom.trust.actors import Operator
from homeroom.trust.grant import Action
from tests.migration.catalog import read_catalog
from tests.migration.conftest import MakeDatabase
from tests.migration.writing import grant, write_one

OPERATOR = Operator("test")
TODAY = date(2026, 11, 20)
_URI = "uri://ed-fi.org/"
Body = dict[str, Any]


@pytest.fixture
async def districts(server: ServerAddress, settings: Settings) -> AsyncIterator[Districts]:
    opened = Districts(server, settings.home)
    await opened.prepare()
    yield opened
    await opened.close()


@pytest.fixture
async def name(districts: Districts) -> AsyncIterator[str]:
    """A synthetic district of 5.2 with forty students, some thousand records."""
    name = f"u{uuid4().hex[:8]}"
    district = await districts.create(name, standard="5.2", is_sandbox=False, is_empty=False)
    await load(district, ((r.resource, dict(r.document)) for r in generate_district(3, 40, today=TODAY)))
    for record in MORE:
        await load(district, [record])
    yield name
    await districts.drop(name)


def described(kind: str, value: str) -> str:
    return f"{_URI}{kind}Descriptor#{value}"


ADDRESS = {
    "addressTypeDescriptor": described("AddressType", "Home"),
    "city": "Ames",
    "postalCode": "50010",
    "stateAbbreviationDescriptor": described("StateAbbreviation", "IA"),
    "streetNumberName": "1 Main Street",
}
ASSESSMENT = {"assessmentIdentifier": "A1", "namespace": "uri://x"}
# What the synthetic district has not: each of the moves has a record here.
MORE: Sequence[tuple[str, Body]] = [
    (
        "Staff",
        {
            "staffUniqueId": "T-LONE",
            "firstName": "A",
            "lastSurname": "B",
            "sexDescriptor": described("Sex", "Female"),
            "addresses": [ADDRESS],
        },
    ),
    (
        "Assessment",
        {
            **ASSESSMENT,
            "assessmentTitle": "Reading",
            "academicSubjects": [{"academicSubjectDescriptor": described("AcademicSubject", "Reading")}],
        },
    ),
    (
        "ObjectiveAssessment",
        {"assessmentReference": ASSESSMENT, "identificationCode": "top"},
    ),
    (
        "ObjectiveAssessment",
        {
            "assessmentReference": ASSESSMENT,
            "identificationCode": "below",
            "parentObjectiveAssessmentReference": {**ASSESSMENT, "identificationCode": "top"},
        },
    ),
]


async def load(district: District, records: Iterable[tuple[str, Body]]) -> None:
    batches: list[tuple[str, list[Body]]] = []
    for resource, body in records:
        if not batches or batches[-1][0] != resource:
            batches.append((resource, []))
        batches[-1][1].append(body)
    for resource, bodies in batches:
        kind = district.catalog.kind(resource).document
        drafts = []
        for body in bodies:
            document = parse_mapping(kind, body, trims_blanks=False)
            assert not isinstance(document, tuple), document
            drafts.append(Draft(document))
        leave = WriteLeave(grant(resource, Action.CREATE), grant(resource, Action.UPDATE), per_record=False)
        for outcome in await write_documents(district, resource, drafts=drafts, leave=leave):
            assert isinstance(outcome, Inserted | Updated | Unchanged), (resource, outcome)


async def bodies(district: District, resource: str) -> list[Body]:
    found: list[Body] = []
    first = 0
    while True:
        wanted = PageRequest(limit=500, first_id=first)
        page = await read_page(district, grant(resource, Action.READ), wanted=wanted)
        if page.last_id is None:
            return found
        found += [json.loads(body) for body in page.bodies]
        first = page.last_id + 1


def student_of(body: Body) -> str:
    return str(body["studentReference"]["studentUniqueId"])


async def test_every_moved_member_is_found_in_its_new_place(districts: Districts, name: str) -> None:
    district = await districts.get(name)
    before = await bodies(district, "StudentEducationOrganizationAssociation")
    staff = await bodies(district, "Staff")
    schools = await bodies(district, "School")
    report = await districts.upgrade(name, standard="6.1", actor=OPERATOR)
    await district.follow()
    assert district.entry.standard == "6.1"
    demographics = {student_of(b): b for b in await bodies(district, "StudentDemographic")}
    directories = {student_of(b): b for b in await bodies(district, "StudentDirectory")}
    assert any("sexDescriptor" in b for b in before)
    for body in before:
        student = student_of(body)
        for member in ("sexDescriptor", "races", "languages", "disabilities", "studentCharacteristics"):
            assert demographics.get(student, {}).get(member) == body.get(member), member
        for member in ("addresses", "electronicMails", "telephones"):
            assert directories.get(student, {}).get(member) == body.get(member), member
    for body in await bodies(district, "StudentEducationOrganizationAssociation"):
        assert not {"sexDescriptor", "races", "addresses", "electronicMails"} & body.keys()
    mails = {b["staffReference"]["staffUniqueId"]: b for b in await bodies(district, "StaffDirectory")}
    for body in staff:
        if body["staffUniqueId"] != "T-LONE" and "electronicMails" in body:
            assert mails[body["staffUniqueId"]]["electronicMails"] == body["electronicMails"]
    codes = Counter(
        b["educationOrganizationReference"]["educationOrganizationId"]
        for b in await bodies(district, "EducationOrganizationIdentificationCode")
    )
    for body in schools:
        assert codes[body["schoolId"]] == len(body.get("identificationCodes", ()))
    assert report.carried["StudentDemographic"] == len(demographics)


async def test_what_has_no_place_is_kept_and_told(districts: Districts, name: str) -> None:
    report = await districts.upgrade(name, standard="6.1", actor=OPERATOR)
    assert report.kept["Staff", "no organization for a StaffDirectory"] == 1
    district = await districts.get(name)
    lone = next(b for b in await bodies(district, "Staff") if b["staffUniqueId"] == "T-LONE")
    assert "addresses" not in lone
    async with district.database.reading(None) as connection:
        images = await connection.fetchval(
            "select count(*) from edfi.before_image where resource = 'Staff' and uuid = $1::text::uuid",
            lone["id"],
        )
    assert images == 1


async def test_records_change_their_own_members(districts: Districts, name: str) -> None:
    await districts.upgrade(name, standard="6.1", actor=OPERATOR)
    district = await districts.get(name)
    assessment = next(b for b in await bodies(district, "Assessment") if b["assessmentIdentifier"] == "A1")
    assert assessment["academicSubjectDescriptor"] == described("AcademicSubject", "Reading")
    below = next(
        b for b in await bodies(district, "ObjectiveAssessment") if b["identificationCode"] == "below"
    )
    (parent,) = below["parentObjectiveAssessments"]
    assert parent["parentObjectiveAssessmentReference"]["identificationCode"] == "top"
    async with district.database.reading(None) as connection:
        assert (
            await connection.fetchval("select count(*) from edfi.objective_assessment__objective_assessment")
            == 1
        )


async def test_links_have_the_numbers_of_the_new_version(districts: Districts, name: str) -> None:
    await districts.upgrade(name, standard="6.1", actor=OPERATOR)
    district = await districts.get(name)
    await district.follow()
    async with district.database.reading(None) as connection:
        for resource in ("School", "Staff", "Section", "Course"):
            kind = district.catalog.kind(resource)
            link = kind.table.descriptor_links
            assert link
            rows = await connection.fetch(
                f'select distinct l.path, d.kind from "edfi"."{link.name}" l'
                " join edfi.descriptor d on d.id = l.target"
            )
            for path, descriptor in rows:
                assert kind.document.slots[path].descriptor == descriptor


async def test_an_upgraded_database_equals_a_fresh_one(
    districts: Districts, name: str, server: ServerAddress, make_database: MakeDatabase
) -> None:
    await districts.upgrade(name, standard="6.1", actor=OPERATOR)
    entry = (await districts.get(name)).entry
    fresh = await make_database(load_model("6.1"))
    assert await read_catalog(server.dsn(entry.database)) == await fresh.catalog()


async def test_reads_go_on_and_writes_come_back(districts: Districts, name: str) -> None:
    district = await districts.get(name)
    done = asyncio.Event()
    counts: Counter[str] = Counter()

    async def read() -> None:
        while not done.is_set():
            for resource in ("Student", "StudentSchoolAssociation", "Staff"):
                wanted = PageRequest(limit=50, wants_total=True)
                page = await read_page(district, grant(resource, Action.READ), wanted=wanted)
                assert page.total
                counts["read"] += 1
            await asyncio.sleep(0)

    async def write() -> None:
        number = 0
        while not done.is_set():
            number += 1
            body = {
                "studentUniqueId": "W",
                "firstName": f"N{number}",
                "lastSurname": "B",
                "birthDate": "2012-03-04",
            }
            try:
                outcome = await write_one(district, "Student", body)
                assert isinstance(outcome, Inserted | Updated), outcome
                counts["written"] += 1
            except WritesClosedError:
                counts["waited"] += 1
            await asyncio.sleep(0.01)

    tasks = [asyncio.create_task(t()) for t in (read, read, write)]
    await districts.upgrade(name, standard="6.1", actor=OPERATOR)
    written = counts["written"]
    await asyncio.sleep(0.5)
    done.set()
    await asyncio.gather(*tasks)
    assert counts["written"] > written > 0
    assert counts["waited"]
    assert counts["read"] > 10


async def test_what_is_written_while_members_are_copied_finds_its_place(
    districts: Districts, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    district = await districts.get(name)
    kind = "StudentEducationOrganizationAssociation"
    students = await bodies(district, kind)
    changed, gone, emptied = students[:3]
    ours = ("id", "_etag", "_lastModifiedDate")
    other = {m: v for m, v in changed.items() if m not in ours} | {
        "sexDescriptor": described("Sex", "Not Selected"),
        "addresses": [],
    }
    staff = {**MORE[0][1], "staffUniqueId": "T-LATE"}
    employed = {
        "staffReference": {"staffUniqueId": "T-LATE"},
        "educationOrganizationReference": changed["educationOrganizationReference"],
        "employmentStatusDescriptor": described("EmploymentStatus", "Tenured or permanent"),
        "hireDate": "2026-08-01",
    }
    carry = Mover.carry

    async def carry_while_clients_write(self: Mover) -> None:
        await carry(self)
        key = {n: emptied[n] for n in ("educationOrganizationReference", "studentReference")}
        assert isinstance(await write_one(district, kind, other), Updated)
        assert isinstance(await write_one(district, kind, key), Updated)
        leave = grant(kind, Action.DELETE)
        assert isinstance(await delete_record(district, leave, uuid=UUID(gone["id"])), Deleted)
        assert isinstance(await write_one(district, "Staff", staff), Inserted)
        employment = "StaffEducationOrganizationEmploymentAssociation"
        assert isinstance(await write_one(district, employment, employed), Inserted)

    monkeypatch.setattr(Mover, "carry", carry_while_clients_write)
    report = await districts.upgrade(name, standard="6.1", actor=OPERATOR)
    demographics = {student_of(body): body for body in await bodies(district, "StudentDemographic")}
    assert set(demographics) == {student_of(body) for body in (changed, *students[3:])}
    assert demographics[student_of(changed)]["sexDescriptor"] == other["sexDescriptor"]
    assert report.carried["StudentDemographic"] == len(demographics)
    directories = {student_of(body): body for body in await bodies(district, "StudentDirectory")}
    assert not directories.keys() & {student_of(body) for body in (gone, emptied)}
    assert not directories[student_of(changed)].get("addresses")
    late = [b for b in await bodies(district, "StaffDemographic") if "T-LATE" in str(b["staffReference"])]
    assert [b["sexDescriptor"] for b in late] == [staff["sexDescriptor"]]


async def test_an_upgrade_that_was_interrupted_is_run_again(
    districts: Districts, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    district = await districts.get(name)
    students = await bodies(district, "StudentEducationOrganizationAssociation")
    for step in ("end", "rewrite", "set_aside"):
        with monkeypatch.context() as patch:
            patch.setattr(Mover, step, _fail)
            with pytest.raises(RuntimeError):
                await districts.upgrade(name, standard="6.1", actor=OPERATOR)
        assert isinstance(await write_one(district, "Student", _student(step)), Inserted)
        if step == "end":
            # Still under the old version: what is taken back now must not come back by the second try.
            key = {n: students[0][n] for n in ("educationOrganizationReference", "studentReference")}
            assert isinstance(
                await write_one(district, "StudentEducationOrganizationAssociation", key), Updated
            )
    await districts.upgrade(name, standard="6.1", actor=OPERATOR)
    demographics = {student_of(body) for body in await bodies(district, "StudentDemographic")}
    assert demographics == {student_of(body) for body in students[1:]}
    for body in await bodies(district, "StudentEducationOrganizationAssociation"):
        assert "sexDescriptor" not in body


async def _fail(_: object) -> None:
    raise RuntimeError


def _student(number: str) -> dict[str, object]:
    return {"studentUniqueId": number, "firstName": "A", "lastSurname": "B", "birthDate": "2012-03-04"}


async def test_an_extension_stays_through_an_upgrade(
    districts: Districts, name: str, sample_text: str
) -> None:
    await districts.extend(name, definition=sample_text, actor=OPERATOR)
    district = await districts.get(name)
    body = {**_student("E"), "_ext": {"sample": {"favoriteBook": "Emil"}}}
    assert isinstance(await write_one(district, "Student", body), Inserted)
    await districts.upgrade(name, standard="6.1", actor=OPERATOR)
    found = next(b for b in await bodies(district, "Student") if b["studentUniqueId"] == "E")
    assert found["_ext"] == body["_ext"]
    assert isinstance(await write_one(district, "Bus", {"busId": "1"}), Inserted)


async def test_there_is_no_way_back(districts: Districts, name: str) -> None:
    with pytest.raises(SettingsError, match=r"5\.2 to 5\.2"):
        await districts.upgrade(name, standard="5.2", actor=OPERATOR)
