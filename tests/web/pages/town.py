"""A small made-up district with staff who can sign in, its files, and what the files say by themselves."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from asyncpg import Connection
from granian.constants import Interfaces
from granian.server.embed import Server
from lxml import html

from homeroom.base.clock import FixedClock
from homeroom.base.log import Log
from homeroom.base.settings import Settings
from homeroom.ingest.loading.run import LoadOptions, load_paths
from homeroom.records.districts import Districts
from homeroom.standard.names import snake_case
from homeroom.store.address import ServerAddress
from homeroom.synth import generate_district
from homeroom.synth.cast import DEMO_DATA_MANAGER, DEMO_PRINCIPAL, DEMO_SCHOOL_YEAR, DEMO_TEACHER, DEMO_TODAY
from homeroom.trust.accounts import Account, create_account
from homeroom.trust.actors import Operator
from homeroom.trust.demo import DemoAccount, keep_demo_accounts
from homeroom.web.middleware import Surroundings
from homeroom.web.options import WebOptions
from homeroom.web.pages import pages_application

Document = Mapping[str, Any]
PASSWORD = "willow-creek-of-the-tests"
STAFF = {"teacher": DEMO_TEACHER, "data_manager": DEMO_DATA_MANAGER, "principal": DEMO_PRINCIPAL}
NOON = datetime(DEMO_TODAY.year, DEMO_TODAY.month, DEMO_TODAY.day, 12, tzinfo=UTC)
_OPERATOR = Operator("command-line")


@dataclass
class Town:
    """The district `name` with its files; `empty` is one in which nothing was ever loaded."""

    name: str
    empty: str
    folder: Path
    address: ServerAddress
    home: Path
    documents: dict[str, list[Document]] = field(default_factory=dict)

    def fetch(self, sql: str, *values: object) -> list[Any]:
        """Looks behind the fence, as only a test may."""

        async def ask() -> list[Any]:
            districts = Districts(self.address, self.home)
            district = await districts.get(self.name)
            try:
                async with district.database.reading(None) as connection:
                    return list(await connection.fetch(sql, *values))
            finally:
                await districts.close()

        return asyncio.run(ask())

    def count_records(self) -> Counter[str]:
        """How many records there are of each resource that the files hold; a district begins with school years."""
        tables = {name: snake_case(name) for name in self.documents if name != "SchoolYearType"}
        counts = ", ".join(f"(select count(*) from edfi.{table})" for table in tables.values())
        return Counter(dict(zip(tables, self.fetch(f"select {counts}")[0], strict=True)))

    def load(self, resource: str, *documents: Document, into: str) -> None:
        """Loads further documents from a file of their own."""
        folder = self.folder / into
        folder.mkdir()
        lines = "".join(json.dumps(document) + "\n" for document in documents)
        (folder / f"{resource}.jsonl").write_text(lines)
        asyncio.run(self._load(folder))

    async def _load(self, folder: Path) -> None:
        districts = Districts(self.address, self.home)
        district = await districts.get(self.name)
        await load_paths(district, [folder], options=LoadOptions(spool_folder=self.folder / "spool"))
        await districts.close()

    async def build(self) -> None:
        """Files, two districts, the load, the accounts."""
        records = generate_district(1, 300, school_year=DEMO_SCHOOL_YEAR, today=DEMO_TODAY)
        (self.folder / "files").mkdir()
        for resource, group in groupby(records, key=lambda record: record.resource):
            self.documents[resource] = [record.document for record in group]
            lines = "".join(json.dumps(document) + "\n" for document in self.documents[resource])
            (self.folder / "files" / f"{resource}.jsonl").write_text(lines)
        districts = Districts(self.address, self.home)
        await districts.prepare()
        for name in (self.name, self.empty):
            district = await districts.create(name, standard="5.2", is_sandbox=False, is_empty=False)
            for role, member in STAFF.items():
                account = Account(
                    member.electronic_mail_address,
                    member.full_name,
                    role,
                    (member.education_organization_id,),
                    member.staff_unique_id,
                )
                await create_account(district.database, _OPERATOR, account=account, password=PASSWORD)
        await districts.close()
        await self._load(self.folder / "files")
        districts = Districts(self.address, self.home)
        district = await districts.get(self.name)
        demo = [DemoAccount(m.electronic_mail_address, PASSWORD, m.full_name, r) for r, m in STAFF.items()]
        await keep_demo_accounts(district.database, demo)
        await districts.close()

    async def drop(self) -> None:
        """Removes both districts."""
        districts = Districts(self.address, self.home)
        for name in (self.name, self.empty):
            await districts.drop(name)


class Visitor(httpx.Client):
    """A browser without script: cookies, forms, parsed pages."""

    def page(self, address: str, *, status: int = 200) -> Any:
        """The parsed page."""
        response = self.get(address)
        assert response.status_code == status, (address, response.status_code)
        return html.fromstring(response.content.decode())

    def submit(self, address: str, **fields: str) -> httpx.Response:
        """Sends a form with the secret of this session."""
        return self.post(address, data={"csrf": self.csrf, **fields})

    @property
    def csrf(self) -> str:
        """The session's secret, from the sign-out form of any page."""
        found = self.page("/nowhere", status=404).xpath(
            "//form[@action='/sign-out']//input[@name='csrf']/@value"
        )
        return str(found[0])

    def sign_in(self, district: str, login: str, password: str = PASSWORD) -> httpx.Response:
        """Fills in the form."""
        form = self.page(f"/sign-in?district={district}")
        csrf = form.xpath("//input[@name='csrf']/@value")[0]
        fields = {"csrf": csrf, "to": "/", "district": district, "login": login, "password": password}
        return self.post("/sign-in", data=fields)


