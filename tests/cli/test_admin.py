"""The administration protocol, every action of it, through the process that scripts and suites drive."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from homeroom.base.settings import Settings
from homeroom.records.administration import ACTS
from homeroom.records.district import District
from homeroom.records.districts import Districts
from homeroom.store.address import ServerAddress
from tests.cast import WORLD
from tests.cli.conftest import CommandLine
from tests.records.conftest import Desk

STUDENT_CLAIM = {
    "name": "http://ed-fi.org/ods/identity/claims/ed-fi/student",
    "defaultAuthorization": {
        "actions": [{"name": "Read", "authorizationStrategies": [{"name": "NoFurtherAuthorizationRequired"}]}]
    },
    "claimSets": [{"name": "Only One", "actions": [{"name": "Read"}]}],
}
CLAIMS = {"claimSets": [{"claimSetName": "Only One"}], "claimsHierarchy": [STUDENT_CLAIM]}


class Sandbox:
    """A sandbox district, as the protocol and as another process see it."""

    def __init__(self, cli: CommandLine, name: str, district: District) -> None:
        self.cli = cli
        self.name = name
        self.district = district

    def ask(self, *requests: object) -> list[Any]:
        """The answers of one process to these lines."""
        lines = "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in requests)
        return [
            json.loads(line)
            for line in self.cli.run("admin", "--district", self.name, given=lines).splitlines()
        ]

    async def fetch(self, sql: str) -> list[Any]:
        async with self.district.database.reading(None) as connection:
            return list(await connection.fetch(sql))


@pytest.fixture
async def sandbox(
    cli: CommandLine, make_district: Callable[..., str], server: ServerAddress, settings: Settings
) -> AsyncIterator[Sandbox]:
    name = make_district("--sandbox")
    districts = Districts(server, settings.home)
    yield Sandbox(cli, name, await districts.get(name))
    await districts.close()


async def test_every_request_is_answered_by_one_line(sandbox: Sandbox) -> None:
    answers = sandbox.ask(
        {"action": "sync_claims"},
        "",
        {"action": "teleport"},
        {"member": 1},
        "{",
        "[]",
        {"action": "create_client"},
        {"action": "create_client", "claim_set": 7},
        "[" * 100_000,
        {"action": "reload_claims", "unknown": "member"},
    )
    assert answers[0] == {"ok": True}
    assert answers[1] == {"unsupported": True}
    assert [set(answer) for answer in answers[2:8]] == [{"error"}] * 6
    assert "claim_set" in answers[5]["error"]
    assert answers[8] == {"ok": True}


async def test_single_action_tells_its_outcome_by_exit_status(sandbox: Sandbox) -> None:
    def ask(action: str, given: str) -> tuple[int, Any]:
        done = sandbox.cli.result("admin", "--district", sandbox.name, action, given=given)
        return done.returncode, json.loads(done.stdout)

    assert ask("sync_claims", "") == (0, {"ok": True})
    assert ask("teleport", "{}") == (3, {"unsupported": True})
    assert ask("create_client", "{}")[0] == 1
    assert ask("create_client", "nonsense")[0] == 1


async def test_client_is_made_with_what_was_asked_for(sandbox: Sandbox) -> None:
    (made,) = sandbox.ask(
        {
            "action": "create_client",
            "claim_set": "Ed-Fi Sandbox",
            "namespace_prefixes": ["uri://ed-fi.org"],
            "education_organization_ids": [4100],
            "profiles": ["Names"],
        }
    )
    assert set(made) == {"ok", "key", "secret"}
    (row,) = await sandbox.fetch("select key, claim_set, organizations, profiles from trust.client")
    assert tuple(row) == (made["key"], "Ed-Fi Sandbox", [4100], ["Names"])


async def test_claims_are_loaded_uploaded_viewed_and_reloaded(sandbox: Sandbox) -> None:
    view = {"action": "view_claim_sets"}
    answers = sandbox.ask(
        view,
        {
            "action": "load_claims",
            "data_standard": "5.2.0",
            "documents": [{"name": "all.json", "json": CLAIMS}],
        },
        view,
        {"action": "upload_claims", "claims": CLAIMS | {"claimSets": [{"claimSetName": "Uploaded"}]}},
        view,
        {"action": "reload_claims"},
        view,
        {
            "action": "load_claims",
            "data_standard": "6.1",
            "documents": [{"name": "all.json", "json": CLAIMS}],
        },
        {"action": "upload_claims", "claims": {"claimSets": []}},
    )
    viewed = [{c["name"] for c in answer["claim_sets"]} for answer in answers if "claim_sets" in answer]
    assert "SISVendor" in viewed[0]
    assert viewed[1:] == [{"Only One"}, {"Uploaded", "Only One"}, {"Only One"}]
    assert answers[2]["claim_sets"][0]["resourceClaims"][0]["name"].endswith("/student")
    assert "6.1" in answers[7]["error"]
    assert "claimsHierarchy" in answers[8]["error"]


async def test_profile_is_taken_as_it_is(sandbox: Sandbox) -> None:
    right, wrong = sandbox.ask(
        {"action": "create_profile", "name": "Right", "xml": '<Profile name="Right"></Profile>'},
        {"action": "create_profile", "name": "Wrong", "xml": "<Profile"},
    )
    assert right == {"ok": True}
    assert wrong["ok"]
    assert wrong["warnings"]
    assert {row[0] for row in await sandbox.fetch("select name from trust.profile")} == {"Right", "Wrong"}


async def test_view_lists_students_whatever_its_name(sandbox: Sandbox) -> None:
    await Desk(sandbox.district).build_world()
    (student,) = [b for r, b in WORLD if r == "Student"][:1]
    name = """StudentWith"It's"%s"""
    listed = {"action": "auth_view", "name": name, "student_unique_ids": [student["studentUniqueId"], "a'b"]}
    assert sandbox.ask(listed) == [{"ok": True}]
    quoted = '"' + name.replace('"', '""') + '"'
    students = await sandbox.fetch("select id from edfi.student where student_unique_id = any(select 'F-1')")
    assert await sandbox.fetch(f"select id from auth.{quoted}") == students
    assert len(students) == 1
    assert sandbox.ask({"action": "auth_view", "name": name, "broken": True}) == [{"ok": True}]
    with pytest.raises(Exception, match="division by zero"):
        await sandbox.fetch(f"select id from auth.{quoted}")
    too_long = sandbox.ask({"action": "auth_view", "name": "S" * 64})
    assert "63" in too_long[0]["error"]


async def test_reset_takes_every_record_and_leaves_who_may_use_it(sandbox: Sandbox) -> None:
    desk = Desk(sandbox.district)
    await desk.build_world()
    (client,) = sandbox.ask({"action": "create_client", "claim_set": "SIS Vendor"})
    sandbox.ask(
        {"action": "create_profile", "name": "Kept", "xml": '<Profile name="Kept"></Profile>'},
        {"action": "upload_claims", "claims": CLAIMS},
    )
    assert sandbox.ask({"action": "reset_data"}) == [{"ok": True}]
    tables = await sandbox.fetch(
        "select format('%I.%I', schemaname, tablename) from pg_tables"
        " where schemaname not in ('trust', 'auth', 'pg_catalog', 'information_schema') order by 1"
    )
    counts = [f"select '{t}', count(*) from {t}" for (t,) in tables]
    left = {name for name, count in await sandbox.fetch(" union all ".join(counts)) if count}
    assert left <= {"ingest.source"}
    kept = await sandbox.fetch(
        "select (select key from trust.client), (select name from trust.profile),"
        " (select count(*) from trust.claim_document)"
    )
    assert tuple(kept[0]) == (client["key"], "Kept", 1)


async def test_after_a_reset_other_processes_write_on(sandbox: Sandbox) -> None:
    desk = Desk(sandbox.district)
    await desk.build_world()
    descriptors = [
        (
            kind,
            {"namespace": uri.partition("#")[0], "codeValue": uri.partition("#")[2], "shortDescription": "x"},
        )
        for kind, uri in sorted(used_descriptors())
    ]
    before = await sandbox.district.database.newest_change_version()
    sandbox.ask({"action": "reset_data"})
    for kind, body in descriptors:
        await desk.put(kind, body)
    years = [b["schoolYearTypeReference"] for _, b in WORLD if "schoolYearTypeReference" in b]
    for year in {y["schoolYear"] for y in years} | {2027}:
        body = {"schoolYear": year, "schoolYearDescription": str(year), "currentSchoolYear": False}
        await desk.put("SchoolYearType", body)
    await desk.build_world()
    assert await sandbox.district.database.newest_change_version() > before


def used_descriptors(value: object = WORLD) -> set[tuple[str, str]]:
    """(type, URI) of every descriptor in the cast's world."""
    if isinstance(value, str) and "Descriptor#" in value:
        return {(value.partition("#")[0].rpartition("/")[2], value)}
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return {found for item in items for found in used_descriptors(item)}


