"""lightbeam (Education Analytics), unchanged, against a sandbox district: every command of it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from homeroom.trust.clients import Credentials
from tests.cast import (
    DISTRICT_ID,
    SCHOOL_ID,
    Body,
    course_body,
    enrollment_body,
    period_body,
    school_body,
    student_body,
)
from tests.clients.conftest import SandboxDistrict

NEW_SCHOOL_ID = 4103
PUPILS = 60
FOREST_YEAR = {
    "namespace": "uri://ed-fi.org/GradeLevelDescriptor",
    "codeValue": "Forest year",
    "shortDescription": "Forest year",
}
FOREST_URI = "uri://ed-fi.org/GradeLevelDescriptor#Forest year"


@dataclass(frozen=True)
class Run:
    """What one command left behind."""

    status: int
    said: str
    results: str

    @property
    def resources(self) -> dict[str, Any]:
        """What its results file tells of each endpoint."""
        assert self.results, self.said
        return dict(json.loads(self.results)["resources"])

    def failures(self, endpoint: str) -> dict[tuple[object, str], list[int]]:
        """Lines by status (or method of checking) and message."""
        return {
            (failure.get("status_code", failure.get("method")), failure["message"]): failure["line_numbers"]
            for failure in self.resources[endpoint]["failures"]
        }


class Lightbeam:
    """The tool in a folder of its own, with a key of its own."""

    def __init__(self, python: Path, folder: Path, url: str, credentials: Credentials) -> None:
        self.data = folder / "data"
        self.data.mkdir()
        self._python = python
        self._folder = folder
        self._results = folder / "results"
        config = {
            "state_dir": str(folder / "state"),
            "data_dir": str(self.data),
            "edfi_api": {
                "base_url": url,
                "version": 3,
                "mode": None,
                "client_id": credentials.key,
                "client_secret": credentials.secret,
            },
            "connection": {"pool_size": 8, "num_retries": 2, "verify_ssl": False},
            "fetch": {"page_size": 25},
            "force_delete": True,
            "validate": {"methods": ["schema", "uniqueness"]},
            "show_stacktrace": True,
        }
        (folder / "lightbeam.yaml").write_text(json.dumps(config))  # JSON is YAML

    def write(self, endpoint: str, *bodies: Body | str) -> None:
        """The JSON Lines of an endpoint."""
        lines = (body if isinstance(body, str) else json.dumps(body) for body in bodies)
        (self.data / f"{endpoint}.jsonl").write_text("".join(f"{line}\n" for line in lines))

    def read(self, endpoint: str) -> list[Body]:
        """What it fetched."""
        return [json.loads(line) for line in (self.data / f"{endpoint}.jsonl").read_text().splitlines()]

    def run(self, command: str, *options: str) -> Run:
        """Runs one command to its end."""
        self._results.unlink(missing_ok=True)
        done = subprocess.run(
            [self._python, "-m", "lightbeam", command, *options, "--results-file", self._results],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        results = self._results.read_text() if self._results.exists() else ""
        return Run(done.returncode, done.stdout + done.stderr, results)


@pytest.fixture
def lightbeam(clients_python: Path, tmp_path: Path, district: SandboxDistrict) -> Lightbeam:
    """A key for each test: the tool takes a token or more for each command, and fifteen live ones are the most."""
    return Lightbeam(clients_python, tmp_path, district.url, district.register())


def forest_enrollment(number: str) -> Body:
    """In the new school, in a grade that no standard knows."""
    return enrollment_body(number, NEW_SCHOOL_ID) | {"entryGradeLevelDescriptor": FOREST_URI}


def write_new_school(lightbeam: Lightbeam, prefix: str) -> None:
    """A descriptor, a school, its pupils and their enrolments: each needs what comes before it."""
    numbers = [f"{prefix}-{n}" for n in range(PUPILS)]
    lightbeam.write("studentSchoolAssociations", *map(forest_enrollment, numbers))
    lightbeam.write("students", *map(student_body, numbers))
    lightbeam.write("schools", school_body(NEW_SCHOOL_ID))
    lightbeam.write("gradeLevelDescriptors", FOREST_YEAR)


def test_files_arrive_whole_and_in_order(lightbeam: Lightbeam, district: SandboxDistrict) -> None:
    write_new_school(lightbeam, "L")
    counts = {
        "gradeLevelDescriptors": 1,
        "students": PUPILS,
        "schools": 1,
        "studentSchoolAssociations": PUPILS,
    }
    sent = lightbeam.run("send")
    assert sent.status == 0, sent.said
    for endpoint, count in counts.items():
        told = sent.resources[endpoint]
        assert told["records_failed"] == 0
        assert sum(success["count"] for success in told["successes"]) == told["records_processed"] == count
    assert district.total("gradeLevelDescriptors", codeValue="Forest year") == 1
    assert district.total("studentSchoolAssociations", schoolId=NEW_SCHOOL_ID) == PUPILS
    assert district.total("studentSchoolAssociations", entryGradeLevelDescriptor=FOREST_URI) == PUPILS
    again = lightbeam.run("send", "--force")
    for endpoint, count in counts.items():
        assert again.resources[endpoint]["successes"] == [{"status_code": 200, "count": count}]
    assert district.total("studentSchoolAssociations", schoolId=NEW_SCHOOL_ID) == PUPILS


def test_counts_are_the_districts_own(lightbeam: Lightbeam, district: SandboxDistrict) -> None:
    header, *rows = lightbeam.run("count").results.splitlines()
    assert header == "Records\tEndpoint"
    counts = {endpoint: number for number, endpoint in (row.split("\t") for row in rows)}
    assert len(counts) == 349
    assert [number for number in counts.values() if not number.isdigit()] == []
    for endpoint in ("students", "schools", "sections", "schoolYearTypes", "gradeLevelDescriptors"):
        assert int(counts[endpoint]) == district.total(endpoint) > 0


def test_year_in_the_address_is_understood(lightbeam: Lightbeam, district: SandboxDistrict) -> None:
    year = ("--set", "edfi_api.mode", "year_specific", "edfi_api.year", "2027")
    counted = lightbeam.run("count", "-s", "schools", *year).results.splitlines()
    assert counted == ["Records\tEndpoint", f"{district.total('schools')}\tschools"]


def test_fetched_files_can_be_sent_back(lightbeam: Lightbeam, district: SandboxDistrict) -> None:
    for number in range(PUPILS):
        district.post("students", student_body(f"R-{number}"))
        district.post("studentSchoolAssociations", enrollment_body(f"R-{number}"))
    endpoints = (
        "students",
        "schools",
        "courses",
        "classPeriods",
        "sections",
        "studentSchoolAssociations",
        "studentSectionAssociations",
    )
    fetched = lightbeam.run("fetch", "-s", ",".join(endpoints), "-d", "id,_etag,_lastModifiedDate")
    assert fetched.status == 0, fetched.said
    for endpoint in endpoints:
        assert len(lightbeam.read(endpoint)) == district.total(endpoint) > 0
    numbers = [student["studentUniqueId"] for student in lightbeam.read("students")]
    assert len(numbers) == len(set(numbers)) > PUPILS
    resent = lightbeam.run("send")
    for endpoint in endpoints:
        assert resent.resources[endpoint]["successes"] == [
            {"status_code": 200, "count": district.total(endpoint)}
        ]


def test_fetch_asks_only_by_members_that_our_swagger_lists(lightbeam: Lightbeam) -> None:
    lightbeam.run("fetch", "-s", "students", "-q", json.dumps({"studentUniqueId": "F-1"}))
    (ines,) = lightbeam.read("students")
    assert (ines["firstName"], len(ines["id"])) == ("Ines", 32)
    misspelt = lightbeam.run("fetch", "-s", "students", "-q", json.dumps({"studentUniqueNumber": "F-1"}))
    assert "not params for the endpoint" in misspelt.said
    assert "studentUniqueId" in misspelt.said


def test_results_tell_every_fault_and_its_line(lightbeam: Lightbeam, district: SandboxDistrict) -> None:
    unicorn = "uri://ed-fi.org/SexDescriptor#Unicorn"
    lightbeam.write(
        "students",
        student_body("X-1"),
        {"studentUniqueId": "X-2", "firstName": "Ada", "birthDate": "soon"},
        student_body("X-3") | {"birthSexDescriptor": unicorn},
        '{"studentUniqueId": "X-4",',
    )
    lightbeam.write(
        "studentSchoolAssociations",
        enrollment_body("X-1"),
        enrollment_body("nobody"),
        enrollment_body("X-1", 99),
        enrollment_body("X-3"),
    )
    sent = lightbeam.run("send")
    students = sent.failures("students")
    assert students[400, "LastSurname is required. (at $.lastSurname)"] == [2]
    assert students[400, "The supplied value is invalid. (at $.birthDate)"] == [2]
    assert students[400, f"SexDescriptor value '{unicorn}' does not exist. (at $.birthSexDescriptor)"] == [3]
    (malformed,) = (lines for (_, words), lines in students.items() if words.endswith("(at $)"))
    assert malformed == [4]
    assert len(students) == 4
    enrollments = sent.failures("studentSchoolAssociations")
    assert enrollments.pop((409, "The referenced Student item does not exist. (at $.studentReference)")) == [
        2,
        4,
    ]
    ((status, words),) = enrollments
    assert status == 403
    assert f"education organization id claim ({DISTRICT_ID})" in words
    assert enrollments[status, words] == [3]
    assert sent.resources["studentSchoolAssociations"]["successes"] == [{"status_code": 201, "count": 1}]
    assert district.total("studentSchoolAssociations", studentUniqueId="X-1") == 1


def test_deletion_finds_records_by_the_keys_our_swagger_marks(
    lightbeam: Lightbeam, district: SandboxDistrict
) -> None:
    elm = school_body(4104)
    elm_year = FOREST_YEAR | {"codeValue": "Elm year"}
    lightbeam.write("gradeLevelDescriptors", elm_year)
    lightbeam.write("schools", elm)
    lightbeam.write(
        "classPeriods",
        *({**period_body(f"Elm {n}"), "schoolReference": {"schoolId": 4104}} for n in range(20)),
    )
    lightbeam.write("courses", course_body() | {"courseCode": "ELM"})
    lightbeam.write("students", student_body("D-1"))
    lightbeam.write("studentSchoolAssociations", enrollment_body("D-1", 4104))
    lightbeam.run("send")
    assert district.total("classPeriods", schoolId=4104) == 20
    deleted = lightbeam.run("delete", "--force", "--exclude", "students")
    assert "404" not in deleted.said
    assert "409" not in deleted.said
    assert district.total("classPeriods", schoolId=4104) == 0
    assert district.total("courses", courseCode="ELM") == 0
    assert district.total("studentSchoolAssociations", schoolId=4104) == 0
    assert district.total("schools", schoolId=4104) == 0
    assert district.total("gradeLevelDescriptors", codeValue="Elm year") == 0
    assert district.total("schools", schoolId=SCHOOL_ID) == 1


def test_record_that_others_need_stays(lightbeam: Lightbeam, district: SandboxDistrict) -> None:
    lightbeam.write("schools", school_body())
    deleted = lightbeam.run("delete")
    assert "409" in deleted.said
    assert "dependent-item-exists" in deleted.said
    assert district.total("schools", schoolId=SCHOOL_ID) == 1


def test_truncation_empties_an_endpoint(lightbeam: Lightbeam, district: SandboxDistrict) -> None:
    for number in range(30):
        location = {"classroomIdentificationCode": f"R{number}", "schoolReference": {"schoolId": SCHOOL_ID}}
        district.post("locations", location)
    truncated = lightbeam.run("truncate", "-s", "locations")
    assert "{204: 30}" in truncated.said
    assert district.total("locations") == 0


def test_validation_knows_our_schemas_descriptors_and_records(lightbeam: Lightbeam) -> None:
    unicorn = student_body("V-3") | {"birthSexDescriptor": "uri://ed-fi.org/SexDescriptor#Unicorn"}
    male = student_body("V-2") | {"birthSexDescriptor": "uri://ed-fi.org/SexDescriptor#Male"}
    nameless = {name: value for name, value in student_body("V-4").items() if name != "lastSurname"}
    lightbeam.write("students", student_body("V-1"), male, unicorn, nameless, student_body("V-1"))
    lightbeam.write(
        "studentSchoolAssociations",
        enrollment_body("V-1"),
        enrollment_body("F-1"),
        enrollment_body("V-1", 99),
    )
    checked = lightbeam.run("validate", "--set", "validate.methods", "all")
    students = {method: (lines, words) for (method, words), lines in checked.failures("students").items()}
    assert students["schema"] == ([4], "'lastSurname' is a required property ")
    assert students["uniqueness"][0] == [5]
    assert students["descriptors"][0] == [3]
    assert len(students) == 3
    ((method, words),) = enrollments = checked.failures("studentSchoolAssociations")
    assert (method, enrollments[method, words]) == ("references", [3])
    assert "schoolReference" in words


def test_templates_name_what_is_required(lightbeam: Lightbeam, tmp_path: Path) -> None:
    lightbeam.run("create", "-s", "studentSchoolAssociations")
    template = (tmp_path / "templates" / "studentSchoolAssociations.jsont").read_text()
    assert '{# (required) #} "entryDate": "{{entryDate}}"' in template
    assert '{# (optional) #} "calendarReference": {' in template


def test_wrong_secret_is_told(clients_python: Path, tmp_path: Path, district: SandboxDistrict) -> None:
    stranger = Lightbeam(clients_python, tmp_path, district.url, Credentials("nobody", "nothing"))
    stranger.write("students", student_body("W-1"))
    sent = stranger.run("send")
    assert sent.status != 0
    assert "token could not be obtained" in sent.said
    assert district.total("students", studentUniqueId="W-1") == 0