class PagesServer:
    """The pages over real HTTP in a thread of this process, so that a test can count statements."""

    def __init__(self, address: ServerAddress, settings: Settings) -> None:
        self.port = 0
        self.clock = FixedClock(NOON)
        self._address = address
        self._settings = settings
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._server: Any = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def root(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, port: int) -> None:
        """Serves until `stop`."""
        self.port = port
        self._thread.start()
        self._ready.wait(120)
        for _ in range(2_400):
            try:
                httpx.get(f"{self.root}/static/icon.svg")
            except httpx.TransportError:
                threading.Event().wait(0.05)
            else:
                return
        raise AssertionError("the pages do not answer")

    def stop(self) -> None:
        """Ends the thread."""
        self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join(20)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        districts = Districts(self._address, self._settings.home)
        surroundings = Surroundings(WebOptions(), Log(sys.stderr, self.clock))
        application = pages_application(districts, surroundings, clock=self.clock)
        self._server = Server(
            application, port=self.port, interface=Interfaces.ASGINL, websockets=False, log_enabled=False
        )
        self._ready.set()
        await self._server.serve()
        await districts.close()


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """The statements that this process sends meanwhile, without those that only open and close a transaction."""
    sent: list[str] = []
    original = Connection._execute

    async def noting(self: Any, query: str, *arguments: Any, **options: Any) -> Any:
        sent.append(query)
        return await original(self, query, *arguments, **options)

    Connection._execute = noting
    try:
        yield sent
    finally:
        Connection._execute = original


def new_town(folder: Path, address: ServerAddress, home: Path) -> Town:
    """A town that is not built yet."""
    return Town(f"pages-{uuid4().hex[:8]}", f"fresh-{uuid4().hex[:8]}", folder, address, home)


@dataclass(frozen=True)
class Standing:
    """What the files say of one student in one section, worked out here without any code of ours."""

    name: str
    absences: int
    unexcused: int
    lates: int
    mark: str | None
    work: str | None
    missing: int
    test: str | None


def code(uri: str) -> str:
    """A descriptor's code value."""
    return uri.rpartition("#")[2]


def section_key(reference: Document) -> tuple[Any, ...]:
    """What names a section."""
    names = ("localCourseCode", "schoolId", "schoolYear", "sectionIdentifier", "sessionName")
    return tuple(reference[name] for name in names)


def sections_of(town: Town, staff_unique_id: str) -> list[tuple[Any, ...]]:
    """The sections somebody teaches, by the files."""
    return [
        section_key(d["sectionReference"])
        for d in town.documents["StaffSectionAssociation"]
        if d["staffReference"]["staffUniqueId"] == staff_unique_id
    ]


def roster_of(town: Town, section: tuple[Any, ...], today: str) -> set[str]:
    """Who is in a section on a day that lies in its term, by the files."""
    return {
        d["studentReference"]["studentUniqueId"]
        for d in town.documents["StudentSectionAssociation"]
        if section_key(d["sectionReference"]) == section and d.get("endDate", "9999") >= today
    }


def standings(town: Town, section: tuple[Any, ...], today: str) -> dict[str, Standing]:
    """By student number."""
    return {student: _standing(town, section, student) for student in roster_of(town, section, today)}