async def test_only_a_sandbox_is_reset(cli: CommandLine, make_district: Callable[..., str]) -> None:
    name = make_district("--empty")
    done = cli.result("admin", "--district", name, "reset_data")
    assert done.returncode == 1
    assert "sandbox" in json.loads(done.stdout)["error"]


async def test_decisions_are_explained(sandbox: Sandbox) -> None:
    (client,) = sandbox.ask(
        {"action": "create_client", "claim_set": "Roster Vendor", "education_organization_ids": [4100]}
    )
    asked = {"action": "explain", "client_key": client["key"]}
    allowed, refused, unknown, nobody = sandbox.ask(
        asked | {"operation": "Read", "resource": "/ed-fi/studentSchoolAssociations"},
        asked | {"operation": "Delete", "resource": "StudentSchoolAssociation"},
        asked | {"operation": "Read", "resource": "unicorns"},
        {"action": "explain", "operation": "Read", "resource": "students", "client_key": "nobody"},
    )
    assert allowed["allowed"]
    assert "4100" in " ".join(allowed["conditions"])
    assert not refused["allowed"]
    assert refused["code"].startswith("security:authorization")
    assert refused["reasons"]
    assert "unicorns" in unknown["error"]
    assert "error" in nobody


async def test_extension_is_added_once_and_can_be_claimed(sandbox: Sandbox) -> None:
    text = (Path(__file__).parents[1] / "unit" / "standard" / "sample_extension.yaml").read_text()
    (client,) = sandbox.ask({"action": "create_client", "claim_set": "Ed-Fi Sandbox"})
    added, again, broken, explained = sandbox.ask(
        {"action": "add_extension", "model": text},
        {"action": "add_extension", "model": text},
        {"action": "add_extension", "model": {"project": "Half"}},
        {
            "action": "explain",
            "client_key": client["key"],
            "operation": "Create",
            "resource": "/sample/buses",
        },
    )
    assert added["ok"]
    assert "error" in again
    assert "error" in broken
    assert explained["allowed"]


def test_every_action_of_the_protocol_is_there() -> None:
    assert set(ACTS) >= {
        "create_client",
        "reset_data",
        "load_claims",
        "upload_claims",
        "reload_claims",
        "sync_claims",
        "view_claim_sets",
        "create_profile",
        "auth_view",
        "add_extension",
        "explain",
    }
