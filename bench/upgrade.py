"""Upgrading a district from 5.2 to 6.1 while it is read: how long, how long writes wait, what readers notice."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench import generate
from bench.figures import Figures
from bench.place import DISTRICT, Place, place_of
from homeroom.base.settings import parse_settings
from homeroom.records.district import District
from homeroom.records.districts import Districts
from homeroom.records.prepare import Draft
from homeroom.records.read import PageRequest, read_page
from homeroom.records.write import WriteLeave, write_documents
from homeroom.standard.check import parse_mapping
from homeroom.standard.purposes import Purpose
from homeroom.store.connect import WritesClosedError
from homeroom.store.embedded import EmbeddedServer
from homeroom.trust.actors import Operator
from homeroom.trust.grant import Action, Grant

STUDENTS = 20_000
READ = ("Student", "StudentSchoolAttendanceEvent", "StudentEducationOrganizationAssociation", "School")


@dataclass
class Noticed:
    """What those at work saw meanwhile; times in milliseconds, moments as `time.perf_counter` gives them."""

    reads: list[float] = field(default_factory=list)
    written: int = 0
    closed_at: list[float] = field(default_factory=list)


async def measure(figures: Figures, rows: int | None) -> None:
    """rows: records of the district (default a million), most of them attendance events."""
    attendance = (rows or 1_000_000) - 3 * STUDENTS
    async with place_of(figures, students=STUDENTS) as place:
        _load(place, "studentEducationOrganizationAssociations", _associations())
        _load(place, "studentSchoolAttendanceEvents", generate.attendance(attendance, STUDENTS))
        await place.sql("vacuum analyze")
        figures.put("records in the district", attendance + 3 * STUDENTS)
        await _upgrade(figures, place)
        for table in ("student_demographic", "student_directory", "student_identification_code"):
            (count,) = await place.sql(f"select count(*) from edfi.{table}")
            figures.put(f"records in {table}", count[0])


def _load(place: Place, endpoint: str, bodies: Iterator[generate.Body]) -> None:
    path = place.folder / endpoint / f"{endpoint}.jsonl"
    generate.write_jsonl(path, bodies)
    place.homeroom("load", "--district", DISTRICT, str(path))


async def _upgrade(figures: Figures, place: Place) -> None:
    settings = parse_settings({"HOMEROOM_HOME": str(place.home)}, current_folder=place.folder, processors=2)
    districts = Districts(EmbeddedServer(settings).start(), place.home)
    district, noticed, done = await districts.get(DISTRICT), Noticed(), asyncio.Event()
    tasks = [asyncio.create_task(_read(district, noticed, done)) for _ in range(2)]
    tasks.append(asyncio.create_task(_write(district, noticed, done)))
    began = time.perf_counter()
    ran = await asyncio.to_thread(place.homeroom, "upgrade", "--district", DISTRICT, "--standard", "6.1")
    seconds = time.perf_counter() - began
    await asyncio.sleep(1)
    done.set()
    await asyncio.gather(*tasks)  # a read that failed fails the bench
    figures.put("upgrade from 5.2 to 6.1, its backup included", seconds, "s")
    figures.put("CPU of the upgrading process", ran.cpu_seconds, "s")
    moved = [
        int(n.replace(",", "")) for n in re.findall(r"^ *([\d,]+)  (?:new|changed) records", ran.output, re.M)
    ]
    figures.put("records carried and rewritten", sum(moved))
    reads = sorted(noticed.reads)
    figures.put("pages of 50 read meanwhile, none failed", len(reads))
    figures.put("a read meanwhile, median", reads[len(reads) // 2], "ms")
    figures.put("a read meanwhile, 99 of 100", reads[len(reads) * 99 // 100], "ms")
    figures.put("a read meanwhile, the longest", reads[-1], "ms")
    closed = noticed.closed_at
    figures.put("writes waited", closed[-1] - closed[0] if closed else 0.0, "s")
    figures.put("writes that went through", noticed.written)
    await districts.close()


async def _read(district: District, noticed: Noticed, done: asyncio.Event) -> None:
    number = 0
    while not done.is_set():
        number += 1
        wanted = PageRequest(limit=50, first_id=number * 7919 % STUDENTS)
        began = time.perf_counter()
        await read_page(district, _grant(READ[number % len(READ)], Action.READ), wanted=wanted)
        noticed.reads.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.005)


async def _write(district: District, noticed: Noticed, done: asyncio.Event) -> None:
    number = 0
    while not done.is_set():
        number += 1
        body = {
            "studentUniqueId": "W",
            "firstName": f"N{number}",
            "lastSurname": "B",
            "birthDate": "2012-03-04",
        }
        await district.follow()
        document = parse_mapping(district.catalog.kind("Student").document, body, trims_blanks=False)
        assert not isinstance(document, tuple), document
        leave = WriteLeave(_grant("Student", Action.CREATE), _grant("Student", Action.UPDATE))
        try:
            await write_documents(district, "Student", drafts=[Draft(document)], leave=leave)
            noticed.written += 1
        except WritesClosedError:
            noticed.closed_at.append(time.perf_counter())
        await asyncio.sleep(0.02)


def _grant(resource: str, action: Action) -> Grant:
    return Grant(Operator("bench"), Purpose.PLATFORM_OPERATION, action, resource, basis="bench")


def _associations() -> Iterator[generate.Body]:
    """One for each student, with everything that 6.1 keeps elsewhere."""
    for student in range(STUDENTS):
        yield {
            "educationOrganizationReference": {"educationOrganizationId": generate.school_of(student)},
            "studentReference": {"studentUniqueId": generate.number(student)},
            "sexDescriptor": _value("Sex", "Female" if student % 2 else "Male"),
            "races": [{"raceDescriptor": _value("Race", "White")}],
            "languages": [{"languageDescriptor": _value("Language", "eng")}],
            "addresses": [
                {
                    "addressTypeDescriptor": _value("AddressType", "Home"),
                    "city": "Ames",
                    "postalCode": "50010",
                    "stateAbbreviationDescriptor": _value("StateAbbreviation", "IA"),
                    "streetNumberName": f"{student} Main Street",
                }
            ],
            "electronicMails": [
                {
                    "electronicMailAddress": f"{generate.number(student)}@bench.example",
                    "electronicMailTypeDescriptor": _value("ElectronicMailType", "Home/Personal"),
                }
            ],
            "studentIdentificationCodes": [
                {
                    "assigningOrganizationIdentificationCode": "State",
                    "studentIdentificationSystemDescriptor": _value("StudentIdentificationSystem", "State"),
                    "identificationCode": str(10**9 + student),
                }
            ],
        }


def _value(kind: str, code: str) -> str:
    return f"{generate.ED_FI}/{kind}Descriptor#{code}"