def _standing(town: Town, section: tuple[Any, ...], student: str) -> Standing:
    person = next(d for d in town.documents["Student"] if d["studentUniqueId"] == student)
    days = _attendance(town, section, student)
    missed = {day for day, kind in days if kind in {"Excused Absence", "Unexcused Absence"}}
    marks = _marks(town, section, student)
    scored, missing = _work(town, section, student)
    return Standing(
        name=f"{person['lastSurname']}, {person['firstName']}",
        absences=len(missed),
        unexcused=len({day for day, kind in days if kind == "Unexcused Absence"}),
        lates=sum(kind == "Tardy" for _, kind in days),
        mark=marks[-1] if marks else None,
        work=scored[-1] if scored else None,
        missing=missing,
        test=_test(town, section, student),
    )


def _attendance(town: Town, section: tuple[Any, ...], student: str) -> list[tuple[str, str]]:
    _, school, year, *_ = section
    found = [
        d
        for d in town.documents["StudentSchoolAttendanceEvent"]
        if d["studentReference"]["studentUniqueId"] == student
        and d["schoolReference"]["schoolId"] == school
        and d["sessionReference"]["schoolYear"] == year
    ]
    found += [
        d
        for d in town.documents["StudentSectionAttendanceEvent"]
        if d["studentReference"]["studentUniqueId"] == student
        and section_key(d["sectionReference"]) == section
    ]
    return [(d["eventDate"], code(d["attendanceEventCategoryDescriptor"])) for d in found]


def _marks(town: Town, section: tuple[Any, ...], student: str) -> list[str]:
    """Oldest first."""
    begins = {
        (d["schoolReference"]["schoolId"], d["gradingPeriodName"]): d["beginDate"]
        for d in town.documents["GradingPeriod"]
    }
    found = [
        d
        for d in town.documents["Grade"]
        if d["studentSectionAssociationReference"]["studentUniqueId"] == student
        and section_key(d["studentSectionAssociationReference"]) == section
    ]

    def when(d: Document) -> tuple[str, str]:
        period = d["gradingPeriodReference"]
        return begins[period["schoolId"], period["gradingPeriodName"]], d["currentGradeAsOfDate"]

    return [f"{d['letterGradeEarned']} {d['numericGradeEarned']}" for d in sorted(found, key=when)]


def _work(town: Town, section: tuple[Any, ...], student: str) -> tuple[list[str], int]:
    """Scored assignments, oldest first, and how many were not handed in."""
    given = {
        d["gradebookEntryIdentifier"]: d
        for d in town.documents["GradebookEntry"]
        if section_key(d["sectionReference"]) == section
    }
    own = [
        d
        for d in town.documents["StudentGradebookEntry"]
        if d["studentReference"]["studentUniqueId"] == student
        and d["gradebookEntryReference"]["gradebookEntryIdentifier"] in given
    ]
    scored = [
        (given[d["gradebookEntryReference"]["gradebookEntryIdentifier"]], d)
        for d in own
        if "pointsEarned" in d
    ]
    scored.sort(key=lambda pair: pair[0]["dueDate"])
    missing = sum(code(d["submissionStatusDescriptor"]) == "Not Submitted" for d in own)
    return [f"{d['pointsEarned']} of {entry['maxPoints']}" for entry, d in scored], missing


def _test(town: Town, section: tuple[Any, ...], student: str) -> str | None:
    local, school, year, _, session = section
    offering = next(
        d
        for d in town.documents["CourseOffering"]
        if d["localCourseCode"] == local
        and d["schoolReference"]["schoolId"] == school
        and d["sessionReference"]["sessionName"] == session
        and d["sessionReference"]["schoolYear"] == year
    )
    course = next(
        d for d in town.documents["Course"] if d["courseCode"] == offering["courseReference"]["courseCode"]
    )
    subjects = {s["academicSubjectDescriptor"] for s in course["academicSubjects"]}
    fitting = {
        d["assessmentIdentifier"]
        for d in town.documents["Assessment"]
        if subjects & {s["academicSubjectDescriptor"] for s in d["academicSubjects"]}
    }
    results = sorted(
        (
            d
            for d in town.documents["StudentAssessment"]
            if d["studentReference"]["studentUniqueId"] == student
            and d["assessmentReference"]["assessmentIdentifier"] in fitting
        ),
        key=lambda d: d["administrationDate"],
    )
    if not results:
        return None
    newest = results[-1]
    level = code(newest["performanceLevels"][0]["performanceLevelDescriptor"])
    return f"{newest['scoreResults'][0]['result']} {level}"


def count_lines(town: Town) -> Counter[str]:
    """How many documents each file holds."""
    return Counter(
        {path.stem: len(path.read_text().splitlines()) for path in (town.folder / "files").glob("*.jsonl")}
    )


def words(nodes: Sequence[Any]) -> str:
    """The text of the first node with single blanks; empty when there is none."""
    return " ".join(nodes[0].text_content().split()) if nodes else ""
